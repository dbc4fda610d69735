package parlab.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import parlab.models.Model;
import parlab.models.ModelCall;
import parlab.processes.ProcessPool;
import parlab.processes.Worker;
import parlab.timing.Estimate;
import parlab.timing.ProcessMemory;

/**
 * The model worker against Python's ONNX Runtime of the same version: ResNet-50 in images a second, the small model in
 * microseconds a call, worker processes in images a second and in memory.
 *
 * <p>In every round each side does each job, in an order that turns from round to round; a ratio is taken round by round.
 * Memory is the proportional share (PSS) of one of two workers that have run the model, in which a page that both map counts
 * half to each.
 *
 * <p>Arguments: the JSON file to write; {@code digits.onnx}; {@code resnet50.onnx}; the Python with ONNX Runtime; the
 * script {@code model_bench.py}; the folder of the twins; then, if wanted, the number of rounds (9).
 */
public final class ModelBench {
    private static final int ROUNDS = 9;
    private static final int WORKERS = 2;
    private static final int IMAGES = 8; // in a sample
    private static final int CALLS = 20_000;
    private static final int WARM_UP_CALLS = 40_000;
    /** For so long a session's threads look for more work after a run, on a core that is not free then. */
    private static final int SPIN_MILLIS = 100;

    /** A job on ResNet-50 in this process. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Job(int intra, int callers, int rows, double[] ours, double[] peers) {
        Job(int intra, int callers, int rows, int rounds) {
            this(intra, callers, rows, new double[rounds], new double[rounds]);
        }

        int requests() {
            return Math.max(callers, IMAGES / rows);
        }

        String name() {
            return "ResNet-50, " + callers + (callers == 1 ? " caller" : " callers") + ", intra " + intra + ", batch "
                    + rows;
        }

        String question() {
            return "images " + intra + " " + callers + " " + rows + " " + requests();
        }
    }

    private ModelBench() {}

    /**
     * Runs the benchmark.
     *
     * @param args see above
     * @throws Exception if a side fails
     */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 6 ? Integer.parseInt(args[6]) : ROUNDS;
        Path digits = Path.of(args[1]);
        Path resnet = Path.of(args[2]);
        BenchReport report =
                new BenchReport("The model worker against Python's ONNX Runtime, medians of rounds", Path.of(args[0]));
        List<String> notes = new ArrayList<>();
        try (ScriptPeer python = new ScriptPeer(args[3], args[4], args[5], args[1], args[2])) {
            System.out.println("ONNX Runtime " + Model.runtimeVersion() + ", Java " + Runtime.version() + "; "
                    + python.ask("about"));
            calls(digits, python, rounds, report, notes);
            images(resnet, python, rounds, report);
            for (boolean shared : new boolean[] {false, true}) {
                workers(resnet, shared, python, rounds, report, notes);
            }
        }
        notes.forEach(System.out::println);
        report.end();
    }

    private static void calls(Path digits, ScriptPeer python, int rounds, BenchReport report, List<String> notes)
            throws IOException {
        double[] ours = new double[rounds];
        double[] peers = new double[rounds];
        long allocated = 0;
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Model model = Model.open(digits);
                ModelCall call = model.call(1)) {
            fill(call, 1, model.inputLength());
            callMany(call, WARM_UP_CALLS);
            python.seconds("calls " + WARM_UP_CALLS);
            for (int round = 0; round < rounds; round++) {
                for (int turn = 0; turn < 2; turn++) {
                    if ((round + turn) % 2 == 0) {
                        long before = threads.getCurrentThreadAllocatedBytes();
                        long start = System.nanoTime();
                        callMany(call, CALLS);
                        ours[round] = (System.nanoTime() - start) / 1e9;
                        allocated += threads.getCurrentThreadAllocatedBytes() - before;
                    } else {
                        peers[round] = python.seconds("calls " + CALLS);
                    }
                }
            }
        }
        report.add(
                "digits, one image, buffers used again",
                Estimate.median(ours, "s").value() / CALLS * 1e6,
                Estimate.median(peers, "s").value() / CALLS * 1e6,
                "us",
                Estimate.ratio(peers, ours),
                1);
        notes.add(String.format(Locale.ROOT, "Allocation of a call: %.2f bytes", (double) allocated / rounds / CALLS));
    }

    private static void callMany(ModelCall call, int count) {
        for (int i = 0; i < count; i++) {
            call.run(1);
        }
    }

    private static void fill(ModelCall call, int rows, int length) {
        Random random = new Random(1);
        for (int i = 0; i < rows * length; i++) {
            call.input().put(i, random.nextFloat());
        }
    }

    private static void images(Path resnet, ScriptPeer python, int rounds, BenchReport report) throws Exception {
        List<Job> jobs = new ArrayList<>();
        for (int intra = 1; intra <= Math.min(2, Runtime.getRuntime().availableProcessors()); intra++) {
            jobs.add(new Job(intra, 1, 1, rounds));
            jobs.add(new Job(intra, 1, 8, rounds));
        }
        jobs.add(new Job(1, 2, 1, rounds));
        Map<Integer, Model> models = new HashMap<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            for (int round = -1; round < rounds; round++) {
                for (Job job : jobs) {
                    for (int turn = 0; turn < 2; turn++) {
                        Thread.sleep(job.intra > 1 ? SPIN_MILLIS : 1);
                        boolean java = Math.floorMod(round + turn, 2) == 0;
                        double seconds;
                        if (java) {
                            Model model = models.get(job.intra);
                            if (model == null) {
                                model = Model.open(resnet, Model.Options.DEFAULT.intra(job.intra));
                                models.put(job.intra, model);
                            }
                            seconds = measure(model, job, pool);
                        } else {
                            seconds = python.seconds(job.question());
                        }
                        if (round >= 0) {
                            (java ? job.ours : job.peers)[round] = seconds;
                        }
                    }
                }
            }
        } finally {
            models.values().forEach(Model::close);
        }
        for (Job job : jobs) {
            add(report, job.name(), job.requests() * job.rows, job.ours, job.peers);
        }
    }

    private static double measure(Model model, Job job, ExecutorService pool)
            throws InterruptedException, ExecutionException {
        List<ModelCall> calls = new ArrayList<>();
        try {
            for (int i = 0; i < job.callers; i++) {
                ModelCall call = model.call(job.rows);
                calls.add(call);
                fill(call, job.rows, model.inputLength());
            }
            calls.getFirst().run(job.rows); // one to wake the threads
            long start = System.nanoTime();
            if (job.callers == 1) {
                for (int i = 0; i < job.requests(); i++) {
                    calls.getFirst().run(job.rows);
                }
            } else {
                List<Future<?>> all = new ArrayList<>();
                for (ModelCall call : calls) {
                    all.add(pool.submit(() -> {
                        for (int i = 0; i < job.requests() / job.callers; i++) {
                            call.run(job.rows);
                        }
                    }));
                }
                for (Future<?> one : all) {
                    one.get();
                }
            }
            return (System.nanoTime() - start) / 1e9;
        } finally {
            calls.forEach(ModelCall::close);
        }
    }

    private static void add(BenchReport report, String name, int images, double[] ours, double[] peers) {
        report.add(
                name,
                images / Estimate.median(ours, "s").value(),
                images / Estimate.median(peers, "s").value(),
                "1/s",
                Estimate.ratio(peers, ours),
                1);
    }

    /** What a worker does: loads the model, once, and runs it. The number of its process. */
    static long inWorker(String file, boolean shared) throws IOException {
        Model model = Worker.get("resnet", () -> Model.open(Path.of(file), Model.Options.DEFAULT.shared(shared)));
        float[] image = Worker.get("image", () -> new float[model.inputLength()]);
        model.run(image);
        return ProcessHandle.current().pid();
    }

    private static void workers(
            Path resnet, boolean shared, ScriptPeer python, int rounds, BenchReport report, List<String> notes)
            throws Exception {
        String name = shared ? "resnet50-shared.onnx" : "resnet50.onnx";
        String file = resnet.resolveSibling(name).toString();
        double[] ours = new double[rounds];
        double[] peers = new double[rounds];
        double[] ourMemory = new double[1];
        double[] peersMemory = new double[1];
        // A heap for one image at a time: what the model needs lies outside.
        try (ProcessPool pool = ProcessPool.builder()
                .workers(WORKERS)
                .jvmOptions("-Xmx48m", "-XX:+UseSerialGC")
                .build()) {
            everywhere(pool, file, shared);
            double started = python.seconds("start " + name + " " + shared);
            for (int round = -1; round < rounds; round++) {
                for (int turn = 0; turn < 2; turn++) {
                    boolean java = Math.floorMod(round + turn, 2) == 0;
                    double seconds = java ? inWorkers(pool, file, shared) : python.seconds("workers " + IMAGES);
                    if (round >= 0) {
                        (java ? ours : peers)[round] = seconds;
                    }
                }
            }
            ourMemory[0] = everywhere(pool, file, shared);
            peersMemory[0] = python.seconds("memory");
            python.ask("stop");
            notes.add(String.format(Locale.ROOT, "Python's two workers had loaded %s after %.2f s", name, started));
        }
        String label = shared ? "shared weights" : "own weights";
        add(report, "ResNet-50, 2 worker processes, " + label, IMAGES, ours, peers);
        if (ourMemory[0] > 0 && peersMemory[0] > 0) {
            report.add(
                    "memory (PSS) of a worker, " + label,
                    ourMemory[0] / 1e6,
                    peersMemory[0] / 1e6,
                    "MB",
                    Estimate.exact(peersMemory[0] / ourMemory[0], ""),
                    0);
        }
    }

    private static double inWorkers(ProcessPool pool, String file, boolean shared) throws Exception {
        long start = System.nanoTime();
        for (Future<Long> one : submit(pool, file, shared, IMAGES)) {
            one.get();
        }
        return (System.nanoTime() - start) / 1e9;
    }

    /** Asks until every worker has answered; the mean of their memory in bytes. */
    private static double everywhere(ProcessPool pool, String file, boolean shared) throws Exception {
        Set<Long> seen = new HashSet<>();
        while (seen.size() < WORKERS) {
            for (Future<Long> one : submit(pool, file, shared, 2 * WORKERS)) {
                seen.add(one.get());
            }
        }
        long sum = 0;
        for (long pid : seen) {
            sum += ProcessMemory.of(pid).map(ProcessMemory::proportionalBytes).orElse(0L);
        }
        return (double) sum / WORKERS;
    }

    private static List<Future<Long>> submit(ProcessPool pool, String file, boolean shared, int count) {
        List<Future<Long>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(pool.submit((ProcessPool.Job<Long>) () -> inWorker(file, shared)));
        }
        return all;
    }
}
