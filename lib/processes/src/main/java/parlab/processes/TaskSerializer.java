package parlab.processes;

import java.io.IOException;
import java.io.Serializable;
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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import parlab.processes.CodeBase.Definition;
import parlab.processes.DependencyClosure.Root;
import parlab.processes.DependencyClosure.Variable;

/**
 * Turns jobs and items into messages, together with the list of what a worker must have been told before: classes,
 * values of notebook variables and static fields, lambdas, functions.
 *
 * <p>Everything that can go wrong with sending goes wrong here, in the caller's thread, before anything is sent.
 * Thread-safe.
 */
final class TaskSerializer {

    /**
     * A task, ready to be sent to any worker.
     *
     * @param bigs copies of its big arrays
     * @param needs what a worker must know before
     * @param changes the slots of variables that the task assigns: afterwards the worker's value is not the notebook's
     */
    record Message(
            int codeBase,
            byte kind,
            Outgoing content,
            List<Object> bigs,
            List<Definition> needs,
            Set<Integer> changes) {}

    /** A function that many tasks refer to. */
    record Function(Definition definition, CodeBase codeBase, List<Definition> needs, Set<Integer> changes) {}

    private final Set<String> workerPath;
    private final Consumer<String> notes;
    private final Consumer<Shared> sharedSeen;
    private final boolean inOnePiece;
    private final AtomicInteger nextSlot = new AtomicInteger(1);
    private final Map<ClassLoader, CodeBase> current = new HashMap<>();
    private final Map<Integer, CodeBase> byId = new ConcurrentHashMap<>();
    private final Set<Variable> noted = new HashSet<>();
    private final CodeBase base;
    private int nextCodeBase;

    /**
     * @param workerPath the URLs of the workers' class path
     * @param notes told about tasks that assign variables
     * @param sharedSeen told about shared memory that workers will map
     * @param inOnePiece whether big arrays are part of their message, for workers that share no files with this process
     */
    TaskSerializer(Set<String> workerPath, Consumer<String> notes, Consumer<Shared> sharedSeen, boolean inOnePiece) {
        this.workerPath = Set.copyOf(workerPath);
        this.notes = notes;
        this.sharedSeen = sharedSeen;
        this.inOnePiece = inOnePiece;
        this.base = baseOf(ClassLoader.getSystemClassLoader());
    }

    private synchronized CodeBase baseOf(ClassLoader loader) {
        return current.computeIfAbsent(loader == null ? ClassLoader.getSystemClassLoader() : loader, this::newCodeBase);
    }

    private CodeBase newCodeBase(ClassLoader loader) {
        CodeBase made = new CodeBase(nextCodeBase++, loader, nextSlot::getAndIncrement);
        byId.put(made.id, made);
        return made;
    }

    /** The bytes of a class that a worker asks for; null if there is none. */
    byte[] classBytes(int codeBase, String name) {
        CodeBase found = byId.get(codeBase);
        return found == null ? null : found.bytesToSend(name);
    }

    /** The loader that knows the classes of a code base's results. */
    ClassLoader loaderOf(int codeBase) {
        return byId.get(codeBase).loader;
    }

    /** Packs one job for one call. */
    Message call(Object job) {
        while (true) {
            Packing packing = new Packing(inOnePiece ? null : new BigArrays.Copies());
            packing.job(job, "the task");
            Message message = packing.message(Wire.TASK_CALL);
            if (message != null) {
                return message;
            }
        }
    }

    /** Packs a function, to be sent once to each worker. */
    Function function(Object function) {
        while (true) {
            Packing packing = new Packing(null);
            packing.job(function, "the function");
            List<Definition> needs = packing.finish();
            if (needs != null) {
                int slot = nextSlot.getAndIncrement();
                byte[] content = CodeBase.definition(
                        Wire.DEFINE_FUNCTION, packing.codeBase().id, slot, out -> out.append(packing.out));
                return new Function(new Definition(slot, 0, content), packing.codeBase(), needs, packing.changes);
            }
        }
    }

    /**
     * Packs items for one function.
     *
     * @param function what to call on each
     * @param items at least one
     * @param firstIndex the first one's number, for messages
     * @param unsent gets, at an item's place, why it cannot be sent; such an item is left out
     * @return the message; null if no item is left
     */
    Message chunk(Function function, List<?> items, int firstIndex, Throwable[] unsent) {
        while (true) {
            Packing packing = new Packing(inOnePiece ? null : new BigArrays.Copies());
            packing.prefer(function.codeBase);
            packing.needs.addAll(function.needs);
            packing.needs.add(function.definition);
            packing.changes.addAll(function.changes);
            int sent = packing.items(function.definition.slot(), items, firstIndex, unsent);
            if (sent == 0) {
                return null;
            }
            Message message = packing.message(Wire.TASK_CHUNK);
            if (message != null) {
                return message;
            }
        }
    }

    /** One message in the making. */
    private final class Packing implements ValueWriter.Hooks {
        private final Outgoing out = new Outgoing(128);
        private final BigArrays.Copies bigs;
        private final ValueWriter writer;
        private final Set<Definition> needs = new LinkedHashSet<>();
        private final Set<Root> roots = new LinkedHashSet<>();
        private final Set<Integer> changes = new HashSet<>();
        private CodeBase codeBase;

        Packing(BigArrays.Copies bigs) {
            this.bigs = bigs;
            this.writer = new ValueWriter(out, bigs, this);
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
                codeBase = baseOf(loader);
            }
            if (DependencyClosure.isNotebookClass(type.getName()) && !type.isHidden()) {
                roots.add(DependencyClosure.rootOf(type.getName()));
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
                roots.addAll(DependencyClosure.rootsOf(Lambdas.form(lambda)));
            } else if (object instanceof Shared.Handle handle) {
                sharedSeen.accept(handle.original());
            } else if (Lambdas.isLambda(object) && !(object instanceof Serializable)) {
                sawClass(object.getClass());
                Lambdas.Form form = Lambdas.crack(object.getClass(), hostBytes(object.getClass()));
                roots.addAll(DependencyClosure.rootsOf(form));
                return new Lambdas.Plain(form, Lambdas.captured(object));
            }
            return object;
        }

        private byte[] hostBytes(Class<?> lambdaClass) {
            return lambdaClass.getClassLoader() == null
                    ? null
                    : baseOf(lambdaClass.getClassLoader()).bytesFor(Lambdas.hostOf(lambdaClass));
        }

        void job(Object job, String what) {
            try {
                if (!Lambdas.isLambda(job)) {
                    out.writeByte(Wire.JOB_VALUE);
                    value(job, () -> what);
                    return;
                }
                sawClass(job.getClass());
                SerializedLambda described = Lambdas.describe(job);
                CodeBase.LambdaCode code;
                synchronized (TaskSerializer.this) {
                    code = baseOf(job.getClass().getClassLoader())
                            .lambda(
                                    job.getClass(),
                                    () -> described != null
                                            ? Lambdas.form(described)
                                            : Lambdas.crack(job.getClass(), hostBytes(job.getClass())));
                }
                needs.add(code.definition());
                roots.addAll(code.roots());
                out.writeByte(Wire.JOB_LAMBDA);
                out.writeInt(code.definition().slot());
                captured(described == null ? Lambdas.captured(job) : Lambdas.captured(described), what);
            } catch (IOException e) {
                throw new UnsendableException(what + " cannot be sent to a worker process: " + e.getMessage(), e);
            }
        }

        /** One value by itself, or all of them as one, so that an object which two of them share stays one object. */
        private void captured(Object[] values, String what) throws IOException {
            boolean apart = values.length == 1 || Stream.of(values).allMatch(ValueWriter::isPlain);
            out.writeInt(apart ? values.length : -1);
            if (apart) {
                for (Object value : values) {
                    value(value, () -> what + "'s captured " + simpleName(value));
                }
            } else {
                try {
                    writer.write(values);
                } catch (IOException | RuntimeException | StackOverflowError e) {
                    for (Object value : values) {
                        Unsendable.rethrowIfAtFault(value, what + "'s captured " + simpleName(value), e);
                    }
                    throw Unsendable.because(values, what, e);
                }
            }
        }

        private static String simpleName(Object value) {
            return value == null ? "value" : value.getClass().getSimpleName();
        }

        /** Returns how many were packed. */
        int items(int slot, List<?> items, int firstIndex, Throwable[] unsent) {
            int sent = 0;
            out.writeInt(slot);
            for (int i = 0; i < items.size(); i++) {
                Object item = items.get(i);
                int index = firstIndex + i;
                try {
                    value(item, () -> "item " + index);
                    sent++;
                    unsent[i] = null;
                } catch (UnsendableException e) {
                    unsent[i] = e;
                }
            }
            return sent;
        }

        private void value(Object value, Supplier<String> what) {
            try {
                writer.write(value);
            } catch (IOException | RuntimeException | StackOverflowError e) {
                throw Unsendable.because(value, what.get(), e);
            }
        }

        /**
         * Adds what the message's code reaches.
         *
         * @return all that a worker must know; null if the code has changed meanwhile and all must be done again
         */
        List<Definition> finish() {
            synchronized (TaskSerializer.this) {
                if (roots.isEmpty() && codeBase == null) {
                    return List.copyOf(needs);
                }
                CodeBase in = codeBase();
                Set<String> classes = new LinkedHashSet<>();
                Map<Variable, Definition> variables = new LinkedHashMap<>();
                follow(in, classes, variables);
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
                all.addAll(variables.values());
                all.addAll(needs);
                return all;
            }
        }

        private void follow(CodeBase in, Set<String> classes, Map<Variable, Definition> variables) {
            Set<Root> done = new HashSet<>();
            Deque<Root> todo = new ArrayDeque<>(roots);
            while (!todo.isEmpty()) {
                Root root = todo.poll();
                if (!DependencyClosure.isNotebookClass(root.owner()) || !done.add(root)) {
                    continue;
                }
                DependencyClosure.Result reached = in.closureOf(root);
                classes.addAll(reached.classes());
                for (Variable variable : reached.reads()) {
                    CodeBase.VariableSlot slot = in.variable(variable);
                    if (slot != null && !variables.containsKey(slot.variable)) {
                        variables.put(slot.variable, variable(in, slot, todo));
                    }
                }
                for (Variable variable : reached.writes()) {
                    CodeBase.VariableSlot slot = in.variable(variable);
                    if (slot != null && !slot.isLoadedByEach()) {
                        changes.add(slot.slot);
                        note(slot);
                    }
                }
            }
        }

        private void note(CodeBase.VariableSlot slot) {
            if (noted.add(slot.variable)) {
                notes.accept("note: a task assigns " + slot.name()
                        + ". Each worker process assigns a copy of its own, which the notebook never sees:"
                        + " return the value from the task instead.");
            }
        }

        private Definition variable(CodeBase in, CodeBase.VariableSlot slot, Deque<Root> todo) {
            if (slot.field.getDeclaringClass().isInterface()) {
                throw new UnsendableException(
                        slot.name() + " belongs to an interface, whose fields cannot be set in a worker process:"
                                + " make it a field of a class, or a variable",
                        null);
            }
            Packing inner = new Packing(null);
            inner.value(slot.value(), slot::name);
            todo.addAll(inner.roots);
            return slot.define(in, inner.out.toArray());
        }

        /** The finished message; null if all must be done again. */
        Message message(byte kind) {
            List<Definition> needed = finish();
            return needed == null
                    ? null
                    : new Message(
                            codeBase().id,
                            kind,
                            out,
                            bigs == null ? List.of() : bigs.copies(),
                            needed,
                            Set.copyOf(changes));
        }
    }
}
