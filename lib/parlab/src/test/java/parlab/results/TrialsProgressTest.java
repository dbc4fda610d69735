package parlab.results;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import parlab.executors.Tasks;
import tech.tablesaw.api.Table;

final class TrialsProgressTest {
    private static final class Heard implements Tasks.Progress {
        private final List<Object> calls = new ArrayList<>();

        @Override
        public void started(long total) {
            calls.add("of " + total);
        }

        @Override
        public void advanced(long done) {
            calls.add(done);
        }

        @Override
        public void finished() {
            calls.add("finished");
        }
    }

    @Test
    void aListenerHearsOfEachRound() throws Exception {
        Heard heard = new Heard();
        Table table = Trials.of(2)
                .add("one", () -> 1)
                .add("two", () -> 2)
                .add("three", () -> 3)
                .run(heard);
        assertEquals(List.of("of 9", 3L, 6L, 9L, "finished"), heard.calls);
        List<String> ways = List.of("one", "two", "three", "one", "two", "three");
        assertEquals(ways, table.stringColumn("way").asList());
        assertEquals(List.of(1L, 1L, 1L, 2L, 2L, 2L), table.longColumn("round").asList());
    }
}
