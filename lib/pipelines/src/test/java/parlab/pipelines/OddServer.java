package parlab.pipelines;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that says what no server should: for each path the bytes of an answer, after which it closes the connection. */
final class OddServer implements AutoCloseable {
    private final ServerSocket socket;
    private final Map<String, byte[]> answers;
    private final AtomicInteger open = new AtomicInteger();

    /** The answers by path; a query counts as part of the path. */
    OddServer(Map<String, byte[]> answers) {
        this.answers = answers;
        try {
            socket = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** An answer with these lines in front of a body. */
    static byte[] answer(String head, byte... body) {
        byte[] first = (head.replace("\n", "\r\n") + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = Arrays.copyOf(first, first.length + body.length);
        System.arraycopy(body, 0, all, first.length, body.length);
        return all;
    }

    /** An image, or something that is said to be one. */
    static byte[] image(byte... body) {
        return answer("HTTP/1.1 200 OK\nContent-Type: image/jpeg\nContent-Length: " + body.length, body);
    }

    URI address(String path) {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort() + path);
    }

    int open() {
        return open.get();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                open.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            InputStream in = connection.getInputStream();
            StringBuilder request = new StringBuilder();
            for (int b = in.read(); b >= 0 && request.indexOf("\r\n\r\n") < 0; b = in.read()) {
                request.append((char) b);
                if (request.toString().endsWith("\r\n\r\n")) {
                    break;
                }
            }
            String[] words = request.toString().split(" ", 3);
            byte[] answer = words.length < 2 ? null : answers.get(words[1]);
            connection.getOutputStream().write(answer == null ? answer("HTTP/1.1 404 Not Found") : answer);
        } catch (IOException e) {
            // the client has gone
        } finally {
            open.decrementAndGet();
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
