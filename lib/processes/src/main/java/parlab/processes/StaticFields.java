package parlab.processes;

import java.io.ObjectStreamClass;
import java.lang.classfile.AccessFlags;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.FieldBuilder;
import java.lang.classfile.FieldElement;
import java.lang.classfile.FieldModel;
import java.lang.classfile.FieldTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.ConstantValueAttribute;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A notebook's class as workers get it, so that its static final fields have the notebook's values there. Compilers rely
 * on such fields, and some must stay what they are.
 *
 * <ul>
 *   <li>A number or a text that is computed when the class is initialised, as of a clock, becomes a constant of the
 *       class file with the value that it has in the notebook.
 *   <li>A vector species, a method handle and the like are made anew by each JVM, as they are in this one.
 *   <li>Every other field is no longer final in the worker, and is sent as a variable is.
 * </ul>
 */
final class StaticFields {
    private static final String SERIAL_VERSION = "serialVersionUID";
    private static final int LONGEST_CONSTANT = 20_000;
    private static final List<String> MADE_ANEW =
            List.of("Ljava/lang/invoke/", "Ljava/lang/foreign/", "Ljdk/incubator/vector/");
    private static final String MUTABLE_MEMORY = "Ljava/lang/foreign/MemorySegment;";

    private StaticFields() {}

    /** Whether a worker's value of a static final field of this type is right without being sent. */
    static boolean isConstant(ClassDesc type) {
        String name = type.descriptorString();
        return type.isPrimitive()
                || type.equals(ConstantDescs.CD_String)
                || (MADE_ANEW.stream().anyMatch(name::startsWith) && !name.equals(MUTABLE_MEMORY));
    }

    /** The bytes of a notebook's class for its workers. */
    static byte[] prepare(String className, byte[] bytes, ClassLoader loader) {
        ClassModel model = ClassFile.of().parse(bytes);
        Map<String, ConstantDesc> computed = new HashMap<>();
        boolean settable = false;
        for (FieldModel field : model.fields()) {
            if (isComputed(field)) {
                Object value = value(className, field.fieldName().stringValue(), loader);
                if (value != null) {
                    computed.put(field.fieldName().stringValue(), constant(value));
                }
            }
            settable |= isSettable(model, field);
        }
        if (computed.isEmpty() && !settable) {
            return bytes;
        }
        ClassTransform fields = (builder, element) -> {
            if (element instanceof FieldModel field
                    && computed.containsKey(field.fieldName().stringValue())) {
                builder.transformField(
                        field,
                        FieldTransform.endHandler(end -> end.with(ConstantValueAttribute.of(
                                computed.get(field.fieldName().stringValue())))));
            } else if (element instanceof FieldModel field && isSettable(model, field)) {
                builder.transformField(field, StaticFields::withoutFinal);
            } else {
                builder.with(element);
            }
        };
        CodeTransform unassigned = (builder, element) -> {
            if (element instanceof FieldInstruction field
                    && field.opcode() == Opcode.PUTSTATIC
                    && field.owner().asInternalName().equals(model.thisClass().asInternalName())
                    && computed.containsKey(field.name().stringValue())) {
                if (field.typeSymbol().equals(ConstantDescs.CD_long)
                        || field.typeSymbol().equals(ConstantDescs.CD_double)) {
                    builder.pop2();
                } else {
                    builder.pop();
                }
            } else {
                builder.with(element);
            }
        };
        ClassTransform initialiser = ClassTransform.transformingMethodBodies(
                method -> method.methodName().equalsString(ConstantDescs.CLASS_INIT_NAME), unassigned);
        return ClassFile.of()
                .transformClass(
                        model,
                        fields.andThen(initialiser)
                                .andThen(settable ? sameVersion(className, model, loader) : ClassTransform.ACCEPT_ALL));
    }

    private static void withoutFinal(FieldBuilder builder, FieldElement element) {
        if (element instanceof AccessFlags flags) {
            builder.withFlags(flags.flagsMask() & ~ClassFile.ACC_FINAL);
        } else {
            builder.with(element);
        }
    }

    private static boolean isStaticFinal(FieldModel field) {
        return field.flags().has(AccessFlag.STATIC)
                && field.flags().has(AccessFlag.FINAL)
                && !field.flags().has(AccessFlag.ENUM)
                && !field.flags().has(AccessFlag.SYNTHETIC)
                && !field.fieldName().equalsString(SERIAL_VERSION);
    }

    private static boolean isComputed(FieldModel field) {
        ClassDesc type = field.fieldTypeSymbol();
        return isStaticFinal(field)
                && (type.isPrimitive() || type.equals(ConstantDescs.CD_String))
                && field.findAttribute(Attributes.constantValue()).isEmpty();
    }

    private static boolean isSettable(ClassModel model, FieldModel field) {
        return isStaticFinal(field) && !model.flags().has(AccessFlag.INTERFACE) && !isConstant(field.fieldTypeSymbol());
    }

    /** A field's value here; null if it has none that fits into a class file. */
    private static Object value(String className, String field, ClassLoader loader) {
        try {
            Field found = Class.forName(className, true, loader).getDeclaredField(field);
            found.setAccessible(true);
            Object value = found.get(null);
            return value instanceof String text && text.length() > LONGEST_CONSTANT ? null : value;
        } catch (ReflectiveOperationException | LinkageError e) {
            // It was never initialised here, or failed: in the worker it fails likewise.
            return null;
        }
    }

    /** A value as class files have it: what is shorter than an int is one there. */
    private static ConstantDesc constant(Object value) {
        return switch (value) {
            case Boolean b -> b ? 1 : 0;
            case Character c -> (int) c;
            case Byte b -> b.intValue();
            case Short s -> s.intValue();
            default -> (ConstantDesc) value;
        };
    }

    /** A class that does not say its serial version has one that depends on what was changed above. */
    private static ClassTransform sameVersion(String className, ClassModel model, ClassLoader loader) {
        if (model.fields().stream().anyMatch(field -> field.fieldName().equalsString(SERIAL_VERSION))) {
            return ClassTransform.ACCEPT_ALL;
        }
        try {
            ObjectStreamClass description = ObjectStreamClass.lookup(Class.forName(className, false, loader));
            if (description == null) {
                return ClassTransform.ACCEPT_ALL;
            }
            return ClassTransform.endHandler(builder -> builder.withField(
                    SERIAL_VERSION,
                    ConstantDescs.CD_long,
                    field -> field.withFlags(ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_FINAL)
                            .with(ConstantValueAttribute.of(description.getSerialVersionUID()))));
        } catch (ClassNotFoundException e) {
            // It was declared and never loaded: no object of it can have been made here.
            return ClassTransform.ACCEPT_ALL;
        }
    }
}
