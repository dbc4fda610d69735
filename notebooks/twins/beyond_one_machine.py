"""What lesson 06 measures on members of a cluster, measured on Dask: a scheduler, and workers that are processes.

Usage: beyond_one_machine.py EXPERIMENT [options], where EXPERIMENT is a function of this file below. Prints its figures
as JSON lines; every figure is a raw sample, the lesson does the statistics. Needs dask and distributed, NumPy, and
Pillow for the images. Nothing listens but on the loopback.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from parlab_twin import SUBINTERPRETERS, count, emit, in_turns, one_blas_thread, side, steps_for

one_blas_thread()

import numpy as np  # noqa: E402  # after the setting that it reads
from dask.distributed import Client, LocalCluster, as_completed  # noqa: E402

DIGITS = Path(__file__).parent.parent / "data" / "digits-test.csv"
CLASSES = 10
BLOCK = 500  # digits of which a gradient is computed at a time
RESTART_SECONDS = 180


@contextmanager
def members(number: int) -> Iterator[Any]:
    """A client of so many workers of one thread each, all there."""
    with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=number,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs="CRITICAL",
        ) as cluster,
        Client(cluster) as client,  # type: ignore[no-untyped-call]
    ):
        client.wait_for_workers(number)
        yield client


@contextmanager
def processes(number: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes are there: to be opened before Dask starts threads, with which a fork may hang."""
    with ProcessPoolExecutor(number) as pool:
        list(pool.map(count, [1] * number))
        yield pool


def every(client: Any, function: Callable[..., Any], items: Sequence[Any], **more: Any) -> list[Any]:
    """The function of each item, each a task of its own; nothing is remembered from an earlier round."""
    results: list[Any] = client.gather(client.map(function, items, pure=False, **more))
    return results


def loopback() -> int:
    """Bytes that have gone over the loopback so far, all programs' together; 0 where the system does not tell."""
    try:
        lines = Path("/proc/net/dev").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split(":")[1].split()[0]) for line in lines if line.strip().startswith("lo:")), 0)


def moved(body: Callable[[], object]) -> dict[str, float]:
    """Runs it, and tells the bytes that went over the loopback meanwhile."""
    before = loopback()
    body()
    return {"moved (MB)": (loopback() - before) / 1e6}


# ---- how far away: one task there and back; and how many a second one driver hands out


def add_one(x: int) -> int:
    return x + 1


def ladder(options: argparse.Namespace) -> None:
    def calls(number: int) -> dict[str, int]:
        x = 0
        for _ in range(number):
            x = add_one(x)
        return {"tasks": number}

    def one_by_one(submit: Callable[..., Any], number: int) -> dict[str, int]:
        for k in range(number):
            assert submit(add_one, k).result() == k + 1
        return {"tasks": number}

    with processes(1) as process, ThreadPoolExecutor(1) as thread, members(options.workers) as client:
        submit = partial(client.submit, pure=False)
        every(client, add_one, range(200))
        one_by_one(process.submit, 20)
        in_turns(
            [
                ("a call", partial(calls, 100_000)),
                ("a thread", partial(one_by_one, thread.submit, 2_000)),
                ("a process", partial(one_by_one, process.submit, 300)),
                ("a member", partial(one_by_one, submit, 60)),
            ],
            options.rounds,
        )
        in_turns(
            [("handed out", partial(every, client, add_one, range(options.tasks)))],
            options.rounds,
            kind="driver",
            tasks=options.tasks,
        )


# ---- a loop in tasks of several lengths


def loops(options: argparse.Namespace) -> None:
    with (
        processes(options.workers) as pool,
        ThreadPoolExecutor(options.workers) as threads,
        members(options.workers) as client,
    ):
        for milliseconds in options.milliseconds:
            steps = [steps_for(milliseconds / 1e3)] * max(2 * options.workers, round(options.total / milliseconds))
            every(client, count, steps)
            list(pool.map(count, steps))
            in_turns(
                [
                    ("serial", lambda some=steps: [count(n) for n in some]),  # type: ignore[misc]
                    ("threads", lambda some=steps: list(threads.map(count, some))),  # type: ignore[misc]
                    ("processes", lambda some=steps: list(pool.map(count, some))),  # type: ignore[misc]
                    ("members", partial(every, client, count, steps)),
                ],
                options.rounds,
                **{"task (ms)": milliseconds},
            )


# ---- data that lie on the members


def sum_of(pieces: Iterable[Any]) -> float:
    return sum(float(piece.sum()) for piece in pieces)


def data(options: argparse.Namespace) -> None:
    with members(options.workers) as client:
        pieces = [np.full(options.numbers, float(k)) for k in range(options.tasks)]
        wanted = sum_of(pieces)
        there = client.scatter(pieces)
        del pieces

        def fetched() -> None:
            assert sum_of(client.gather(piece) for piece in there) == wanted

        def sent() -> None:  # one task for each worker, about what lies there, as on the JVM
            owners, parts = client.who_has(there), defaultdict(list)
            for piece in there:
                parts[owners[piece.key][0]].append(piece)
            sums = [client.submit(sum_of, part, workers=owner, pure=False) for owner, part in parts.items()]
            assert sum(client.gather(sums)) == wanted

        sent()
        ways = [("data to the work", partial(moved, fetched)), ("work to the data", partial(moved, sent))]
        in_turns(ways, options.rounds)


# ---- who downloads?


def thumbnail(body: bytes) -> int:
    from pipelines import pixels_of

    return sum(pixels_of(body))


def downloaded(server: str, path: str) -> bytes:
    from pipelines import fetch

    fetched = fetch(server, path)
    assert fetched.body is not None, fetched.why
    return fetched.body


def part_of_images(server: str, at_once: int, paths: Sequence[str]) -> int:
    """Downloads at the same time what is waited for, and scales one after the other."""
    with ThreadPoolExecutor(at_once) as pool:
        return sum(thumbnail(body) for body in pool.map(partial(downloaded, server), paths))


def images(options: argparse.Namespace) -> None:
    from PIL import Image  # noqa: F401  # left out at once where it is missing

    paths = options.paths
    with members(options.workers) as client, ThreadPoolExecutor(options.at_once * options.workers) as pool:

        def one(path: str) -> int:
            scaled: int = client.submit(thumbnail, downloaded(options.server, path), pure=False).result()
            return scaled

        def driver() -> int:
            return sum(pool.map(one, paths))

        def each() -> int:
            size = 2 * options.at_once
            parts = [paths[k : k + size] for k in range(0, len(paths), size)]
            return sum(every(client, partial(part_of_images, options.server, options.at_once), parts))

        assert driver() == each()
        ways = [("the driver downloads", partial(moved, driver)), ("each member downloads", partial(moved, each))]
        in_turns(ways, options.rounds)


# ---- a worker is killed


def noted(folder: str, task: int) -> int:
    """Notes that it has begun, by a file of its own, and is busy for a while."""
    (Path(folder) / f"{task}-{os.getpid()}-{time.monotonic_ns()}").touch()
    time.sleep(0.05)
    return 3 * task


def killed(options: argparse.Namespace) -> None:
    with members(options.workers) as client, tempfile.TemporaryDirectory() as folder:
        every(client, add_one, range(50))
        for number in range(1, options.rounds + 1):
            inside = Path(folder) / str(number)
            inside.mkdir()
            kept = client.scatter([np.full(1000, float(k)) for k in range(options.tasks)])
            futures = client.map(partial(noted, str(inside)), range(options.tasks), pure=False)
            victim = next(iter(client.run(os.getpid).values()))
            gap, last, results = 0.0, time.perf_counter(), list[int]()
            for future in as_completed(futures):  # type: ignore[no-untyped-call]
                now = time.perf_counter()
                gap, last = max(gap, now - last) if results else 0.0, now
                results.append(future.result())
                if len(results) == options.tasks // 4:
                    time.sleep(0.025)  # in the middle of tasks
                    os.kill(victim, signal.SIGKILL)
            right = sorted(results) == [3 * k for k in range(options.tasks)]
            still = sum(not future.cancelled() for future in kept)  # what is lost is cancelled
            emit(
                round=number,
                right=right,
                begun=len(list(inside.iterdir())),
                **{"longest wait (s)": gap, "data after": still},
            )
            del futures, kept
            client.wait_for_workers(options.workers, timeout=RESTART_SECONDS)


# ---- data-parallel training: softmax regression on the digits


def read_digits() -> tuple[Any, Any]:
    """Pixels with a one behind them, and the right answers as ones among zeros."""
    rows = np.loadtxt(DIGITS, delimiter=",")
    return np.hstack([rows[:, 1:] / 16, np.ones((len(rows), 1))]), np.eye(CLASSES)[rows[:, 0].astype(int)]


def gradient(task: tuple[Any, int, int], digits: tuple[Any, Any]) -> Any:
    """The gradient of the cross entropy over some of the digits, repeated without an end, and behind it the loss.

    Block by block: what a block needs stays in the cache, and is not asked of the system again and again.
    """
    weights, first, end = task
    pixels, wanted = digits
    total = np.zeros(len(weights) + 1)
    for start in range(first, end, BLOCK):
        rows = np.arange(start, min(start + BLOCK, end)) % len(pixels)
        x, y = pixels[rows], wanted[rows]
        scores = x @ weights.reshape(-1, CLASSES)
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        total += np.append((x.T @ (shares - y)).ravel(), -np.log((shares * y).sum(axis=1)).sum())
    return total


def training(options: argparse.Namespace) -> None:
    rate = 0.5

    def train(run: Callable[[list[tuple[Any, int, int]]], list[Any]], rows: int, steps: int) -> float:
        weights, loss = np.zeros(65 * CLASSES), 0.0
        edges = [rows * k // options.shards for k in range(options.shards + 1)]
        for _ in range(steps):
            tasks = [(weights, first, end) for first, end in pairwise(edges)]
            summed = sum(run(tasks)) / rows
            weights, loss = weights - rate * summed[:-1], float(summed[-1])
        return loss

    with members(options.workers) as client:
        digits = read_digits()
        everywhere = client.scatter(digits, broadcast=True)  # the examples stay where they are

        def alone(tasks: list[tuple[Any, int, int]]) -> list[Any]:
            return [gradient(task, digits) for task in tasks]

        def by_members(tasks: list[tuple[Any, int, int]]) -> list[Any]:
            return every(client, gradient, tasks, digits=everywhere)

        for rows in options.rows:
            here, there = (partial(train, run, rows, options.steps) for run in (alone, by_members))
            assert math.isclose(here(), there())
            in_turns([("serial", here), ("members", there)], options.rounds, rows=rows)


EXPERIMENTS = (ladder, loops, data, images, killed, training)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = {function.__name__: function for function in EXPERIMENTS}
    parser.add_argument("experiment", choices=names)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--tasks", type=int, default=1000, help="how many, or how many pieces of data")
    parser.add_argument("--milliseconds", type=float, nargs="+", default=[1.0, 10.0], help="how long a task takes")
    parser.add_argument("--total", type=float, default=60, help="milliseconds that all tasks together take")
    parser.add_argument("--numbers", type=int, default=64_000, help="in a piece of data")
    parser.add_argument("--server", default="", help="host:port of the lesson's server")
    parser.add_argument("--paths", nargs="+", default=[], help="of images")
    parser.add_argument("--at-once", type=int, default=8, help="downloads that a member waits for at once")
    parser.add_argument("--rows", type=int, nargs="+", default=[500, 8000], help="digits that a step looks at")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--shards", type=int, default=4)
    options = parser.parse_args()
    if side() != SUBINTERPRETERS:  # nothing here is about a pool of interpreters
        names[options.experiment](options)


if __name__ == "__main__":
    main()
