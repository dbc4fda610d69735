package parlab.models.internal;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * Where ONNX Runtime's native libraries lie.
 *
 * <p>Left alone, its jar copies them into a fresh temporary folder in every JVM: 29 MB a worker that no two processes share,
 * and that stay on the disk when a worker is killed. Here they are copied once, into the folder that the system property
 * {@code parlab.cache} names or the user's cache, and every process maps the same file. Where that does not work, ONNX
 * Runtime does it its own way.
 */
public final class OrtLibrary {
    private static final String PATH_PROPERTY = "onnxruntime.native.path";
    private static final String ROOT = "ai/onnxruntime/native/";

    private OrtLibrary() {}

    /**
     * Copies the libraries unless they are there, and tells ONNX Runtime's own loader about it; to be called before any
     * class of ONNX Runtime is used.
     */
    public static synchronized void prepare() {
        if (System.getProperty(PATH_PROPERTY) != null) {
            return;
        }
        String prefix = ROOT + platform() + "/";
        URL entry = OrtLibrary.class.getClassLoader().getResource(prefix + System.mapLibraryName("onnxruntime"));
        if (entry == null) {
            return; // no library for this platform: its own loader says so best
        }
        for (Path cache : caches()) {
            try {
                System.setProperty(
                        PATH_PROPERTY,
                        extract(entry, prefix, cache).toAbsolutePath().toString());
                return;
            } catch (IOException | RuntimeException e) {
                // read-only or full: the next one
            }
        }
    }

    /**
     * The main library's file.
     *
     * @return the file, or null if ONNX Runtime has looked after itself
     */
    public static Path file() {
        String folder = System.getProperty(PATH_PROPERTY);
        return folder == null ? null : Path.of(folder, System.mapLibraryName("onnxruntime"));
    }

    /** What the artifact calls this operating system and processor. */
    private static String platform() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        String os = system.startsWith("mac") ? "osx" : system.startsWith("windows") ? "win" : "linux";
        return os + (processor.equals("amd64") || processor.equals("x86_64") ? "-x64" : "-" + processor);
    }

    private static List<Path> caches() {
        List<Path> caches = new ArrayList<>();
        String named = System.getProperty("parlab.cache");
        if (named != null && !named.isBlank()) {
            caches.add(Path.of(named));
        }
        caches.add(Path.of(System.getProperty("user.home", "."), ".cache", "parlab"));
        return caches;
    }

    /** The folder is named after the libraries' checksum, and appears with all its files at once. */
    private static Path extract(URL anyEntry, String prefix, Path cache) throws IOException {
        JarURLConnection connection = (JarURLConnection) anyEntry.openConnection();
        connection.setUseCaches(false);
        try (JarFile jar = connection.getJarFile()) {
            List<JarEntry> entries = jar.stream()
                    .filter(entry -> entry.getName().startsWith(prefix)
                            && !entry.isDirectory()
                            && entry.getName().indexOf('/', prefix.length()) < 0)
                    .toList();
            long sum = 0;
            for (JarEntry entry : entries) {
                sum = 31 * sum + entry.getCrc();
            }
            Path folder = cache.resolve("onnxruntime-" + Long.toHexString(sum));
            if (isWhole(folder, prefix, entries)) {
                return folder;
            }
            Files.createDirectories(cache);
            Path fresh = Files.createTempDirectory(cache, "onnxruntime-new");
            try {
                for (JarEntry entry : entries) {
                    try (InputStream in = jar.getInputStream(entry)) {
                        Files.copy(in, fresh.resolve(entry.getName().substring(prefix.length())));
                    }
                }
                if (Files.exists(folder)) {
                    delete(folder); // incomplete
                }
                try {
                    Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
                } catch (FileSystemException e) {
                    if (!isWhole(folder, prefix, entries)) { // another process was quicker
                        throw e;
                    }
                }
            } finally {
                delete(fresh);
            }
            return folder;
        }
    }

    private static boolean isWhole(Path folder, String prefix, List<JarEntry> entries) throws IOException {
        for (JarEntry entry : entries) {
            Path file = folder.resolve(entry.getName().substring(prefix.length()));
            if (!Files.isRegularFile(file) || Files.size(file) != entry.getSize()) {
                return false;
            }
        }
        return true;
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }
}
