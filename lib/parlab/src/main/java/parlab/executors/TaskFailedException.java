package parlab.executors;

/** A task of {@link Tasks} failed. The cause is what the task threw; the message names the item. */
public final class TaskFailedException extends RuntimeException {
    private static final int LONGEST_ITEM_TEXT = 80;

    private final int index;
    private final transient Object item;

    TaskFailedException(int index, Object item, String worker, Throwable cause) {
        super(
                "task " + index + " (item: " + text(item) + ") failed" + (worker.isEmpty() ? "" : " in " + worker)
                        + ": " + cause,
                cause);
        this.index = index;
        this.item = item;
    }

    /** The failed item's place among the items, from 0. */
    public int index() {
        return index;
    }

    /** The failed item itself, may be null; null after serialisation. */
    public Object item() {
        return item;
    }

    private static String text(Object item) {
        String text;
        try {
            text = String.valueOf(item);
        } catch (RuntimeException e) {
            text = item.getClass().getName() + ", whose toString throws " + e;
        }
        return text.length() <= LONGEST_ITEM_TEXT ? text : text.substring(0, LONGEST_ITEM_TEXT - 3) + "...";
    }
}
