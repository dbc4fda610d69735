package io.github.spencerpark.ijava;

import io.github.spencerpark.jupyter.kernel.BaseKernel;

/** Stands in for IJava's main class, which is in no repository: the two members that the adapter looks for. */
public final class IJava {
    public static final String VERSION = "1.3.0";
    private static BaseKernel kernel;

    private IJava() {}

    public static BaseKernel getKernelInstance() {
        return kernel;
    }

    public static void setKernelInstance(BaseKernel running) {
        kernel = running;
    }
}
