package parlab.notebook;

import io.github.spencerpark.jupyter.kernel.BaseKernel;
import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import io.github.spencerpark.jupyter.kernel.display.Renderer;
import io.github.spencerpark.jupyter.kernel.display.mime.MIMEType;
import java.util.Optional;
import java.util.UUID;

/**
 * The adapter for IJava 1.3. The kernel's own jar is not in Maven Central, so its one static method that gives the
 * running kernel is called by reflection; the rest is compiled against its base.
 */
final class IJavaFrontEnd implements FrontEnd {
    static final String KERNEL_CLASS = "io.github.spencerpark.ijava.IJava";

    private final BaseKernel kernel;

    private final String name;

    IJavaFrontEnd(BaseKernel kernel, String name) {
        this.kernel = kernel;
        this.name = name;
        attach(kernel.getRenderer());
    }

    static Optional<FrontEnd> find() {
        try {
            Class<?> main = Class.forName(KERNEL_CLASS, true, IJavaFrontEnd.class.getClassLoader());
            Object kernel = main.getMethod("getKernelInstance").invoke(null);
            Object version = main.getField("VERSION").get(null);
            return kernel instanceof BaseKernel running
                    ? Optional.of(new IJavaFrontEnd(running, "IJava " + version))
                    : Optional.empty();
        } catch (ReflectiveOperationException | LinkageError e) {
            return Optional.empty();
        }
    }

    /** Teaches a kernel to render our types as a cell's value; does nothing where it knows them already. */
    static void attach(Renderer renderer) {
        synchronized (renderer) {
            Object answer = renderer.render(Rendering.Probe.ASK).getData(MIMEType.TEXT_PLAIN);
            if (!Rendering.Probe.ANSWER.equals(answer)) {
                Rendering.types().forEach(type -> register(renderer, type));
            }
        }
    }

    private static <T> void register(Renderer renderer, Class<T> type) {
        renderer.createRegistration(type)
                .preferring("text/html", "image/png")
                .register((value, context) ->
                        Rendering.of(value).ifPresent(bundle -> fill(context.getOutputContainer(), bundle)));
    }

    private static DisplayData fill(DisplayData data, Bundle bundle) {
        bundle.data().forEach((mime, content) -> data.putData(mime, content));
        bundle.metadata().forEach((mime, content) -> data.putMetaData(mime, content));
        return data;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void show(Object value) {
        display(kernel.getRenderer().render(value));
    }

    @Override
    public void show(Bundle bundle) {
        display(fill(new DisplayData(), bundle));
    }

    private void display(DisplayData data) {
        if (!kernel.getIO().isAttached()) {
            throw new NoFrontEndException(NO_CELL);
        }
        FrontEnd.shielded(() -> kernel.display(data));
    }

    @Override
    public Ticker ticker() {
        return new Ticker() {
            private final String id = UUID.randomUUID().toString();
            private boolean shown;

            @Override
            public void draw(Bundle bundle, boolean last) {
                if (!kernel.getIO().isAttached()) {
                    return; // its cell was left behind; the work that is being watched must not fail for that
                }
                DisplayData data = fill(new DisplayData(), bundle);
                if (shown) {
                    FrontEnd.shielded(() -> kernel.getIO().display.updateDisplay(id, data));
                } else {
                    shown = true;
                    data.putTransientData("display_id", id);
                    FrontEnd.shielded(() -> kernel.display(data));
                }
            }
        };
    }
}
