package parlab.kernels.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class OpenBlasLibraryTest {
    private static final String PREFIX = "org/bytedeco/openblas/" + OpenBlasLibrary.platform() + "/";

    private static URL header() {
        URL header = OpenBlasLibraryTest.class.getClassLoader().getResource(PREFIX + "include/cblas.h");
        assumeTrue(header != null);
        return header;
    }

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    @Test
    void a_platform_without_a_library_is_named() {
        UnsupportedOperationException e =
                assertThrows(UnsupportedOperationException.class, () -> OpenBlasLibrary.open("plan9-mips"));
        assertTrue(e.getMessage().contains("no OpenBLAS for plan9-mips"), e.getMessage());
        assertTrue(e.getMessage().contains("parlab.kernels.Gemm"), e.getMessage());
    }

    @Test
    void eight_at_once_get_the_same_whole_folder_and_leave_nothing_else(@TempDir Path cache) throws Exception {
        URL header = header();
        List<Callable<Path>> tasks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            tasks.add(() -> OpenBlasLibrary.extract(header, PREFIX, List.of(cache)));
        }
        Set<Path> folders = new HashSet<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
            for (Future<Path> future : pool.invokeAll(tasks)) {
                folders.add(future.get());
            }
        }
        assertEquals(1, folders.size());
        Path folder = folders.iterator().next();
        assertEquals(Set.of(folder.getFileName().toString()), names(cache));
        assertTrue(
                names(folder).stream().anyMatch(name -> name.contains("openblas")),
                names(folder).toString());
        assertFalse(
                names(folder).stream().anyMatch(name -> name.contains("jni")),
                names(folder).toString());
    }

    @Test
    void a_folder_that_lacks_something_is_made_again(@TempDir Path cache) throws Exception {
        Path folder = OpenBlasLibrary.extract(header(), PREFIX, List.of(cache));
        Set<String> before = names(folder);
        Path victim = folder.resolve(before.iterator().next());
        long size = Files.size(victim);
        Files.delete(victim);
        Files.write(victim, new byte[10]);
        assertEquals(folder, OpenBlasLibrary.extract(header(), PREFIX, List.of(cache)));
        assertEquals(before, names(folder));
        assertEquals(size, Files.size(victim));
    }

    @Test
    void a_cache_that_can_not_be_written_is_passed_over(@TempDir Path good) throws Exception {
        Path file = Files.createFile(good.resolve("a-file"));
        Path folder = OpenBlasLibrary.extract(header(), PREFIX, List.of(file.resolve("below"), good));
        assertEquals(good, folder.getParent());
        Path temporary = OpenBlasLibrary.extract(header(), PREFIX, List.of(file));
        assertTrue(names(temporary).equals(names(folder)), temporary.toString());
    }
}
