"""What lesson 01 measures on the JVM, measured on CPython.

Usage: lock_contention.py EXPERIMENT [options], where EXPERIMENT is a function of this file below.
Prints its figures as JSON lines; every figure is a raw sample, the lesson does the statistics.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from parlab_twin import count, emit, one_blas_thread, steps_for

Bar = tuple[str, str, float, float]  # worker, task, start and end in seconds

DEVICE_SECONDS = 0.0001  # what one request to the convoy's "device" takes
GAP_SECONDS = 0.001  # a pause in a busy loop that is longer than this was spent waiting


def timed(body: Callable[[], object]) -> tuple[float, float]:
    """Wall seconds and CPU seconds of a call, all threads of this process together."""
    wall, cpu = time.perf_counter(), time.process_time()
    body()
    return time.perf_counter() - wall, time.process_time() - cpu


def on_threads(threads: int, tasks: Sequence[Callable[[], object]]) -> None:
    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(task) for task in tasks]:
            future.result()


def serially(tasks: Sequence[Callable[[], object]]) -> None:
    for task in tasks:
        task()


def timeline(options: argparse.Namespace) -> None:
    """Start and stop of every task on threads, and how many cores were busy meanwhile, round by round."""
    steps = steps_for(options.seconds)

    def task(k: int, bars: list[Bar], origin: float) -> None:
        start = time.perf_counter() - origin
        count(steps)
        end = time.perf_counter() - origin
        worker = int(threading.current_thread().name.rpartition("_")[2]) + 1
        bars.append((f"thread-{worker}", f"task {k}", start, end))

    for number in range(options.rounds):
        bars: list[Bar] = []
        origin = time.perf_counter()
        tasks = [partial(task, k, bars, origin) for k in range(1, options.tasks + 1)]
        wall, cpu = timed(partial(on_threads, options.threads, tasks))
        for bar in bars:
            emit_bar(number, *bar)
        emit(kind="round", round=number, cores=cpu / wall)


def emit_bar(number: int, worker: str, task: str, start: float, end: float) -> None:
    emit(kind="bar", round=number, worker=worker, task=task, start_seconds=start, end_seconds=end)


def pools(options: argparse.Namespace) -> None:
    """The same tasks serially and on threads, in alternation: wall time and CPU time."""
    steps = steps_for(options.seconds)
    tasks = [lambda: count(steps)] * options.tasks
    ways: list[tuple[str, Callable[[], object]]] = [
        ("serial", lambda: serially(tasks)),
        ("threads", lambda: on_threads(options.threads, tasks)),
    ]
    for number in range(options.rounds):
        for name, body in ways if number % 2 == 0 else reversed(ways):
            wall, cpu = timed(body)
            emit(round=number, pool=name, seconds=wall, cpu_seconds=cpu)


def one_core(options: argparse.Namespace) -> None:
    """`pools` with the whole process on one processor."""
    if not hasattr(os, "sched_setaffinity"):
        emit(pinned=False, why=f"{sys.platform} does not let a process choose its processor")
        return
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    emit(pinned=True)
    pools(options)


def stretches(seconds: float, threads: int) -> list[list[tuple[float, float]]]:
    """Runs busy threads side by side; for each, the stretches during which it really ran."""
    ran: list[list[tuple[float, float]]] = [[] for _ in range(threads)]
    end = 0.0

    def begin() -> None:
        nonlocal end
        end = time.perf_counter() + seconds

    ready = threading.Barrier(threads, action=begin)
    origin = time.perf_counter()

    def busy(number: int) -> None:
        ready.wait()
        mine = ran[number]
        start = last = time.perf_counter()
        while last < end:
            count(200)
            now = time.perf_counter()
            if now - last > GAP_SECONDS:
                mine.append((start - origin, last - origin))
                start = now
            last = now
        mine.append((start - origin, last - origin))

    workers = [threading.Thread(target=busy, args=(k,)) for k in range(threads)]
    serially([worker.start for worker in workers])
    serially([worker.join for worker in workers])
    return ran


def slices(options: argparse.Namespace) -> None:
    """How long a busy thread runs before another one has its turn."""
    emit(kind="setting", switch_interval_seconds=sys.getswitchinterval())
    for number in range(options.rounds):
        for worker, parts in enumerate(stretches(options.seconds, options.threads), start=1):
            for start, end in parts:
                emit_bar(number, f"thread-{worker}", "runs", start, end)


def intervals(options: argparse.Namespace) -> None:
    """Work done by all threads together, per second, for each switch interval; and how fairly."""
    before = sys.getswitchinterval()
    for number in range(options.rounds):
        order = list(options.intervals)
        random.Random(number).shuffle(order)
        for interval in order:
            sys.setswitchinterval(interval)
            rounds, waits = throughput(options.threads, options.seconds)
            emit(round=number, interval_seconds=interval, per_thread=rounds, longest_wait_seconds=max(waits))
    sys.setswitchinterval(before)


def threads(options: argparse.Namespace) -> None:
    """Work done by all threads together, per second, for each number of threads."""
    for number in range(options.rounds):
        for k in options.counts if number % 2 == 0 else reversed(options.counts):
            rounds, waits = throughput(k, options.seconds)
            emit(round=number, threads=k, per_thread=rounds, longest_wait_seconds=max(waits))


def throughput(threads: int, seconds: float) -> tuple[list[int], list[float]]:
    """Rounds of `count` that each of some busy threads got done, and its longest pause."""
    done = [0] * threads
    longest = [0.0] * threads
    end = 0.0

    def begin() -> None:  # one end for all: a thread that gets the lock late must not run on alone
        nonlocal end
        end = time.perf_counter() + seconds

    ready = threading.Barrier(threads, action=begin)

    def busy(number: int) -> None:
        ready.wait()
        last = time.perf_counter()
        while last < end:
            count(200)
            done[number] += 1
            now = time.perf_counter()
            longest[number] = max(longest[number], now - last)
            last = now

    on_threads(threads, [partial(busy, k) for k in range(threads)])
    return done, longest


def convoy(options: argparse.Namespace) -> None:
    """How often a thread that waits 0.1 ms for "a device" gets to it, alone and beside busy threads."""
    for number in range(options.rounds):
        for busy in options.counts if number % 2 == 0 else reversed(options.counts):
            emit(round=number, busy_threads=busy, requests_per_second=requests(busy, options.seconds))


def requests(busy_threads: int, seconds: float) -> float:
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            count(200)

    workers = [threading.Thread(target=busy) for _ in range(busy_threads)]
    serially([worker.start for worker in workers])
    try:
        done = 0
        start = now = time.perf_counter()
        while now < start + seconds:
            time.sleep(DEVICE_SECONDS)  # the lock is free for others meanwhile, as in every blocking call
            done += 1
            now = time.perf_counter()
        return done / (now - start)
    finally:
        stop.set()
        serially([worker.join for worker in workers])


def inference(options: argparse.Namespace) -> None:
    """The article's inference, x(1 x 3072) times W(3072 x 1000) drawn anew each time, taken apart.

    `shared`: every thread draws W from NumPy's global generator, as the article does. `own`: each has a
    generator of its own. `product`: W is drawn once, beforehand, so that the product alone is left.
    """
    one_blas_thread()  # here the threads are ours
    import numpy as np

    x = np.random.default_rng(1).random((1, 3072))
    ready_made = np.random.default_rng(2).random((3072, 1000))
    local = threading.local()

    def shared() -> object:
        return np.dot(x, np.random.rand(3072, 1000))

    def own() -> object:
        if not hasattr(local, "generator"):
            local.generator = np.random.RandomState(threading.get_ident() % 2**32)
        return np.dot(x, local.generator.rand(3072, 1000))

    def product() -> object:
        return np.dot(x, ready_made)

    ways: list[tuple[str, Callable[[], object]]] = [("shared", shared), ("own", own), ("product", product)]
    for _, body in ways:
        body()
    for number in range(options.rounds):
        for name, body in ways if number % 2 == 0 else reversed(ways):
            # The product alone is some twenty times shorter: repeat it, so that a thread's start does not count.
            tasks = [body] * (options.tasks * (20 if name == "product" else 1))
            for k in (1, options.threads) if number % 2 == 0 else (options.threads, 1):
                wall, cpu = timed(partial(on_threads, k, tasks))
                emit(round=number, way=name, threads=k, seconds_each=wall / len(tasks), cores=cpu / wall)


def main() -> None:
    experiments = {
        "timeline": timeline,
        "pools": pools,
        "one_core": one_core,
        "slices": slices,
        "intervals": intervals,
        "threads": threads,
        "convoy": convoy,
        "inference": inference,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=list(experiments))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tasks", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=0.1, help="length of one task or window")
    parser.add_argument("--intervals", type=float, nargs="*", default=[], help="switch intervals in seconds")
    parser.add_argument("--counts", type=int, nargs="*", default=[1, 2, 4], help="numbers of threads")
    options = parser.parse_args()
    experiments[options.experiment](options)


if __name__ == "__main__":
    main()
