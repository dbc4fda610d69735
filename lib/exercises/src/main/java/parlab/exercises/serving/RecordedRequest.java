package parlab.exercises.serving;

import java.util.Arrays;
import java.util.List;

/** A request that keeps what becomes of it. Not thread-safe. */
public final class RecordedRequest implements Serving.Request {

    private final int input;
    private String became = "";

    private RecordedRequest(int input) {
        this.input = input;
    }

    /** Requests with these inputs. */
    public static List<RecordedRequest> all(int... inputs) {
        return Arrays.stream(inputs).mapToObj(RecordedRequest::new).toList();
    }

    /** A model that multiplies by a factor, and does not take negative numbers. */
    public static Serving.BatchModel times(int factor) {
        return inputs -> {
            if (Arrays.stream(inputs).anyMatch(n -> n < 0)) {
                throw new IllegalArgumentException("a negative number");
            }
            return Arrays.stream(inputs).map(n -> factor * n).toArray();
        };
    }

    @Override
    public int input() {
        return input;
    }

    @Override
    public void answer(int answer) {
        become(String.valueOf(answer));
    }

    @Override
    public void fail(Exception why) {
        become("failed: " + (why == null ? "no reason" : why.getMessage()));
    }

    private void become(String what) {
        became = became.isEmpty() ? what : became + " and " + what;
    }

    /** What became of it: the answer, the failure, or that nothing did. */
    @Override
    public String toString() {
        return became.isEmpty() ? "nothing" : became;
    }
}
