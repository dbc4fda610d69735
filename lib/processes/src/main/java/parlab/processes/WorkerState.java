package parlab.processes;

/** How far a worker is. */
enum WorkerState {
    /** The process starts. */
    STARTING,
    /** It runs the initializer. */
    INITIALISING,
    /** It takes tasks. */
    READY,
    /** It has taken its last task. */
    ENDING
}
