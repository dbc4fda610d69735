package parlab.pipelines;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Images for tests: those that the server sends, from the same file. */
final class Samples {
    static final int COUNT = 60;
    static final Path FOLDER = Path.of("target", "images");

    private Samples() {}

    /** A server of these images. */
    static ImageServer server(long latencyMillis, long bytesPerSecond) {
        return ImageServer.start(new ServerMain.Settings(FOLDER, COUNT, latencyMillis, bytesPerSecond));
    }

    /** Each decoder that this machine has. */
    static List<Decoder> decoders() {
        return Stream.of(Decoder.values()).filter(d -> d.obstacle().isEmpty()).toList();
    }

    static byte[] jpeg(int n) {
        return Holder.SET.image(n);
    }

    static byte[] thumbnail(int n) {
        return Holder.SET.thumbnail(n);
    }

    private static final class Holder {
        static final ImageSet SET;

        static {
            try {
                SET = ImageSet.in(FOLDER, COUNT, 5);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
