package parlab.timing.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.InvocationTargetException;

/**
 * Makes loops that have seen no other body.
 *
 * <p>HotSpot keeps its type profile per method: a loop that was shared by all bodies would call the third
 * and every later one through the interface's table instead of inlining it. So each measurement gets a
 * fresh copy of the loop's class, as a hidden class (JEP 371) that is unloaded with its last instance.
 */
public final class Loops {

    private Loops() {}

    /** A new class made from the template for this guard, and its only instance. */
    public static BatchLoop fresh(boolean compilerBlackhole) {
        Class<?> template = compilerBlackhole ? BlackholeLoop.class : SinkLoop.class;
        try (InputStream in = template.getResourceAsStream(template.getSimpleName() + ".class")) {
            if (in == null) {
                throw new IllegalStateException(
                        "the class file of " + template.getName() + " is not on the class path");
            }
            return (BatchLoop) MethodHandles.lookup()
                    .defineHiddenClass(in.readAllBytes(), true)
                    .lookupClass()
                    .getConstructor()
                    .newInstance();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (IllegalAccessException
                | InstantiationException
                | InvocationTargetException
                | NoSuchMethodException e) {
            throw new LinkageError("no copy of " + template.getName() + " could be defined", e);
        }
    }
}
