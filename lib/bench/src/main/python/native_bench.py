"""The peers of parlab's matrix kernels, NumPy and Cython, measured on command.

Usage: native_bench.py FOLDER_OF_TWINS. Reads lines from standard input and answers each on a line of standard output:
"about" with the versions; "product M N K THREADS COUNT" with the seconds of COUNT products on that many BLAS
threads; "norm WAY LENGTH COUNT" with the seconds of COUNT norms, or "missing: WHY".
"""

from __future__ import annotations

import functools
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits


@functools.cache
def matrices(m: int, n: int, k: int) -> tuple[Any, Any, Any]:
    random = np.random.default_rng(1)
    return random.random((m, k)), random.random((k, n)), np.empty((m, n))


def product(m: int, n: int, k: int, threads: int, count: int) -> float:
    a, b, c = matrices(m, n, k)
    with threadpool_limits(threads, user_api="blas"):
        np.dot(a, b, c)  # one to wake the threads
        start = time.perf_counter()
        for _ in range(count):
            np.dot(a, b, c)
        return time.perf_counter() - start


@functools.lru_cache(maxsize=1)
def vector(length: int) -> Any:
    return np.random.default_rng(1).random(length)


@functools.cache
def norm_of(way: str, twins: str, folder: str) -> Callable[[Any], float]:
    if way == "numpy":
        return lambda x: float(np.linalg.norm(x))
    sys.path.insert(0, twins)
    import native_kernel

    found: Callable[[Any], float] = native_kernel.cython_module(Path(folder)).norm
    return found


def norm(way: str, length: int, count: int, twins: str, folder: str) -> str:
    try:
        body = norm_of(way, twins, folder)
    except Exception as e:
        return f"missing: {' '.join(str(e).split())}"
    x = vector(length)
    with threadpool_limits(1, user_api="blas"):
        start = time.perf_counter()
        for _ in range(count):
            body(x)
        return str(time.perf_counter() - start)


def about() -> str:
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    names = [f"{one['internal_api']} {one['version']} {one.get('architecture', '')}" for one in libraries]
    return f"NumPy {np.__version__} with {', '.join(names)}"


def main() -> None:
    twins = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="parlab-bench", ignore_cleanup_errors=True) as folder:
        for line in sys.stdin:
            words = line.split()
            match words[0]:
                case "about":
                    answer = about()
                case "product":
                    m, n, k, threads, count = (int(word) for word in words[1:])
                    answer = str(product(m, n, k, threads, count))
                case _:
                    answer = norm(words[1], int(words[2]), int(words[3]), twins, folder)
            print(answer, flush=True)


if __name__ == "__main__":
    main()
