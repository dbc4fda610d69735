package parlab.executors;

/** Placeholder: the executors package brings the real one. */
public final class Tasks {
    private Tasks() {}

    /** Hears how far a job has come. */
    public interface Progress {
        /**
         * The job begins.
         *
         * @param total the number of tasks, -1 where it is unknown
         */
        void started(long total);

        /**
         * The job goes on.
         *
         * @param done the number of tasks that have ended so far
         */
        void advanced(long done);

        /** The job has ended. */
        void finished();
    }
}
