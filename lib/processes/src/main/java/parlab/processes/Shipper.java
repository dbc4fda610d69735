package parlab.processes;

import java.io.IOException;
import java.io.InvalidClassException;
import java.io.NotSerializableException;
import java.io.Serializable;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.SerializedLambda;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Turns jobs and items into messages, together with the list of what a worker must have been told before: classes,
 * values of notebook variables, lambdas, functions.
 *
 * <p>Everything that can go wrong with sending goes wrong here, in the caller's thread, before anything is sent.
 * Thread-safe.
 */
final class Shipper {

    /**
     * A message that is ready to be sent to any worker.
     *
     * @param changes the slots of variables that the task assigns: afterwards the worker's value is not the notebook's
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared, never changed.
    record Message(
            int codeBase, byte kind, byte[] body, Blocks.Block block, List<Definition> needs, Set<Integer> changes) {}

    /** A function that many chunks refer to. */
    record Function(Definition definition, CodeBase codeBase, List<Definition> needs, Set<Integer> changes) {}

    private final Blocks blocks;
    private final Set<String> workerPath;
    private final Consumer<String> warnings;
    private final Consumer<SharedHandle> sharedSeen;
    private final AtomicInteger nextSlot = new AtomicInteger(1);
    private final Map<ClassLoader, CodeBase> current = new HashMap<>();
    private final Map<Integer, CodeBase> byId = new ConcurrentHashMap<>();
    private final Set<Reach.Variable> warned = new HashSet<>();
    private final CodeBase base;
    private int nextCodeBase;

    /**
     * @param blocks where big arrays go
     * @param workerPath the URLs of the workers' class path
     * @param warnings told about tasks that assign variables
     * @param sharedSeen told about shared memory that workers will map
     */
    Shipper(Blocks blocks, Set<String> workerPath, Consumer<String> warnings, Consumer<SharedHandle> sharedSeen) {
        this.blocks = blocks;
        this.workerPath = Set.copyOf(workerPath);
        this.warnings = warnings;
        this.sharedSeen = sharedSeen;
        this.base = baseOf(ClassLoader.getSystemClassLoader());
    }

    private CodeBase baseOf(ClassLoader loader) {
        return current.computeIfAbsent(loader, l -> newCodeBase(l));
    }

    private CodeBase newCodeBase(ClassLoader loader) {
        CodeBase made = new CodeBase(nextCodeBase++, loader, nextSlot::getAndIncrement);
        byId.put(made.id, made);
        return made;
    }

    /** The code base with this number; null if there is none. */
    CodeBase byId(int id) {
        return byId.get(id);
    }

    /** The loader that knows the classes of a code base's results. */
    ClassLoader loaderOf(int codeBase) {
        CodeBase found = byId.get(codeBase);
        return found == null ? base.loader : found.loader;
    }

    /** Packs one job for one call. */
    Message call(Object job) {
        return pack((packing, out) -> packing.job(out, job, "the task"), Wire.TASK_CALL);
    }

    /** Packs a function, to be sent once to each worker. */
    synchronized Function function(Object function) {
        while (true) {
            Packing packing = new Packing(false);
            Bytes values = new Bytes(256);
            packing.job(values, function, "the function");
            List<Definition> needs = packing.finish();
            if (needs == null) {
                continue;
            }
            int slot = nextSlot.getAndIncrement();
            Bytes out = new Bytes(values.size() + 16);
            int frame = out.beginFrame(Wire.DEFINE);
            out.putByte(Wire.DEFINE_FUNCTION).putInt(packing.codeBase().id).putInt(slot);
            out.putBytes(values.array(), 0, values.size());
            out.endFrame(frame);
            return new Function(new Definition(slot, 0, out.toArray()), packing.codeBase(), needs, packing.changes);
        }
    }

    /**
     * Packs items for one function.
     *
     * @param function what to call on each
     * @param items at least one
     * @param firstIndex the first one's number, for messages
     */
    Message chunk(Function function, List<?> items, int firstIndex) {
        return pack(
                (packing, out) -> {
                    packing.prefer(function.codeBase);
                    packing.needs.addAll(function.needs);
                    packing.changes.addAll(function.changes);
                    packing.needs.add(function.definition);
                    out.putInt(function.definition.slot()).putInt(items.size());
                    packing.items(out, items, firstIndex);
                },
                Wire.TASK_CHUNK);
    }

    @FunctionalInterface
    private interface Content {
        void write(Packing packing, Bytes out);
    }

    private Message pack(Content content, byte kind) {
        boolean mayShare = true;
        while (true) {
            Packing packing = new Packing(mayShare);
            Bytes values = new Bytes(128);
            content.write(packing, values);
            List<Definition> needs;
            synchronized (this) {
                needs = packing.finish();
            }
            Message message = needs == null ? null : packing.message(kind, values, needs);
            if (message != null) {
                return message;
            }
            // Either the code has changed meanwhile, or there was no shared memory left: then through the socket.
            mayShare = needs == null;
        }
    }

    /** One message in the making. */
    private final class Packing implements Packer.Hooks {
        private final Set<Definition> needs = new LinkedHashSet<>();
        private final Set<Reach.Root> roots = new LinkedHashSet<>();
        private final Set<Integer> changes = new HashSet<>();
        private final boolean mayShare;
        private Packer packer;
        private CodeBase codeBase;

        Packing(boolean mayShare) {
            this.mayShare = mayShare;
        }

        CodeBase codeBase() {
            return codeBase == null ? base : codeBase;
        }

        void prefer(CodeBase wanted) {
            if (wanted != base) {
                codeBase = wanted;
            }
        }

        @Override
        public void sawClass(Class<?> type) {
            ClassLoader loader = type.getClassLoader();
            if (loader == null || loader == base.loader || loader == ClassLoader.getPlatformClassLoader()) {
                return;
            }
            if (codeBase == null || (codeBase.loader != loader && isAncestor(codeBase.loader, loader))) {
                synchronized (Shipper.this) {
                    codeBase = baseOf(loader);
                }
            }
            if (Reach.isNotebookClass(type.getName()) && !type.isHidden()) {
                roots.add(Reach.rootOf(type.getName()));
            }
        }

        private static boolean isAncestor(ClassLoader ancestor, ClassLoader of) {
            for (ClassLoader next = of.getParent(); next != null; next = next.getParent()) {
                if (next == ancestor) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public Object replace(Object object) throws IOException {
            if (object instanceof SerializedLambda lambda) {
                Lambdas.Form form = Lambdas.form(lambda);
                roots.addAll(Reach.rootsOf(form));
                return object;
            }
            if (object instanceof SharedHandle handle) {
                sharedSeen.accept(handle);
                return object;
            }
            if (Lambdas.isLambda(object) && !(object instanceof Serializable)) {
                sawClass(object.getClass());
                Lambdas.Form form = Lambdas.crack(object.getClass(), hostBytes(object.getClass()));
                roots.addAll(Reach.rootsOf(form));
                return new Lambdas.Plain(form, Lambdas.captured(object));
            }
            return object;
        }

        private byte[] hostBytes(Class<?> lambdaClass) {
            ClassLoader loader = lambdaClass.getClassLoader();
            synchronized (Shipper.this) {
                return loader == null ? null : baseOf(loader).bytesFor(Lambdas.hostOf(lambdaClass));
            }
        }

        void job(Bytes out, Object job, String what) {
            packer = new Packer(out, this, mayShare);
            try {
                if (!Lambdas.isLambda(job)) {
                    out.putByte(Wire.JOB_VALUE);
                    value(job, what);
                    return;
                }
                sawClass(job.getClass());
                SerializedLambda described = Lambdas.describe(job);
                CodeBase.LambdaCode code;
                synchronized (Shipper.this) {
                    ClassLoader loader = job.getClass().getClassLoader();
                    code = baseOf(loader == null ? base.loader : loader)
                            .lambda(
                                    job.getClass(),
                                    () -> described != null
                                            ? Lambdas.form(described)
                                            : Lambdas.crack(job.getClass(), hostBytes(job.getClass())));
                }
                needs.add(code.definition());
                roots.addAll(code.roots());
                Object[] captured = described == null ? Lambdas.captured(job) : captured(described);
                out.putByte(Wire.JOB_LAMBDA).putInt(code.definition().slot()).putInt(captured.length);
                for (Object value : captured) {
                    value(
                            value,
                            what + "'s captured "
                                    + (value == null
                                            ? "value"
                                            : value.getClass().getSimpleName()));
                }
            } catch (IOException e) {
                throw new UnsendableException(what + " cannot be sent to a worker process: " + e.getMessage(), e);
            }
        }

        private static Object[] captured(SerializedLambda lambda) {
            Object[] values = new Object[lambda.getCapturedArgCount()];
            for (int i = 0; i < values.length; i++) {
                values[i] = lambda.getCapturedArg(i);
            }
            return values;
        }

        void items(Bytes out, List<?> items, int firstIndex) {
            packer = new Packer(out, this, mayShare);
            for (int i = 0; i < items.size(); i++) {
                value(items.get(i), "item " + (firstIndex + i));
            }
        }

        private void value(Object value, String what) {
            try {
                packer.value(value);
            } catch (IOException | RuntimeException | StackOverflowError e) {
                throw unsendable(value, what, e);
            }
        }

        /**
         * Adds what the message's code reaches.
         *
         * @return all that a worker must know; null if the code has changed meanwhile and all must be done again
         */
        List<Definition> finish() {
            if (roots.isEmpty() && codeBase == null) {
                return List.copyOf(needs);
            }
            CodeBase in = codeBase();
            Set<String> classes = new LinkedHashSet<>();
            Map<Reach.Variable, Definition> variables = new LinkedHashMap<>();
            Set<Reach.Root> done = new HashSet<>();
            Deque<Reach.Root> todo = new ArrayDeque<>(roots);
            while (!todo.isEmpty()) {
                Reach.Root root = todo.poll();
                if (!Reach.isNotebookClass(root.owner()) || !done.add(root)) {
                    continue;
                }
                Reach.Result reached = in.reach(root);
                classes.addAll(reached.classes());
                for (Reach.Variable variable : reached.reads()) {
                    if (!variables.containsKey(variable)) {
                        variables.put(variable, variable(in, variable, todo));
                    }
                }
                for (Reach.Variable variable : reached.writes()) {
                    CodeBase.VariableSlot slot = in.variable(variable);
                    if (slot != null) {
                        changes.add(slot.slot);
                    }
                    if (warned.add(variable)) {
                        warnings.accept("note: a task assigns the notebook variable '" + variable.name()
                                + "'. Each worker process assigns a copy of its own, which the notebook never sees:"
                                + " return the value from the task instead.");
                    }
                }
            }
            if (in.outdated(classes)) {
                current.put(in.loader, newCodeBase(in.loader));
                return null;
            }
            List<Definition> all = new ArrayList<>();
            all.add(in.self(workerPath));
            for (String name : classes) {
                Definition definition = in.ofClass(name);
                if (definition != null) {
                    all.add(definition);
                }
            }
            for (Definition variable : variables.values()) {
                if (variable != null) {
                    all.add(variable);
                }
            }
            all.addAll(needs);
            return all;
        }

        private Definition variable(CodeBase in, Reach.Variable variable, Deque<Reach.Root> todo) {
            CodeBase.VariableSlot slot = in.variable(variable);
            if (slot == null) {
                return null;
            }
            Packing inner = new Packing(false);
            Bytes out = new Bytes(64);
            inner.packer = new Packer(out, inner, false);
            try {
                inner.value(slot.field.get(null), "the variable '" + variable.name() + "'");
            } catch (IllegalAccessException e) {
                throw new UnsendableException("the variable '" + variable.name() + "' cannot be read", e);
            }
            todo.addAll(inner.roots);
            return slot.define(in, out);
        }

        /** The finished message; null if there is no room for its shared block. */
        Message message(byte kind, Bytes values, List<Definition> needed) {
            Blocks.Block block = null;
            long bytes = packer.blockBytes();
            if (bytes > 0) {
                block = blocks.take(bytes);
                if (block == null) {
                    return null;
                }
                packer.fill(block.memory());
            }
            Bytes body = new Bytes(values.size() + 64);
            packer.bigTable(body);
            body.putBytes(values.array(), 0, values.size());
            return new Message(codeBase().id, kind, body.toArray(), block, needed, changes);
        }
    }

    private static UnsendableException unsendable(Object value, String what, Throwable cause) {
        if (cause instanceof UnsendableException already) {
            return already;
        }
        Optional<SerialPath.Culprit> culprit = SerialPath.find(
                value,
                what.startsWith("the variable '") ? what.substring(14, what.length() - 1) : "it",
                object -> object instanceof MemorySegment || Lambdas.isLambda(object));
        String why;
        if (culprit.isPresent() && Executor.class.isAssignableFrom(culprit.get().type())) {
            return new UnsendableException(
                    what + " cannot be sent to a worker process: "
                            + culprit.get().path() + " is a "
                            + culprit.get().type().getSimpleName()
                            + ", and a task cannot use the pools of the process that submits it. Submit to them from there.",
                    cause);
        }
        if (culprit.isPresent()) {
            why = culprit.get().path() + " is a " + culprit.get().type().getName() + ", which is not Serializable";
        } else if (cause instanceof StackOverflowError) {
            why = "its objects are nested too deeply for serialisation";
        } else if (cause instanceof NotSerializableException || cause instanceof InvalidClassException) {
            why = cause.getMessage() + (cause.getMessage().contains(" ") ? "" : " is not Serializable");
        } else {
            why = cause.toString();
        }
        return new UnsendableException(
                what + " cannot be sent to a worker process: " + why
                        + ". Make its class implement java.io.Serializable (records: 'implements Serializable'), mark the"
                        + " field transient, or make the object in the worker: Worker.get(\"name\", () -> ...).",
                cause);
    }
}
