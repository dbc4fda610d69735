package parlab.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import parlab.kernels.CCompiler.Library;

final class CCompilerTest {
    private static final String TWICE = "double twice(double x) { return 2 * x; }";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    @Test
    @SuppressWarnings("restricted") // native access is what this is for
    void aFunctionIsCompiledAndCanBeCalled() throws Throwable {
        Library made = CCompiler.compile(TWICE, folder, "-O2");
        assumeFalse(made.message().contains("no C compiler"), made.message());
        assertTrue(made.isThere(), made.message());
        assertTrue(made.message().endsWith("-O2`"), made.message());
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup library = SymbolLookup.libraryLookup(made.file().orElseThrow(), arena);
            MethodHandle twice = Linker.nativeLinker()
                    .downcallHandle(
                            library.findOrThrow("twice"),
                            FunctionDescriptor.of(ValueLayout.JAVA_DOUBLE, ValueLayout.JAVA_DOUBLE));
            assertEquals(42.0, (double) twice.invokeExact(21.0));
        }
    }

    @Test
    void aMistakeInTheSourceIsToldInOneLine() throws Exception {
        Library made = CCompiler.compile("double twice(", folder);
        assumeFalse(made.message().contains("no C compiler"), made.message());
        assertFalse(made.isThere());
        assertTrue(made.message().contains("failed: ") && !made.message().contains("\n"), made.message());
    }

    @Test
    void withoutACompilerItSaysHowToGetOne() throws Exception {
        Library made = CCompiler.compile("", folder.toString(), TWICE, folder);
        assertFalse(made.isThere());
        assertTrue(made.message().contains("`apt install gcc`"), made.message());
    }

    @Test
    void theVariableDecidesAndIsNamedIfItIsWrong() throws Exception {
        Library wrong = CCompiler.compile("no-such-compiler -m64", System.getenv("PATH"), TWICE, folder);
        assertEquals("CC names `no-such-compiler -m64`, which is not there", wrong.message());
    }

    @Test
    void aCompilerThatMakesNoLibraryIsNamed() throws Exception {
        assumeFalse(File.separatorChar == '\\', "a shell script");
        Path idle = Files.writeString(folder.resolve("idle"), "#!/bin/sh\nexit 0\n");
        assertTrue(idle.toFile().setExecutable(true));
        Library made = CCompiler.compile(idle.toString(), "", TWICE, folder, "-O2");
        assertEquals("`" + idle + " -O2` failed: what it made does not load", made.message());
    }
}
