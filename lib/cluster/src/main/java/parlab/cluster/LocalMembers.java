package parlab.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import parlab.processes.WorkerCommand;
import parlab.system.OutputTail;

/** Members on this machine, as child processes that end with this one. Thread-safe. */
final class LocalMembers {
    private static final String HOST = "127.0.0.1";
    private static final int START_SECONDS = 60;
    private static final int MOST_STARTS_FAILED = 3;
    private static final int TAIL_CHARS = 4000;

    /** A member's process. */
    private static final class Child {
        final Process process;
        final OutputTail errors;
        final OutputTail output;
        final CompletableFuture<String> address = new CompletableFuture<>();

        Child(Process process, String name, Consumer<String> notes) {
            this.process = process;
            errors = new OutputTail(
                    process.getErrorStream(), TAIL_CHARS, line -> notes.accept("[" + name + "] " + line));
            output = new OutputTail(process.getInputStream(), TAIL_CHARS, line -> {
                if (line.startsWith(Member.READY)) {
                    address.complete(line.substring(Member.READY.length()));
                }
            });
            var unused = process.onExit().thenRun(() -> address.completeExceptionally(new IOException("it has ended")));
        }

        /** Closes what is open of a process that has ended. */
        void release() {
            errors.close();
            output.close();
            try {
                process.getOutputStream().close();
            } catch (IOException e) {
                // A pipe to a process that has ended: there is nothing to lose.
                return;
            }
        }
    }

    private final String cluster;
    private final WorkerCommandFactory commands;
    private final Consumer<String> notes;
    private final Consumer<Throwable> broken;
    // Guarded by this.
    private final List<Child> children = new ArrayList<>();
    private int started;
    private int startsFailed;
    private boolean closed;

    /** Makes the command of a member with these arguments. */
    @FunctionalInterface
    interface WorkerCommandFactory {
        WorkerCommand with(String... arguments);
    }

    /**
     * @param cluster its name
     * @param broken told when members do not start any more
     */
    LocalMembers(String cluster, WorkerCommandFactory commands, Consumer<String> notes, Consumer<Throwable> broken) {
        this.cluster = cluster;
        this.commands = commands;
        this.notes = notes;
        this.broken = broken;
    }

    /**
     * Starts members beside each other, and waits for them; the first ever alone, for the others to join it.
     *
     * @throws IllegalStateException if one does not start
     */
    List<String> start(int count) {
        List<Child> fresh = new ArrayList<>();
        List<String> addresses = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                fresh.add(startOne(HOST + ":0"));
                if (i == 0) {
                    addresses.add(await(fresh.getFirst()));
                }
            }
            for (Child child : fresh.subList(1, count)) {
                addresses.add(await(child));
            }
            return addresses;
        } catch (IOException e) {
            close();
            throw new IllegalStateException("a member of the cluster could not be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the cluster started", e);
        }
    }

    private static String await(Child child) throws IOException, InterruptedException {
        try {
            return child.address.get(START_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            child.process.destroyForcibly();
            child.errors.awaitEnd(Duration.ofSeconds(1));
            throw new IOException(e.getMessage() + " " + child.errors.text(), e);
        }
    }

    /** Starts a member, at a free port or in another one's place. */
    private synchronized Child startOne(String listen) throws IOException {
        if (closed) {
            throw new IOException("the cluster was closed");
        }
        List<String> others = children.stream()
                .filter(child -> child.process.isAlive())
                .map(child -> child.address.getNow(""))
                .filter(address -> !address.isEmpty())
                .toList();
        String name = "member-" + ++started;
        List<String> arguments = new ArrayList<>(List.of("--child", name, "--listen", listen));
        if (!others.isEmpty()) {
            arguments.addAll(List.of("--join", String.join(",", others)));
        }
        Process process =
                commands.with(arguments.toArray(String[]::new)).builder().start();
        Child child = new Child(process, name, notes);
        children.add(child);
        // Its input stays open: that it ends tells the member that this process has.
        process.getOutputStream().write((cluster + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        var unused = process.onExit().thenRun(() -> ended(child));
        return child;
    }

    /** Another one takes the place of a member that has ended by itself. */
    private void ended(Child child) {
        synchronized (this) {
            children.remove(child);
            if (closed) {
                return;
            }
            child.release();
            String address = child.address.isCompletedExceptionally() ? "" : child.address.getNow("");
            startsFailed = address.isEmpty() ? startsFailed + 1 : 0;
            if (startsFailed < MOST_STARTS_FAILED) {
                try {
                    // A driver whose members have all died at once looks for the next ones where these were.
                    startOne(address.isEmpty() ? HOST + ":0" : address);
                    return;
                } catch (IOException e) {
                    child.address.completeExceptionally(e);
                }
            }
        }
        broken.accept(new IllegalStateException("members do not start: " + child.errors.text()));
    }

    /** Ends all members, and waits until they have ended. */
    void close() {
        List<Child> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(children);
        }
        all.forEach(child -> child.process.destroyForcibly());
        for (Child child : all) {
            child.process.onExit().join();
            child.release();
        }
    }
}
