package parlab.system;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On a jar of the test's own; libraries that really load are in the tests of the jars that have them. */
@Timeout(120)
final class NativeLibraryTest {
    private static final String FOLDER = "some/where/linux-x86_64";
    private static final byte[] MAIN = new byte[1_000_000];
    private static final byte[] OTHER = new byte[3_000_000];

    static {
        new Random(1).nextBytes(MAIN);
        new Random(2).nextBytes(OTHER);
    }

    @TempDir
    private Path temporary;

    private Path jar;
    private Path cache;
    private URLClassLoader loader;

    @BeforeEach
    void makeJar() throws IOException {
        jar = temporary.resolve("with blank.jar");
        cache = temporary.resolve("cache");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new ZipEntry(FOLDER + "/"));
            for (Map.Entry<String, byte[]> file : Map.of(
                            "libthing.so.0", MAIN,
                            "libthing4j.so", OTHER,
                            "libjnithing.so", MAIN,
                            "include/thing.h", MAIN,
                            "debug/libthing.so", MAIN)
                    .entrySet()) {
                out.putNextEntry(new ZipEntry(FOLDER + "/" + file.getKey()));
                out.write(file.getValue());
            }
        }
        loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null);
    }

    @AfterEach
    void closeJar() throws IOException {
        loader.close();
    }

    private Path extract(Path... caches) {
        return NativeLibrary.extract(loader, FOLDER, "thing", List.of(caches)).file();
    }

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private static void assertWhole(Path file) throws IOException {
        assertEquals("libthing.so.0", file.getFileName().toString());
        assertEquals(Set.of("libthing.so.0", "libthing4j.so"), names(file.getParent()));
        assertArrayEquals(MAIN, Files.readAllBytes(file));
        assertArrayEquals(OTHER, Files.readAllBytes(file.resolveSibling("libthing4j.so")));
    }

    @Test
    void theLibraryAndItsCompanionsAreCopiedOnce() throws IOException {
        Path file = extract(cache);
        assertWhole(file);
        assertEquals(cache, file.getParent().getParent());
        Object identity = Files.readAttributes(file, "fileKey,lastModifiedTime");
        assertEquals(file, extract(cache));
        assertEquals(identity, Files.readAttributes(file, "fileKey,lastModifiedTime"));
    }

    /** A child process: four threads that extract at once, as soon as the parent says so. */
    static void main(String[] arguments) throws Exception {
        try (URLClassLoader jar = new URLClassLoader(
                        new URL[] {Path.of(arguments[0]).toUri().toURL()}, null);
                ExecutorService pool = Executors.newFixedThreadPool(4)) {
            System.out.println("ready");
            System.in.read();
            Callable<Path> task = () -> {
                Path file = NativeLibrary.extract(jar, FOLDER, "thing").file();
                assertWhole(file);
                return file;
            };
            for (Future<Path> file : pool.invokeAll(List.of(task, task, task, task))) {
                System.out.println(file.get());
            }
        }
    }

    @Test
    void processesThatStartTogetherShareOneWholeCopy() throws Exception {
        for (int round = 0; round < 2; round++) {
            Path fresh = temporary.resolve("cache" + round);
            List<Process> children = new ArrayList<>();
            try {
                for (int i = 0; i < 4; i++) {
                    children.add(new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-Dparlab.cache=" + fresh,
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    NativeLibraryTest.class.getName(),
                                    jar.toString())
                            .redirectErrorStream(true)
                            .start());
                }
                for (Process child : children) {
                    assertEquals("ready", child.inputReader().readLine());
                }
                for (Process child : children) {
                    child.getOutputStream().write('\n');
                    child.getOutputStream().flush();
                }
                Set<String> said = new HashSet<>();
                for (Process child : children) {
                    child.inputReader().lines().forEach(said::add);
                    assertEquals(0, child.waitFor(), said::toString);
                }
                assertEquals(1, said.size(), said::toString);
                assertEquals(1, names(fresh).size(), () -> said + " and leftovers");
                assertWhole(Path.of(said.iterator().next()));
            } finally {
                children.forEach(Process::destroyForcibly);
            }
        }
    }

    @Test
    void anIncompleteFolderIsLeftAloneAndPassedOver() throws IOException {
        Path first = extract(cache);
        Files.write(first, new byte[10]);
        Path second = extract(cache);
        assertNotEquals(first.getParent(), second.getParent());
        assertWhole(second);
        assertEquals(second, extract(cache));
        assertEquals(10, Files.size(first));
        assertEquals(2, names(cache).size());
    }

    @Test
    void aCacheThatCannotBeWrittenIsPassedOver() throws IOException {
        Path file = Files.createFile(temporary.resolve("a-file"));
        assertEquals(cache, extract(file.resolve("below"), cache).getParent().getParent());
        Path other = extract(file);
        assertWhole(other);
        assertTrue(other.getParent().getFileName().toString().startsWith("parlab-thing"), other.toString());
    }

    @Test
    void otherContentsGetAFolderOfTheirOwn() throws IOException {
        Path before = extract(cache);
        OTHER[0]++;
        closeJar();
        makeJar();
        Path after = extract(cache);
        assertNotEquals(before, after);
        assertWhole(after);
        assertFalse(names(before.getParent()).isEmpty());
    }

    @Test
    void whatNoJarHasIsNamed() {
        for (String[] wrong : new String[][] {{"plan9-mips", "thing"}, {FOLDER, "thin"}, {FOLDER, "jnithing"}}) {
            UnsupportedOperationException e = assertThrows(
                    UnsupportedOperationException.class,
                    () -> NativeLibrary.extract(loader, wrong[0], wrong[1], List.of(cache)));
            assertTrue(e.getMessage().contains("library " + wrong[1]), e.getMessage());
            assertTrue(e.getMessage().contains(wrong[0] + "/"), e.getMessage());
        }
        assertFalse(Files.exists(cache));
    }

    @Test
    void aFileThatIsNoLibraryDoesNotLoad() {
        NativeLibrary library = NativeLibrary.extract(loader, FOLDER, "thing", List.of(cache));
        UnsupportedOperationException e = assertThrows(UnsupportedOperationException.class, library::open);
        assertTrue(e.getMessage().startsWith(library.file() + " does not load: "), e.getMessage());
    }

    @Test
    void theNamedCacheComesBeforeTheUsersOwn() {
        Map<String, String> properties = Map.of("parlab.cache", "/named", "user.home", "/home/me");
        String absolute = temporary.toString();
        assertEquals(
                List.of(Path.of("/named"), Path.of(absolute, "parlab")),
                NativeLibrary.caches(properties::get, Map.of("XDG_CACHE_HOME", absolute)::get));
        List<Path> without =
                NativeLibrary.caches(Map.of("user.home", "/home/me")::get, Map.of("XDG_CACHE_HOME", "x")::get);
        assertEquals(1, without.size());
        assertTrue(without.getFirst().startsWith("/home/me"), without.toString());
        assertTrue(without.getFirst().endsWith("parlab"), without.toString());
    }
}
