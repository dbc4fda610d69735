package parlab.charts;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Line2D;
import java.awt.geom.RoundRectangle2D;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import parlab.results.Cells;
import tech.tablesaw.api.Table;

/**
 * A decision tree from left to right: questions with round corners, answers below each other, each with its figure. XChart
 * has none. Immutable.
 */
final class Tree {
    private static final int COLUMN = 222;
    private static final int BOX = 150;
    private static final int ROW = 84;
    private static final int MARGIN = 16;
    private static final int TITLE = 44;
    private static final double PAD = 7;

    /** What follows from an answer to a question. */
    private record Branch(String answer, String leadsTo, String figure) {}

    /** A box with its place: column, and the middle in rows. */
    private record Place(int column, double row) {}

    private final String title;
    private final Map<String, List<Branch>> questions = new LinkedHashMap<>();
    private final Map<String, String> figures = new LinkedHashMap<>();
    private final Map<String, Place> places = new LinkedHashMap<>();
    private int rows;

    Tree(String title, Table table) {
        this.title = Checks.text(title, "the title");
        Set<String> reached = new LinkedHashSet<>();
        for (int i = 0; i < table.rowCount(); i++) {
            Cells row = new Cells(table, i);
            Branch branch =
                    new Branch(row.text("answer"), Checks.text(row.text("leads to"), "a box"), row.text("figure"));
            questions
                    .computeIfAbsent(Checks.text(row.text("question"), "a question"), q -> new ArrayList<>())
                    .add(branch);
            if (!reached.add(branch.leadsTo)) {
                throw new IllegalArgumentException(
                        "two branches lead to \"" + branch.leadsTo + "\": in a tree every box has one way to it");
            }
            figures.put(branch.leadsTo, branch.figure);
        }
        List<String> roots = questions.keySet().stream()
                .filter(question -> !reached.contains(question))
                .toList();
        if (roots.size() != 1) {
            throw new IllegalArgumentException("a tree begins with one question that no branch leads to, got " + roots);
        }
        place(roots.getFirst(), 0);
    }

    /** Places a box and all behind it; returns its middle, which is that of its branches. */
    private double place(String box, int column) {
        List<Branch> branches = questions.getOrDefault(box, List.of());
        double middle;
        if (branches.isEmpty()) {
            middle = rows++ + 0.5;
        } else {
            double sum = 0;
            for (Branch branch : branches) {
                sum += place(branch.leadsTo, column + 1);
            }
            middle = sum / branches.size();
        }
        places.put(box, new Place(column, middle));
        return middle;
    }

    Figure figure() {
        int columns = places.values().stream().mapToInt(Place::column).max().orElse(0) + 1;
        int width = 2 * MARGIN + (columns - 1) * COLUMN + BOX;
        return new Figure(this::paint, alt(), Math.max(400, width), TITLE + MARGIN + rows * ROW);
    }

    private void paint(Graphics2D g, int width, int height) {
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, width, height);
        g.setColor(Palette.INK);
        Text.draw(g, title, Text.TITLE, MARGIN, 28, 0);
        questions.forEach((question, branches) -> branches.forEach(branch -> paintBranch(g, question, branch)));
        places.keySet().forEach(box -> paintBox(g, box));
    }

    private static double left(Place place) {
        return MARGIN + place.column * (double) COLUMN;
    }

    private static double middle(Place place) {
        return TITLE + place.row * ROW;
    }

    /** A line that bends half-way, with the answer on its last part. */
    private void paintBranch(Graphics2D g, String question, Branch branch) {
        Place from = places.get(question);
        Place to = places.get(branch.leadsTo);
        double start = left(from) + BOX;
        double bend = start + 9;
        g.setColor(Palette.AXIS);
        g.setStroke(new BasicStroke(1.5f));
        g.draw(new Line2D.Double(start, middle(from), bend, middle(from)));
        g.draw(new Line2D.Double(bend, middle(from), bend, middle(to)));
        g.draw(new Line2D.Double(bend, middle(to), left(to), middle(to)));
        g.setColor(Palette.INK);
        List<String> words = Text.wrap(branch.answer, Text.SMALL, COLUMN - BOX - 13.0, 2);
        for (int i = 0; i < words.size(); i++) {
            double up = (words.size() - 1 - i) * Text.lineHeight(Text.SMALL);
            Text.draw(g, words.get(i), Text.SMALL, bend + 4, middle(to) - 4 - up, 0);
        }
    }

    private void paintBox(Graphics2D g, String box) {
        Place place = places.get(box);
        boolean question = questions.containsKey(box);
        List<String> words = Text.wrap(box, Text.NOTE, BOX - 2 * PAD, 3);
        String said = figures.getOrDefault(box, "");
        List<String> figure = said.isEmpty() ? List.of() : Text.wrap(said, Text.SMALL, BOX - 2 * PAD, 2);
        double lines = words.size() * Text.lineHeight(Text.NOTE) + figure.size() * Text.lineHeight(Text.SMALL);
        double top = middle(place) - lines / 2 - PAD + 2;
        double round = question ? 22 : 4;
        var shape = new RoundRectangle2D.Double(left(place), top, BOX, lines + 2 * PAD - 2, round, round);
        g.setColor(question ? new Color(0xEAF2F8) : Color.WHITE);
        g.fill(shape);
        g.setColor(question ? Palette.series(0) : Palette.AXIS);
        g.setStroke(new BasicStroke(1.3f));
        g.draw(shape);
        double y = top + PAD - 1;
        g.setColor(Palette.INK);
        for (String line : words) {
            y += Text.lineHeight(Text.NOTE);
            Text.draw(g, line, Text.NOTE, left(place) + BOX / 2.0, y - 4, 0.5);
        }
        g.setColor(Palette.SOFT_INK);
        for (String line : figure) {
            y += Text.lineHeight(Text.SMALL);
            Text.draw(g, line, Text.SMALL, left(place) + BOX / 2.0, y - 4, 0.5);
        }
    }

    private String alt() {
        List<String> parts = new ArrayList<>();
        questions.forEach((question, branches) -> {
            List<String> words = new ArrayList<>();
            for (Branch branch : branches) {
                String figure = branch.figure.isEmpty() ? "" : " (" + branch.figure + ")";
                words.add((branch.answer.isEmpty() ? "" : branch.answer + ": ") + branch.leadsTo + figure);
            }
            parts.add(question + " " + String.join("; ", words));
        });
        return AltText.join("Decision tree", title, "", parts);
    }
}
