"""The peer of parlab's cluster: dask.distributed's LocalCluster, measured on command.

Usage: cluster_bench.py WORKERS. Reads lines "SCENARIO COUNT" from standard input and answers each with a number on a
line of standard output: the seconds that it took, or the bytes of a worker's memory. The cluster is warm, except in
"start". Each worker is a process with one thread, as a member is.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from dask.distributed import Client, LocalCluster

ARRAY = 1_000_000


def work(x: int) -> int:
    return x + 1


def work_all(some: list[int]) -> list[int]:
    return [work(x) for x in some]


def echo(array: Any) -> Any:
    return array


def resident() -> int:
    """The proportional set size of this process."""
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def make(workers: int) -> LocalCluster:
    return LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", silence_logs="ERROR"
    )


def connect(cluster: LocalCluster) -> Client:
    return Client(cluster)  # type: ignore[no-untyped-call]


def submit_and_wait(client: Any, count: int) -> None:
    for i in range(count):
        # Not pure: a pure task's result would be remembered.
        assert client.submit(work, i, pure=False).result() == i + 1


def all_submitted(client: Any, count: int) -> None:
    futures = client.map(work, range(count), pure=False)
    assert client.gather(futures) == [i + 1 for i in range(count)]


def batches(client: Any, count: int) -> None:
    parts = [list(range(i, min(i + 100, count))) for i in range(0, count, 100)]
    results = client.gather(client.map(work_all, parts, pure=False))
    assert sum(map(sum, results)) == count * (count + 1) // 2


def array_there_and_back(client: Any, count: int) -> None:
    array = np.arange(ARRAY, dtype=np.float64)
    for _ in range(count):
        assert client.submit(echo, array, pure=False).result()[ARRAY - 1] == ARRAY - 1


def start(workers: int) -> float:
    """The seconds from a new cluster to its first result. Its end is not among them, but is waited for."""
    begin = time.perf_counter()
    with make(workers) as cluster, connect(cluster) as client:
        assert client.submit(work, 1).result() == 2
        return time.perf_counter() - begin


def main() -> None:
    workers = int(sys.argv[1])
    scenarios: dict[str, Callable[[Any, int], None]] = {
        "submit_and_wait": submit_and_wait,
        "all_submitted": all_submitted,
        "batches": batches,
        "array": array_there_and_back,
    }
    with make(workers) as cluster, connect(cluster) as client:
        client.wait_for_workers(workers)
        for line in sys.stdin:
            scenario, count = line.split()
            begin = time.perf_counter()
            if scenario == "start":
                answer = start(workers)
            elif scenario == "memory":
                answer = float(np.mean(list(client.run(resident).values())))
            else:
                scenarios[scenario](client, int(count))
                answer = time.perf_counter() - begin
            print(answer, flush=True)


if __name__ == "__main__":
    main()
