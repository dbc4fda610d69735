"""The peers of parlab's process pool: CPython's ProcessPoolExecutor and joblib's loky, measured on command.

Usage: pool_bench.py spawn|fork|loky WORKERS. Reads lines "SCENARIO COUNT" from standard input and answers each with the
seconds that it took, on a line of standard output. The pool is warm, except in "start".
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing.shared_memory import SharedMemory
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ARRAY = 1_000_000
SHARED = 8_000_000
ATTACHED: dict[str, SharedMemory] = {}


def work(x: int) -> int:
    return x + 1


def echo(array: Array) -> Array:
    return array


def scale(name: str, begin: int, end: int) -> float:
    """Multiplies a part of a shared array in place; each worker opens it once."""
    if name not in ATTACHED:
        ATTACHED[name] = SharedMemory(name=name)
    array: Array = np.ndarray((SHARED,), dtype=np.float64, buffer=ATTACHED[name].buf)
    part = array[begin:end]
    part *= 1.0000001
    return float(part[0])


def make(kind: str, workers: int) -> Executor:
    if kind == "loky":
        # Here, because a spawned process runs this file's imports, and CPython's own pool needs no joblib.
        from joblib.externals.loky.process_executor import ProcessPoolExecutor as LokyExecutor

        loky: Executor = LokyExecutor(max_workers=workers)
        return loky
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(kind))


def submit_and_wait(pool: Executor, count: int) -> None:
    for i in range(count):
        assert pool.submit(work, i).result() == i + 1


def all_submitted(pool: Executor, count: int) -> None:
    futures = [pool.submit(work, i) for i in range(count)]
    for i, future in enumerate(futures):
        assert future.result() == i + 1


def mapped(chunk: int) -> Callable[[Executor, int], None]:
    def run(pool: Executor, count: int) -> None:
        results = pool.map(work, range(count), chunksize=chunk)
        assert sum(results) == count * (count + 1) // 2

    return run


def array_there_and_back(pool: Executor, count: int) -> None:
    array = np.arange(ARRAY, dtype=np.float64)
    for _ in range(count):
        assert pool.submit(echo, array).result()[ARRAY - 1] == ARRAY - 1


def shared_in_place(name: str, workers: int) -> Callable[[Executor, int], None]:
    def run(pool: Executor, count: int) -> None:
        length = SHARED // workers
        for _ in range(count):
            parts = [pool.submit(scale, name, i * length, (i + 1) * length) for i in range(workers)]
            for part in parts:
                part.result()

    return run


def start(kind: str, workers: int) -> float:
    """The seconds from a new pool to its first result. Its end is not among them, but is waited for."""
    begin = time.perf_counter()
    with make(kind, workers) as pool:
        assert pool.submit(work, 1).result() == 2
        return time.perf_counter() - begin


def main() -> None:
    kind, workers = sys.argv[1], int(sys.argv[2])
    pool = make(kind, workers)
    memory = SharedMemory(create=True, size=SHARED * 8)
    np.ndarray((SHARED,), dtype=np.float64, buffer=memory.buf).fill(1.0)
    scenarios: dict[str, Callable[[Executor, int], None]] = {
        "submit_and_wait": submit_and_wait,
        "all_submitted": all_submitted,
        "map_1": mapped(1),
        "map_10": mapped(10),
        "map_100": mapped(100),
        "array": array_there_and_back,
        "shared": shared_in_place(memory.name, workers),
    }
    try:
        for line in sys.stdin:
            scenario, count = line.split()
            begin = time.perf_counter()
            if scenario == "start":
                seconds = start(kind, workers)
            else:
                scenarios[scenario](pool, int(count))
                seconds = time.perf_counter() - begin
            print(seconds, flush=True)
    finally:
        pool.shutdown()
        memory.close()
        memory.unlink()


if __name__ == "__main__":
    main()
