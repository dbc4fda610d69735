#!/bin/sh
# Two members in network namespaces ("rooms") with 0.2 ms and 1 Gbit/s between them, a driver beside the first, and a link
# that is cut for ten seconds in the middle of the work. For root on Linux; from the clone, after `make setup`.
# Environment: PARLAB_JAVA (the java to use).
set -eu
cd "$(dirname "$0")/../.."
java=${PARLAB_JAVA:-java}
a=parlab-a-$$ b=parlab-b-$$
members=""

clean() {
    for pid in $members; do kill -9 "$pid" 2>/dev/null || true; done
    ip netns delete "$a" 2>/dev/null || true
    ip netns delete "$b" 2>/dev/null || true
}
trap clean EXIT
trap 'exit 1' INT TERM

ip netns add "$a"
ip netns add "$b"
ip link add veth-a netns "$a" type veth peer name veth-b netns "$b"
for room in a b; do
    eval "namespace=\$$room"
    ip -n "$namespace" link set lo up
    ip -n "$namespace" link set "veth-$room" up
    # Half of the delay on the way there, half on the way back. A kernel without netem has the namespaces' own delay.
    tc -n "$namespace" qdisc add dev "veth-$room" root netem delay 100us rate 1gbit 2>/dev/null ||
        echo "no netem here: the link is as quick as this machine"
done
ip -n "$a" address add 10.77.0.1/24 dev veth-a
ip -n "$b" address add 10.77.0.2/24 dev veth-b

PARLAB_CLUSTER=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export PARLAB_CLUSTER
ip netns exec "$a" "$java" -Xmx150m -cp 'build/kernel/lib/*' parlab.cluster.Member --listen 10.77.0.1 --join 10.77.0.2 &
members="$members $!"
ip netns exec "$b" "$java" -Xmx150m -cp 'build/kernel/lib/*' parlab.cluster.Member --listen 10.77.0.2 --join 10.77.0.1 &
members="$members $!"

# The driver asks for the cut by a line, and goes on working.
mkfifo "/tmp/$a" && trap 'rm -f "/tmp/$a"; clean' EXIT
ip netns exec "$a" "$java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Xmx300m \
    -cp 'build/kernel/lib/*' tools/cluster/TwoRooms.java >"/tmp/$a" &
driver=$!
while IFS= read -r line; do
    echo "$line"
    if [ "$line" = "CUT" ]; then
        ip -n "$b" link set veth-b down
        (sleep 10 && ip -n "$b" link set veth-b up && ip -n "$b" address replace 10.77.0.2/24 dev veth-b && echo "the link is back") &
    fi
done <"/tmp/$a"
wait "$driver"
