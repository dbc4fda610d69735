package parlab.timing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The processes below this one and the CPU time that they have used, at one moment.
 *
 * <p>On Linux, see proc(5): a process's time is its own (utime, stime) plus that of those children that it has waited
 * for (cutime, cstime), and when it ends its parent inherits both. So the sum over the tree, with what this process
 * inherited, only grows, and each process counts once: while it lives for itself, then in its parent.
 */
final class ProcessTree {
    /** USER_HZ: 100 on every architecture that this JDK has. */
    private static final long TICK_NANOS = 10_000_000;

    private static final int ATTEMPTS = 5;

    /** A process number with what tells two of its users apart. */
    record Key(long pid, long started) {}

    /** One process. Inherited time is that of children that it has waited for. */
    record Entry(Key key, long parent, long ownNanos, long inheritedNanos) {
        long nanos() {
            return ownNanos + inheritedNanos;
        }
    }

    private final boolean inherits;
    private final long inheritedNanos;
    private final Map<Key, Entry> descendants;
    private final Map<Key, Entry> all;

    /**
     * Takes a moment of the machine. Where a parent inherits, its time includes that of the children that
     * it has waited for; {@code all} are the processes of the machine that are known.
     */
    ProcessTree(boolean inherits, long inheritedNanos, Map<Key, Entry> descendants, Map<Key, Entry> all) {
        this.inherits = inherits;
        this.inheritedNanos = inheritedNanos;
        this.descendants = Map.copyOf(descendants);
        this.all = Map.copyOf(all);
    }

    /** Returns the tree as it is. */
    static ProcessTree now() {
        ProcessTree tree = null;
        if (Files.isReadable(Path.of("/proc/self/stat"))) {
            // A process may end while others are read, and count twice or not at all: look again until none has.
            for (int i = 0; i < ATTEMPTS; i++) {
                tree = fromProc();
                if (tree == null || tree.isUnchanged()) {
                    break;
                }
            }
        }
        return tree == null ? fromHandles() : tree;
    }

    /** Returns what the processes below this one have used since an earlier moment, 0 or more nanoseconds. */
    long nanosSince(ProcessTree earlier) {
        long nanos = inheritedNanos - earlier.inheritedNanos;
        for (Entry entry : descendants.values()) {
            nanos += entry.nanos();
        }
        for (Entry before : earlier.descendants.values()) {
            if (descendants.containsKey(before.key())) {
                nanos -= before.nanos();
            } else if (all.containsKey(before.key())) {
                // Its parent has ended, and it belongs to the init process now: it was started below us all the same.
                nanos += all.get(before.key()).nanos() - before.nanos();
            } else if (inherits) {
                nanos -= before.nanos(); // its parent has all of its time now, the earlier part as well
            }
        }
        return Math.max(0, nanos);
    }

    private static ProcessTree fromProc() {
        Map<Key, Entry> all = new HashMap<>();
        Map<Long, List<Entry>> children = new HashMap<>();
        try (DirectoryStream<Path> dirs = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path dir : dirs) {
                Entry entry = read(Long.parseLong(dir.getFileName().toString()));
                if (entry != null) {
                    all.put(entry.key(), entry);
                    children.computeIfAbsent(entry.parent(), p -> new ArrayList<>())
                            .add(entry);
                }
            }
        } catch (IOException | DirectoryIteratorException | NumberFormatException e) {
            return null;
        }
        long self = ProcessHandle.current().pid();
        Entry me = read(self);
        if (me == null) {
            return null; // the files of another process namespace
        }
        Map<Key, Entry> below = new HashMap<>();
        Deque<Long> parents = new ArrayDeque<>(List.of(self));
        while (!parents.isEmpty()) {
            for (Entry child : children.getOrDefault(parents.pop(), List.of())) {
                if (below.put(child.key(), child) == null) {
                    parents.push(child.key().pid());
                }
            }
        }
        return new ProcessTree(true, me.inheritedNanos(), below, all);
    }

    /** Whether none of the tree has ended, nor waited for another, since it was read. */
    private boolean isUnchanged() {
        Entry me = read(ProcessHandle.current().pid());
        if (me == null || me.inheritedNanos() != inheritedNanos) {
            return false;
        }
        for (Entry entry : descendants.values()) {
            Entry again = read(entry.key().pid());
            if (again == null || !again.key().equals(entry.key()) || again.inheritedNanos() != entry.inheritedNanos()) {
                return false;
            }
        }
        return true;
    }

    /** Reads /proc/pid/stat; null if there is no such process (any more). */
    private static Entry read(long pid) {
        try {
            byte[] bytes = Files.readAllBytes(Path.of("/proc/" + pid + "/stat"));
            return parse(pid, new String(bytes, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return null;
        }
    }

    /** The second field, the command in brackets, may hold anything: the fields are counted from its end. */
    static Entry parse(long pid, String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ", -1);
        // fields[0] is the third of proc(5)
        long parent = Long.parseLong(fields[1]);
        long own = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        long inherited = Long.parseLong(fields[13]) + Long.parseLong(fields[14]);
        long started = Long.parseLong(fields[19]);
        return new Entry(new Key(pid, started), parent, own * TICK_NANOS, inherited * TICK_NANOS);
    }

    /** Where there is no /proc: living processes only. Those that have ended must not be subtracted. */
    private static ProcessTree fromHandles() {
        Map<Key, Entry> all = new HashMap<>();
        ProcessHandle.current().descendants().forEach(handle -> {
            ProcessHandle.Info info = handle.info();
            long started = info.startInstant().map(i -> i.toEpochMilli()).orElse(0L);
            Key key = new Key(handle.pid(), started);
            long nanos = info.totalCpuDuration().map(Duration::toNanos).orElse(0L);
            all.put(key, new Entry(key, 0, nanos, 0));
        });
        return new ProcessTree(false, 0, all, all);
    }
}
