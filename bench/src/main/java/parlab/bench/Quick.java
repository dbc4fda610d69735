package parlab.bench;

import java.util.List;

public class Quick {
    public static void main(String[] a) {
        for (int r = 0; r < Integer.parseInt(a[0]); r++)
            for (String n : List.of(a).subList(1, a.length)) {
                var m = TimingBodies.measure(n, parlab.timing.Bench.standard());
                System.out.println(m + " mean " + m.meanNanos() + " loop " + m.loopNanos() + " n=" + m.callsPerSample()
                        + "  warm " + m.warmupNanos() / 1e9 + " total " + m.totalNanos() / 1e9 + " " + m.guard() + " "
                        + m.samples().size());
            }
    }
}
