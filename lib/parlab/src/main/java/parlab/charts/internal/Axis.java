package parlab.charts.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import parlab.timing.Numbers;

/** An axis: a range of numbers, or a row of named places at 1, 2, 3, ... */
public sealed interface Axis {

    /**
     * A labelled place.
     *
     * @param value where
     * @param label empty for a bare grid line
     */
    record Tick(double value, String label) {}

    /**
     * The axis's title.
     *
     * @return with the unit
     */
    String title();

    /**
     * The lower end.
     *
     * @return below {@link #max}
     */
    double min();

    /**
     * The upper end.
     *
     * @return above {@link #min}
     */
    double max();

    /**
     * Whether equal ratios are equally far apart.
     *
     * @return true if so
     */
    default boolean log() {
        return false;
    }

    /**
     * Where on the axis a value lies.
     *
     * @param value the value; positive on a logarithmic axis
     * @return 0 at min, 1 at max
     */
    default double position(double value) {
        return log()
                ? (Math.log(value) - Math.log(min())) / (Math.log(max()) - Math.log(min()))
                : (value - min()) / (max() - min());
    }

    /**
     * Named places.
     *
     * @param title the axis's title
     * @param names at least one; a blank one leaves its place without a label
     * @param rising whether the first lies at the axis's start, as on an x-axis, or at its end, as in a list read downwards
     */
    record Categories(String title, List<String> names, boolean rising) implements Axis {

        /** Copies the names. */
        public Categories {
            names = List.copyOf(names);
        }

        @Override
        public double min() {
            return 0.5;
        }

        @Override
        public double max() {
            return names.size() + 0.5;
        }

        /**
         * Where a name's place is.
         *
         * @param index from 0
         * @return from 1
         */
        public double place(int index) {
            return rising ? index + 1 : names.size() - index;
        }
    }

    /**
     * Numbers.
     *
     * @param title the axis's title
     * @param min finite, above 0 on a logarithmic axis
     * @param max finite, above min
     * @param log whether equal ratios are equally far apart
     * @param base2 whether a logarithmic axis is labelled at powers of two
     * @param whole whether only whole numbers are labelled
     */
    record Scale(String title, double min, double max, boolean log, boolean base2, boolean whole) implements Axis {

        /**
         * A linear axis around the values.
         *
         * @param title the axis's title
         * @param low the smallest value
         * @param high the largest value, at least low
         * @param fromZero whether zero must be on the axis; else it is where that costs little
         * @param near below which share of the largest value the smallest one must lie for that
         * @param headroom which share of the range to leave free beyond a value
         * @return the axis
         */
        public static Scale linear(
                String title, double low, double high, boolean fromZero, double near, double headroom) {
            double from = low;
            double to = high;
            boolean zero = fromZero || (low >= 0 && low < near * high) || (high <= 0 && high > near * low);
            if (zero) {
                from = Math.min(0, from);
                to = Math.max(0, to);
            }
            double size = Math.max(Math.abs(from), Math.abs(to));
            boolean nothing = size < 1e-290;
            if (nothing || to - from <= 1e-9 * size) {
                // One value only: room around it, or the range from 0 to 1 where there is nothing but zero.
                double half = nothing ? 0.5 : 0.1 * size;
                from -= nothing ? 0 : half;
                to += nothing ? 1 : half;
            }
            double room = headroom * (to - from);
            return new Scale(
                    title,
                    zero && low >= 0 ? from : from - room,
                    zero && high <= 0 ? to : to + room,
                    false,
                    false,
                    false);
        }

        /**
         * A logarithmic axis around the values.
         *
         * @param title the axis's title
         * @param low the smallest value, above 0
         * @param high the largest value
         * @param headroom which share of the range to leave free on either side
         * @return the axis
         */
        public static Scale logarithmic(String title, double low, double high, double headroom) {
            double span = Math.max(Math.log10(high / low), 0.15);
            double factor = Math.pow(10, Math.max(headroom * span, 0.02));
            // Far from the ends of double's range, so that the ticks beyond the ends are numbers too.
            double from = Math.max(low / factor, 1e-300);
            double to = Math.min(high * factor, 1e300);
            return new Scale(title, from, to, true, false, false);
        }

        /**
         * The same axis, labelled at powers of two if it is logarithmic.
         *
         * @return the axis
         */
        public Scale labelledAtPowersOfTwo() {
            return new Scale(title, min, max, log, true, whole);
        }

        /**
         * The same axis, labelled at whole numbers only.
         *
         * @return the axis
         */
        public Scale labelledAtWholeNumbers() {
            return new Scale(title, min, max, log, base2, true);
        }

        /**
         * The same axis with a little more room below.
         *
         * @return the axis
         */
        public Scale loweredALittle() {
            return new Scale(title, min - 0.02 * (max - min), max, log, base2, whole);
        }

        /**
         * The ticks.
         *
         * @param most how many labels there is room for, 2 or more
         * @return in rising order, all of them within the axis
         */
        public List<Tick> ticks(int most) {
            return log ? logTicks(most) : linearTicks(most);
        }

        private List<Tick> linearTicks(int most) {
            double rough = (max - min) / Math.max(1, most);
            double power = Math.pow(10, Math.floor(Math.log10(rough)));
            double step = 10 * power;
            for (double nice : new double[] {1, 2, 2.5, 5}) {
                if (nice * power >= rough * (1 - 1e-9)) {
                    step = nice * power;
                    break;
                }
            }
            if (whole) {
                step = Math.max(1, step == 2.5 ? 5 : step);
            }
            double largest = Math.max(Math.abs(min), Math.abs(max));
            List<Tick> ticks = new ArrayList<>();
            double slack = 1e-9 * (max - min);
            for (long i = (long) Math.ceil((min - slack) / step); i * step <= max + slack; i++) {
                ticks.add(new Tick(i * step, Numbers.tick(i * step, step, largest)));
            }
            return ticks;
        }

        private List<Tick> logTicks(int most) {
            if (base2) {
                List<Tick> powers = everyPower(2, most);
                if (powers.size() >= 2) {
                    return powers;
                }
            }
            for (double[] mantissas : new double[][] {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 5}, {1, 3}}) {
                List<Tick> ticks = decades(mantissas);
                if (ticks.size() >= 2 && ticks.size() <= most) {
                    return ticks;
                }
            }
            List<Tick> powers = everyPower(10, most);
            if (powers.size() >= 2) {
                return powers;
            }
            // Less than a factor of two or so: round numbers as on a linear axis.
            return linearTicks(most);
        }

        private List<Tick> decades(double[] mantissas) {
            List<Tick> ticks = new ArrayList<>();
            for (int e = (int) Math.floor(Math.log10(min)); e <= Math.ceil(Math.log10(max)); e++) {
                for (double mantissa : mantissas) {
                    double value = mantissa * Math.pow(10, e);
                    if (within(value)) {
                        ticks.add(new Tick(value, Numbers.logTick(value)));
                    }
                }
            }
            return ticks;
        }

        private List<Tick> everyPower(int base, int most) {
            int first = (int) Math.ceil(Math.log(min) / Math.log(base) - 1e-9);
            int last = (int) Math.floor(Math.log(max) / Math.log(base) + 1e-9);
            int stride = Math.max(1, Math.ceilDiv(last - first + 1, Math.max(2, most)));
            List<Tick> ticks = new ArrayList<>();
            for (int e = Math.ceilDiv(first, stride) * stride; e <= last; e += stride) {
                double value = Math.pow(base, e);
                if (within(value)) {
                    String label = base == 10 ? Numbers.logTick(value) : Numbers.plain(value);
                    ticks.add(new Tick(
                            value,
                            base == 2 && value >= 1 && value < 1e6
                                    ? String.format(Locale.ROOT, "%,d", (long) value)
                                    : label));
                }
            }
            return ticks;
        }

        private boolean within(double value) {
            return value >= min * (1 - 1e-9) && value <= max * (1 + 1e-9);
        }
    }

    /**
     * Whether all numbers are whole.
     *
     * @param values the numbers
     * @return true if so
     */
    static boolean allWhole(double... values) {
        return Arrays.stream(values).allMatch(v -> v == Math.rint(v));
    }

    /**
     * Whether all numbers are powers of two, such as usual numbers of threads.
     *
     * @param values the numbers
     * @return true if so
     */
    static boolean allPowersOfTwo(double... values) {
        return Arrays.stream(values).allMatch(v -> v > 0 && Math.scalb(1.0, Math.getExponent(v)) == v);
    }
}
