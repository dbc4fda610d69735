package parlab.processes;

import dev.failsafe.RetryPolicyConfig;
import dev.failsafe.function.CheckedBiPredicate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Reads a Failsafe retry policy: whether a task is run again, and when. */
final class RetryDecision {
    private RetryDecision() {}

    /**
     * How long to wait before the next attempt.
     *
     * @param policy null for none
     * @param failedAttempts how many have failed so far, 1 or more
     * @param failure the last one's
     * @param elapsedNanos since the first attempt began
     * @return nanoseconds, 0 or more; -1 if there is no next attempt
     */
    static long delayNanos(RetryPolicyConfig<Object> policy, int failedAttempts, Throwable failure, long elapsedNanos) {
        if (policy == null
                || (policy.getMaxRetries() >= 0 && failedAttempts > policy.getMaxRetries())
                || (policy.getMaxDuration() != null
                        && elapsedNanos >= policy.getMaxDuration().toNanos())
                || any(policy.getAbortConditions(), failure)) {
            return -1;
        }
        boolean handled = policy.getFailureConditions().isEmpty()
                || any(policy.getFailureConditions(), failure)
                || !policy.isExceptionsChecked();
        if (!handled) {
            return -1;
        }
        double delay;
        if (policy.getDelayMin() != null && policy.getDelayMax() != null) {
            delay = nanos(policy.getDelayMin())
                    + ThreadLocalRandom.current().nextDouble()
                            * (nanos(policy.getDelayMax()) - nanos(policy.getDelayMin()));
        } else {
            delay = nanos(policy.getDelay());
            if (policy.getMaxDelay() != null && policy.getDelayFactor() > 0) {
                delay = Math.min(
                        nanos(policy.getMaxDelay()), delay * Math.pow(policy.getDelayFactor(), failedAttempts - 1.0));
            }
        }
        double swing = 2 * ThreadLocalRandom.current().nextDouble() - 1;
        if (policy.getJitterFactor() > 0) {
            delay *= 1 + swing * policy.getJitterFactor();
        } else {
            delay += swing * nanos(policy.getJitter());
        }
        return Math.max(0, (long) delay);
    }

    private static double nanos(Duration duration) {
        return duration == null ? 0 : duration.toNanos();
    }

    private static boolean any(List<CheckedBiPredicate<Object, Throwable>> conditions, Throwable failure) {
        return conditions.stream().anyMatch(condition -> holds(condition, failure));
    }

    private static boolean holds(CheckedBiPredicate<Object, Throwable> condition, Throwable failure) {
        try {
            return condition.test(null, failure);
        } catch (Throwable e) {
            // As Failsafe has it: a condition that fails does not hold.
            return false;
        }
    }
}
