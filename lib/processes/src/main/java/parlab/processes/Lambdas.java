package parlab.processes;

import java.io.IOException;
import java.io.NotSerializableException;
import java.io.Serializable;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.LambdaConversionException;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Lambdas as data.
 *
 * <p>A lambda whose interface is serialisable tells what it is ({@link SerializedLambda}). One whose
 * interface is not, such as a plain {@code Callable}, tells nothing, but the class that it was written in can be
 * read: where only one place in it makes lambdas of this interface with captured values of these types, that is
 * the place. In a notebook, where every statement is a class of its own, it nearly always is.
 */
final class Lambdas {

    /**
     * A lambda without its captured values.
     *
     * @param host the class that it was written in, as a binary name with dots
     * @param interfaceName the functional interface, likewise
     * @param methodName its method
     * @param methodType that method's erased descriptor
     * @param kind the kind of method handle, as in {@link java.lang.invoke.MethodHandleInfo}
     * @param owner the class of the method with the lambda's body
     * @param name that method's name
     * @param type its descriptor
     * @param instantiatedType the interface method's descriptor with its type arguments
     * @param factoryType of a plain lambda, the descriptor of the call that makes it; otherwise empty
     */
    record Form(
            String host,
            String interfaceName,
            String methodName,
            String methodType,
            int kind,
            String owner,
            String name,
            String type,
            String instantiatedType,
            String factoryType)
            implements Serializable {
        private static final long serialVersionUID = 1;

        boolean plain() {
            return !factoryType.isEmpty();
        }

        void write(Outgoing out) throws IOException {
            for (String text : List.of(
                    host, interfaceName, methodName, methodType, owner, name, type, instantiatedType, factoryType)) {
                out.writeText(text);
            }
            out.writeInt(kind);
        }

        static Form read(Incoming in) throws IOException {
            String[] texts = new String[9];
            for (int i = 0; i < texts.length; i++) {
                texts[i] = in.readText();
            }
            return new Form(
                    texts[0],
                    texts[1],
                    texts[2],
                    texts[3],
                    in.readInt(),
                    texts[4],
                    texts[5],
                    texts[6],
                    texts[7],
                    texts[8]);
        }
    }

    /** A plain lambda inside an object, on its way. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared, never changed.
    record Plain(Form form, Object[] captured) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    private static final int REF_KIND = 0xff;
    private static final int OWNER_IS_INTERFACE = 0x100;

    private Lambdas() {}

    static boolean isLambda(Object object) {
        return object.getClass().isHidden() && object.getClass().getName().contains("$$Lambda/");
    }

    /** What a serialisable lambda says about itself; null if it is something else. */
    static SerializedLambda describe(Object lambda) throws NotSerializableException {
        if (!(lambda instanceof Serializable)) {
            return null;
        }
        try {
            Method writeReplace = lambda.getClass().getDeclaredMethod("writeReplace");
            writeReplace.setAccessible(true);
            return writeReplace.invoke(lambda) instanceof SerializedLambda form ? form : null;
        } catch (NoSuchMethodException | IllegalAccessException e) {
            return null;
        } catch (InvocationTargetException e) {
            throw new NotSerializableException(lambda.getClass().getName());
        }
    }

    static Form form(SerializedLambda lambda) {
        return new Form(
                lambda.getCapturingClass().replace('/', '.'),
                lambda.getFunctionalInterfaceClass().replace('/', '.'),
                lambda.getFunctionalInterfaceMethodName(),
                lambda.getFunctionalInterfaceMethodSignature(),
                lambda.getImplMethodKind(),
                lambda.getImplClass().replace('/', '.'),
                lambda.getImplMethodName(),
                lambda.getImplMethodSignature(),
                lambda.getInstantiatedMethodType(),
                "");
    }

    /** The name of the class that a lambda was written in. */
    static String hostOf(Class<?> lambdaClass) {
        return lambdaClass.getName().substring(0, lambdaClass.getName().indexOf("$$Lambda/"));
    }

    /**
     * Finds the place that made a lambda which is not serialisable.
     *
     * @param lambdaClass the lambda's hidden class
     * @param hostBytes the class that it was written in; null if unknown
     * @return its form
     * @throws NotSerializableException if no place or more than one fits
     */
    static Form crack(Class<?> lambdaClass, byte[] hostBytes) throws NotSerializableException {
        Set<Form> candidates = new LinkedHashSet<>();
        if (hostBytes != null && lambdaClass.getInterfaces().length == 1) {
            for (MethodModel method : ClassFile.of().parse(hostBytes).methods()) {
                CodeModel code = method.code().orElse(null);
                if (code != null) {
                    for (CodeElement element : code) {
                        if (element instanceof InvokeDynamicInstruction call && makes(call, lambdaClass)) {
                            candidates.add(form(hostOf(lambdaClass), call));
                        }
                    }
                }
            }
        }
        if (candidates.size() == 1) {
            return candidates.iterator().next();
        }
        throw new NotSerializableException("a lambda of " + simpleInterface(lambdaClass) + " written in "
                + hostOf(lambdaClass)
                + (candidates.isEmpty()
                        ? ", whose code cannot be found"
                        : ", where " + candidates.size() + " lambdas look alike")
                + ": a worker cannot be told which code to run."
                + " Write it where a ProcessPool.Job, an Action or a ThrowingFunction is asked for, as in"
                + " pool.submit(() -> ...), or cast it: (ProcessPool.Job<Double>) () -> ...");
    }

    private static String simpleInterface(Class<?> lambdaClass) {
        return lambdaClass.getInterfaces().length == 0 ? "?" : lambdaClass.getInterfaces()[0].getSimpleName();
    }

    private static boolean makes(InvokeDynamicInstruction call, Class<?> lambdaClass) {
        ClassDesc factory = call.bootstrapMethod().owner();
        MethodTypeDesc type = call.typeSymbol();
        Field[] captured = lambdaClass.getDeclaredFields();
        if (!factory.equals(LambdaMetafactory.class.describeConstable().orElseThrow())
                || !call.bootstrapMethod().methodName().equals("metafactory")
                || !type.returnType().descriptorString().equals(lambdaClass.getInterfaces()[0].descriptorString())
                || type.parameterCount() != captured.length) {
            return false;
        }
        for (int i = 0; i < captured.length; i++) {
            if (!type.parameterType(i)
                    .descriptorString()
                    .equals(captured[i].getType().descriptorString())) {
                return false;
            }
        }
        return true;
    }

    private static Form form(String host, InvokeDynamicInstruction call) {
        MethodTypeDesc method = (MethodTypeDesc) call.bootstrapArgs().get(0);
        DirectMethodHandleDesc body =
                (DirectMethodHandleDesc) call.bootstrapArgs().get(1);
        MethodTypeDesc instantiated = (MethodTypeDesc) call.bootstrapArgs().get(2);
        ClassDesc made = call.typeSymbol().returnType();
        return new Form(
                host,
                className(made),
                call.name().stringValue(),
                method.descriptorString(),
                body.refKind() | (body.isOwnerInterface() ? OWNER_IS_INTERFACE : 0),
                className(body.owner()),
                body.methodName(),
                body.lookupDescriptor(),
                instantiated.descriptorString(),
                call.typeSymbol().descriptorString());
    }

    static String className(ClassDesc type) {
        String descriptor = type.descriptorString();
        return descriptor.startsWith("L")
                ? descriptor.substring(1, descriptor.length() - 1).replace('/', '.')
                : descriptor;
    }

    /** The values that a serialisable lambda holds. */
    static Object[] captured(SerializedLambda lambda) {
        Object[] values = new Object[lambda.getCapturedArgCount()];
        for (int i = 0; i < values.length; i++) {
            values[i] = lambda.getCapturedArg(i);
        }
        return values;
    }

    /** The values that a plain lambda holds, in the order in which they were captured. */
    static Object[] captured(Object lambda) throws NotSerializableException {
        List<Object> values = new ArrayList<>();
        try {
            for (Field field : lambda.getClass().getDeclaredFields()) {
                field.setAccessible(true);
                values.add(field.get(lambda));
            }
        } catch (IllegalAccessException | RuntimeException e) {
            throw new NotSerializableException(lambda.getClass().getName() + ": " + e.getMessage());
        }
        return values.toArray();
    }

    /** Makes the lambdas of one place from what they captured. */
    @FunctionalInterface
    interface Maker {
        Object make(Object[] captured) throws Throwable;
    }

    /** The maker of a form's lambdas in this process. */
    static Maker maker(Form form, ClassLoader loader) throws ReflectiveOperationException {
        Class<?> host = Class.forName(form.host(), true, loader);
        if (!form.plain()) {
            Method deserialize = host.getDeclaredMethod("$deserializeLambda$", SerializedLambda.class);
            deserialize.setAccessible(true);
            return captured -> deserialize.invoke(null, describe(host, form, captured));
        }
        MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(
                host, loader instanceof WorkerLoader notebook ? notebook.lookup() : MethodHandles.lookup());
        DirectMethodHandleDesc body = MethodHandleDesc.of(
                DirectMethodHandleDesc.Kind.valueOf(form.kind() & REF_KIND, (form.kind() & OWNER_IS_INTERFACE) != 0),
                ClassDesc.of(form.owner()),
                form.name(),
                form.type());
        try {
            MethodHandle target = LambdaMetafactory.metafactory(
                            lookup,
                            form.methodName(),
                            MethodTypeDesc.ofDescriptor(form.factoryType()).resolveConstantDesc(lookup),
                            MethodTypeDesc.ofDescriptor(form.methodType()).resolveConstantDesc(lookup),
                            body.resolveConstantDesc(lookup),
                            MethodTypeDesc.ofDescriptor(form.instantiatedType()).resolveConstantDesc(lookup))
                    .getTarget();
            MethodHandle spread = target.asSpreader(
                            Object[].class, target.type().parameterCount())
                    .asType(MethodType.methodType(Object.class, Object[].class));
            return captured -> (Object) spread.invokeExact(captured);
        } catch (LambdaConversionException e) {
            throw new ReflectiveOperationException(e);
        }
    }

    private static SerializedLambda describe(Class<?> host, Form form, Object[] captured) {
        return new SerializedLambda(
                host,
                form.interfaceName().replace('.', '/'),
                form.methodName(),
                form.methodType(),
                form.kind(),
                form.owner().replace('.', '/'),
                form.name(),
                form.type(),
                form.instantiatedType(),
                captured);
    }
}
