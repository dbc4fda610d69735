package parlab.processes;

import java.io.IOException;
import java.lang.reflect.Field;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;

/**
 * What workers must know to run the code of one class loader, in one version: its classes as they were when they
 * were first sent, the notebook's variables, the forms of its lambdas.
 *
 * <p>JShell mostly gives a changed definition a new class name; where it changes a class in place, a new code base
 * takes this one's place, and workers give it a class loader of its own.
 *
 * <p>Guarded by its {@link Shipper}'s lock, but for {@link #bytesFor}.
 */
final class CodeBase {
    private static final long RECHECK_NANOS = 1_000_000;

    /** A lambda's form, sent once. */
    record LambdaCode(Lambdas.Form form, List<Reach.Root> roots, Definition definition) {}

    /** A notebook variable with the value that was last sent. */
    static final class VariableSlot {
        final Reach.Variable variable;
        final Field field;
        final int slot;
        private Definition latest;
        private byte[] latestValue;
        private int version;

        VariableSlot(Reach.Variable variable, Field field, int slot) {
            this.variable = variable;
            this.field = field;
            this.slot = slot;
        }

        /** The definition of this value: the last one if nothing has changed. */
        Definition define(CodeBase base, Bytes value) {
            if (latest == null || !Arrays.equals(latestValue, 0, latestValue.length, value.array(), 0, value.size())) {
                latestValue = value.toArray();
                Bytes out = new Bytes(latestValue.length + 128);
                int frame = out.beginFrame(Wire.DEFINE);
                out.putByte(Wire.DEFINE_VARIABLE).putInt(base.id).putInt(slot);
                out.putText(variable.owner()).putText(variable.name());
                out.putBytes(latestValue, 0, latestValue.length);
                out.endFrame(frame);
                latest = new Definition(slot, version++, out.toArray());
            }
            return latest;
        }
    }

    final int id;
    final ClassLoader loader;
    private final IntSupplier slots;
    private final ClassBytes bytes;
    private final Map<String, byte[]> snapshot = new HashMap<>();
    private final Map<String, Definition> classes = new HashMap<>();
    private final Map<Class<?>, LambdaCode> lambdas = new HashMap<>();
    private final Map<Reach.Variable, VariableSlot> variables = new HashMap<>();
    private final Reach reach = new Reach(this::bytesFor);
    private final int selfSlot;
    private List<String> sentPath = List.of();
    private Definition self;
    private long checkedAt;

    CodeBase(int id, ClassLoader loader, IntSupplier slots) {
        this.id = id;
        this.loader = loader;
        this.slots = slots;
        this.bytes = new ClassBytes(loader);
        this.selfSlot = slots.getAsInt();
    }

    /** The bytes of a class of this code base, the same ones for every worker; null if there is none. Thread-safe. */
    byte[] bytesFor(String className) {
        synchronized (snapshot) {
            byte[] known = snapshot.get(className);
            if (known == null) {
                known = bytes.find(className);
                if (known != null) {
                    snapshot.put(className, known);
                }
            }
            return known;
        }
    }

    Reach.Result reach(Reach.Root root) {
        return reach.of(root);
    }

    /** Whether the kernel has changed one of these classes in place since they were first sent. */
    boolean outdated(Set<String> names) {
        long now = System.nanoTime();
        if (names.isEmpty() || now - checkedAt < RECHECK_NANOS) {
            // Between two checks of one thread there is no time to compile anything.
            return false;
        }
        checkedAt = now;
        for (String name : names) {
            byte[] current = bytes.find(name);
            byte[] sent = bytesFor(name);
            if (current != null && current != sent && !Arrays.equals(current, sent)) {
                return true;
            }
        }
        return false;
    }

    /** This code base itself, with the class path that has been added to it so far. */
    Definition self(Set<String> workerPath) {
        List<String> path = new ArrayList<>();
        for (ClassLoader next = loader;
                next != null && next != ClassLoader.getPlatformClassLoader();
                next = next.getParent()) {
            if (next instanceof URLClassLoader urls) {
                for (URL url : urls.getURLs()) {
                    if (!workerPath.contains(url.toString())) {
                        path.add(url.toString());
                    }
                }
            }
        }
        if (self == null || !path.equals(sentPath)) {
            sentPath = path;
            Bytes out = new Bytes(256);
            int frame = out.beginFrame(Wire.DEFINE);
            out.putByte(Wire.DEFINE_CODE_BASE).putInt(id).putInt(selfSlot).putInt(path.size());
            path.forEach(out::putText);
            out.endFrame(frame);
            self = new Definition(selfSlot, self == null ? 0 : self.version() + 1, out.toArray());
        }
        return self;
    }

    /** A class of this code base; null if its bytes are not to be had. */
    Definition ofClass(String name) {
        Definition known = classes.get(name);
        if (known == null) {
            byte[] found = bytesFor(name);
            if (found == null) {
                return null;
            }
            int slot = slots.getAsInt();
            Bytes out = new Bytes(found.length + 128);
            int frame = out.beginFrame(Wire.DEFINE);
            out.putByte(Wire.DEFINE_CLASS).putInt(id).putInt(slot).putText(name).putBytes(found, 0, found.length);
            out.endFrame(frame);
            known = new Definition(slot, 0, out.toArray());
            classes.put(name, known);
        }
        return known;
    }

    /** The code of a lambda's class; the form is asked for when it is new. */
    LambdaCode lambda(Class<?> lambdaClass, FormSource source) throws IOException {
        LambdaCode known = lambdas.get(lambdaClass);
        if (known == null) {
            Lambdas.Form form = source.form();
            int slot = slots.getAsInt();
            Bytes out = new Bytes(512);
            int frame = out.beginFrame(Wire.DEFINE);
            out.putByte(form.plain() ? Wire.DEFINE_PLAIN_LAMBDA : Wire.DEFINE_LAMBDA)
                    .putInt(id)
                    .putInt(slot);
            form.write(out);
            out.endFrame(frame);
            known = new LambdaCode(form, Reach.rootsOf(form), new Definition(slot, 0, out.toArray()));
            lambdas.put(lambdaClass, known);
        }
        return known;
    }

    /** Where a lambda's form comes from. */
    @FunctionalInterface
    interface FormSource {
        Lambdas.Form form() throws IOException;
    }

    /** A notebook variable; null if the field is not there. */
    VariableSlot variable(Reach.Variable variable) {
        VariableSlot known = variables.get(variable);
        if (known == null) {
            try {
                Field field = Class.forName(variable.owner(), true, loader).getDeclaredField(variable.name());
                field.setAccessible(true);
                known = new VariableSlot(variable, field, slots.getAsInt());
                variables.put(variable, known);
            } catch (ReflectiveOperationException e) {
                return null;
            }
        }
        return known;
    }
}
