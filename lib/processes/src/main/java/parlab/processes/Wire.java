package parlab.processes;

/**
 * The types of the messages between a pool and a worker. A worker's standard input and output carry them: four bytes
 * of length, one of type, then the content.
 */
final class Wire {
    // To a worker.
    /** First of all: its name, the folders for big arrays, how much output a task may print. */
    static final byte CONFIGURE = 1;
    /** Code, a variable's value or a function that later tasks refer to by a slot's number. */
    static final byte DEFINE = 2;
    /** A slot that no task will name again. */
    static final byte FORGET = 3;

    static final byte TASK = 4;
    /** Stop a task, by its number. */
    static final byte INTERRUPT = 5;
    /** The bytes of a class that the worker has asked for. */
    static final byte CLASS = 6;
    /** Shared memory was closed by its owner. */
    static final byte RELEASE = 7;
    /** There is no more work. */
    static final byte END = 8;

    // From a worker.
    static final byte READY = 20;
    static final byte DONE = 21;
    static final byte OUTPUT = 22;
    static final byte CLASS_WANTED = 23;
    /** Why the process is about to end, if it knows. */
    static final byte EXITING = 24;

    // Kinds of definitions.
    static final byte DEFINE_CODE_BASE = 1;
    static final byte DEFINE_CLASS = 2;
    static final byte DEFINE_VARIABLE = 3;
    static final byte DEFINE_LAMBDA = 4;
    static final byte DEFINE_FUNCTION = 5;

    // Kinds of tasks.
    static final byte TASK_CALL = 0;
    static final byte TASK_CHUNK = 1;

    // How a job is described.
    static final byte JOB_VALUE = 0;
    static final byte JOB_LAMBDA = 1;

    // An item's outcome.
    static final byte OK = 0;
    static final byte FAILED = 1;

    /** Arrays from this size on go through files. */
    static final int BIG_FROM_BYTES = 64 << 10;

    static final int MAX_MESSAGE_BYTES = Integer.MAX_VALUE - 64;

    private Wire() {}

    /** Whether a message may have this type: no character of a text does. */
    static boolean isType(byte type) {
        return (type >= CONFIGURE && type <= END) || (type >= READY && type <= EXITING);
    }
}
