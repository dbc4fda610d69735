package parlab.pipelines;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
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
 * counts when it has its end; the beginning of one that was being written when the process died is cut off.
 *
 * <p>Lines are handed to the operating system one by one: they survive this process's death, but not the machine's; {@link #force}
 * is for that. Thread-safe; a second journal on the same file is refused, in this process and in another one.
 */
public final class Journal implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final Map<String, String> done;

    private Journal(Path path, FileChannel channel, Map<String, String> done) {
        this.path = path;
        this.channel = channel;
        this.done = done;
    }

    /**
     * Opens a journal, and reads what is in it.
     *
     * @param path its file; made if it is not there
     * @return to be closed
     * @throws IOException if it can not be opened, or if another one has it open
     */
    @SuppressWarnings("resource") // The channel is closed with the journal, or here if there will be none.
    public static Journal open(Path path) throws IOException {
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
        try {
            FileChannel channel = file.getChannel();
            if (!lock(channel)) {
                throw new IOException("the journal " + path + " is open elsewhere");
            }
            byte[] bytes = Files.readAllBytes(path);
            int whole = bytes.length;
            while (whole > 0 && bytes[whole - 1] != '\n') {
                whole--;
            }
            channel.truncate(whole);
            channel.position(whole);
            Map<String, String> done = new LinkedHashMap<>();
            for (String line :
                    new String(bytes, 0, whole, StandardCharsets.UTF_8).lines().toList()) {
                int tab = line.indexOf('\t');
                if (tab < 0) {
                    throw new IOException(path + " is no journal: it has the line \"" + line + "\"");
                }
                done.put(line.substring(0, tab), line.substring(tab + 1));
            }
            return new Journal(path, channel, done);
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

    /**
     * What is done.
     *
     * @return values by key, in the order in which they were added; a copy
     */
    public synchronized Map<String, String> done() {
        return Collections.unmodifiableMap(new LinkedHashMap<>(done));
    }

    /**
     * Whether that is done.
     *
     * @param key what
     * @return true if it is in the journal
     */
    public synchronized boolean has(String key) {
        return done.containsKey(key);
    }

    /**
     * Adds a line.
     *
     * @param key what is done; without tabulator and line break
     * @param value what came out; without line break
     * @throws IOException if it can not be written, as on a full disk; then it does not count
     * @throws IllegalArgumentException if a text has what it must not
     */
    public synchronized void add(String key, String value) throws IOException {
        if (key.matches("(?s).*[\t\r\n].*") || value.matches("(?s).*[\r\n].*")) {
            throw new IllegalArgumentException("a journal's texts are parts of one line, got " + key + ", " + value);
        }
        ByteBuffer line = StandardCharsets.UTF_8.encode(key + "\t" + value + "\n");
        long before = channel.position();
        try {
            while (line.hasRemaining()) {
                channel.write(line);
            }
        } catch (IOException e) {
            channel.truncate(before);
            throw new IOException("the journal " + path + " can not be written: " + e.getMessage(), e);
        }
        done.put(key, value);
    }

    /**
     * Waits until all lines are on the disk.
     *
     * @throws IOException if that fails
     */
    public void force() throws IOException {
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
