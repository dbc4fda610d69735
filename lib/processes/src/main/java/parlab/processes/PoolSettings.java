package parlab.processes;

import java.util.List;

/**
 * What a pool is like.
 *
 * @param name the pool's name, for threads
 * @param workers how many, 1 or more
 * @param jvmOptions of the workers, after the pool's own
 * @param timeoutNanos how long a call may run; 0 for ever
 * @param graceNanos how long a task may take to obey an interrupt before its worker is killed
 * @param retryLost how often a task runs again whose worker has died
 * @param outputLimitBytes how much of a task's output is shown
 */
record PoolSettings(
        String name,
        int workers,
        List<String> jvmOptions,
        long timeoutNanos,
        long graceNanos,
        int retryLost,
        long outputLimitBytes) {}
