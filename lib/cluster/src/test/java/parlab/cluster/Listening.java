package parlab.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The sockets on which processes listen, as Linux tells. */
final class Listening {
    private static final String LISTEN = "0A";
    private static final int INODE = 9;

    private Listening() {}

    /** The local addresses, in hexadecimal, of a process's listening TCP sockets, and of its bound UDP ones. */
    static List<String> sockets(long pid) {
        try {
            Set<String> inodes = new HashSet<>();
            try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fd"))) {
                for (Path descriptor : descriptors.toList()) {
                    String target = Files.isSymbolicLink(descriptor)
                            ? Files.readSymbolicLink(descriptor).toString()
                            : "";
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring(8, target.length() - 1));
                    }
                }
            }
            List<String> found = new ArrayList<>();
            for (String protocol : List.of("tcp", "tcp6", "udp", "udp6")) {
                Path table = Path.of("/proc/" + pid + "/net/" + protocol);
                if (!Files.exists(table)) {
                    continue;
                }
                for (String line : Files.readAllLines(table)) {
                    String[] words = line.strip().split("\\s+", -1);
                    boolean open = protocol.startsWith("udp") || words[3].equals(LISTEN);
                    if (open && inodes.contains(words[INODE])) {
                        found.add(words[1]);
                    }
                }
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** 127.0.0.1, also as an IPv6 socket writes it. */
    static boolean isLoopback(String address) {
        return address.matches("(0{16}FFFF0000)?0100007F:.*");
    }

    static boolean isZombie(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
        } catch (IOException e) {
            return true;
        }
    }
}
