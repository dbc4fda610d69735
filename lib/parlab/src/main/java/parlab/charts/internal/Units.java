package parlab.charts.internal;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import parlab.timing.Estimate;

/** Units of what is drawn on one axis. */
public final class Units {

    private Units() {}

    /**
     * The axis's label with the values' unit, where it does not name it yet.
     *
     * @param label as the caller wrote it
     * @param values all values on the axis
     * @return the label
     * @throws IllegalArgumentException if the values have different units
     */
    public static String label(String label, Collection<Estimate> values) {
        Set<String> units = new TreeSet<>();
        for (Estimate e : values) {
            if (!e.unit().isEmpty()) {
                units.add(e.unit());
            }
        }
        if (units.size() > 1) {
            throw new IllegalArgumentException("one axis cannot show the units " + units
                    + " together: bring the values to one unit (Estimate.times)");
        }
        if (units.isEmpty()) {
            return label;
        }
        String unit = units.iterator().next();
        String name = unit.equals("x") ? "[x×]" : Pattern.quote(unit);
        boolean named = Pattern.compile("(?<![\\p{L}\\p{N}])" + name + "(?![\\p{L}\\p{N}])")
                .matcher(label)
                .find();
        return named ? label : label + " (" + (unit.equals("x") ? "×" : unit) + ")";
    }
}
