package parlab.pipelines;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is done, one line each, so that a run that was stopped goes on where it was: {@code key}, a tabulator, {@code value}. A line
 * counts when it has its end; the beginning of one that was being written when the process died is overwritten by the next.
 *
 * <p>Lines are handed to the operating system one by one: they survive this process's death, but not the machine's. Thread-safe; a second journal on the same file is refused, in this process and in another one.
 */
public final class Journal implements AutoCloseable {
    private final Path path;
    /** Not its channel, which an interrupt of one thread would close for all. */
    private final RandomAccessFile file;

    private final Map<String, String> done;
    private long end;

    private Journal(Path path, RandomAccessFile file, Map<String, String> done, long end) {
        this.path = path;
        this.file = file;
        this.done = done;
        this.end = end;
    }

    /**
     * Opens a journal, whose file is made if it is not there, and reads what is in it. A file is not changed by that.
     *
     * @throws IOException if it cannot be opened, if another one has it open, or if it is no journal
     */
    @SuppressWarnings("resource") // The file is closed with the journal, or here if there will be none.
    public static Journal open(Path path) throws IOException {
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
        try {
            if (!lock(file.getChannel())) {
                throw new IOException("the journal " + path + " is open elsewhere");
            }
            byte[] bytes = Files.readAllBytes(path);
            int whole = bytes.length;
            while (whole > 0 && bytes[whole - 1] != '\n') {
                whole--;
            }
            // Without one whole line, what was begun must look like an entry: somebody's note is not to be overwritten.
            String text = new String(bytes, 0, whole == 0 ? bytes.length : whole, StandardCharsets.UTF_8);
            Map<String, String> done = new LinkedHashMap<>();
            for (String line : text.lines().toList()) {
                int tab = line.indexOf('\t');
                if (tab < 0) {
                    throw new IOException(path + " is no journal: it has the line \"" + line
                            + "\". Name another file, or delete this one to begin anew.");
                }
                done.put(line.substring(0, tab), line.substring(tab + 1));
            }
            if (whole == 0) {
                done.clear();
            }
            return new Journal(path, file, done, whole);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // by this process
        }
    }

    /** Returns what is done: values by key, in the order in which they were added; a copy. */
    public synchronized Map<String, String> done() {
        return Collections.unmodifiableMap(new LinkedHashMap<>(done));
    }

    /** Returns whether the journal has a line with that key. */
    public synchronized boolean has(String key) {
        return done.containsKey(key);
    }

    /**
     * Adds a line. An interrupt of the thread neither hinders it nor harms the journal.
     *
     * @param key what is done; without tabulator and line break
     * @param value what came out; without line break
     * @throws IOException if it cannot be written, as on a full disk; then it does not count
     * @throws IllegalArgumentException if a text has what it must not
     */
    public synchronized void add(String key, String value) throws IOException {
        if (key.matches("(?s).*[\t\r\n].*") || value.matches("(?s).*[\r\n].*")) {
            throw new IllegalArgumentException("a journal's texts are parts of one line, got " + key + ", " + value);
        }
        byte[] line = (key + "\t" + value + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            // What lies beyond the last whole line, of a process that died or a write that failed, goes now.
            file.setLength(end);
            file.seek(end);
            file.write(line);
        } catch (IOException e) {
            throw new IOException("the journal " + path + " cannot be written: " + e.getMessage(), e);
        }
        end += line.length;
        done.put(key, value);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
