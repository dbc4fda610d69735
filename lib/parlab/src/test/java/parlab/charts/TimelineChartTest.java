package parlab.charts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Rectangle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import parlab.timing.Timeline;
import parlab.timing.Timeline.Kind;
import parlab.timing.Timeline.Span;

final class TimelineChartTest {

    @Test
    void eachWorkerHasItsOwnColourAndRowInNaturalOrder() {
        Figure figure =
                Charts.timeline("t", List.of(run("thread-10", 0, 100), run("thread-2", 0, 50), run("main", 50, 100)));
        Pixels p = new Pixels(figure);
        Rectangle main = p.box(Pixels.BLUE);
        Rectangle two = p.box(Pixels.ORANGE);
        Rectangle ten = p.box(Pixels.GREEN);
        assertTrue(main.getMaxY() < two.y && two.getMaxY() < ten.y, main + " " + two + " " + ten);
        // Half the time, half the length; and from the middle to the end.
        assertEquals(0.5, two.getWidth() / ten.getWidth(), 0.01);
        assertEquals(ten.getCenterX(), main.x, 4);
        assertEquals(ten.getMaxX(), main.getMaxX(), 2);
        assertEquals(ten.x, two.x);
        // Filled, not outlined.
        assertEquals(ten.width * ten.height, p.count(Pixels.GREEN), 0.02 * ten.width * ten.height);
    }

    @Test
    void waitingLooksUnlikeRunningAndIsThinner() {
        Figure figure = Charts.timeline("t", List.of(run("a", 0, 100), wait("a", 25, 75, "lock")));
        Pixels p = new Pixels(figure);
        Rectangle plot = p.below(60);
        Rectangle running = p.box(Pixels.BLUE, plot);
        Rectangle waiting = p.box(Pixels.WAIT, running);
        assertEquals(0.5, waiting.getWidth() / running.getWidth(), 0.02);
        assertEquals(running.getCenterX(), waiting.getCenterX(), 4);
        assertTrue(waiting.height < 0.7 * running.height && waiting.height > 0.3 * running.height);
        assertTrue(running.contains(waiting));
        assertTrue(figure.alt().contains("Waited for lock"), figure.alt());
        assertTrue(figure.alt().contains("in tasks 100 %, waiting 50 %"), figure.alt());
    }

    @Test
    void legendNamesReasonsOnlyWhereThereWasWaiting() {
        Rectangle top = new Rectangle(0, 0, 1720, 120);
        Figure with = Charts.timeline("t", List.of(run("a", 0, 10), wait("a", 2, 3, "lock")));
        assertTrue(new Pixels(with).count(Pixels.WAIT, top) > 500);
        Figure without = Charts.timeline("t", List.of(run("a", 0, 10)));
        assertTrue(new Pixels(without).count(Pixels.WAIT) < 100, "nothing but the edges of letters");
    }

    @Test
    void differentReasonsAreHatchedDifferently() {
        Figure figure =
                Charts.timeline("t", List.of(wait("a", 0, 100, "one"), wait("b", 0, 99, "two"), run("c", 0, 100)));
        Pixels p = new Pixels(figure);
        Rectangle plot = p.below(60);
        Rectangle upper = new Rectangle(plot.x, plot.y, plot.width, 80);
        Rectangle lower = new Rectangle(plot.x, plot.y + 90, plot.width, 90);
        int plain = p.count(Pixels.WAIT, upper);
        int hatched = p.count(Pixels.WAIT, lower);
        assertTrue(plain > 10_000, "plain " + plain);
        assertTrue(hatched > 0.2 * plain && hatched < 0.8 * plain, "plain " + plain + ", hatched " + hatched);
    }

    @Test
    void neighbouringTasksLeaveAGap() {
        Figure figure = Charts.timeline("t", List.of(run("a", 0, 50), run("a", 50, 100)));
        Pixels p = new Pixels(figure);
        assertEquals(2, p.runs(Pixels.BLUE, p.box(Pixels.BLUE).y + 2, 100));
    }

    @Test
    void spanWithoutLengthIsStillSeen() {
        Figure figure = Charts.timeline("t", List.of(run("a", 5, 5), run("b", 0, 10)));
        assertTrue(new Pixels(figure).count(Pixels.BLUE) > 20);
        Figure alone = Charts.timeline("t", List.of(run("a", 5, 5)));
        assertTrue(new Pixels(alone).count(Pixels.BLUE) > 20);
    }

    @Test
    void heightGrowsWithWorkers() {
        List<Span> spans = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            spans.add(run("worker-" + i, 0, 10));
        }
        Figure many = Charts.timeline("t", spans);
        Figure few = Charts.timeline("t", spans.subList(0, 4));
        assertTrue(many.height() > 3 * few.height());
        // Every row holds its bar: eight colours, eight rows each, none hidden.
        Pixels p = new Pixels(many);
        int blue = 0;
        boolean inside = false;
        int x = p.box(Pixels.BLUE).x + 300;
        for (int y = 0; y < p.height(); y++) {
            boolean now = p.is(x, y, Pixels.BLUE);
            blue += now && !inside ? 1 : 0;
            inside = now;
        }
        assertEquals(8, blue);
        assertTrue(many.alt().length() <= 600);
    }

    @Test
    void thousandsOfSpansAreDrawnInTime() {
        List<Span> spans = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            spans.add(run("worker-" + i % 3, i, i + 2.5));
            spans.add(wait("worker-" + i % 3, i, i + 1, "lock"));
        }
        Figure figure = Charts.timeline("t", spans);
        byte[] png = Assertions.assertTimeout(Duration.ofMinutes(1), figure::png);
        assertTrue(png.length < 300_000, "bytes: " + png.length);
    }

    @Test
    void nothingToShowIsAnError() {
        String message = assertThrows(IllegalArgumentException.class, () -> Charts.timeline("my run", new Timeline()))
                .getMessage();
        assertTrue(message.contains("my run") && message.contains("no span"), message);
        assertThrows(IllegalArgumentException.class, () -> Charts.timeline(" ", List.of(run("a", 0, 1))));
    }

    @Test
    void timelineThatWasRecordedShows() throws Exception {
        Timeline timeline = new Timeline();
        timeline.run("work", () -> 1);
        Figure figure = Charts.timeline("recorded", timeline);
        assertTrue(figure.alt().startsWith("Timeline: recorded. 1 worker over "), figure.alt());
        assertTrue(new Pixels(figure).count(Pixels.BLUE) > 100);
    }

    private static Span run(String worker, double fromMillis, double toMillis) {
        return new Span(worker, "task", (long) (fromMillis * 1e6), (long) (toMillis * 1e6), Kind.RUN, "");
    }

    private static Span wait(String worker, double fromMillis, double toMillis, String why) {
        return new Span(worker, "task", (long) (fromMillis * 1e6), (long) (toMillis * 1e6), Kind.WAIT, why);
    }
}
