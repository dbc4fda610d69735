package parlab.twin.internal;

import java.io.IOException;
import java.time.Duration;

/** How a script ended. */
public sealed interface Outcome {

    /**
     * By itself and well.
     *
     * @param stderr the end of its stderr
     * @param wall from start to end
     */
    record Ended(String stderr, Duration wall) implements Outcome {}

    /**
     * The interpreter could not be started.
     *
     * @param error what the system says
     */
    record NotStarted(IOException error) implements Outcome {}

    /**
     * It was stopped because its time was up.
     *
     * @param stderr the end of its stderr
     */
    record TimedOut(String stderr) implements Outcome {}

    /**
     * It ended with an error.
     *
     * @param exitCode not 0; 128 and the signal's number if a signal ended it
     * @param stderr the end of its stderr
     */
    record Failed(int exitCode, String stderr) implements Outcome {}

    /**
     * It printed something else than JSON objects, and was stopped.
     *
     * @param lineNumber counted from 1
     * @param line the line, cut if it is long
     * @param why what is wrong with it
     * @param stderr the end of its stderr
     */
    record Malformed(int lineNumber, String line, String why, String stderr) implements Outcome {}
}
