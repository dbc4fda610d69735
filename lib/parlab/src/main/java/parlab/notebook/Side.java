package parlab.notebook;

import parlab.timing.Estimate;

/** What was found out on one of the two platforms. */
sealed interface Side {
    /** The figure, the observation, or why there is none, for people. */
    String text();

    /** A figure, whose ends are finite. */
    record Measured(Estimate figure) implements Side {
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

    /** An observation that is no figure: whether it is so, and what was seen. */
    record Fact(boolean holds, String text) implements Side {
        public Fact {
            requireText(text, "what was seen");
        }
    }

    /** It could not be found out in this run. */
    record Untested(String reason) implements Side {
        public Untested {
            requireText(reason, "the reason why it was not tested");
        }

        @Override
        public String text() {
            return "not tested: " + reason;
        }
    }

    /** The claim is about something that this platform does not have. */
    record NotApplicable(String reason) implements Side {
        public NotApplicable {
            requireText(reason, "the reason why it does not apply");
        }

        @Override
        public String text() {
            return "does not apply: " + reason;
        }
    }

    private static void requireText(String text, String what) {
        if (text.isBlank()) {
            throw new IllegalArgumentException(what + " must not be blank");
        }
    }
}
