package parlab.charts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import parlab.timing.Numbers;

/** An axis: a range of numbers, or a row of named places at 1, 2, 3, ... */
sealed interface Axis {
    /** A labelled place. */
    record Tick(double value, String label) {}

    /** The axis's title, with the unit. */
    String title();

    double min();

    double max();

    /** Where on the axis a value lies: 0 at min, 1 at max. */
    default double position(double value) {
        return (value - min()) / (max() - min());
    }

    /**
     * Named places. The first lies at the axis's start if it rises, as on an x-axis, else at its end, as in a list read
     * downwards; a blank name leaves its place without a label.
     */
    record Categories(String title, List<String> names, boolean rising) implements Axis {
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

        /** Where the name of that index, from 0, has its place. */
        double place(int index) {
            return rising ? index + 1 : names.size() - index;
        }
    }

    /** Numbers, on a logarithmic axis above 0, and what to label: any round ones, whole ones only, or powers of two. */
    record Scale(String title, double min, double max, boolean log, Labels among) implements Axis {
        /** What an axis may label. */
        enum Labels {
            ROUND,
            WHOLE,
            POWERS_OF_TWO
        }

        /**
         * A linear axis around the values.
         *
         * @param fromZero whether zero must be on the axis; else it is where the smallest value lies below the share
         *     {@code near} of the largest, so that it costs little
         * @param headroom which share of the range to leave free beyond a value
         */
        static Scale linear(String title, double low, double high, boolean fromZero, double near, double headroom) {
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
                from -= nothing ? 0 : 0.1 * size;
                to += nothing ? 1 : 0.1 * size;
            }
            double room = headroom * (to - from);
            return new Scale(
                    title,
                    zero && low >= 0 ? from : from - room,
                    zero && high <= 0 ? to : to + room,
                    false,
                    Labels.ROUND);
        }

        /** A logarithmic axis around the values, with that share of the range left free on either side. */
        static Scale logarithmic(String title, double low, double high, double headroom) {
            double span = Math.max(Math.log10(high / low), 0.15);
            double factor = Math.pow(10, Math.max(headroom * span, 0.02));
            // Far from the ends of double's range, so that the ticks beyond the ends are numbers too.
            double from = Math.max(low / factor, 1e-300);
            double to = Math.min(high * factor, 1e300);
            return new Scale(title, from, to, true, Labels.ROUND);
        }

        /** The same axis with labels that suit what is measured at these values only, such as numbers of threads. */
        Scale labelledFor(double[] values) {
            if (log && Arrays.stream(values).allMatch(v -> Math.scalb(1.0, Math.getExponent(v)) == v)) {
                return new Scale(title, min, max, true, Labels.POWERS_OF_TWO);
            }
            boolean whole = !log && Arrays.stream(values).allMatch(v -> v == Math.rint(v));
            return whole ? new Scale(title, min, max, false, Labels.WHOLE) : this;
        }

        /** The same axis with a little more room below, else a marker at its end would be cut in half. */
        Scale loweredALittle() {
            return new Scale(title, min - 0.02 * (max - min), max, log, among);
        }

        @Override
        public double position(double value) {
            return log
                    ? (Math.log(value) - Math.log(min)) / (Math.log(max) - Math.log(min))
                    : Axis.super.position(value);
        }

        /** Ticks in rising order, all of them within the axis, about as many as there is room for (2 or more). */
        List<Tick> ticks(int most) {
            return log ? logTicks(most) : linearTicks(most);
        }

        private List<Tick> linearTicks(int most) {
            double rough = (max - min) / most;
            double power = Math.pow(10, Math.floor(Math.log10(rough)));
            double step = 10 * power;
            for (double nice : new double[] {5, 2.5, 2, 1}) {
                step = nice * power >= rough * (1 - 1e-9) ? nice * power : step;
            }
            if (among == Labels.WHOLE) {
                step = Math.max(1, step == 2.5 ? 5 : step);
            }
            double largest = Math.max(Math.abs(min), Math.abs(max));
            double slack = 1e-9 * (max - min);
            List<Tick> ticks = new ArrayList<>();
            for (long i = (long) Math.ceil((min - slack) / step); i * step <= max + slack; i++) {
                ticks.add(new Tick(i * step, i == 0 ? "0" : label(i * step, step, largest)));
            }
            return ticks;
        }

        /** All labels of an axis have as many decimals as its step needs, and share the largest one's power of ten. */
        private static String label(double x, double step, double largest) {
            int exponent = (int) Math.floor(Math.log10(largest));
            int stepExponent = (int) Math.floor(Math.log10(step) + 1e-9);
            boolean halves = Math.abs(step / Math.pow(10, stepExponent) - 2.5) < 1e-6;
            int needed = halves ? stepExponent - 1 : stepExponent;
            if (exponent >= 6 || exponent < -3) {
                double power = Math.pow(10, exponent);
                return String.format(Locale.ROOT, "%." + Math.max(0, exponent - needed) + "f", x / power) + "·"
                        + powerOfTen(power);
            }
            return String.format(Locale.ROOT, "%,." + Math.max(0, -needed) + "f", x);
        }

        /** As {@link Numbers#plain}, but {@code 10⁶} for {@code 1·10⁶}. */
        private static String powerOfTen(double x) {
            return Numbers.plain(x).replaceFirst("^1·", "");
        }

        private List<Tick> logTicks(int most) {
            List<Tick> twos = among == Labels.POWERS_OF_TWO ? everyPower(2, most) : List.of();
            if (twos.size() >= 2) {
                return twos;
            }
            for (double[] mantissas : new double[][] {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 5}, {1, 3}}) {
                List<Tick> ticks = decades(mantissas);
                if (ticks.size() >= 2 && ticks.size() <= most) {
                    return ticks;
                }
            }
            List<Tick> powers = everyPower(10, most);
            // Less than a factor of two or so: round numbers as on a linear axis.
            return powers.size() >= 2 ? powers : linearTicks(most);
        }

        private List<Tick> decades(double[] mantissas) {
            List<Tick> ticks = new ArrayList<>();
            for (int e = (int) Math.floor(Math.log10(min)); e <= Math.ceil(Math.log10(max)); e++) {
                for (double mantissa : mantissas) {
                    add(ticks, mantissa * Math.pow(10, e));
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
                add(ticks, Math.pow(base, e));
            }
            return ticks;
        }

        private void add(List<Tick> ticks, double value) {
            if (value >= min * (1 - 1e-9) && value <= max * (1 + 1e-9)) {
                ticks.add(new Tick(value, powerOfTen(value)));
            }
        }
    }
}
