package parlab.processes;

import java.io.ObjectInputFilter;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Set;

/**
 * What the parent reads from a worker: values of the class path and of the notebook, and of the JDK those that
 * are data. A worker runs the user's own code, but it may run it on somebody's input; what comes back must
 * not be able to do more than a value can.
 *
 * <p>The bounds: an array is at most as long as its message has bytes, or 16 million elements, which a list of equal
 * ones may announce in a few bytes; a thousand levels of nesting; fifty million objects.
 */
final class DeserialisationFilter implements ObjectInputFilter {
    private static final long MAX_DEPTH = 1_000;
    private static final long MAX_OBJECTS = 50_000_000;
    private static final long ALWAYS_ADMITTED = 1 << 24;

    private static final Set<String> DATA_PACKAGES = Set.of(
            "java.lang",
            "java.util",
            "java.util.concurrent",
            "java.util.concurrent.atomic",
            "java.util.concurrent.locks",
            "java.time",
            "java.time.chrono",
            "java.time.zone",
            "java.math",
            "java.text",
            "sun.util.calendar");

    private static final Set<String> DATA_CLASSES = Set.of(
            "java.lang.invoke.SerializedLambda",
            "java.net.URI",
            "java.net.InetAddress",
            "java.net.Inet4Address",
            "java.net.Inet6Address",
            "java.net.InetSocketAddress",
            "java.io.File",
            "java.io.Serializable",
            "java.io.Externalizable",
            "java.sql.Date",
            "java.sql.Time",
            "java.sql.Timestamp",
            "java.awt.Point",
            "java.awt.Rectangle",
            "java.awt.Dimension",
            "java.awt.Color",
            "java.lang.constant.Constable",
            "java.lang.constant.ConstantDesc");

    private final long messageBytes;
    private String rejection = "";

    DeserialisationFilter(long messageBytes) {
        this.messageBytes = messageBytes;
    }

    @Override
    public Status checkInput(FilterInfo info) {
        if (info.depth() > MAX_DEPTH
                || info.references() > MAX_OBJECTS
                || info.arrayLength() > Math.max(messageBytes, ALWAYS_ADMITTED)) {
            rejection = "it is nested more than " + MAX_DEPTH + " levels deep, holds more than " + MAX_OBJECTS
                    + " objects, or an array longer than its message: depth " + info.depth() + ", objects "
                    + info.references() + ", array " + info.arrayLength();
            return Status.REJECTED;
        }
        Class<?> type = info.serialClass();
        if (type == null || admits(type)) {
            return Status.ALLOWED;
        }
        rejection = "it holds a " + type.getName() + ", which is not plain data: return numbers, texts, arrays, or"
                + " records of your own that implement Serializable";
        return Status.REJECTED;
    }

    /** Why something was rejected; empty if nothing was. */
    String rejection() {
        return rejection;
    }

    private boolean admits(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.componentType();
        }
        if (element.isPrimitive() || DATA_CLASSES.contains(element.getName())) {
            return true;
        }
        ClassLoader loader = element.getClassLoader();
        boolean ofTheJdk = loader == null || loader == ClassLoader.getPlatformClassLoader();
        return !ofTheJdk
                || DATA_PACKAGES.contains(element.getPackageName())
                || Throwable.class.isAssignableFrom(element)
                || MemorySegment.class.isAssignableFrom(element)
                || Path.class.isAssignableFrom(element);
    }
}
