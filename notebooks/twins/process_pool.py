"""What lesson 02 measures on the JVM, measured on CPython: concurrent.futures and multiprocessing.

Usage: process_pool.py EXPERIMENT [options], where EXPERIMENT is a function of this file below.
Prints its figures as JSON lines; every figure is a raw sample, the lesson does the statistics. Pools use this
interpreter's default way of starting processes unless an experiment says otherwise.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import logging
import multiprocessing
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import (
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

from parlab_twin import count, emit, in_turns, one_blas_thread, steps_for, timed


def nothing(x: object = None) -> object:
    return x


def processes(workers: int) -> ProcessPoolExecutor:
    """A pool whose workers have all started."""
    pool = ProcessPoolExecutor(workers)
    # An idle worker is used again before another one starts, so all of them must be busy at once.
    list(pool.map(time.sleep, [0.05] * workers))
    return pool


# ---- 1: the same loop, serially, on threads, on processes


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
        emit(worker=names[name], task=f"task {task}", start_seconds=start - origin, end_seconds=end - origin)


def loop(options: argparse.Namespace) -> None:
    """The counting loop, `tasks` times: serially, on threads, on processes that have started already."""
    steps = [steps_for(options.seconds)] * options.tasks
    with processes(options.workers) as procs, ThreadPoolExecutor(options.workers) as threads:
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
    """Serially and on processes: wall seconds, and the CPU seconds that the tasks took in their processes."""
    one_blas_thread()  # workers inherit the environment
    with processes(options.workers) as pool:
        # NumPy is imported, and BLAS started, in every worker before anything is timed.
        list(pool.map(infer, range(4 * options.workers)))
        infer(0)
        ways: list[tuple[str, Callable[[], Iterable[float]]]] = [
            ("serial", lambda: map(infer, range(options.tasks))),
            ("processes", lambda: pool.map(infer, range(options.tasks))),
        ]
        for number in range(options.rounds):
            for name, body in ways if number % 2 == 0 else reversed(ways):
                start = time.perf_counter()
                cpu = sum(body())
                emit(round=number, way=name, seconds=time.perf_counter() - start, cpu_seconds=cpu)


# ---- 2: what a process costs


def start(options: argparse.Namespace) -> None:
    """From the request to the first result: a thread; a bare process by each method; a pool by each method."""
    methods = multiprocessing.get_all_start_methods()
    for number in range(options.rounds):
        emit(round=number, way="thread", seconds=timed(lambda: run_to_end(threading.Thread(target=nothing))))
        for method in methods:
            context: BaseContext = multiprocessing.get_context(method)
            make: Callable[..., Any] = context.Process  # type: ignore[attr-defined]
            emit(round=number, way=method, seconds=timed(partial(run_process, make)))
            emit(round=number, way=f"{method} pool", seconds=first_result(context, options.workers))


def run_process(make: Callable[..., Any]) -> None:
    run_to_end(make(target=nothing))


def run_to_end(worker: Any) -> None:
    worker.start()
    worker.join()


def first_result(context: BaseContext, workers: int) -> float:
    begin = time.perf_counter()
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        pool.submit(nothing).result()
        return time.perf_counter() - begin


# ---- 3 and 4: what a message costs


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
        for number in range(options.rounds + 1):
            for name, there_and_back in ways if number % 2 == 0 else reversed(ways):
                begin = time.perf_counter()
                answers = [there_and_back(k) for k in range(options.tasks)]
                seconds = time.perf_counter() - begin
                right = answers == list(range(options.tasks))
                if number > 0:  # the first round warms up
                    emit(round=number, way=name, seconds=seconds, messages=options.tasks, right=right)
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
        for number in range(options.rounds + 1):
            for size in options.sizes if number % 2 == 0 else reversed(options.sizes):
                array = np.arange(size // 8, dtype=np.float64)
                times = max(1, min(50, 4_000_000 // size))
                start = time.perf_counter()
                for _ in range(times):
                    result = pool.submit(nothing, array).result()
                seconds = (time.perf_counter() - start) / times
                assert isinstance(result, np.ndarray)
                assert result.shape == array.shape
                start = time.perf_counter()
                for _ in range(times):
                    path.write_bytes(array.tobytes())
                    path.read_bytes()
                by_file = (time.perf_counter() - start) / times
                if number > 0:  # the first round warms up
                    emit(round=number, bytes=size, seconds=seconds, file_seconds=by_file)


def through(how: Callable[..., Iterable[object]], function: Callable[..., object], items: Iterable[object]) -> None:
    for _ in how(function, items):
        pass


def lengths(options: argparse.Namespace) -> None:
    """Tasks of several lengths, serially and on processes one task a message: wall seconds for all."""
    with processes(options.workers) as pool:
        for length in options.lengths:
            steps = steps_for(length)
            tasks = [steps] * max(2 * options.workers, min(400, int(options.seconds / length)))
            in_turns(
                [
                    ("serial", partial(through, map, count, tasks)),
                    ("processes", partial(through, pool.map, count, tasks)),
                ],
                options.rounds,
                length_seconds=length,
                tasks=len(tasks),
            )


# ---- 5: order and chunks


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
        emit(kind="manners", in_order=in_order, exceptions_arrive=raised)

        def run(size: int) -> None:
            results = pool.map(square, numbers, chunksize=size) if size else pool.map(square, numbers)
            assert sum(results) == sum(map(square, numbers))

        for number in range(options.rounds):
            for size in options.sizes if number % 2 == 0 else reversed(options.sizes):
                emit(kind="chunk", round=number, chunk=size, seconds=timed(partial(run, size)))


# ---- 6: what cannot be sent, and the traps of notebooks


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


UNGUARDED = """
import multiprocessing
with open({trace!r}, "a") as trace:
    trace.write("main module executed\\n")
from concurrent.futures import ProcessPoolExecutor
with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context({method!r})) as pool:
    print(sum(pool.map(abs, [-1, -2, -3])))
"""

TYPED = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
def typed_in(x):
    return x * x

with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context({method!r})) as pool:
    print(sum(pool.map(typed_in, range(4))))

"""


def snippet(words: Sequence[str], seconds: float) -> tuple[int, str, str]:
    """Runs Python on something; returns exit code, output and what went wrong."""
    with subprocess.Popen(
        [sys.executable, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=os.name != "nt",
    ) as process:
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            stop(process)
            out, err = process.communicate()
            return 124, out.strip(), f"did not end within {seconds:g} s"
    return (
        process.returncode,
        out.strip(),
        telling(err) or (f"ended with exit code {process.returncode}" if process.returncode else ""),
    )


def telling(err: str) -> str:
    """The first error that says why; that the pool is broken is only its consequence."""
    said = [line.strip() for line in err.splitlines() if line.strip()]
    errors = [k for k, line in enumerate(said) if re.match(r"[\w.]+(Error|Pool):", line)]
    if not errors:
        return ""
    first = errors[0]
    more = 3 if said[first].endswith(":") else 1  # the message may begin on the next line
    return " ".join(said[first : first + more])


def stop(process: subprocess.Popen[str]) -> None:
    """Kills a process and whatever it has started."""
    if os.name == "nt":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def guard(options: argparse.Namespace) -> None:
    """A script that starts its pool without `if __name__ == "__main__"`, by each start method."""
    emit(kind="default", method=multiprocessing.get_start_method())
    for method in multiprocessing.get_all_start_methods():
        with tempfile.TemporaryDirectory() as folder:
            script, trace = Path(folder) / "unguarded.py", Path(folder) / "trace"
            script.write_text(UNGUARDED.format(method=method, trace=str(trace)), encoding="utf-8")
            code, out, error = snippet([str(script)], options.seconds)
            runs = len(trace.read_text().splitlines()) if trace.exists() else 0
        emit(kind="guard", method=method, works=code == 0 and out == "6", main_runs=runs, error=error)


def typed(options: argparse.Namespace) -> None:
    """A function that was typed in, not imported from a file, sent to a worker: by each start method."""
    default = multiprocessing.get_start_method()
    for method in multiprocessing.get_all_start_methods():
        code, out, error = snippet(["-c", TYPED.format(method=method)], options.seconds)
        emit(method=method, default=method == default, works=code == 0 and out == "14", error=error)


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
            emit(round=number, workers=workers, results=digest(results))


def digest(results: Iterable[int]) -> str:
    return hashlib.sha256(repr(list(results)).encode()).hexdigest()[:12]


# ---- 7 and 8: as completed, death, retry, resume


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def completed(options: argparse.Namespace) -> None:
    """When each result is in our hands, counted from the start: in order, and as completed. The first task is long."""
    naps = [options.seconds] + [0.04] * (options.tasks - 1)
    with processes(options.workers) as pool:
        for number in range(options.rounds):
            start = time.perf_counter()
            ordered = [time.perf_counter() - start for _ in pool.map(nap, naps)]
            start = time.perf_counter()
            futures = [pool.submit(nap, s) for s in naps]
            ready = [time.perf_counter() - start for _ in as_completed(futures)]
            emit(round=number, ordered=ordered, completed=ready)


def die_at_ten(x: int) -> int:
    time.sleep(0.02)
    if x == 10:
        os._exit(3)
    return x


def death(options: argparse.Namespace) -> None:
    """One task of many ends its process: how many results are lost, and does the pool still work?"""
    for number in range(options.rounds):
        with processes(options.workers) as pool:
            futures = [pool.submit(die_at_ten, x) for x in range(options.tasks)]
            lost = sum(1 for future in futures if isinstance(future.exception(), BrokenProcessPool))
            try:
                pool.submit(nothing).result()
                usable = True
            except BrokenProcessPool:
                usable = False
        emit(round=number, tasks=options.tasks, lost=lost, usable_afterwards=usable)


def item(x: int) -> int:
    time.sleep(0.01)
    return x * x


def job(options: argparse.Namespace) -> None:
    """A job that keeps a journal: "number result" a line; a number that stands there is not computed again."""
    done = journal(options.journal)
    missing = [x for x in range(options.tasks) if x not in done]
    with processes(options.workers) as pool, Path(options.journal).open("a", encoding="utf-8") as file:
        emit(workers=[child.pid for child in multiprocessing.active_children()])
        futures = {pool.submit(item, x): x for x in missing}
        for future in as_completed(futures):
            file.write(f"{futures[future]} {future.result()}\n")
            file.flush()
    emit(computed=len(missing))


def journal(path: str) -> dict[int, int]:
    """What a journal holds. A last line without its end was cut off by the kill: it does not count, and goes."""
    file = Path(path)
    if not file.exists():
        return {}
    text = file.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        file.write_text(whole, encoding="utf-8")
    return {int(number): int(result) for number, result in (line.split() for line in whole.splitlines())}


def resume(options: argparse.Namespace) -> None:
    """Runs the job, kills it half-way with SIGKILL, counts which of its workers live on, runs it again."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "journal")
        command = [sys.executable, __file__, "job", "--journal", path, "--tasks", str(options.tasks)]
        command += ["--workers", str(options.workers)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=os.name != "nt") as run:
            assert run.stdout
            workers = json.loads(run.stdout.readline())["workers"]
            deadline = time.monotonic() + options.seconds
            while len(lines(path)) < options.tasks // 2 and run.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            run.kill()
            run.wait()
            deadline = time.monotonic() + 2
            while any(alive(pid) for pid in workers) and time.monotonic() < deadline:
                time.sleep(0.02)
            orphans = sum(alive(pid) for pid in workers) if Path("/proc/self/stat").exists() else -1
            stop(run)
        before = len(journal(path))
        again = subprocess.run(command, capture_output=True, text=True, check=True)
        after = journal(path)
        right = all(after.get(x) == x * x for x in range(options.tasks))
        computed = json.loads(again.stdout.splitlines()[-1])["computed"]
        emit(tasks=options.tasks, kept=before, computed_again=computed, complete_and_right=right, orphans=orphans)


def alive(pid: int) -> bool:
    """Whether a process is there and more than an entry that waits to be fetched; False where there is no /proc."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


# ---- 10: shared memory


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
        emit(error=f"{size / 1e6:.0f} MB do not fit into {folder}: a container may be given more of it (--shm-size)")
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
            in_turns([("copied", by_copy), ("shared", in_place)], options.rounds, bytes=size, tasks=len(tasks))
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
    guard,
    typed,
    logs,
    debug,
    completed,
    death,
    job,
    resume,
    shared,
]


def main() -> None:
    by_name = {experiment.__name__: experiment for experiment in EXPERIMENTS}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=list(by_name))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tasks", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=0.1, help="length of a task, or a time limit")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 1_000_000], help="bytes, or items a chunk")
    parser.add_argument("--lengths", type=float, nargs="*", default=[1e-4, 1e-2], help="lengths of tasks in seconds")
    parser.add_argument("--journal", help="the file that `job` keeps its results in")
    options = parser.parse_args()
    by_name[options.experiment](options)


if __name__ == "__main__":
    main()
