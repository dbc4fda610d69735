package parlab.models;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import parlab.system.ChildJvm;

/** Another JVM with the class path of the tests. */
record Child(Process process, BufferedReader output) {

    static Child start(Class<?> main, List<String> options, String... arguments) throws IOException {
        Process process = ChildJvm.of(main)
                .options(ChildJvm.inheritedOptions())
                .options(options)
                .wholeClassPath(main)
                .arguments(arguments)
                .builder()
                .redirectErrorStream(true)
                .start();
        return new Child(process, process.inputReader());
    }

    /** What it prints until it ends well. */
    String rest() throws IOException, InterruptedException {
        String rest = output.lines().collect(Collectors.joining("\n"));
        assertEquals(0, process.waitFor(), rest);
        return rest;
    }
}
