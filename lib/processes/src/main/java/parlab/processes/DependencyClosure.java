package parlab.processes;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What code from notebook cells can touch of other cells: which of their classes, and which of their variables.
 *
 * <p>JShell wraps every snippet in a class {@code REPL.$JShell$<n>}: a variable is a public static field of it, a
 * method a static method, a class a member class. Starting from a lambda's body the code is followed
 * instruction by instruction: through the wrappers method by method, because a wrapper also holds the snippet
 * itself; through the user's own classes as a whole, because any of their methods may be called on an object. A static
 * field of such a class counts as a variable.
 *
 * <p>Not thread-safe.
 */
final class DependencyClosure {
    private static final String PREFIX = "REPL.";
    private static final String NO_METHOD = "-";

    /** Apart, because a worker asks {@link #isNotebookClass} before its first task and has no use for a pattern. */
    private static final class Wrapper {
        static final Pattern NAME = Pattern.compile("REPL\\.\\$JShell\\$[A-Za-z0-9_]+");
    }

    /** A method, or with an empty name a whole class. */
    record Root(String owner, String method, String type) {
        static Root ofClass(String owner) {
            return new Root(owner, "", "");
        }
    }

    /** Where the code of a lambda begins: its body, and the class that makes it. */
    static List<Root> rootsOf(Lambdas.Form form) {
        Root body =
                isWrapper(form.owner()) ? new Root(form.owner(), form.name(), form.type()) : Root.ofClass(form.owner());
        return List.of(body, rootOf(form.host()));
    }

    /** A class with all of its code; of a wrapper none, as that is the snippet's own. */
    static Root rootOf(String className) {
        return isWrapper(className) ? new Root(className, NO_METHOD, "") : Root.ofClass(className);
    }

    /** A notebook variable, or a static field of a notebook's class, which is the same thing to a task. */
    record Variable(String owner, String name) {}

    /**
     * What a root reaches.
     *
     * @param classes names of notebook classes, among them every one whose code was looked at
     * @param reads variables that are read or written
     * @param writes those that are written
     */
    record Result(Set<String> classes, Set<Variable> reads, Set<Variable> writes) {}

    private final Function<String, byte[]> bytes;
    private final Map<String, ClassModel> parsed = new HashMap<>();
    private final Map<Root, Result> known = new HashMap<>();

    DependencyClosure(Function<String, byte[]> bytes) {
        this.bytes = bytes;
    }

    static boolean isNotebookClass(String name) {
        return name.startsWith(PREFIX);
    }

    private static boolean isWrapper(String name) {
        return Wrapper.NAME.matcher(name).matches();
    }

    Result of(Root root) {
        Result result = known.get(root);
        if (result == null) {
            result = new Walk().walk(root);
            known.put(root, result);
        }
        return result;
    }

    private ClassModel parse(String name) {
        return parsed.computeIfAbsent(name, n -> {
            byte[] found = bytes.apply(n);
            return found == null ? null : ClassFile.of().parse(found);
        });
    }

    private final class Walk {
        private final Set<String> classes = new LinkedHashSet<>();
        private final Set<Variable> reads = new LinkedHashSet<>();
        private final Set<Variable> writes = new LinkedHashSet<>();
        private final Set<Root> seen = new HashSet<>();
        private final Deque<Root> todo = new ArrayDeque<>();
        /** The class whose initialiser is being followed; empty outside one. */
        private String inInitialiserOf = "";

        Result walk(Root root) {
            add(root);
            while (!todo.isEmpty()) {
                Root next = todo.poll();
                ClassModel model = parse(next.owner);
                if (model == null) {
                    continue;
                }
                classes.add(next.owner);
                boolean whole = next.method.isEmpty();
                if (whole) {
                    model.superclass().ifPresent(this::addClass);
                    model.interfaces().forEach(this::addClass);
                }
                for (MethodModel method : model.methods()) {
                    if (whole
                            || (method.methodName().equalsString(next.method)
                                    && method.methodType().equalsString(next.type))) {
                        inInitialiserOf = method.methodName().equalsString("<clinit>") ? next.owner : "";
                        method.code().ifPresent(code -> code.forEach(this::visit));
                    }
                }
            }
            return new Result(Set.copyOf(classes), Set.copyOf(reads), Set.copyOf(writes));
        }

        private void visit(CodeElement element) {
            switch (element) {
                case InvokeInstruction call ->
                    member(
                            call.owner().asInternalName(),
                            call.name().stringValue(),
                            call.type().stringValue());
                case FieldInstruction field -> field(field);
                case InvokeDynamicInstruction call -> call.bootstrapArgs().forEach(this::constant);
                case ConstantInstruction constant -> constant(constant.constantValue());
                case NewObjectInstruction made -> addClass(made.className());
                case TypeCheckInstruction check -> addClass(check.type());
                default -> {
                    // Nothing else names a class that it could not do without.
                }
            }
        }

        private void field(FieldInstruction field) {
            String owner = field.owner().asInternalName().replace('/', '.');
            if (!isNotebookClass(owner)) {
                return;
            }
            if (isWrapper(owner)) {
                classes.add(owner);
            } else {
                add(Root.ofClass(owner));
            }
            boolean write = field.opcode() == Opcode.PUTSTATIC;
            if (write || field.opcode() == Opcode.GETSTATIC) {
                Variable variable = new Variable(owner, field.name().stringValue());
                // What a class does to its own fields when it is initialised, it does in the worker as well.
                if (!(write && inInitialiserOf.equals(owner))) {
                    reads.add(variable);
                    if (write) {
                        writes.add(variable);
                    }
                }
            }
        }

        private void member(String internalOwner, String name, String type) {
            String owner = internalOwner.replace('/', '.');
            if (isNotebookClass(owner)) {
                add(isWrapper(owner) ? new Root(owner, name, type) : Root.ofClass(owner));
            }
        }

        private void constant(ConstantDesc constant) {
            if (constant instanceof DirectMethodHandleDesc handle) {
                member(
                        Lambdas.className(handle.owner()).replace('.', '/'),
                        handle.methodName(),
                        handle.lookupDescriptor());
            } else if (constant instanceof ClassDesc type && type.isClassOrInterface()) {
                addName(Lambdas.className(type));
            }
        }

        private void addClass(ClassEntry entry) {
            addName(entry.asInternalName().replace('/', '.'));
        }

        private void addName(String name) {
            if (isNotebookClass(name) && !isWrapper(name)) {
                add(Root.ofClass(name));
            }
        }

        private void add(Root root) {
            if (isNotebookClass(root.owner) && seen.add(root)) {
                todo.add(root);
            }
        }
    }
}
