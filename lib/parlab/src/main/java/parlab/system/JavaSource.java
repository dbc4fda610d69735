package parlab.system;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles Java from its source text, for JVMs of its own. Stateless and thread-safe. */
public final class JavaSource {
    private JavaSource() {}

    /**
     * Compiles a class that is in no package.
     *
     * @param folder where the source and what becomes of it go
     * @param name the class's simple name
     * @param classPath what it may use; if empty, what this JVM's own class path has
     * @throws IOException if the folder cannot be written
     * @throws IllegalArgumentException if it does not compile; the message has the compiler's errors
     * @throws UnsupportedOperationException if this Java has no compiler, as a JRE
     */
    public static void compile(Path folder, String name, String source, List<String> classPath) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new UnsupportedOperationException("this Java has no compiler: a JDK is needed");
        }
        Path file = Files.writeString(folder.resolve(name + ".java"), source);
        List<String> options = new ArrayList<>(List.of("-proc:none", "-d", folder.toString()));
        if (!classPath.isEmpty()) {
            options.addAll(List.of("-cp", String.join(File.pathSeparator, classPath)));
        }
        StringWriter errors = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            if (!compiler.getTask(errors, files, null, options, null, files.getJavaFileObjects(file))
                    .call()) {
                throw new IllegalArgumentException(name + " does not compile:\n" + errors);
            }
        }
    }
}
