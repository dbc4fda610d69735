package parlab.processes;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;
import parlab.processes.DependencyClosure.Root;
import parlab.processes.DependencyClosure.Variable;

/**
 * What workers must know to run the code of one class loader, in one version: its classes as they were when they
 * were first sent, the notebook's variables, the forms of its lambdas.
 *
 * <p>JShell mostly gives a changed definition a new class name; where it changes a class in place, a new code base
 * takes this one's place, and workers give it a class loader of its own.
 *
 * <p>Guarded by its {@link TaskSerializer}'s lock, but for {@link #bytesFor}.
 */
final class CodeBase {
    private static final long RECHECK_NANOS = 1_000_000;

    /**
     * Something that a worker is told before the tasks that need it.
     *
     * @param slot what it is about; a definition with another version replaces it
     * @param version counted up with each change
     * @param message the content of a {@link Wire#DEFINE} message
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared, never changed.
    record Definition(int slot, int version, byte[] message) {}

    /** A lambda's form, sent once. */
    record LambdaCode(Lambdas.Form form, List<Root> roots, Definition definition) {}

    /** A notebook variable or static field, with the value that was last sent. */
    static final class VariableSlot {
        final Variable variable;
        final Field field;
        final int slot;
        private Definition latest;
        private byte[] latestValue;
        private int version;

        VariableSlot(Variable variable, Field field, int slot) {
            this.variable = variable;
            this.field = field;
            this.slot = slot;
        }

        /** Whether it is a variable of the notebook, and not a static field of one of its classes. */
        boolean isVariable() {
            return field.getDeclaringClass().getSimpleName().startsWith("$JShell$");
        }

        /** Whether it is a class's static field that is null here: each process loads something of its own into it. */
        boolean isLoadedByEach() {
            return !isVariable() && value() == null;
        }

        /** Its value in this process. */
        Object value() {
            try {
                return field.get(null);
            } catch (IllegalAccessException e) {
                throw new UnsendableException(name() + " cannot be read", e);
            }
        }

        /** What people call it. */
        String name() {
            return isVariable()
                    ? "the variable '" + field.getName() + "'"
                    : "the static field '" + field.getDeclaringClass().getSimpleName() + "." + field.getName() + "'";
        }

        /** The definition of this value: the last one if nothing has changed. */
        Definition define(CodeBase base, byte[] value) {
            if (latest == null || !Arrays.equals(latestValue, value)) {
                latestValue = value;
                latest = new Definition(slot, version++, definition(Wire.DEFINE_VARIABLE, base.id, slot, out -> {
                    out.writeText(variable.owner());
                    out.writeText(variable.name());
                    out.write(value);
                }));
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
    private final Map<Variable, VariableSlot> variables = new HashMap<>();
    private final DependencyClosure closure = new DependencyClosure(this::bytesFor);
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

    static byte[] definition(byte kind, int codeBase, int slot, Outgoing.Content content) {
        return Outgoing.of(out -> {
                    out.writeByte(kind);
                    out.writeInt(codeBase);
                    out.writeInt(slot);
                    content.write(out);
                })
                .toArray();
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

    /** As {@link #bytesFor}, as a worker gets them: with this process's values of static final fields, or room for them. */
    byte[] bytesToSend(String className) {
        byte[] found = bytesFor(className);
        return found == null || !DependencyClosure.isNotebookClass(className)
                ? found
                : StaticFields.prepare(className, found, loader);
    }

    DependencyClosure.Result closureOf(Root root) {
        return closure.of(root);
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
            self = new Definition(
                    selfSlot,
                    self == null ? 0 : self.version() + 1,
                    definition(Wire.DEFINE_CODE_BASE, id, selfSlot, out -> {
                        out.writeInt(path.size());
                        for (String url : path) {
                            out.writeText(url);
                        }
                    }));
        }
        return self;
    }

    /** A class of this code base; null if its bytes are not to be had. */
    Definition ofClass(String name) {
        Definition known = classes.get(name);
        if (known == null) {
            byte[] found = bytesToSend(name);
            if (found == null) {
                return null;
            }
            int slot = slots.getAsInt();
            known = new Definition(slot, 0, definition(Wire.DEFINE_CLASS, id, slot, out -> {
                out.writeText(name);
                out.write(found);
            }));
            classes.put(name, known);
        }
        return known;
    }

    /** Where a lambda's form comes from. */
    @FunctionalInterface
    interface FormSource {
        Lambdas.Form form() throws IOException;
    }

    /** The code of a lambda's class; the form is asked for when it is new. */
    LambdaCode lambda(Class<?> lambdaClass, FormSource source) throws IOException {
        LambdaCode known = lambdas.get(lambdaClass);
        if (known == null) {
            Lambdas.Form form = source.form();
            int slot = slots.getAsInt();
            known = new LambdaCode(
                    form,
                    DependencyClosure.rootsOf(form),
                    new Definition(slot, 0, definition(Wire.DEFINE_LAMBDA, id, slot, form::write)));
            lambdas.put(lambdaClass, known);
        }
        return known;
    }

    /** A notebook variable or a static field; null if there is no such field, or its value is the same everywhere. */
    VariableSlot variable(Variable variable) {
        VariableSlot known = variables.get(variable);
        if (known == null) {
            Field field = fieldOf(variable);
            if (field == null
                    || field.isEnumConstant()
                    || field.isSynthetic()
                    || (Modifier.isFinal(field.getModifiers())
                            && StaticFields.isConstant(
                                    field.getType().describeConstable().orElseThrow()))
                    || !DependencyClosure.isNotebookClass(
                            field.getDeclaringClass().getName())) {
                return null;
            }
            field.setAccessible(true);
            Variable declared = new Variable(field.getDeclaringClass().getName(), field.getName());
            known = new VariableSlot(declared, field, slots.getAsInt());
            variables.put(variable, known);
        }
        return known;
    }

    /** Code may name a field by a subclass of the one that has it. */
    private Field fieldOf(Variable variable) {
        try {
            for (Class<?> owner = Class.forName(variable.owner(), true, loader);
                    owner != null;
                    owner = owner.getSuperclass()) {
                for (Field field : owner.getDeclaredFields()) {
                    if (field.getName().equals(variable.name())) {
                        return field;
                    }
                }
            }
        } catch (ClassNotFoundException e) {
            // A newer definition took its place: the task will say so.
            return null;
        }
        return null;
    }
}
