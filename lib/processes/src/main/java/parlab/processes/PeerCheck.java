package parlab.processes;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;

/**
 * Asks the system who is at the other end of a Unix domain socket. Where the JVM was started without the module that can
 * ask, as plain JShell's local execution is, the folder's permissions and the worker's secret must do.
 */
final class PeerCheck {
    private PeerCheck() {}

    static boolean isSameUser(SocketChannel channel, String owner) throws IOException {
        return ModuleLayer.boot().findModule("jdk.net").isEmpty() || Asking.isSameUser(channel, owner);
    }

    /** A class of its own, so that it is linked only where the module is there. */
    private static final class Asking {
        static boolean isSameUser(SocketChannel channel, String owner) throws IOException {
            return !channel.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)
                    || channel.getOption(ExtendedSocketOptions.SO_PEERCRED)
                            .user()
                            .getName()
                            .equals(owner);
        }
    }
}
