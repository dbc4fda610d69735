package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.ServiceLoader;
import org.dflib.jjava.jupyter.Extension;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.JupyterIO;
import org.dflib.jjava.jupyter.kernel.ReplacementOptions;
import org.dflib.jjava.jupyter.kernel.comm.CommManager;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.util.StringStyler;
import org.dflib.jjava.jupyter.messages.ContentType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The adapter against JJava's own classes; only the sockets are missing. */
final class JJavaFrontEndTest extends KernelContract {

    private final OpenIO io = new OpenIO();
    private final Environment environment = new Environment();
    private final Kernel kernel = new Kernel(io);

    @BeforeEach
    void start() {
        kernel.onStartup();
        io.open(environment);
    }

    @AfterEach
    void stop() {
        kernel.onShutdown(false);
    }

    @Test
    void theKernelFindsTheExtensionByItself() {
        assertTrue(ServiceLoader.load(Extension.class).stream()
                .anyMatch(provider -> provider.type() == JJavaExtension.class));
    }

    @Test
    void afterTheKernelsEndTheConsoleTakesOver() {
        kernel.onShutdown(false);
        assertEquals("console", Notebook.frontEnd());
        kernel.onStartup();
    }

    @Override
    Object evaluate(Object value) {
        kernel.value = value;
        return kernel.eval("value");
    }

    @Override
    void endCell() {
        io.close(environment);
    }

    @Override
    String kernelName() {
        return "JJava 1.0-test";
    }

    private static final class OpenIO extends JupyterIO {
        OpenIO() {
            super(StandardCharsets.UTF_8);
        }

        void open(ShellReplyEnvironment environment) {
            setEnv(environment);
        }

        void close(ShellReplyEnvironment environment) {
            retractEnv(environment);
        }
    }

    private final class Environment extends ShellReplyEnvironment {
        Environment() {
            super(null, null, null, null);
        }

        @Override
        public <T extends ContentType<T>> void publish(T content) {
            published(content);
        }
    }

    private static final class Kernel extends BaseKernel {
        private Object value;

        Kernel(JupyterIO io) {
            super(
                    "JJava",
                    "1.0-test",
                    null,
                    List.of(),
                    null,
                    io,
                    new CommManager(),
                    new Renderer(),
                    null,
                    null,
                    true,
                    new StringStyler.Builder().build());
        }

        @Override
        public Object evalRaw(String source) {
            return value;
        }

        @Override
        public DisplayData inspect(String code, int at, boolean extraDetail) {
            throw new UnsupportedOperationException();
        }

        @Override
        public ReplacementOptions complete(String code, int at) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String isComplete(String code) {
            throw new UnsupportedOperationException();
        }
    }
}
