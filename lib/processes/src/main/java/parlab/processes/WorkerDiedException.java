package parlab.processes;

import java.util.List;

/**
 * The worker process that held a task has ended before the task did. The pool has replaced it, and its other tasks
 * are not concerned.
 */
public final class WorkerDiedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String worker;
    private final long pid;
    private final int exitCode;
    private final List<String> lastErrorLines;

    /**
     * Describes the end of a worker.
     *
     * @param message all of it, for people
     * @param worker the worker's name
     * @param pid its process id
     * @param exitCode what the process ended with; 128 + n after signal n
     * @param lastErrorLines its last lines on standard error, at most twenty, oldest first
     */
    WorkerDiedException(String message, String worker, long pid, int exitCode, List<String> lastErrorLines) {
        super(message);
        this.worker = worker;
        this.pid = pid;
        this.exitCode = exitCode;
        this.lastErrorLines = List.copyOf(lastErrorLines);
    }

    /** Describes the end of a worker in words. */
    static WorkerDiedException of(
            String worker,
            long pid,
            int exitCode,
            boolean connected,
            String exitReason,
            String killReason,
            List<String> lastErrorLines) {
        StringBuilder text = new StringBuilder(worker);
        if (pid > 0) {
            text.append(" (process ").append(pid).append(")");
            text.append(connected ? " died with its task: " : " ended: ");
            int signal = exitCode > 128 && exitCode < 193 ? exitCode - 128 : 0;
            text.append(signal > 0 ? "signal " + signal + signalName(signal) : "exit code " + exitCode);
        } else {
            text.append(" could not be started");
        }
        if (!exitReason.isEmpty()) {
            text.append(", ").append(exitReason);
        }
        if (!killReason.isEmpty()) {
            text.append(", killed by its pool: ").append(killReason);
        } else if (exitCode == 137) {
            text.append(", killed from outside: the system does that too when it runs out of memory");
        }
        if (!lastErrorLines.isEmpty()) {
            text.append(System.lineSeparator()).append("its last lines:");
            for (String line : lastErrorLines) {
                text.append(System.lineSeparator()).append("  ").append(line);
            }
        }
        return new WorkerDiedException(text.toString(), worker, pid, exitCode, lastErrorLines);
    }

    private static String signalName(int signal) {
        return switch (signal) {
            case 2 -> " (SIGINT)";
            case 6 -> " (SIGABRT: a crash)";
            case 7 -> " (SIGBUS: a crash)";
            case 9 -> " (SIGKILL)";
            case 11 -> " (SIGSEGV: a crash)";
            case 15 -> " (SIGTERM)";
            default -> "";
        };
    }

    /**
     * Which worker it was.
     *
     * @return its name, such as {@code worker-2}
     */
    public String worker() {
        return worker;
    }

    /**
     * The worker's process.
     *
     * @return its id, which the system may have given to another process since
     */
    public long pid() {
        return pid;
    }

    /**
     * How the process ended.
     *
     * @return its exit code; 128 + n after signal n
     */
    public int exitCode() {
        return exitCode;
    }

    /**
     * The signal that ended the process.
     *
     * @return its number, such as 9 for SIGKILL; 0 if it ended by itself
     */
    public int signal() {
        return exitCode > 128 && exitCode < 128 + 65 ? exitCode - 128 : 0;
    }

    /**
     * What the worker said last.
     *
     * @return its last lines on standard error, at most twenty, oldest first
     */
    public List<String> lastErrorLines() {
        return lastErrorLines;
    }
}
