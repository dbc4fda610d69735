package parlab.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A folder with the versions of a model, and a manifest that names the one to serve.
 *
 * <p>Publishing writes the new version under a temporary name, moves it to its place, and only then replaces the manifest: a
 * reader sees the old version or the new one, whole, and a writer that fails half-way (a full disk) leaves all as it was.
 * A file lock between processes, and a lock between the threads of this one, let one publish at a time, and keep
 * a version from being removed while somebody loads it. The file lock ends with the process that holds it, however it ends.
 * Who only loads needs no right to write: a folder that was published to can be served read-only.
 *
 * <p>The manifest, {@code manifest.properties}, has the entries {@code version} (a number that grows), {@code file} (a name
 * in this folder), {@code bytes} and {@code sha256}. Immutable and thread-safe.
 */
public final class ModelFolder {
    private static final String MANIFEST = "manifest.properties";
    private static final String LOCK = "lock";
    private static final Map<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

    /**
     * A version that the manifest names.
     *
     * @param number grows with every version
     * @param file where it lies
     * @param bytes its size
     * @param sha256 its checksum, in hexadecimal
     */
    public record Version(long number, Path file, long bytes, String sha256) {
        /** Checks that nothing is missing. */
        public Version {
            Objects.requireNonNull(file, "file");
            Objects.requireNonNull(sha256, "sha256");
        }
    }

    /** What writes a version's bytes. */
    @FunctionalInterface
    public interface Content {
        /** Writes all of them; the stream need not be closed. */
        void writeTo(OutputStream out) throws IOException;
    }

    /** What is done while the folder is locked. */
    @FunctionalInterface
    interface Locked<T> {
        T run() throws IOException;
    }

    private final Path folder;

    /** Names the folder where the versions lie; nothing is read yet. */
    public ModelFolder(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
    }

    /** {@return where the versions lie: an absolute path} */
    public Path path() {
        return folder;
    }

    /**
     * Publishes a copy of an ONNX file as the next version. The folder is made if it is missing. A broken file is refused by
     * those who serve, not here.
     *
     * @throws IOException if it cannot be written, or keeps weights in a file of their own; then the manifest is as it was
     */
    public Version publish(Path file) throws IOException {
        checkWhole(file, file.toString());
        return publish(out -> Files.copy(file, out));
    }

    /**
     * Publishes the next version. The folder is made if it is missing.
     *
     * @throws IOException as the other {@code publish}; no half of a file is left
     */
    public Version publish(Content content) throws IOException {
        Files.createDirectories(folder);
        return locked(true, () -> {
            long number = current().map(Version::number).orElse(0L) + 1;
            Path file = folder.resolve("model-" + number + ".onnx");
            Path fresh = folder.resolve("model-" + number + ".part");
            try {
                try (OutputStream out = Files.newOutputStream(fresh)) {
                    content.writeTo(out);
                }
                checkWhole(fresh, "this model");
                force(fresh);
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(fresh);
            }
            Version version = new Version(number, file, Files.size(file), digest(file));
            try {
                writeManifest(version);
            } catch (IOException e) {
                Files.deleteIfExists(file);
                throw e;
            }
            return version;
        });
    }

    private static void checkWhole(Path file, String name) throws IOException {
        Set<String> others = ExternalData.of(file);
        if (!others.isEmpty()) {
            throw new IOException(name + " keeps weights in " + String.join(", ", others)
                    + ", and a version is one file. Save it as one and publish that; in Python:"
                    + " onnx.save_model(onnx.load(\"model.onnx\"), \"whole.onnx\")");
        }
    }

    /**
     * Returns the version that the manifest names, whose file is not looked at; empty if there is no manifest, or no folder.
     *
     * @throws IOException if the manifest cannot be read or does not make sense
     */
    public Optional<Version> current() throws IOException {
        Properties entries = new Properties();
        try (Reader reader = Files.newBufferedReader(folder.resolve(MANIFEST))) {
            entries.load(reader);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new IOException(folder.resolve(MANIFEST) + " is not a manifest: " + e.getMessage(), e);
        }
        String file = entries.getProperty("file", "");
        try {
            if (file.isEmpty() || !Path.of(file).equals(Path.of(file).getFileName())) {
                throw new IOException(
                        folder.resolve(MANIFEST) + " does not name a file of its folder: \"" + file + "\"");
            }
            return Optional.of(new Version(
                    Long.parseLong(entries.getProperty("version", "")),
                    folder.resolve(file),
                    Long.parseLong(entries.getProperty("bytes", "")),
                    entries.getProperty("sha256", "")));
        } catch (IllegalArgumentException e) {
            throw new IOException(folder.resolve(MANIFEST) + " is not a manifest: " + e.getMessage(), e);
        }
    }

    /**
     * Removes the files of all versions but the present one, and returns how many. Sessions that have loaded one keep it.
     */
    public int prune() throws IOException {
        return locked(true, () -> {
            Path keep = current().map(Version::file).orElse(null);
            int removed = 0;
            try (var files = Files.newDirectoryStream(folder, "model-*")) {
                for (Path file : files) {
                    if (!file.equals(keep) && Files.deleteIfExists(file)) {
                        removed++;
                    }
                }
            }
            return removed;
        });
    }

    /**
     * Reads a version's file and compares it with the manifest.
     *
     * @throws BadModelException if it is missing, or not the file that was published
     */
    void verify(Version version) throws IOException {
        if (!Files.isRegularFile(version.file)) {
            throw new BadModelException(version.file, "the manifest names it, but there is no such file", null);
        }
        long size = Files.size(version.file);
        if (size != version.bytes) {
            throw new BadModelException(
                    version.file, "it has " + size + " bytes, the manifest says " + version.bytes, null);
        }
        if (!digest(version.file).equals(version.sha256)) {
            throw new BadModelException(version.file, "its checksum is not that of the manifest", null);
        }
    }

    /** Does something while no other thread or process publishes; exclusive if nobody may read either. */
    <T> T locked(boolean exclusive, Locked<T> body) throws IOException {
        // A JVM's own threads may not meet at a file lock: they get an exception, not a wait. The real path, since
        // the same folder may have been named through a link.
        ReentrantLock own = LOCKS.computeIfAbsent(folder.toRealPath(), _ -> new ReentrantLock());
        own.lock();
        try (FileChannel channel = openLock(exclusive);
                FileLock lock = lock(channel, exclusive)) {
            assert lock.isValid();
            return body.run();
        } finally {
            own.unlock();
        }
    }

    private FileChannel openLock(boolean exclusive) throws IOException {
        Path file = folder.resolve(LOCK);
        if (!exclusive && Files.exists(file)) {
            return FileChannel.open(file, StandardOpenOption.READ);
        }
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private FileLock lock(FileChannel channel, boolean exclusive) throws IOException {
        try {
            return channel.lock(0, Long.MAX_VALUE, !exclusive);
        } catch (OverlappingFileLockException e) {
            // This thread holds it already, or the class was loaded twice, or a mount gives the folder two real paths.
            throw new IOException(folder + " is locked by this process already", e);
        }
    }

    private void writeManifest(Version version) throws IOException {
        Properties entries = new Properties();
        entries.setProperty("version", Long.toString(version.number));
        entries.setProperty("file", version.file.getFileName().toString());
        entries.setProperty("bytes", Long.toString(version.bytes));
        entries.setProperty("sha256", version.sha256);
        StringWriter text = new StringWriter();
        entries.store(text, null);
        Path fresh = folder.resolve(MANIFEST + ".part");
        try {
            Files.writeString(fresh, text.toString(), StandardCharsets.UTF_8);
            force(fresh);
            Files.move(
                    fresh,
                    folder.resolve(MANIFEST),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /** A disk that fills up may say so as late as here. */
    private static void force(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static String digest(Path file) throws IOException {
        try {
            MessageDigest sum = MessageDigest.getInstance("SHA-256");
            try (InputStream in = new DigestInputStream(Files.newInputStream(file), sum)) {
                in.transferTo(OutputStream.nullOutputStream());
            }
            return HexFormat.of().formatHex(sum.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The folder. */
    @Override
    public String toString() {
        return folder.toString();
    }
}
