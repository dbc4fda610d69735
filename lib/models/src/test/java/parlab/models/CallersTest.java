package parlab.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parlab.timing.Timeline;

final class CallersTest {
    @TempDir
    Path folder;

    private final float[] request = new float[64];

    private SwappableModel model() throws IOException {
        new ModelFolder(folder).publish(Digits.MODEL);
        return SwappableModel.open(folder, Model.Options.DEFAULT);
    }

    private static void until(Callers callers, long requests) {
        while (callers.requests() < requests) {
            Thread.onSpinWait();
        }
    }

    @Test
    void each_version_that_answers_has_a_span() throws IOException {
        try (SwappableModel model = model()) {
            Callers callers = new Callers(1, model, request, answer -> answer.version() == 1);
            try (callers) {
                until(callers, 10);
                new ModelFolder(folder).publish(Digits.WIDE);
                assertEquals(SwappableModel.Outcome.SWAPPED, model.refresh().outcome());
                until(callers, callers.requests() + 10);
            }
            List<String> versions =
                    callers.timeline().spans().stream().map(Timeline.Span::task).toList();
            assertEquals(List.of("v1", "v2"), versions);
            assertEquals(0, callers.failed());
            assertTrue(callers.wrong() >= 9 && callers.wrong() < callers.requests(), callers.wrong() + " wrong");
        }
    }

    @Test
    void what_fails_is_counted_and_does_not_end_a_caller() throws IOException {
        SwappableModel model = model();
        Callers callers = new Callers(2, model, request, answer -> true);
        try (callers) {
            model.close();
            until(callers, callers.requests() + 10);
        }
        assertTrue(callers.failed() >= 8, callers.failed() + " failed");
        assertEquals(0, callers.wrong());
    }
}
