package parlab.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.File;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class TablesawTest {

    /** Loads every class anew, as a kernel does that has just started: in this JVM other tests have had their tables. */
    private static URLClassLoader freshKernel() throws Exception {
        URL[] classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toUri())
                .map(uri -> {
                    try {
                        return uri.toURL();
                    } catch (MalformedURLException e) {
                        throw new IllegalArgumentException(uri.toString(), e);
                    }
                })
                .toArray(URL[]::new);
        return new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader());
    }

    /** Calls a static method while another thread interrupts it again and again, so that no wait in it is spared. */
    private static void underInterrupts(Class<?> type, String method, Object... arguments) throws Exception {
        Class<?>[] types = Arrays.stream(arguments).map(Object::getClass).toArray(Class[]::new);
        Method called = type.getDeclaredMethod(method, types);
        called.setAccessible(true);
        Thread caller = Thread.currentThread();
        AtomicBoolean over = new AtomicBoolean();
        Thread stubborn = Thread.ofPlatform().start(() -> {
            while (!over.get()) {
                caller.interrupt();
                Thread.onSpinWait();
            }
        });
        try {
            called.invoke(null, arguments);
        } finally {
            over.set(true);
            while (stubborn.isAlive()) {
                Thread.interrupted();
                Thread.onSpinWait();
            }
            Thread.interrupted();
        }
    }

    @Test
    void tablesWorkAfterAnInterruptOfTheFirst() throws Exception {
        try (URLClassLoader kernel = freshKernel()) {
            underInterrupts(kernel.loadClass(Tablesaw.class.getName()), "initialize");
            Class<?> table = kernel.loadClass("tech.tablesaw.api.Table");
            Object made = table.getMethod("create", String.class).invoke(null, "t");
            assertEquals("t", table.getMethod("name").invoke(made));
        }
    }

    /** Why the class is there: should this fail one day, Tablesaw has mended its scan. */
    @Test
    void tablesawAloneStaysBrokenAfterAnInterrupt() throws Exception {
        try (URLClassLoader kernel = freshKernel()) {
            Class<?> table = kernel.loadClass("tech.tablesaw.api.Table");
            assertThrows(Throwable.class, () -> underInterrupts(table, "create", "t"));
            assertThrows(NoClassDefFoundError.class, () -> Class.forName(table.getName(), true, kernel));
        }
    }
}
