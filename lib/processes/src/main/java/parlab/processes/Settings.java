package parlab.processes;

import dev.failsafe.RetryPolicyConfig;
import java.util.List;
import java.util.Set;

/**
 * What a pool is made with.
 *
 * @param name the pool's name, for threads
 * @param workers how many, 1 or more
 * @param jvmOptions of the workers, after the pool's own
 * @param maxTasksPerWorker after how many a worker is replaced; 0 for never
 * @param timeoutNanos how long a task may run; 0 for ever
 * @param graceNanos how long a task may take to obey an interrupt before its worker is killed
 * @param initializer run in each worker before its first task; null for none
 * @param retry when to run a task again; null for never
 * @param outputLimitBytes how much of a task's output is shown
 * @param admitted names of classes that results may hold besides plain data and the class path's
 * @param lookAhead how many chunks a map reads ahead
 */
public record Settings(
        String name,
        int workers,
        List<String> jvmOptions,
        int maxTasksPerWorker,
        long timeoutNanos,
        long graceNanos,
        Object initializer,
        RetryPolicyConfig<Object> retry,
        long outputLimitBytes,
        Set<String> admitted,
        int lookAhead) {}
