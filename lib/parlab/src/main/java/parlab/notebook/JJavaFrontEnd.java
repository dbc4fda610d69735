package parlab.notebook;

import java.util.Optional;
import java.util.UUID;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;

/**
 * The adapter for JJava, 1.0-a6 and later. It keeps to methods whose descriptors are the same in all of them:
 * {@code DisplayData.setDisplayId} is not.
 */
final class JJavaFrontEnd implements FrontEnd {
    static final String KERNEL_CLASS = "org.dflib.jjava.jupyter.kernel.BaseKernel";

    private final BaseKernel kernel;

    private JJavaFrontEnd(BaseKernel kernel) {
        this.kernel = kernel;
    }

    static Optional<FrontEnd> find() {
        BaseKernel kernel;
        try {
            kernel = BaseKernel.notebookKernel();
        } catch (NullPointerException e) {
            return Optional.empty(); // the kernel's way to say that its classes are here, but it is not running
        }
        attach(kernel.getRenderer());
        return Optional.of(new JJavaFrontEnd(kernel));
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
        return kernel.getName() + " " + kernel.getVersion();
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
