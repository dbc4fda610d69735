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
import parlab.system.ChildJvm;
import parlab.system.OutputTail;

/** Members on this machine, as child processes that end with this one. Thread-safe. */
final class LocalMembers {
    private static final String ANY_PORT = "127.0.0.1:0";
    private static final int START_SECONDS = 60;
    private static final int MOST_STARTS_FAILED = 3;
    private static final int TAIL_CHARS = 4000;

    /** A member's process. */
    private static final class Child {
        final Process process;
        /** Whether a caller waits for it, and is told if it does not start. */
        final boolean awaited;

        private final String listen;
        final OutputTail errors;
        final OutputTail output;
        final CompletableFuture<String> address = new CompletableFuture<>();

        Child(Process process, String name, String listen, boolean awaited, Consumer<String> notes) {
            this.process = process;
            this.listen = listen;
            this.awaited = awaited;
            errors = new OutputTail(
                    process.getErrorStream(), TAIL_CHARS, line -> notes.accept("[" + name + "] " + line));
            output = new OutputTail(process.getInputStream(), TAIL_CHARS, line -> {
                if (line.startsWith(Member.READY)) {
                    address.complete(line.substring(Member.READY.length()));
                }
            });
        }

        boolean hasStarted() {
            return address.isDone() && !address.isCompletedExceptionally();
        }

        /** Where it listens, or will. */
        String place() {
            return hasStarted() ? address.join() : listen;
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
                fresh.add(startOne(ANY_PORT, true));
                if (i == 0) {
                    addresses.add(await(fresh.getFirst()));
                }
            }
            for (Child child : fresh.subList(1, count)) {
                addresses.add(await(child));
            }
            return addresses;
        } catch (IOException e) {
            end(fresh);
            throw new IllegalStateException("a member of the cluster could not be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            end(fresh);
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
    private synchronized Child startOne(String listen, boolean awaited) throws IOException {
        if (closed) {
            throw new IOException("the cluster was closed");
        }
        // Also of those that have just died, or start: members that die together are to find each other again.
        List<String> others = children.stream()
                .map(Child::place)
                .filter(place -> !place.equals(ANY_PORT))
                .toList();
        String name = "member-" + ++started;
        List<String> arguments = new ArrayList<>(List.of("--child", name, "--listen", listen));
        if (!others.isEmpty()) {
            arguments.addAll(List.of("--join", String.join(",", others)));
        }
        Process process =
                commands.with(arguments.toArray(String[]::new)).builder().start();
        Child child = new Child(process, name, listen, awaited, notes);
        children.add(child);
        // Its input stays open: that it ends tells the member that this process has.
        process.getOutputStream().write((cluster + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        Thread.ofPlatform().daemon().name("parlab-cluster-" + name).start(() -> {
            ChildJvm.awaitEnd(process);
            child.address.completeExceptionally(new IOException("it has ended"));
            ended(child);
        });
        return child;
    }

    /** Another one takes the place of a member that has ended by itself. */
    private void ended(Child child) {
        IOException failure = null;
        synchronized (this) {
            if (!children.remove(child) || closed) {
                return;
            }
            child.release();
            if (child.awaited && !child.hasStarted()) {
                return;
            }
            startsFailed = child.hasStarted() ? 0 : startsFailed + 1;
            if (startsFailed < MOST_STARTS_FAILED) {
                try {
                    // A driver whose members have all died at once looks for the next ones where these were.
                    startOne(child.hasStarted() ? child.place() : ANY_PORT, false);
                    return;
                } catch (IOException e) {
                    failure = e;
                }
            }
        }
        broken.accept(new IllegalStateException("members do not start: " + child.errors.text(), failure));
    }

    /** Ends all members, and waits until they have ended. */
    void close() {
        List<Child> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(children);
        }
        end(all);
    }

    /** Ends some, and lets no other ones take their places. */
    private void end(List<Child> all) {
        synchronized (this) {
            children.removeAll(all);
        }
        all.forEach(child -> child.process.destroyForcibly());
        for (Child child : all) {
            ChildJvm.awaitEnd(child.process);
            child.release();
        }
    }
}
