package parlab.models.internal;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtSession;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Field;
import java.nio.file.Path;

/**
 * The few functions of ONNX Runtime's C interface that a call with reused buffers needs, through the Foreign Function
 * &amp; Memory API: a binding of input and output to a session is made once, and each call is one function with three
 * pointers. ONNX Runtime's own Java interface has no bindings: each of its calls allocates, and looks names up anew.
 *
 * <p>The numbers are places in the C interface's table of functions, which only ever grows at its end.
 */
@SuppressWarnings("restricted") // native access is what this is for
public final class OrtCalls {
    private static final int OLDEST_VERSION = 5; // the first with bindings
    private static final int GET_ERROR_MESSAGE = 2;
    private static final int RELEASE_STATUS = 93;
    private static final int RUN_WITH_BINDING = 133;
    private static final int CREATE_IO_BINDING = 134;
    private static final int RELEASE_IO_BINDING = 135;
    private static final int BIND_INPUT = 136;
    private static final int BIND_OUTPUT = 137;

    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final OrtCalls INSTANCE = load();

    private final MethodHandle getErrorMessage;
    private final MethodHandle releaseStatus;
    private final MethodHandle createBinding;
    private final MethodHandle releaseBinding;
    private final MethodHandle bindInput;
    private final MethodHandle bindOutput;
    private final Field sessionHandle;
    private final Field tensorHandle;

    /** Static, for the compiler to see through it. */
    private static final MethodHandle RUN = INSTANCE == null ? null : INSTANCE.run;

    private final MethodHandle run;

    private OrtCalls(SymbolLookup library) throws ReflectiveOperationException {
        Linker linker = Linker.nativeLinker();
        try {
            MemorySegment base = ((MemorySegment) linker.downcallHandle(
                                    library.find("OrtGetApiBase").orElseThrow(), FunctionDescriptor.of(POINTER))
                            .invoke())
                    .reinterpret(2L * POINTER.byteSize());
            MemorySegment table = (MemorySegment)
                    linker.downcallHandle(base.get(POINTER, 0), FunctionDescriptor.of(POINTER, ValueLayout.JAVA_INT))
                            .invoke(OLDEST_VERSION);
            if (table.equals(MemorySegment.NULL)) {
                throw new UnsupportedOperationException("ONNX Runtime has no C interface of version " + OLDEST_VERSION);
            }
            MemorySegment functions = table.reinterpret((BIND_OUTPUT + 1L) * POINTER.byteSize());
            getErrorMessage = bind(linker, functions, GET_ERROR_MESSAGE, FunctionDescriptor.of(POINTER, POINTER));
            releaseStatus = bind(linker, functions, RELEASE_STATUS, FunctionDescriptor.ofVoid(POINTER));
            run = bind(
                    linker,
                    functions,
                    RUN_WITH_BINDING,
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG));
            createBinding =
                    bind(linker, functions, CREATE_IO_BINDING, FunctionDescriptor.of(POINTER, POINTER, POINTER));
            releaseBinding = bind(linker, functions, RELEASE_IO_BINDING, FunctionDescriptor.ofVoid(POINTER));
            FunctionDescriptor one = FunctionDescriptor.of(POINTER, POINTER, POINTER, POINTER);
            bindInput = bind(linker, functions, BIND_INPUT, one);
            bindOutput = bind(linker, functions, BIND_OUTPUT, one);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        sessionHandle = OrtSession.class.getDeclaredField("nativeHandle");
        sessionHandle.setAccessible(true);
        tensorHandle = OnnxTensorLike.class.getDeclaredField("nativeHandle");
        tensorHandle.setAccessible(true);
    }

    private static MethodHandle bind(Linker linker, MemorySegment table, int place, FunctionDescriptor type) {
        return linker.downcallHandle(table.getAtIndex(POINTER, place), type);
    }

    /**
     * Null where this does not work: without native access, with another release of the Java interface, or where ONNX Runtime
     * has copied its libraries itself. A pointer is a long only on the platforms that ONNX Runtime comes for.
     */
    private static OrtCalls load() {
        Path file = OrtLibrary.file();
        if (file == null || MemoryLayout.sequenceLayout(1, POINTER).byteSize() != Long.BYTES) {
            return null;
        }
        try {
            return new OrtCalls(SymbolLookup.libraryLookup(file, Arena.global()));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }

    /**
     * Whether bindings can be made.
     *
     * @return true if so
     */
    public static boolean isAvailable() {
        return INSTANCE != null;
    }

    /**
     * Binds an input and an output to a session.
     *
     * @param session the session; must stay open as long as the binding
     * @param inputName its input
     * @param input what is read there
     * @param outputName its output
     * @param output what is written there
     * @return the binding
     * @throws IllegalStateException if ONNX Runtime refuses
     */
    public static Binding bind(
            OrtSession session, String inputName, OnnxTensor input, String outputName, OnnxTensor output) {
        return INSTANCE.make(session, inputName, input, outputName, output);
    }

    private Binding make(OrtSession session, String inputName, OnnxTensor input, String outputName, OnnxTensor output) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = MemorySegment.ofAddress(sessionHandle.getLong(session));
            MemorySegment made = arena.allocate(POINTER);
            check((MemorySegment) createBinding.invokeExact(handle, made));
            Binding binding = new Binding(handle.address(), made.get(POINTER, 0));
            try {
                MemorySegment in = MemorySegment.ofAddress(tensorHandle.getLong(input));
                MemorySegment out = MemorySegment.ofAddress(tensorHandle.getLong(output));
                check((MemorySegment) bindInput.invokeExact(binding.pointer, arena.allocateFrom(inputName), in));
                check((MemorySegment) bindOutput.invokeExact(binding.pointer, arena.allocateFrom(outputName), out));
            } catch (Throwable e) {
                binding.close();
                throw e;
            }
            return binding;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private void check(MemorySegment status) throws Throwable {
        if (!status.equals(MemorySegment.NULL)) {
            MemorySegment text = (MemorySegment) getErrorMessage.invokeExact(status);
            String message = text.reinterpret(Long.MAX_VALUE).getString(0);
            releaseStatus.invokeExact(status);
            throw new IllegalStateException("ONNX Runtime: " + message);
        }
    }

    /** A session with an input and an output bound to it. Not thread-safe. */
    public static final class Binding implements AutoCloseable {
        private final long session;
        private final MemorySegment pointer;
        private final long address;
        private boolean closed;

        private Binding(long session, MemorySegment pointer) {
            this.session = session;
            this.pointer = pointer;
            this.address = pointer.address();
        }

        /**
         * Runs the session from the bound input to the bound output.
         *
         * @throws IllegalStateException if ONNX Runtime reports an error, or the binding is closed
         */
        public void run() {
            if (closed) {
                throw new IllegalStateException("the binding is closed");
            }
            try {
                long status = (long) RUN.invokeExact(session, 0L, address);
                if (status != 0) {
                    INSTANCE.check(MemorySegment.ofAddress(status));
                }
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                try {
                    INSTANCE.releaseBinding.invokeExact(pointer);
                } catch (RuntimeException | Error e) {
                    throw e;
                } catch (Throwable e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }
}
