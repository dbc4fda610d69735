package parlab.notebook;

/** What the measurements of one run on one machine say about a claim. */
enum Verdict {
    /** On CPython and on the JVM alike. */
    HOLDS("holds"),
    /** On CPython; on the JVM it is not so, or the claim makes no sense there. */
    CPYTHON_ONLY("holds on CPython only"),
    /** On the JVM; on CPython it is not so. */
    JVM_ONLY("holds on the JVM only"),
    /** Neither here nor there. */
    DOES_NOT_HOLD("does not hold"),
    /** A figure's interval straddles the threshold, too few samples stand behind it, or it could not be taken. */
    UNDECIDED("undecided here");

    private final String text;

    Verdict(String text) {
        this.text = text;
    }

    /** The verdict in the words that every lesson uses. */
    @Override
    public String toString() {
        return text;
    }
}
