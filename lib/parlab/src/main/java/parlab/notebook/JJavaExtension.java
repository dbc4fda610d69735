package parlab.notebook;

import org.dflib.jjava.jupyter.Extension;
import org.dflib.jjava.jupyter.kernel.BaseKernel;

/** JJava finds this by its service loader and calls it when the kernel starts. */
public final class JJavaExtension implements Extension {
    public JJavaExtension() {}

    @Override
    public void install(BaseKernel kernel) {
        JJavaFrontEnd.attach(kernel.getRenderer());
    }
}
