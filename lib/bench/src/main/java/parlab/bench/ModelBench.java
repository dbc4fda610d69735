package parlab.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import parlab.models.Model;
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
    private static final int WARM_UP_ROUNDS = 2;
    /** For so long a session's threads look for more work after a run, on a core that is not free then. */
    private static final int SPIN_MILLIS = 100;

    private static final Duration LIMIT = Duration.ofMinutes(4); // of a part; they take half a minute each

    private final Path digits;
    private final Path resnet;
    private final List<String> peer;
    private final int rounds;
    private final BenchReport report;

    private ModelBench(String[] args, BenchReport report) {
        digits = Path.of(args[1]);
        resnet = Path.of(args[2]);
        peer = List.of(args[3], args[4], args[5], args[1], args[2]);
        rounds = args.length > 6 ? Integer.parseInt(args[6]) : ROUNDS;
        this.report = report;
    }

    /** What is measured with a peer of its own. */
    @FunctionalInterface
    private interface Measurement {
        void with(ScriptPeer python) throws Exception;
    }

    /** A job on ResNet-50 in this process. */
    private record Job(int intra, int callers, int rows) {
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

    public static void main(String[] args) throws Exception {
        BenchReport report =
                new BenchReport("The model worker against Python's ONNX Runtime, medians of rounds", Path.of(args[0]));
        ModelBench bench = new ModelBench(args, report);
        bench.part("calls of the small model", bench::calls);
        List<Job> jobs = new ArrayList<>();
        for (int intra = 1; intra <= Math.min(2, Runtime.getRuntime().availableProcessors()); intra++) {
            jobs.add(new Job(intra, 1, 1));
            jobs.add(new Job(intra, 1, 8));
        }
        jobs.add(new Job(1, 2, 1));
        for (Job job : jobs) {
            bench.part(job.name(), python -> bench.images(job, python));
        }
        for (boolean shared : new boolean[] {false, true}) {
            bench.part(
                    "workers with " + (shared ? "shared" : "own") + " weights",
                    python -> bench.workers(shared, python));
        }
        report.end();
    }

    private void part(String name, Measurement measurement) throws InterruptedException {
        report.part(name, LIMIT, () -> {
            try (ScriptPeer python = new ScriptPeer(peer)) {
                measurement.with(python);
            }
        });
    }

    /**
     * Calls with an array in and an array out, against each of Python's two ways: the array for each call that everybody
     * writes, and buffers that are bound to the session once, for which ONNX Runtime's Java interface has nothing.
     */
    private void calls(ScriptPeer python) throws Exception {
        System.out.println(
                "ONNX Runtime " + Model.runtimeVersion() + ", Java " + Runtime.version() + "; " + python.ask("about"));
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long[] allocated = new long[1];
        try (Model model = Model.open(digits)) {
            float[] image = request(model, 1);
            Map<String, double[]> seconds = new Rounds()
                    .add("ours", () -> {
                        long before = threads.getCurrentThreadAllocatedBytes();
                        double taken = callMany(model, image, CALLS);
                        allocated[0] = threads.getCurrentThreadAllocatedBytes() - before;
                        return taken;
                    })
                    .add("run", () -> python.seconds("calls run " + CALLS))
                    .add("binding", () -> python.seconds("calls binding " + CALLS))
                    .run(WARM_UP_ROUNDS, rounds);
            for (String way : List.of("run", "binding")) {
                report.addTime(
                        "digits, one image, against Python's " + way,
                        1e6 / CALLS,
                        "us",
                        seconds.get("ours"),
                        seconds.get(way),
                        way.equals("run") ? 1 : 0);
            }
        }
        System.out.println("A call of the small model allocates " + allocated[0] / CALLS + " bytes");
    }

    private static double callMany(Model model, float[] request, int count) {
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            model.run(request);
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private static float[] request(Model model, int rows) {
        Random random = new Random(1);
        float[] request = new float[rows * model.inputLength()];
        for (int i = 0; i < request.length; i++) {
            request[i] = random.nextFloat();
        }
        return request;
    }

    private void images(Job job, ScriptPeer python) throws Exception {
        try (Model model = Model.open(resnet, Model.Options.DEFAULT.intra(job.intra));
                ExecutorService pool = Executors.newFixedThreadPool(job.callers)) {
            float[] request = request(model, job.rows);
            Map<String, double[]> seconds = new Rounds()
                    .add("ours", () -> measure(model, request, job, pool))
                    .add("peer", () -> {
                        rest(job);
                        return python.seconds(job.question());
                    })
                    .run(1, rounds);
            addRate(job.name(), job.requests() * job.rows, seconds);
        }
    }

    private static void rest(Job job) throws InterruptedException {
        Thread.sleep(job.intra > 1 ? SPIN_MILLIS : 1);
    }

    private static double measure(Model model, float[] request, Job job, ExecutorService pool) throws Exception {
        rest(job);
        model.run(request); // one to wake the threads
        if (job.callers == 1) {
            return callMany(model, request, job.requests());
        }
        long start = System.nanoTime();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < job.callers; i++) {
            all.add(pool.submit(() -> callMany(model, request, job.requests() / job.callers)));
        }
        for (Future<?> one : all) {
            one.get();
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private void addRate(String name, int images, Map<String, double[]> seconds) {
        report.addRate(name, images, "1/s", seconds.get("ours"), seconds.get("peer"), 1);
    }

    /** What a worker does: loads the model, once, and runs it. The number of its process. */
    static long inWorker(String file, boolean shared) throws IOException {
        Model model = Worker.get("resnet", () -> Model.open(Path.of(file), Model.Options.DEFAULT.shared(shared)));
        float[] image = Worker.get("image", () -> new float[model.inputLength()]);
        model.run(image);
        return ProcessHandle.current().pid();
    }

    private void workers(boolean shared, ScriptPeer python) throws Exception {
        String name = shared ? "resnet50-shared.onnx" : "resnet50.onnx";
        String label = shared ? "shared weights" : "own weights";
        String file = resnet.resolveSibling(name).toString();
        // A heap for one image at a time: what the model needs lies outside.
        try (ProcessPool pool = ProcessPool.builder()
                .workers(WORKERS)
                .jvmOptions("-Xmx48m", "-XX:+UseSerialGC")
                .build()) {
            everywhere(pool, file, shared);
            double started = python.seconds("start " + name + " " + shared);
            System.out.printf(Locale.ROOT, "Python's two workers had loaded %s after %.2f s%n", name, started);
            Map<String, double[]> seconds = new Rounds()
                    .add("ours", () -> inWorkers(pool, file, shared))
                    .add("peer", () -> python.seconds("workers " + IMAGES))
                    .run(1, rounds);
            addRate("ResNet-50, 2 worker processes, " + label, IMAGES, seconds);
            double ours = everywhere(pool, file, shared);
            double theirs = python.seconds("memory");
            python.ask("stop");
            if (ours > 0 && theirs > 0) {
                report.add(
                        "memory (PSS) of a worker, " + label,
                        ours / 1e6,
                        theirs / 1e6,
                        "MB",
                        Estimate.exact(theirs / ours, ""),
                        0);
            }
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
