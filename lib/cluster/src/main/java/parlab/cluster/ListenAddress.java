package parlab.cluster;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Where a member listens. */
record ListenAddress(String host, int port) {
    static final int DEFAULT_PORT = 5701;

    private static final int UNIQUE_LOCAL = 0xfc;
    private static final int UNIQUE_LOCAL_MASK = 0xfe;

    /**
     * Reads {@code host} or {@code host:port}. Anybody who reaches a member can run code there, and so an address that
     * the whole world might reach is refused, unless it was named a second time.
     *
     * @param text such as {@code 10.0.0.4:5701} or {@code [fd00::4]:5701}; without a port 5701
     * @param confirmed the addresses that were named a second time
     * @throws IllegalArgumentException if it is no address, or a public one that was not confirmed
     */
    static ListenAddress parse(String text, List<String> confirmed) {
        int colon = text.lastIndexOf(':');
        boolean hasPort = colon > 0 && (text.charAt(colon - 1) == ']' || text.indexOf(':') == colon);
        String host = (hasPort ? text.substring(0, colon) : text).replaceAll("[\\[\\]]", "");
        try {
            int port = hasPort ? Integer.parseInt(text.substring(colon + 1)) : DEFAULT_PORT;
            InetAddress address = InetAddress.getByName(host);
            if (!isPrivate(address) && !confirmed.contains(host)) {
                throw new IllegalArgumentException(host + " can be reached from outside this network, and who reaches a"
                        + " member can run code on its machine: there is no login and no encryption. Listen on an address"
                        + " of a private network, through SSH or WireGuard. If you know better, say it twice:"
                        + " --listen " + text + " --public " + host);
            }
            return new ListenAddress(address.getHostAddress(), port);
        } catch (UnknownHostException | NumberFormatException e) {
            throw new IllegalArgumentException("no address to listen on: " + text, e);
        }
    }

    private static boolean isPrivate(InetAddress address) {
        return address.isLoopbackAddress()
                || address.isSiteLocalAddress()
                || address.isLinkLocalAddress()
                || (address instanceof Inet6Address && (address.getAddress()[0] & UNIQUE_LOCAL_MASK) == UNIQUE_LOCAL);
    }
}
