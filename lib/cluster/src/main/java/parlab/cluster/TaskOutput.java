package parlab.cluster;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Takes what tasks print, so that it goes back with their answers; what comes between tasks is the member's own. */
final class TaskOutput extends OutputStream {
    private static final int MOST_BYTES = 64 << 10;

    private final OutputStream own = new FileOutputStream(FileDescriptor.err);
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean inTask;
    private long lost;

    /** Takes the place of both standard streams. */
    static TaskOutput install() {
        TaskOutput output = new TaskOutput();
        PrintStream stream = new PrintStream(output, true, StandardCharsets.UTF_8);
        System.setOut(stream);
        System.setErr(stream);
        return output;
    }

    synchronized void begin() {
        inTask = true;
    }

    /** Returns what was printed since the task began. */
    synchronized String end() {
        inTask = false;
        String text = bytes.toString(StandardCharsets.UTF_8)
                + (lost == 0 ? "" : "\n... and " + lost + " more bytes of output\n");
        bytes.reset();
        lost = 0;
        return text;
    }

    @Override
    public synchronized void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] from, int offset, int length) throws IOException {
        if (!inTask) {
            own.write(from, offset, length);
            return;
        }
        int room = Math.min(length, MOST_BYTES - bytes.size());
        bytes.write(from, offset, room);
        lost += length - room;
    }
}
