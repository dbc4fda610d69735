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
    public WorkerDiedException(String message, String worker, long pid, int exitCode, List<String> lastErrorLines) {
        super(message);
        this.worker = worker;
        this.pid = pid;
        this.exitCode = exitCode;
        this.lastErrorLines = List.copyOf(lastErrorLines);
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
