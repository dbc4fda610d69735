package parlab.kernels;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Compiles a function in C into a shared library, with the system's compiler: the one that the variable {@code CC} names,
 * else the first of {@code cc}, {@code gcc} and {@code clang} on the {@code PATH}. Stateless and thread-safe.
 */
public final class CCompiler {
    private static final List<String> USUAL = List.of("cc", "gcc", "clang");

    private CCompiler() {}

    /**
     * What came of it. Immutable and thread-safe.
     *
     * @param file the library, which loads; empty if there is none
     * @param message the command that made it, or why there is none, as a phrase without a full stop
     */
    public record Library(Optional<Path> file, String message) {
        /** Returns whether there is one. */
        public boolean isThere() {
            return file.isPresent();
        }

        private static Library none(String why) {
            return new Library(Optional.empty(), why);
        }
    }

    /**
     * Compiles a source, and tries whether the library loads.
     *
     * @param folder where source and library go, under names of their own: a library that was loaded is not replaced
     * @param flags the compiler's, such as {@code -O3}; those for a shared library are added
     * @throws IOException if the folder cannot be written
     */
    public static Library compile(String source, Path folder, String... flags)
            throws IOException, InterruptedException {
        return compile(System.getenv().getOrDefault("CC", ""), System.getenv("PATH"), source, folder, flags);
    }

    static Library compile(String cc, String path, String source, Path folder, String... flags)
            throws IOException, InterruptedException {
        List<String> command = find(cc.strip(), path == null ? "" : path);
        if (command.isEmpty()) {
            return Library.none(
                    cc.isBlank()
                            ? "there is no C compiler on the PATH; on Debian and Ubuntu: `apt install gcc`, on macOS:"
                                    + " `xcode-select --install`"
                            : "CC names `" + cc.strip() + "`, which is not there");
        }
        command.addAll(Arrays.asList(flags));
        String shown = String.join(" ", command);
        Path file = Files.writeString(Files.createTempFile(folder, "source", ".c"), source);
        Path library = Files.createTempFile(folder, "library", System.mapLibraryName(""));
        command.addAll(List.of("-shared", "-fPIC", file.toString(), "-o", library.toString(), "-lm"));
        String failure = run(command);
        if (failure.isEmpty() && !loads(library)) {
            failure = "what it made does not load";
        }
        return failure.isEmpty()
                ? new Library(Optional.of(library), "`" + shown + "`")
                : Library.none("`" + shown + "` failed: " + failure);
    }

    /** The compiler's command; empty if there is none. */
    private static List<String> find(String cc, String path) {
        List<String> folders = List.of(path.split(File.pathSeparator));
        for (String command : cc.isEmpty() ? USUAL : List.of(cc)) {
            List<String> words = List.of(command.split("\\s+"));
            Stream<File> places = folders.stream().map(folder -> new File(folder, words.getFirst()));
            File named = new File(words.getFirst());
            if (Stream.concat(places, named.isAbsolute() ? Stream.of(named) : Stream.empty())
                    .anyMatch(File::canExecute)) {
                return new ArrayList<>(words);
            }
        }
        return List.of();
    }

    /** The first line of what went wrong; empty if nothing did. */
    private static String run(List<String> command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try {
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                return process.waitFor() == 0
                        ? ""
                        : output.strip().lines().findFirst().orElse("it says nothing");
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    @SuppressWarnings("restricted") // native access is what this is for
    private static boolean loads(Path library) {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(library, arena);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
