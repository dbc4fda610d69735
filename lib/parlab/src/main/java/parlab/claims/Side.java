package parlab.claims;

import java.util.Objects;
import parlab.timing.Estimate;

/** What was found out on one of the two platforms. Immutable and thread-safe. */
public sealed interface Side {

    /**
     * For people.
     *
     * @return the figure, the observation, or why there is none
     */
    String text();

    /**
     * A figure.
     *
     * @param figure its ends are finite
     */
    record Measured(Estimate figure) implements Side {
        /**
         * Checks the figure.
         *
         * @throws IllegalArgumentException if an end of its interval is infinite
         */
        public Measured {
            if (!Double.isFinite(figure.low()) || !Double.isFinite(figure.high())) {
                throw new IllegalArgumentException("a claim needs a figure with finite ends, got " + figure);
            }
        }

        @Override
        public String text() {
            return figure.toString();
        }
    }

    /**
     * An observation that is no figure.
     *
     * @param holds whether it is so
     * @param text what was seen
     */
    record Fact(boolean holds, String text) implements Side {
        /** Checks the text. */
        public Fact {
            requireText(text, "what was seen");
        }
    }

    /**
     * It could not be found out in this run.
     *
     * @param reason why
     */
    record Untested(String reason) implements Side {
        /** Checks the reason. */
        public Untested {
            requireText(reason, "the reason why it was not tested");
        }

        @Override
        public String text() {
            return "not tested: " + reason;
        }
    }

    /**
     * The claim is about something that this platform does not have.
     *
     * @param reason why
     */
    record NotApplicable(String reason) implements Side {
        /** Checks the reason. */
        public NotApplicable {
            requireText(reason, "the reason why it does not apply");
        }

        @Override
        public String text() {
            return "does not apply: " + reason;
        }
    }

    private static void requireText(String text, String what) {
        if (Objects.requireNonNull(text, what).isBlank()) {
            throw new IllegalArgumentException(what + " must not be blank");
        }
    }
}
