package parlab.notebook;

/**
 * A rule's threshold: a sum or product of numbers and {@code workers}, such as {@code 1 + 0.2 * (workers - 1)}, by
 * recursive descent. Not thread-safe; used once.
 */
final class Threshold {
    private final String text;
    private final int workers;
    private int at;

    private Threshold(String text, int workers) {
        this.text = text;
        this.workers = workers;
    }

    /** Returns the value for that number of workers; an IllegalArgumentException says where the text is wrong. */
    static double of(String text, int workers) {
        Threshold threshold = new Threshold(text, workers);
        double value = threshold.sum();
        if (threshold.peek() != 0 || !Double.isFinite(value)) {
            throw threshold.wrong();
        }
        return value;
    }

    private double sum() {
        double value = product();
        while (peek() == '+' || peek() == '-') {
            value += text.charAt(at++) == '+' ? product() : -product();
        }
        return value;
    }

    private double product() {
        double value = atom();
        while (peek() == '*' || peek() == '/') {
            value = text.charAt(at++) == '*' ? value * atom() : value / atom();
        }
        return value;
    }

    private double atom() {
        if (peek() == '(') {
            at++;
            double value = sum();
            if (peek() != ')') {
                throw wrong();
            }
            at++;
            return value;
        }
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '.')) {
            at++;
        }
        String word = text.substring(start, at);
        if (word.equals("workers")) {
            return workers;
        }
        if (!word.matches("\\d+(\\.\\d+)?")) {
            throw wrong();
        }
        return Double.parseDouble(word);
    }

    /** The next character that is no blank; 0 at the end. */
    private char peek() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        return at < text.length() ? text.charAt(at) : 0;
    }

    private IllegalArgumentException wrong() {
        return new IllegalArgumentException("a threshold is made of numbers, + - * / ( ) and \"workers\", but \"" + text
                + "\" is not, at place " + (at + 1));
    }
}
