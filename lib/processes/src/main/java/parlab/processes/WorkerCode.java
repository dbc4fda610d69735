package parlab.processes;

import java.io.IOException;
import java.io.StreamCorruptedException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

/**
 * What a worker has been told: classes, variables' values, lambdas and functions, by the numbers of their slots, and the
 * shared memory that it has opened. For the thread that runs tasks; shared memory may be released by any.
 */
final class WorkerCode {
    static final Object[] NO_BIGS = {};

    /** The code of one code base. */
    final class Context implements ValueReader.Hooks, ValueWriter.Hooks {
        private final ClassLoader loader;

        Context(ClassLoader loader) {
            this.loader = loader;
        }

        @Override
        public ClassLoader loader() {
            return loader;
        }

        @Override
        public Object resolve(Object object) throws IOException {
            if (object instanceof Shared.Handle handle) {
                return shared(handle);
            }
            if (object instanceof Lambdas.Plain plain) {
                try {
                    return Lambdas.maker(plain.form(), loader).make(plain.captured());
                } catch (IOException | RuntimeException | Error e) {
                    throw e;
                } catch (Throwable e) {
                    throw new IOException(e);
                }
            }
            return object;
        }
    }

    /** A lambda's form, and its maker once there was a use for it. */
    private static final class LambdaSlot {
        private final Context context;
        private final Lambdas.Form form;
        private Lambdas.Maker maker;

        LambdaSlot(Context context, Lambdas.Form form) {
            this.context = context;
            this.form = form;
        }

        Lambdas.Maker get() throws ReflectiveOperationException {
            if (maker == null) {
                maker = Lambdas.maker(form, context.loader);
            }
            return maker;
        }
    }

    private final BiFunction<Integer, String, byte[]> classBytes;
    private final Map<Integer, Context> contexts = new HashMap<>();
    private final Map<Integer, Object> slots = new HashMap<>();
    private final Map<Integer, Throwable> failed = new HashMap<>();
    private final Map<UUID, Shared> opened = new ConcurrentHashMap<>();
    /** Closed by their owner, but still in use here when that was heard. */
    private final Map<UUID, Shared> released = new ConcurrentHashMap<>();

    /**
     * @param classBytes asks the parent for a class of a code base
     */
    WorkerCode(BiFunction<Integer, String, byte[]> classBytes) {
        this.classBytes = classBytes;
    }

    Context context(int codeBase) {
        return contexts.computeIfAbsent(codeBase, id -> {
            ClassLoader system = ClassLoader.getSystemClassLoader();
            return new Context(id == 0 ? system : new WorkerLoader(system, name -> classBytes.apply(id, name)));
        });
    }

    /** Takes a definition in. If that fails, the tasks that need it fail with the reason. */
    void define(Incoming in) throws IOException {
        byte kind = in.readByte();
        Context context = context(in.readInt());
        int slot = in.readInt();
        failed.remove(slot);
        try {
            switch (kind) {
                case Wire.DEFINE_CODE_BASE -> {
                    int n = in.readInt();
                    for (int i = 0; i < n; i++) {
                        String url = in.readText();
                        if (context.loader instanceof WorkerLoader loader) {
                            loader.addPath(url);
                        }
                    }
                }
                case Wire.DEFINE_CLASS -> {
                    String name = in.readText();
                    if (context.loader instanceof WorkerLoader loader) {
                        loader.declare(name, in.rest());
                    }
                }
                case Wire.DEFINE_VARIABLE -> {
                    Class<?> owner = Class.forName(in.readText(), true, context.loader);
                    Field field = owner.getDeclaredField(in.readText());
                    field.setAccessible(true);
                    field.set(null, new ValueReader(in, NO_BIGS, context).read());
                }
                case Wire.DEFINE_LAMBDA -> slots.put(slot, new LambdaSlot(context, Lambdas.Form.read(in)));
                case Wire.DEFINE_FUNCTION -> slots.put(slot, job(in, new ValueReader(in, NO_BIGS, context)));
                default -> throw new StreamCorruptedException("a definition of an unknown kind");
            }
        } catch (Throwable e) {
            failed.put(slot, e);
        }
    }

    void forget(int slot) {
        slots.remove(slot);
        failed.remove(slot);
    }

    /** Throws what went wrong with a definition, if it did. */
    void check(int slot) throws Throwable {
        Throwable failure = failed.get(slot);
        if (failure != null) {
            throw failure;
        }
    }

    Object function(int slot) {
        Object function = slots.get(slot);
        if (function == null) {
            throw new IllegalStateException("the function of these items is not known here");
        }
        return function;
    }

    /** Reads a job: an object, or a lambda of a known form with what it captured. */
    Object job(Incoming in, ValueReader values) throws Throwable {
        if (in.readByte() == Wire.JOB_VALUE) {
            return values.read();
        }
        LambdaSlot slot = (LambdaSlot) slots.get(in.readInt());
        int count = in.readInt();
        Object[] captured;
        if (count < 0) {
            captured = (Object[]) values.read();
        } else {
            captured = new Object[count];
            for (int i = 0; i < count; i++) {
                captured[i] = values.read();
            }
        }
        try {
            return slot.get().make(captured);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    // ---- shared memory

    private Shared shared(Shared.Handle handle) throws IOException {
        Shared known = opened.get(handle.id());
        if (known == null || !known.isOpen()) {
            known = handle.open();
            opened.put(handle.id(), known);
        }
        return known;
    }

    /**
     * Lets go of memory that its owner has closed.
     *
     * @return false if native code uses it at this moment: then {@link #releaseRest} is to be called later
     */
    boolean release(UUID id) {
        Shared known = opened.remove(id);
        if (known == null) {
            return true;
        }
        try {
            known.close();
            return true;
        } catch (IllegalStateException inUse) {
            released.put(id, known);
            return false;
        }
    }

    /** Tries again to let go of what was in use. */
    void releaseRest() {
        for (UUID id : List.copyOf(released.keySet())) {
            opened.put(id, released.remove(id));
            release(id);
        }
    }
}
