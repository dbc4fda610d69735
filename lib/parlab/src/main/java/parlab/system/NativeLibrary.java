package parlab.system;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * A native library out of a jar on the class path, copied once into a cache folder that all processes share.
 *
 * <p>The cache is the folder that the system property {@code parlab.cache} names, else {@code parlab} in the user's
 * cache folder ({@code XDG_CACHE_HOME}, {@code LOCALAPPDATA}, {@code ~/Library/Caches} or {@code ~/.cache}), else,
 * where neither can be written, a temporary folder that this process deletes when it ends. The copy's folder is named
 * after the files' checksums, so that versions do not meet.
 *
 * <p>Any number of processes and threads may extract the same library at the same moment: each fills a folder of its
 * own and renames it, which succeeds only where no other has been quicker. A folder that stands is never changed or
 * deleted, for another process may be about to load it; one that lacks a file is passed over, and the copy gets a
 * numbered name. Immutable and thread-safe.
 */
public final class NativeLibrary {
    private static final int MOST_NAMES = 10;

    private final Path file;

    private NativeLibrary(Path file) {
        this.file = file;
    }

    /**
     * Finds a library in a jar, and copies it and the libraries beside it into the cache unless they are there.
     *
     * @param folder the folder inside the jar, such as {@code org/bytedeco/openblas/linux-x86_64}
     * @param name the library's name without prefix and suffix, such as {@code openblas} for {@code libopenblas.so.0}
     * @throws UnsupportedOperationException if no jar has it, or it cannot be copied to any folder; the message says
     *     which
     */
    public static NativeLibrary extract(ClassLoader loader, String folder, String name) {
        return extract(loader, folder, name, caches(System::getProperty, System::getenv));
    }

    static NativeLibrary extract(ClassLoader loader, String folder, String name, List<Path> caches) {
        String prefix = folder.endsWith("/") ? folder : folder + "/";
        try {
            for (URL url : Collections.list(loader.getResources(prefix))) {
                if (url.openConnection() instanceof JarURLConnection connection) {
                    connection.setUseCaches(false); // or closing the jar would close it for everybody
                    try (JarFile jar = connection.getJarFile()) {
                        Copy copy = Copy.of(jar, prefix, name);
                        if (copy != null) {
                            return new NativeLibrary(copy.into(caches).resolve(copy.main));
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new UnsupportedOperationException(
                    "the library " + name + " could not be copied out of its jar: " + e
                            + ". The system property parlab.cache may name a folder with room for it.",
                    e);
        }
        throw new UnsupportedOperationException(
                "no jar on the class path has a library " + name + " in its folder " + prefix);
    }

    /** Returns the library's file; the libraries that came with it lie in the same folder. */
    public Path file() {
        return file;
    }

    /**
     * Loads the library into this process, for good.
     *
     * @throws UnsupportedOperationException if it does not load; the message names the file and the linker's reason
     */
    public SymbolLookup open() {
        try {
            return load(file);
        } catch (IllegalArgumentException e) {
            // Windows does not search a library's own folder for what it needs: its companions are opened first, in
            // whatever order works.
            List<Path> others = new ArrayList<>(companions());
            boolean progress = true;
            while (progress) {
                progress = others.removeIf(NativeLibrary::loads);
            }
            try {
                return load(file);
            } catch (IllegalArgumentException again) {
                again.addSuppressed(e);
                throw new UnsupportedOperationException(file + " does not load: " + again.getMessage(), again);
            }
        }
    }

    /**
     * Returns this operating system and processor in the words of JavaCPP's artifacts, such as {@code macosx-arm64}.
     */
    public static String platform() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        String os = system.startsWith("mac") ? "macosx" : system.startsWith("windows") ? "windows" : "linux";
        return switch (processor) {
            case "amd64", "x86_64" -> os + "-x86_64";
            case "aarch64", "arm64" -> os + "-arm64";
            default -> os + "-" + processor;
        };
    }

    /** Where to copy to, the best first. */
    static List<Path> caches(UnaryOperator<String> properties, UnaryOperator<String> environment) {
        List<Path> caches = new ArrayList<>();
        String named = properties.apply("parlab.cache");
        if (named != null && !named.isBlank()) {
            caches.add(Path.of(named));
        }
        String xdg = environment.apply("XDG_CACHE_HOME");
        String local = environment.apply("LOCALAPPDATA");
        String home = properties.apply("user.home");
        if (xdg != null && Path.of(xdg).isAbsolute()) {
            caches.add(Path.of(xdg, "parlab"));
        } else if (local != null && platform().startsWith("windows")) {
            caches.add(Path.of(local, "parlab"));
        } else if (home != null) {
            caches.add(Path.of(home, platform().startsWith("macosx") ? "Library/Caches" : ".cache", "parlab"));
        }
        return caches;
    }

    @SuppressWarnings("restricted") // native access is what this is for
    private static SymbolLookup load(Path library) {
        return SymbolLookup.libraryLookup(library, Arena.global());
    }

    private static boolean loads(Path library) {
        try {
            load(library);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private List<Path> companions() {
        try (Stream<Path> files = Files.list(file.getParent())) {
            return files.filter(other -> !other.equals(file)).sorted().toList();
        } catch (IOException e) {
            return List.of(); // the second attempt to load tells why there is none
        }
    }

    /** What is copied: the libraries that lie side by side in one folder of a jar, and the name of the main one. */
    private record Copy(JarFile jar, List<JarEntry> entries, String name, String main) {
        /** Null if the folder has no library of this name. */
        static Copy of(JarFile jar, String prefix, String name) {
            List<JarEntry> entries = jar.stream()
                    .filter(entry -> entry.getName().startsWith(prefix))
                    .filter(entry -> isLibrary(entry.getName().substring(prefix.length())))
                    .sorted(Comparator.comparing(JarEntry::getName))
                    .toList();
            CRC32 total = new CRC32();
            for (JarEntry entry : entries) {
                total.update((entry.getName() + " " + entry.getSize() + " " + entry.getCrc() + "\n")
                        .getBytes(StandardCharsets.UTF_8));
            }
            String folder = name + "-" + HexFormat.of().toHexDigits((int) total.getValue());
            return entries.stream()
                    .map(Copy::fileName)
                    .filter(file -> file.matches("(lib)?\\Q" + name + "\\E[.-].*"))
                    .findFirst()
                    .map(main -> new Copy(jar, entries, folder, main))
                    .orElse(null);
        }

        /** Neither what lies in a folder below, nor JavaCPP's bindings, which nobody here calls. */
        private static boolean isLibrary(String name) {
            boolean library = name.contains(".so") || name.endsWith(".dylib") || name.endsWith(".dll");
            return library && !name.contains("/") && !name.matches("(lib)?jni.*");
        }

        private static String fileName(JarEntry entry) {
            return entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
        }

        /** Returns the folder under the first of the caches that takes the files, else a temporary one. */
        Path into(List<Path> caches) throws IOException {
            IOException refused = new IOException("no cache folder took " + name);
            for (Path cache : caches) {
                try {
                    return into(cache.toAbsolutePath().normalize());
                } catch (IOException e) {
                    refused.addSuppressed(e); // read-only or full: the next one
                }
            }
            // Its name cannot be guessed: others may write to the temporary folder, too.
            Path folder = Folders.temporary("parlab-" + name);
            try {
                fill(folder);
            } catch (IOException e) {
                e.addSuppressed(refused);
                throw e;
            }
            return folder;
        }

        private Path into(Path cache) throws IOException {
            Files.createDirectories(cache);
            for (int i = 0; i < MOST_NAMES; i++) {
                Path folder = cache.resolve(i == 0 ? name : name + "-" + i);
                if (isWhole(folder) || create(folder)) {
                    return folder;
                }
            }
            throw new IOException(cache + " has " + MOST_NAMES + " folders " + name + " that lack files: delete them");
        }

        /** Lets the folder appear with all its files at once; false if another, incomplete one is there. */
        private boolean create(Path folder) throws IOException {
            if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                return isWhole(folder); // whole, if another process has been quicker than the caller's own look
            }
            Path fresh = Files.createTempDirectory(folder.getParent(), "." + name);
            try {
                fill(fresh);
                Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
                return true;
            } catch (FileSystemException e) {
                // A folder with files in it is not replaced: another process was quicker.
                if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                    throw e;
                }
                return isWhole(folder);
            } finally {
                Folders.delete(fresh);
            }
        }

        private boolean isWhole(Path folder) throws IOException {
            for (JarEntry entry : entries) {
                Path file = folder.resolve(fileName(entry));
                if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) != entry.getSize()) {
                    return false;
                }
            }
            return true;
        }

        private void fill(Path folder) throws IOException {
            for (JarEntry entry : entries) {
                try (InputStream in = jar.getInputStream(entry)) {
                    Files.copy(in, folder.resolve(fileName(entry)));
                }
            }
        }
    }
}
