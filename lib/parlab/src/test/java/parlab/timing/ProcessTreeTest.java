package parlab.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ProcessTreeTest {

    @Test
    void aCommandWithBracketsAndSpacesIsSkipped() {
        ProcessTree.Entry entry = ProcessTree.parse(
                7, "7 (a) b (c)) S 3 7 7 0 -1 4194304 100 0 0 0 11 12 13 14 20 0 1 0 166013 3133440 390 0\n");
        assertEquals(new ProcessTree.Entry(new ProcessTree.Key(7, 166013), 3, 230_000_000, 270_000_000), entry);
    }

    @Test
    void aLivingChildCountsFromTheStart() {
        ProcessTree start = tree(0, entry(1, 100, 5));
        assertEquals(35, tree(0, entry(1, 130, 10)).nanosSince(start));
    }

    @Test
    void aChildThatEndedCountsInItsParent() {
        ProcessTree start = tree(1000, entry(1, 100, 5));
        assertEquals(20, tree(1125).nanosSince(start));
    }

    @Test
    void aNewChildCountsInFull() {
        assertEquals(105, tree(0, entry(1, 100, 5)).nanosSince(tree(0)));
    }

    @Test
    void aNumberThatWasUsedAgainIsANewChild() {
        ProcessTree start = tree(0, new ProcessTree.Entry(new ProcessTree.Key(1, 1), 0, 100, 0));
        ProcessTree end = tree(150, new ProcessTree.Entry(new ProcessTree.Key(1, 2), 0, 30, 0));
        assertEquals(80, end.nanosSince(start));
    }

    @Test
    void anOrphanCountsWhileItLives() {
        ProcessTree start = tree(0, entry(1, 100, 0), entry(2, 50, 0));
        ProcessTree end = new ProcessTree(true, 120, Map.of(), Map.of(key(2), entry(2, 60, 0)));
        assertEquals(20 + 10, end.nanosSince(start));
    }

    @Test
    void whereNothingIsInheritedAnEndedChildIsMissedButNotSubtracted() {
        ProcessTree start = new ProcessTree(false, 0, Map.of(key(1), entry(1, 100, 0)), Map.of());
        ProcessTree end = new ProcessTree(false, 0, Map.of(key(2), entry(2, 10, 0)), Map.of());
        assertEquals(10, end.nanosSince(start));
    }

    private static ProcessTree tree(long inherited, ProcessTree.Entry... entries) {
        Map<ProcessTree.Key, ProcessTree.Entry> map =
                Stream.of(entries).collect(Collectors.toMap(ProcessTree.Entry::key, e -> e));
        return new ProcessTree(true, inherited, map, map);
    }

    private static ProcessTree.Key key(long pid) {
        return new ProcessTree.Key(pid, 1);
    }

    private static ProcessTree.Entry entry(long pid, long own, long inherited) {
        return new ProcessTree.Entry(key(pid), 0, own, inherited);
    }
}
