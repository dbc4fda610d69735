"""What lesson 01 measures on the JVM, measured on CPython.

Usage: lock_contention.py EXPERIMENT [options], where EXPERIMENT is a function of this file below.
Prints a JSON line for each round of each way, with the columns of the JVM's side; the lesson does the statistics.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from parlab_twin import SUBINTERPRETERS, count, emit, one_blas_thread, side, steps_for, thread_pool

DEVICE_SECONDS = 0.0001  # what one request to the convoy's "device" takes
GAP_SECONDS = 0.001  # a pause in a busy loop that is longer than this was spent waiting

Way = tuple[str, Callable[[], object]]


def timed(body: Callable[[], object]) -> tuple[float, float]:
    """Wall seconds of a call, and the cores that all threads of this process together kept busy meanwhile."""
    wall, cpu = time.perf_counter(), time.process_time()
    body()
    seconds = time.perf_counter() - wall
    return seconds, (time.process_time() - cpu) / seconds


def in_turns(number: int, things: Sequence[Any]) -> Iterable[Any]:
    """Forth in odd rounds and back in even ones, so that a busy moment of the machine hits all alike."""
    return things if number % 2 else reversed(things)


def on_threads(threads: int, tasks: Sequence[Callable[[], object]]) -> None:
    with thread_pool(threads) as pool:
        for future in [pool.submit(task) for task in tasks]:
            future.result()


def serially(tasks: Sequence[Callable[[], object]]) -> None:
    for task in tasks:
        task()


def emit_bar(worker: int, task: str, start: float, end: float, waits_for: str = "") -> None:
    times = {"start (s)": start, "end (s)": end, "waits for": waits_for}
    emit(kind="bar", worker=f"thread-{worker}", task=task, **times)


def timeline(options: argparse.Namespace) -> None:
    """How many tasks were begun and not ended, and how many cores were busy; each task's start and end in one round."""
    steps = steps_for(options.seconds)

    def task(k: int, bars: list[tuple[int, str, float, float]], origin: float) -> None:
        start = time.perf_counter() - origin
        count(steps)
        end = time.perf_counter() - origin
        worker = int(threading.current_thread().name.rpartition("_")[2]) + 1
        bars.append((worker, f"task {k}", start, end))

    for number in range(1, options.rounds + 1):
        bars: list[tuple[int, str, float, float]] = []
        origin = time.perf_counter()
        tasks = [partial(task, k, bars, origin) for k in range(1, options.tasks + 1)]
        seconds, cores = timed(partial(on_threads, options.threads, tasks))
        makespan = max(end for *_, end in bars) - min(start for _, _, start, _ in bars)
        bars_open = sum(end - start for _, _, start, end in bars) / makespan
        emit(way="threads", round=number, seconds=seconds, cores=cores, **{"bars open": bars_open})
        if number == 1:
            for bar in bars:
                emit_bar(*bar)


def pools(options: argparse.Namespace) -> None:
    """The same tasks serially and on threads."""
    steps = steps_for(options.seconds)
    tasks = [partial(count, steps)] * options.tasks
    ways: list[Way] = [("serial", lambda: serially(tasks)), ("threads", lambda: on_threads(options.threads, tasks))]
    for number in range(1, options.rounds + 1):
        for name, body in in_turns(number, ways):
            seconds, cores = timed(body)
            emit(way=name, round=number, seconds=seconds, cores=cores)


def one_core(options: argparse.Namespace) -> None:
    """`pools` with the whole process on one processor; only where the system lets a process choose, as Linux does."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    pools(options)


def pauses(seconds: float, threads: int) -> list[tuple[float, float, list[tuple[float, float]]]]:
    """Runs busy threads side by side; for each, its start and end, and its pauses of more than 1 ms."""
    ran: list[tuple[float, float, list[tuple[float, float]]]] = []
    end = 0.0

    def begin() -> None:
        nonlocal end
        end = time.perf_counter() + seconds

    ready = threading.Barrier(threads, action=begin)
    origin = time.perf_counter()

    def busy() -> None:
        ready.wait()
        waits: list[tuple[float, float]] = []
        start = last = time.perf_counter()
        while last < end:
            count(200)
            now = time.perf_counter()
            if now - last > GAP_SECONDS:
                waits.append((last - origin, now - origin))
            last = now
        ran.append((start - origin, last - origin, waits))

    on_threads(threads, [busy] * threads)
    return ran


def slices(options: argparse.Namespace) -> None:
    """How often a second one of some busy threads had to stop; in one round, when."""
    emit(kind="setting", **{"switch_interval (ms)": 1000 * sys.getswitchinterval()})
    for number in range(1, options.rounds + 1):
        ran = pauses(options.seconds, options.threads)
        stops = sum(len(waits) for _, _, waits in ran)
        emit(way="threads", round=number, **{"hand-overs/s": stops / options.seconds})
        if number == 1:
            for worker, (start, end, waits) in enumerate(ran, start=1):
                emit_bar(worker, "busy", start, end)
                for since, until in waits:
                    emit_bar(worker, "busy", since, until, "its turn")


def intervals(options: argparse.Namespace) -> None:
    """Busy threads for each switch interval, which is given in milliseconds."""
    before = sys.getswitchinterval()
    for number in range(1, options.rounds + 1):
        order = list(options.intervals)
        random.Random(number).shuffle(order)
        for interval in order:
            sys.setswitchinterval(interval / 1000)
            window = throughput(options.threads, options.seconds)
            emit(way="threads", round=number, **{"interval (ms)": interval}, **window)
    sys.setswitchinterval(before)


def threads(options: argparse.Namespace) -> None:
    """Each of several numbers of busy threads."""
    for number in range(1, options.rounds + 1):
        for k in in_turns(number, options.counts):
            emit(way="threads", round=number, threads=k, **throughput(k, options.seconds))


def throughput(threads: int, seconds: float) -> dict[str, float]:
    """What busy threads get done in a window: all together, how fairly, and the longest time that one stood still."""
    done = [0] * threads
    longest = [0.0] * threads
    end = 0.0

    def begin() -> None:  # one end for all: a thread that gets the lock late must not run on alone
        nonlocal end
        end = time.perf_counter() + seconds

    ready = threading.Barrier(threads, action=begin)

    def busy(number: int) -> None:
        ready.wait()
        now = time.perf_counter()
        while True:
            last = now
            count(200)
            now = time.perf_counter()
            done[number] += 1
            longest[number] = max(longest[number], now - last)
            if now >= end:
                break

    on_threads(threads, [partial(busy, k) for k in range(threads)])
    jain = sum(done) ** 2 / (threads * sum(x * x for x in done))  # Jain's index: 1 when all got the same
    return {"rounds/s": sum(done) / seconds, "fairness": jain, "pause (ms)": 1000 * max(longest)}


def convoy(options: argparse.Namespace) -> None:
    """How often a thread that waits 0.1 ms for "a device" gets to it, alone and beside busy threads."""
    for number in range(1, options.rounds + 1):
        for busy in in_turns(number, options.counts):
            rate = requests(busy, options.seconds)
            emit(way="threads", round=number, beside=f"{busy} busy", **{"requests/s": rate})


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
            time.sleep(DEVICE_SECONDS)  # a lock, if there is one, is released meanwhile, as around every blocking call
            done += 1
            now = time.perf_counter()
        return done / (now - start)
    finally:
        stop.set()
        serially([worker.join for worker in workers])


class Counter:
    """Something that threads count on, without a lock of its own."""

    def __init__(self) -> None:
        self.value = 0


def lost(options: argparse.Namespace) -> None:
    """How many increments are lost when several threads count on one counter."""
    for number in range(1, options.rounds + 1):
        counter = Counter()
        ready = threading.Barrier(options.threads)

        def add(counter: Counter = counter, ready: threading.Barrier = ready) -> None:
            ready.wait()
            for _ in range(options.steps):
                counter.value += 1

        on_threads(options.threads, [add] * options.threads)
        percent = 100 * (1 - counter.value / (options.threads * options.steps))
        emit(way="x += 1", round=number, **{"lost (%)": percent})


def one_thread(options: argparse.Namespace) -> None:
    """What a step of the loop costs one thread; the same number of steps on every side."""
    for number in range(1, options.rounds + 1):
        seconds, _ = timed(partial(count, options.steps))
        emit(way="one thread", round=number, **{"ns/step": 1e9 * seconds / options.steps})


def inference(options: argparse.Namespace) -> None:
    """The article's inference, x(1 x 3072) times W(3072 x 1000) drawn anew each time, taken apart.

    With `one generator for all`, every thread draws W from NumPy's global one, as the article does; or each thread has
    its own; or W is drawn once, beforehand, so that the product alone is left.
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

    ways: list[Way] = [
        ("one generator for all", shared),
        ("one for each thread", own),
        ("product alone", product),
    ]
    for _, body in ways:
        body()
    for number in range(1, options.rounds + 1):
        for name, body in in_turns(number, ways):
            # The product alone is some twenty times shorter: repeat it, so that a thread's start does not count.
            tasks = [body] * (options.tasks * (20 if body is product else 1))
            for k in in_turns(number, (1, options.threads)):
                seconds, cores = timed(partial(on_threads, k, tasks))
                each = 1000 * seconds / len(tasks)
                emit(way=name, round=number, threads=k, seconds=seconds, cores=cores, **{"each (ms)": each})


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
        "lost": lost,
        "one_thread": one_thread,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=list(experiments))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tasks", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=0.1, help="length of one task or window")
    parser.add_argument("--steps", type=int, default=500_000, help="steps of a thread's loop")
    parser.add_argument("--intervals", type=float, nargs="*", default=[], help="switch intervals in milliseconds")
    parser.add_argument("--counts", type=int, nargs="*", default=[1, 2, 4], help="numbers of threads")
    options = parser.parse_args()
    if side() != SUBINTERPRETERS or options.experiment == "pools":  # others share what no other interpreter sees
        experiments[options.experiment](options)


if __name__ == "__main__":
    main()
