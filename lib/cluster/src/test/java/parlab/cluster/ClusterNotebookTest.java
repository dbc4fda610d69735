package parlab.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import jdk.jshell.JShell;
import jdk.jshell.SnippetEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Code typed in cells runs on members, with the cells' variables as they are at that moment. */
@Timeout(600)
class ClusterNotebookTest {
    private static String value(JShell shell, String cell) {
        String value = "";
        for (SnippetEvent event : shell.eval(cell)) {
            assertTrue(
                    event.exception() == null
                            && shell.diagnostics(event.snippet()).findAny().isEmpty(),
                    () -> cell + ": " + event.exception()
                            + shell.diagnostics(event.snippet()).toList());
            value = event.value();
        }
        return value;
    }

    @Test
    void cellsCodeAndVariablesTravel() {
        try (JShell shell = JShell.builder().executionEngine("local").build()) {
            for (String cell : List.of(
                    "import parlab.cluster.*;",
                    "import parlab.executors.*;",
                    "import java.util.*;",
                    "int n = 5;",
                    "int f(int x) { return x + n; }",
                    "record Point(int x, String name) implements java.io.Serializable {}",
                    "var cluster = Cluster.local(1, \"-Xmx120m\");")) {
                value(shell, cell);
            }
            assertEquals("8", value(shell, "cluster.submit(() -> f(3)).get()"));
            assertEquals(
                    "[Point[x=6, name=a], Point[x=7, name=a]]",
                    value(shell, "Tasks.map(cluster, List.of(1, 2), x -> new Point(f(x), \"a\"))"));
            value(shell, "n = 100;");
            for (int i = 0; i < 4; i++) {
                assertEquals("103", value(shell, "cluster.submit(() -> f(3)).get()"));
            }
            value(shell, "int f(int x) { return x - n; }");
            assertEquals("[-99, -98, -97]", value(shell, "Tasks.map(cluster, List.of(1, 2, 3), x -> f(x))"));
            // Named at run time, so that it cannot have been sent along.
            value(shell, "class Late { public String toString() { return \"late\"; } }");
            value(shell, "String late = new Late().getClass().getName();");
            assertEquals(
                    "\"late\"",
                    value(
                            shell,
                            "cluster.submit(() -> { var made = Class.forName(late, true,"
                                    + " Thread.currentThread().getContextClassLoader()).getDeclaredConstructor();"
                                    + " made.setAccessible(true); return made.newInstance().toString(); }).get()"));
            value(shell, "cluster.close();");
        }
    }
}
