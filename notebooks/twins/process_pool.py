"""What lesson 02 measures on the JVM, measured on CPython: concurrent.futures and multiprocessing.

Usage: process_pool.py EXPERIMENT [options], where EXPERIMENT is a function of this file below.
Prints a JSON line for each round of each way, with the columns and the ways' names of the JVM's side; the lesson does
the statistics. Pools use this interpreter's default way of starting processes unless an experiment says otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import multiprocessing
import os
import pickle
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import (
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
)
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

import journal_job
import start_methods
from parlab_twin import (
    NO_LOCK,
    SUBINTERPRETERS,
    count,
    emit,
    in_turns,
    one_blas_thread,
    side,
    steps_for,
    thread_pool,
    timed,
)


def nothing(x: object = None) -> object:
    return x


def processes(workers: int) -> ProcessPoolExecutor:
    """A pool whose workers have all started."""
    pool = ProcessPoolExecutor(workers)
    # An idle worker is used again before another one starts, so all of them must be busy at once.
    list(pool.map(time.sleep, [0.05] * workers))
    return pool


# ---- the same loop, serially, on threads, on processes


def bar(steps: int, task: int) -> tuple[str, int, float, float]:
    """One task, with when it ran. The clock is the machine's, the same in all processes."""
    start = time.monotonic()
    count(steps)
    return multiprocessing.current_process().name, task, start, time.monotonic()


def timeline(options: argparse.Namespace) -> None:
    steps = steps_for(options.seconds)
    with processes(options.workers) as pool:
        origin = time.monotonic()
        done = list(pool.map(partial(bar, steps), range(1, options.tasks + 1)))
    names = {name: f"process-{k}" for k, name in enumerate(sorted({name for name, *_ in done}), start=1)}
    for name, task, start, end in done:
        seconds = {"start (s)": start - origin, "end (s)": end - origin}
        emit(worker=names[name], task=f"task {task}", **seconds)


def loop(options: argparse.Namespace) -> None:
    """The counting loop, `tasks` times: serially, on threads, on processes that have started already."""
    steps = [steps_for(options.seconds)] * options.tasks
    with processes(options.workers) as procs, thread_pool(options.workers) as threads:
        in_turns(
            [
                ("serial", lambda: [count(n) for n in steps]),
                ("threads", lambda: list(threads.map(count, steps))),
                ("processes", lambda: list(procs.map(count, steps))),
            ],
            options.rounds,
        )


def infer(_: int) -> float:
    """The article's inference: x (1 x 3072) times W (3072 x 1000), W drawn anew each time. Returns CPU seconds."""
    import numpy as np

    start = time.process_time()
    x = np.ones((1, 3072))
    np.dot(x, np.random.rand(3072, 1000))
    return time.process_time() - start


def inference(options: argparse.Namespace) -> None:
    """Serially and on processes: wall seconds, and the cores that the tasks kept busy in their processes."""
    one_blas_thread()  # workers inherit the environment
    infer(0)  # what cannot be imported is told here: a worker's error does not say whose it is
    with processes(options.workers) as pool:
        # NumPy is imported, and BLAS started, in every worker before anything is timed.
        list(pool.map(infer, range(4 * options.workers)))
        ways: list[tuple[str, Callable[[], Iterable[float]]]] = [
            ("serial", lambda: map(infer, range(options.tasks))),
            ("processes", lambda: pool.map(infer, range(options.tasks))),
        ]
        for number in range(1, options.rounds + 1):
            for name, body in ways if number % 2 else reversed(ways):
                start = time.perf_counter()
                cpu = sum(body())
                seconds = time.perf_counter() - start
                emit(way=name, round=number, seconds=seconds, cores=cpu / seconds)


# ---- what a process costs


def start(options: argparse.Namespace) -> None:
    """From the request to the first result: a thread; a bare process by each method; a pool by each method.

    On the side of the subinterpreters, a pool of these.
    """
    for number in range(1, options.rounds + 1):
        if side() == SUBINTERPRETERS:
            emit_start("interpreter pool", number, first_result(lambda: thread_pool(options.workers)))
            continue
        emit_start("thread", number, timed(lambda: run_to_end(threading.Thread(target=nothing))))
        for method in multiprocessing.get_all_start_methods():
            context: BaseContext = multiprocessing.get_context(method)
            make: Callable[..., Any] = context.Process  # type: ignore[attr-defined]
            emit_start(method, number, timed(partial(run_process, make)))
            emit_start(f"{method} pool", number, first_result(partial(ProcessPoolExecutor, options.workers, context)))


def emit_start(way: str, number: int, seconds: float) -> None:
    emit(way=way, round=number, **{"start (ms)": 1000 * seconds})


def run_process(make: Callable[..., Any]) -> None:
    run_to_end(make(target=nothing))


def run_to_end(worker: Any) -> None:
    worker.start()
    worker.join()


def first_result(make: Callable[[], Executor]) -> float:
    begin = time.perf_counter()
    with make() as pool:
        pool.submit(nothing).result()
        return time.perf_counter() - begin


# ---- what a message costs


def echo_pipe(connection: Connection) -> None:
    """Sends back what comes, until None does."""
    while (message := connection.recv()) is not None:
        connection.send(message)


def echo_queue(source: Any, sink: Any) -> None:
    while (message := source.get()) is not None:
        sink.put(message)


def pipes(options: argparse.Namespace) -> None:
    """One small message there and back: through a pipe, through queues, through a pool."""
    context = multiprocessing.get_context()
    here, there = context.Pipe()
    to, back = context.Queue(), context.Queue()
    helpers = [context.Process(target=echo_pipe, args=(there,)), context.Process(target=echo_queue, args=(to, back))]
    for helper in helpers:
        helper.start()

    def by_pipe(k: int) -> object:
        here.send(k)
        return here.recv()

    def by_queue(k: int) -> object:
        to.put(k)
        return back.get()

    with processes(1) as pool:

        def by_pool(k: int) -> object:
            return pool.submit(nothing, k).result()

        ways: list[tuple[str, Callable[[int], object]]] = [("pipe", by_pipe), ("queue", by_queue), ("pool", by_pool)]
        for number in range(options.rounds + 1):  # the first round warms up
            for name, there_and_back in ways if number % 2 else reversed(ways):
                begin = time.perf_counter()
                answers = [there_and_back(k) for k in range(options.tasks)]
                micros = 1e6 * (time.perf_counter() - begin) / options.tasks
                right = sum(answer == k for k, answer in enumerate(answers))
                if number:
                    emit(way=name, round=number, right=right, **{"trip (µs)": micros})
    here.send(None)
    to.put(None)
    for helper in helpers:
        helper.join()


def message(options: argparse.Namespace) -> None:
    """An array of float64 there and back through a pool, for every size; and through a file."""
    import numpy as np

    with processes(1) as pool, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "array"
        pool.submit(nothing, np.zeros(1)).result()  # NumPy is imported there

        def by_pool(array: Any) -> None:
            result = pool.submit(nothing, array).result()
            assert isinstance(result, np.ndarray)
            assert result.shape == array.shape

        def by_file(array: Any) -> None:
            path.write_bytes(array.tobytes())
            path.read_bytes()

        for number in range(options.rounds + 1):  # the first round warms up
            for size in options.sizes if number % 2 else reversed(options.sizes):
                array = np.arange(size // 8, dtype=np.float64)
                times = max(1, min(50, 40_000_000 // size))
                for name, trip in (("pool", by_pool), ("file", by_file)):
                    begin = time.perf_counter()
                    for _ in range(times):
                        trip(array)
                    if number:
                        millis = 1000 * (time.perf_counter() - begin) / times
                        emit(way=name, round=number, bytes=size, **{"trip (ms)": millis})


def through(how: Callable[..., Iterable[object]], function: Callable[..., object], items: Iterable[object]) -> None:
    for _ in how(function, items):
        pass


def lengths(options: argparse.Namespace) -> None:
    """Tasks of several lengths, serially and on processes one task a message: wall seconds for all."""
    with processes(options.workers) as pool:
        for length in options.lengths:
            steps = steps_for(1e-6 * length)
            tasks = [steps] * max(2 * options.workers, min(400, int(1e6 * options.seconds / length)))
            in_turns(
                [
                    ("serial", partial(through, map, count, tasks)),
                    ("processes", partial(through, pool.map, count, tasks)),
                ],
                options.rounds,
                **{"length (µs)": length},
            )


# ---- order and chunks


def square(x: int) -> int:
    return x * x


def fail_at_seven(x: int) -> int:
    if x == 7:
        raise ValueError("seven")
    return x


def chunks(options: argparse.Namespace) -> None:
    """`map` over many tiny tasks with each chunk size; 0 stands for "none given"."""
    numbers = range(options.tasks)
    with processes(options.workers) as pool:
        in_order = list(pool.map(square, numbers)) == [square(x) for x in numbers]
        try:
            list(pool.map(fail_at_seven, range(20)))
            raised = False
        except ValueError:
            raised = True
        emit(kind="manners", **{"in order": in_order, "exceptions arrive": raised})

        def run(size: int) -> None:
            results = pool.map(square, numbers, chunksize=size) if size else pool.map(square, numbers)
            assert sum(results) == sum(map(square, numbers))

        for number in range(1, options.rounds + 1):
            for size in options.sizes if number % 2 else reversed(options.sizes):
                emit(way="map", round=number, chunk=size, tasks=options.tasks, seconds=timed(partial(run, size)))


# ---- what cannot be sent


class Holder:
    """Something with a lock two levels down."""

    def __init__(self) -> None:
        self.inner = {"lock": threading.Lock()}


def errors(_: argparse.Namespace) -> None:
    """What a pool says to things that cannot be sent."""
    with processes(1) as pool:
        things: list[tuple[str, Callable[[], Future[object]]]] = [
            ("a lambda", lambda: pool.submit(lambda: 1)),
            ("an object with a lock inside", lambda: pool.submit(nothing, Holder())),
            ("a result with a lock inside", lambda: pool.submit(Holder)),
        ]
        for what, send in things:
            try:
                send().result(timeout=30)
                emit(what=what, refused=False, error="")
            except (pickle.PicklingError, TypeError, AttributeError) as e:
                # From 3.14 on the notes tell the way to the part at fault.
                text = "; ".join([f"{type(e).__name__}: {e}", *getattr(e, "__notes__", [])])
                emit(what=what, refused=True, error=text)


def configure_logging() -> None:
    logging.basicConfig(format="%(processName)s: %(message)s", level=logging.INFO, stream=sys.stderr, force=True)


def log_and_wait(x: int) -> str:
    logging.info("task %d", x)
    time.sleep(0.02)
    return multiprocessing.current_process().name


def logs(options: argparse.Namespace) -> None:
    """Log lines from workers: they go to stderr, each with its process's name. Reports who worked."""
    with ProcessPoolExecutor(options.workers, initializer=configure_logging) as pool:
        emit(names=sorted(set(pool.map(log_and_wait, range(options.tasks)))))


SEEN = 0


def careless(x: int) -> int:
    """The bug: it relies on what earlier tasks left behind in its process."""
    global SEEN
    SEEN += 1
    count(20_000 * (x % 3 + 1))
    return x + SEEN


def debug(options: argparse.Namespace) -> None:
    """The results of a careless job, run several times in fresh pools with one worker and with several."""
    for number in range(options.rounds):
        for workers in (1, options.workers):
            with ProcessPoolExecutor(workers) as pool:
                results = list(pool.map(careless, range(options.tasks)))
            emit(round=number + 1, workers=workers, results=digest(results))


def digest(results: Iterable[int]) -> str:
    return hashlib.sha256(repr(list(results)).encode()).hexdigest()[:12]


# ---- as completed, and death


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def completed(options: argparse.Namespace) -> None:
    """When each result is in our hands, counted from the start: in order, and as completed. The first task is long."""
    naps = [options.seconds] + [0.04] * (options.tasks - 1)
    with processes(options.workers) as pool:
        ways: list[tuple[str, Callable[[], Iterable[object]]]] = [
            ("in order", lambda: pool.map(nap, naps)),
            ("as completed", lambda: as_completed([pool.submit(nap, seconds) for seconds in naps])),
        ]
        for number in range(1, options.rounds + 1):
            for name, results in ways:
                begin = time.perf_counter()
                for so_far, _ in enumerate(results(), start=1):
                    arrival = {"time (ms)": 1000 * (time.perf_counter() - begin)}
                    emit(way=name, round=number, results=so_far, **arrival)


def die_at_ten(x: int) -> int:
    time.sleep(0.02)
    if x == 10:
        os._exit(3)
    return x


def death(options: argparse.Namespace) -> None:
    """One task of many ends its process: how many results are lost, and does the pool still work?"""
    for number in range(1, options.rounds + 1):
        with processes(options.workers) as pool:
            futures = [pool.submit(die_at_ten, x) for x in range(options.tasks)]
            lost = sum(1 for future in futures if isinstance(future.exception(), BrokenProcessPool))
            try:
                pool.submit(nothing).result()
                usable = True
            except BrokenProcessPool:
                usable = False
        emit(way="pool", round=number, lost=lost, usable=usable)


# ---- shared memory


ATTACHED: dict[str, SharedMemory] = {}


def sum_copy(array: Any) -> float:
    return float(array.sum())


def sum_shared(name: str, size: int) -> float:
    import numpy as np

    if name not in ATTACHED:
        ATTACHED[name] = SharedMemory(name=name)
    array: Any = np.ndarray((size // 8,), dtype=np.float64, buffer=ATTACHED[name].buf)
    return float(array.sum())


def shared(options: argparse.Namespace) -> None:
    """Tasks that add up a big array: sent with every task, and in shared memory."""
    import numpy as np

    size = options.sizes[0]
    folder = Path("/dev/shm")
    if folder.is_dir() and shutil.disk_usage(folder).free < size + 1_000_000:
        # Beyond its end, the system would kill whoever writes.
        why = f"{size / 1e6:.0f} MB do not fit into {folder}: a container may be given more of it (--shm-size)"
        emit(kind="missing", why=why)
        return
    array = np.ones(size // 8)
    memory = SharedMemory(create=True, size=size)
    try:
        np.ndarray((size // 8,), dtype=np.float64, buffer=memory.buf)[:] = array
        with processes(options.workers) as pool:
            tasks = range(options.tasks)

            def by_copy() -> None:
                assert sum(pool.map(sum_copy, [array] * len(tasks))) == len(tasks) * array.size

            def in_place() -> None:
                names, sizes = [memory.name] * len(tasks), [size] * len(tasks)
                assert sum(pool.map(sum_shared, names, sizes)) == len(tasks) * array.size

            by_copy()
            in_place()
            in_turns([("copied", by_copy), ("shared", in_place)], options.rounds)
    finally:
        memory.close()
        memory.unlink()


EXPERIMENTS: list[Callable[[argparse.Namespace], None]] = [
    timeline,
    loop,
    inference,
    start,
    pipes,
    message,
    lengths,
    chunks,
    errors,
    start_methods.guard,
    start_methods.typed,
    logs,
    debug,
    completed,
    death,
    journal_job.resume,
    shared,
]


# What a lock, or one for each interpreter, makes a difference to; the rest is the same as on CPython's own side.
ELSEWHERE = {NO_LOCK: [loop], SUBINTERPRETERS: [loop, start]}


def main() -> None:
    by_name = {experiment.__name__: experiment for experiment in EXPERIMENTS}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=list(by_name))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tasks", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=0.1, help="length of a task, or a time limit")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 1_000_000], help="bytes, or items a chunk")
    parser.add_argument("--lengths", type=float, nargs="*", default=[100, 10_000], help="lengths of tasks in µs")
    options = parser.parse_args()
    experiment = by_name[options.experiment]
    if experiment in ELSEWHERE.get(side(), EXPERIMENTS):
        experiment(options)


if __name__ == "__main__":
    main()
