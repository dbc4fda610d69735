package parlab.kernels.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Finds the OpenBLAS library in the artifact {@code org.bytedeco:openblas} on the class path, copies it and what it needs
 * into a folder of the user's, and opens it.
 *
 * <p>The folder is named after the files' checksums, so that versions do not meet. It appears with all its files at
 * once, by a rename, so that two JVMs that start together do not see each other's half-written files.
 */
@SuppressWarnings("restricted") // native access is what this is for
public final class OpenBlasLibrary {
    private static final String ROOT = "org/bytedeco/openblas/";

    private OpenBlasLibrary() {}

    /**
     * Opens the library.
     *
     * @return its symbols
     * @throws UnsupportedOperationException if there is none for this platform, it can not be copied or does not load;
     *     the message says which
     */
    public static SymbolLookup open() {
        return open(platform());
    }

    static SymbolLookup open(String platform) {
        URL header = OpenBlasLibrary.class.getClassLoader().getResource(ROOT + platform + "/include/cblas.h");
        if (header == null) {
            throw new UnsupportedOperationException("no OpenBLAS for " + platform
                    + " is on the class path: it comes with the artifact org.bytedeco:openblas, classifier " + platform
                    + ", which set-up puts there where it exists. parlab.kernels.Gemm does without.");
        }
        try {
            Path folder = extract(header, ROOT + platform + "/", caches());
            return load(folder);
        } catch (IOException e) {
            throw new UnsupportedOperationException(
                    "OpenBLAS could not be copied out of its jar: " + e + ". The system property parlab.cache may name"
                            + " a folder with 50 MB of room.",
                    e);
        }
    }

    /** Such as {@code linux-x86_64}: what the artifact calls this operating system and processor. */
    static String platform() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        String os = system.startsWith("mac") ? "macosx" : system.startsWith("windows") ? "windows" : "linux";
        return switch (processor) {
            case "amd64", "x86_64" -> os + "-x86_64";
            case "aarch64", "arm64" -> os + "-arm64";
            default -> os + "-" + processor;
        };
    }

    /** Where to copy to, the best first: the folder that set-up names, else the user's cache. */
    private static List<Path> caches() {
        List<Path> caches = new ArrayList<>();
        String named = System.getProperty("parlab.cache");
        if (named != null && !named.isBlank()) {
            caches.add(Path.of(named));
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        String local = System.getenv("LOCALAPPDATA");
        Path home = Path.of(System.getProperty("user.home", "."));
        if (xdg != null && Path.of(xdg).isAbsolute()) {
            caches.add(Path.of(xdg, "parlab"));
        } else if (platform().startsWith("windows") && local != null) {
            caches.add(Path.of(local, "parlab"));
        } else if (platform().startsWith("macosx")) {
            caches.add(home.resolve("Library/Caches/parlab"));
        } else {
            caches.add(home.resolve(".cache/parlab"));
        }
        return caches;
    }

    /** Copies the libraries into a folder under the first of the caches that takes them, else under the temporary folder. */
    static Path extract(URL anyEntry, String prefix, List<Path> caches) throws IOException {
        JarURLConnection connection = (JarURLConnection) anyEntry.openConnection();
        connection.setUseCaches(false);
        try (JarFile jar = connection.getJarFile()) {
            List<JarEntry> entries = libraries(jar, prefix);
            CRC32 total = new CRC32();
            for (JarEntry entry : entries) {
                total.update((entry.getName() + " " + entry.getSize() + " " + entry.getCrc() + "\n")
                        .getBytes(StandardCharsets.UTF_8));
            }
            String name = "openblas-" + HexFormat.of().toHexDigits((int) total.getValue());
            FileSystemException last = null;
            for (Path cache : caches) {
                try {
                    Files.createDirectories(cache);
                    Path folder = cache.resolve(name);
                    if (!isWhole(folder, entries)) {
                        copy(jar, entries, cache, folder);
                    }
                    return folder;
                } catch (FileSystemException e) {
                    last = e; // read-only or full: the next one
                }
            }
            // A name that nobody can guess, for others may write to the temporary folder, too.
            Path folder = Files.createTempDirectory("parlab-openblas");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            try {
                fill(jar, entries, folder);
            } catch (IOException e) {
                if (last != null) {
                    e.addSuppressed(last);
                }
                throw e;
            }
            return folder;
        }
    }

    private static List<JarEntry> libraries(JarFile jar, String prefix) throws IOException {
        List<JarEntry> found = jar.stream()
                .filter(entry -> entry.getName().startsWith(prefix))
                .filter(entry -> isLibrary(entry.getName().substring(prefix.length())))
                .toList();
        if (found.stream().noneMatch(entry -> isOpenBlas(fileName(entry)))) {
            throw new IOException(jar.getName() + " has no OpenBLAS library under " + prefix);
        }
        return found;
    }

    /** Not the bindings of JavaCPP, which we do not use. */
    private static boolean isLibrary(String name) {
        boolean library = name.contains(".so") || name.contains(".dylib") || name.endsWith(".dll");
        return library && !name.contains("/") && !name.contains("jniopenblas");
    }

    private static boolean isOpenBlas(String file) {
        return file.startsWith("libopenblas") || file.startsWith("openblas");
    }

    private static String fileName(JarEntry entry) {
        return entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
    }

    private static boolean isWhole(Path folder, List<JarEntry> entries) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        for (JarEntry entry : entries) {
            Path file = folder.resolve(fileName(entry));
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) != entry.getSize()) {
                return false;
            }
        }
        return true;
    }

    private static void copy(JarFile jar, List<JarEntry> entries, Path cache, Path folder) throws IOException {
        Path fresh = Files.createTempDirectory(cache, ".openblas");
        try {
            fill(jar, entries, fresh);
            if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !isWhole(folder, entries)) {
                delete(folder); // what a disk that was full has left
            }
            Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw e;
        } catch (FileSystemException e) {
            // Another JVM was quicker: a folder that is not empty can not be replaced.
            if (e instanceof FileAlreadyExistsException || isWhole(folder, entries)) {
                if (isWhole(folder, entries)) {
                    return;
                }
            }
            throw e;
        } finally {
            delete(fresh);
        }
    }

    private static void fill(JarFile jar, List<JarEntry> entries, Path folder) throws IOException {
        for (JarEntry entry : entries) {
            Path file = folder.resolve(fileName(entry));
            try (InputStream in = jar.getInputStream(entry)) {
                Files.copy(in, file);
            }
            if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r-xr-x---"));
            }
        }
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException | UncheckedIOException e) {
            // Left behind: Windows does not delete a library that is open.
        }
    }

    private static SymbolLookup load(Path folder) throws IOException {
        List<Path> others;
        Path openBlas;
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.sorted().toList();
            openBlas = all.stream()
                    .filter(file -> isOpenBlas(file.getFileName().toString()))
                    .findFirst()
                    .orElseThrow();
            others = new ArrayList<>(all);
            others.remove(openBlas);
        }
        IllegalArgumentException why;
        try {
            return SymbolLookup.libraryLookup(openBlas, Arena.global());
        } catch (IllegalArgumentException e) {
            why = e;
        }
        // Windows does not look for a library's own libraries in its folder: they are opened first, in whatever order
        // works.
        boolean progress = true;
        while (progress) {
            progress = others.removeIf(OpenBlasLibrary::loads);
        }
        try {
            return SymbolLookup.libraryLookup(openBlas, Arena.global());
        } catch (IllegalArgumentException e) {
            e.addSuppressed(why);
            throw new UnsupportedOperationException(openBlas + " does not load: " + e.getMessage(), e);
        }
    }

    private static boolean loads(Path library) {
        try {
            SymbolLookup unused = SymbolLookup.libraryLookup(library, Arena.global());
            return unused != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
