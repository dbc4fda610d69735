package parlab.processes;

/**
 * The numbers of the protocol between a pool and its workers.
 *
 * <p>A frame is an int (how many bytes follow), a byte (its type) and a body, all in big-endian order
 * except for the contents of primitive arrays, which keep the machine's order: both ends are one
 * machine. Requests are answered in the order in which they were sent, so the first unanswered one is
 * the only one that a worker can have begun.
 */
final class Wire {
    /** Parent to worker: something that later tasks refer to by its slot. */
    static final byte DEFINE = 1;
    /** Parent to worker: a slot that no later task refers to. */
    static final byte FORGET = 2;
    /** Parent to worker: a task. */
    static final byte TASK = 3;
    /** Parent to worker: shared blocks of a result that were read and may be used again. */
    static final byte FREE = 4;
    /** Parent to worker: there is no more work. */
    static final byte END = 5;
    /** Parent to worker, on the connection for classes: the bytes of a class, or none. */
    static final byte CLASS = 6;

    /** Worker to parent: who speaks, first frame of every connection. */
    static final byte HELLO = 20;
    /** Worker to parent: the outcome of a task. */
    static final byte DONE = 21;
    /** Worker to parent: a recalled task that was not begun. */
    static final byte RETURNED = 22;
    /** Worker to parent: lines of standard output or error. */
    static final byte OUTPUT = 23;
    /** Worker to parent: the process is about to end, and why. */
    static final byte EXITING = 24;
    /** Worker to parent, on the connection for classes: send me this class. */
    static final byte CLASS_WANTED = 25;

    /** What a {@link #DEFINE} defines. */
    static final byte DEFINE_CODE_BASE = 1;

    static final byte DEFINE_CLASS = 2;
    static final byte DEFINE_VARIABLE = 3;
    static final byte DEFINE_LAMBDA = 4;
    static final byte DEFINE_PLAIN_LAMBDA = 5;
    static final byte DEFINE_FUNCTION = 6;

    /** How a job is written. */
    static final byte JOB_LAMBDA = 1;

    static final byte JOB_VALUE = 2;

    /** What a {@link #TASK} is. */
    static final byte TASK_CALL = 1;

    static final byte TASK_CHUNK = 2;

    /** How an item of a {@link #DONE} ended. */
    static final byte OK = 1;

    static final byte FAILED = 2;

    /** Commands on a worker's standard input, each followed by the number of a task. */
    static final byte CONTROL_RECALL = 'R';

    static final byte CONTROL_INTERRUPT = 'I';
    static final byte CONTROL_RELEASE = 'S';
    /** No more commands come, and {@link #END} has been sent: the end of the input means nothing any more. */
    static final byte CONTROL_END = 'E';

    /** Kinds of connection, in {@link #HELLO}. */
    static final byte FOR_TASKS = 1;

    static final byte FOR_CLASSES = 2;

    static final int SECRET_BYTES = 32;
    /** A greeting, or a question about a class. */
    static final int MAX_QUESTION_BYTES = 64 << 10;

    static final int MAX_FRAME_BYTES = Integer.MAX_VALUE - 64;

    /** From this size on a primitive array goes through shared memory: below, a copy through the socket is as quick. */
    static final int SHARED_FROM_BYTES = 48 * 1024;

    private Wire() {}
}
