package parlab.exercises.internal;

import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.util.List;
import java.util.Set;

/**
 * What the code of a notebook may not use while it is graded: what shows it the stack, by which it could tell one test
 * from another, and whatever calls a method, or makes code, that its class files do not name. Thread-safe.
 */
final class Rules {

    /** What a cell is told that breaks one of them. */
    static final String WORDS =
            ", which graded code may not: it neither looks at the stack, nor calls by reflection, nor makes classes";

    // Not all of jdk.jshell: what a snippet uses before it is declared, JShell itself replaces by an exception from
    // there.
    private static final List<String> CLASSES = List.of(
            "java/lang/StackWalker",
            "java/net/URLClassLoader",
            "jdk/jshell/JShell",
            "jdk/jshell/execution/",
            "jdk/jshell/spi/Execution",
            "javax/tools/");

    private static final Set<String> METHODS =
            Set.of("getStackTrace", "getAllStackTraces", "defineClass", "defineHiddenClass", "setErr");

    private Rules() {}

    /** What a class uses against the rules, or null. */
    static String broken(byte[] classFile) {
        for (PoolEntry entry : ClassFile.of().parse(classFile).constantPool()) {
            String used = switch (entry) {
                case ClassEntry type ->
                    CLASSES.stream().anyMatch(type.asInternalName()::contains) ? type.asInternalName() : null;
                case MemberRefEntry member -> broken(member);
                default -> null;
            };
            if (used != null) {
                return used.replace('/', '.');
            }
        }
        return null;
    }

    private static String broken(MemberRefEntry member) {
        String owner = member.owner().asInternalName();
        String name = member.name().stringValue();
        boolean refused = switch (owner) {
            case "java/lang/reflect/Method" -> name.equals("invoke");
            case "java/lang/reflect/Constructor" -> name.equals("newInstance");
            case "java/lang/invoke/MethodHandles$Lookup" ->
                name.matches("(find|unreflect|bind|define).*") && !name.endsWith("VarHandle");
            default -> false;
        };
        boolean printsStack = name.equals("printStackTrace") && !member.type().equalsString("()V");
        return refused || printsStack || METHODS.contains(name) ? owner + "." + name : null;
    }
}
