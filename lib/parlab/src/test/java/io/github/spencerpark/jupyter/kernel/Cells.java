package io.github.spencerpark.jupyter.kernel;

import io.github.spencerpark.jupyter.channels.ShellReplyEnvironment;

/** Opens and closes a cell from outside the kernel's package. */
public final class Cells {
    private Cells() {}

    public static void open(BaseKernel kernel, ShellReplyEnvironment env) {
        kernel.getIO().setEnv(env);
    }

    public static void close(BaseKernel kernel, ShellReplyEnvironment env) {
        kernel.getIO().retractEnv(env);
    }
}
