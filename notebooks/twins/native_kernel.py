"""What lesson 03 measures on the JVM, measured on CPython.

Usage: native_kernel.py EXPERIMENT [options], where EXPERIMENT is a function of this file below.
Prints its figures as JSON lines; every figure is a raw sample, the lesson does the statistics. What is not installed,
or needs a C compiler where there is none, gives a row of kind "missing" that says why.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from parlab_twin import emit
from threadpoolctl import threadpool_info, threadpool_limits

Matrix = NDArray[Any]
Product = Callable[[], object]


class Missing(Exception):
    """Something that an experiment could use is not here; the message says what, and what to do."""


def timed(body: Callable[[], object]) -> tuple[float, float]:
    """Wall seconds and CPU seconds of a call, all threads of this process together."""
    wall, cpu = time.perf_counter(), time.process_time()
    body()
    return time.perf_counter() - wall, time.process_time() - cpu


def at_once(callers: int, bodies: Sequence[Callable[[], object]]) -> None:
    """Runs the bodies on that many threads; on one, in this thread."""
    if callers == 1:
        for body in bodies:
            body()
        return
    with ThreadPoolExecutor(callers) as pool:
        for future in [pool.submit(body) for body in bodies]:
            future.result()


def rest() -> None:
    """Lets BLAS's threads fall asleep: for some 30 ms after a product they keep a core busy, looking for more."""
    time.sleep(0.06)


def counts(most: int) -> list[int]:
    """1, 2, 4 ... and the most."""
    return sorted({*(1 << i for i in range(most.bit_length()) if 1 << i <= most), most})


def blas(_: argparse.Namespace) -> None:
    """Which BLAS NumPy has."""
    for library in threadpool_info():
        if library["user_api"] == "blas":
            emit(
                kind="blas",
                numpy=np.__version__,
                library=library["internal_api"],
                version=library["version"],
                architecture=library.get("architecture", ""),
                threads=library["num_threads"],
            )


# ---- loops: a product as a loop, and what compiles it


def python_product(a: list[list[float]], b: list[list[float]]) -> list[list[float]]:
    """The loop that everybody writes first: for each element of C, a dot product."""
    m, k, n = len(a), len(b), len(b[0])
    c = [[0.0] * n for _ in range(m)]
    for i in range(m):
        for j in range(n):
            total = 0.0
            for p in range(k):
                total += a[i][p] * b[p][j]
            c[i][j] = total
    return c


def array_product(a: Matrix, b: Matrix, c: Matrix) -> None:
    """The same loop for a compiler: on arrays."""
    m, k = a.shape
    n = b.shape[1]
    for i in range(m):
        for j in range(n):
            total = 0.0
            for p in range(k):
                total += a[i, p] * b[p, j]
            c[i, j] = total


def numba_product(release: bool) -> Callable[[Matrix, Matrix, Matrix], None]:
    """numba's machine code of the loop, which holds the interpreter's lock or releases it; it is compiled here."""
    try:
        from numba import njit
    except ImportError as e:
        raise Missing(f"numba is not installed ({e}): pip install numba") from None
    compiled: Callable[[Matrix, Matrix, Matrix], None] = njit(nogil=release)(array_product)
    one = np.ones((1, 1))
    compiled(one, one, one.copy())
    return compiled


def loop_ways(size: int) -> dict[str, Callable[[], Product]]:
    """Each way, and how to prepare one caller of it: every caller has matrices of its own."""

    def random(n: int) -> Matrix:
        return np.random.default_rng(1).random((n, n))

    def python() -> Product:
        return partial(python_product, random(size).tolist(), random(size).tolist())

    def compiled(release: bool) -> Callable[[], Product]:
        product = numba_product(release)
        return lambda: partial(product, random(size), random(size), np.empty((size, size)))

    def numpy() -> Product:
        return partial(np.dot, random(size), random(size), np.empty((size, size)))

    ways: dict[str, Callable[[], Product]] = {"python": python, "numpy": numpy}
    try:
        start = time.perf_counter()
        ways["numba"] = compiled(False)
        emit(kind="compile", way="numba", seconds=time.perf_counter() - start)
        ways["numba-nogil"] = compiled(True)
    except Missing as e:
        emit(kind="missing", what="numba", why=str(e))
    return ways


def check(size: int) -> None:
    """That all ways have the same result; else their times mean nothing."""
    random = np.random.default_rng(2)
    a, b = random.random((size, size)), random.random((size, size))
    wanted = np.dot(a, b)
    results = {"python": np.array(python_product(a.tolist(), b.tolist()))}
    try:
        results["numba"] = np.empty((size, size))
        numba_product(False)(a, b, results["numba"])
    except Missing:
        del results["numba"]
    for way, got in results.items():
        emit(kind="check", way=way, same=bool(np.allclose(got, wanted, rtol=1e-12)))


def loops(options: argparse.Namespace) -> None:
    """One product a caller, for 1 to n callers at once: the loop of bytecode, numba's, NumPy's with one BLAS thread."""
    size = options.sizes[0]
    check(min(size, 30))
    ways = loop_ways(size)
    most = max(counts(options.threads))
    bodies = {way: [make() for _ in range(most)] for way, make in ways.items()}
    with threadpool_limits(1, user_api="blas"):
        for products in bodies.values():
            products[0]()
        for number in range(options.rounds):
            for way, products in in_turn(list(bodies.items()), number):
                for callers in counts(options.threads):
                    # Few steps are over before a thread has begun: then one caller does several products.
                    steps = {"python": 0.0, "numpy": 4e8}.get(way, 2e7)
                    repeat = max(1, int(steps / size**3))
                    wall, cpu = timed(
                        partial(at_once, callers, [partial(again, repeat, p) for p in products[:callers]])
                    )
                    emit(
                        kind="loop",
                        round=number,
                        way=way,
                        size=size,
                        callers=callers,
                        products=callers * repeat,
                        seconds=wall,
                        cpu_seconds=cpu,
                    )


def again(times: int, body: Callable[[], object]) -> None:
    for _ in range(times):
        body()


def in_turn(ways: list[Any], number: int) -> list[Any]:
    """Forwards and backwards by turns, so that a slow change of the machine hits all of them."""
    return ways if number % 2 == 0 else ways[::-1]


# ---- callers: BLAS threads under callers


def callers(options: argparse.Namespace) -> None:
    """One product a caller, for every number of callers and of BLAS threads: what the article did on eight threads."""
    size = options.sizes[0]
    most = max(counts(options.threads))
    random = np.random.default_rng(1)
    matrices = [[random.random((size, size)) for _ in range(2)] + [np.empty((size, size))] for _ in range(most)]
    products = [partial(np.dot, a, b, c) for a, b, c in matrices]
    cells = [(threads, number) for threads in sorted({1, options.blas_threads}) for number in counts(options.threads)]
    at_once(most, products)
    for number in range(options.rounds):
        for threads, callers_now in in_turn(cells, number):
            with threadpool_limits(threads, user_api="blas"):
                rest()
                wall, cpu = timed(partial(at_once, callers_now, products[:callers_now]))
            emit(
                kind="callers",
                round=number,
                size=size,
                blas_threads=threads,
                callers=callers_now,
                seconds=wall,
                cpu_seconds=cpu,
            )


# ---- dot: a product on threads and on processes


_operands: dict[int, tuple[Matrix, Matrix]] = {}


def dot_product(size: int) -> float:
    """One product; each process makes its matrices itself, once."""
    if size not in _operands:
        random = np.random.default_rng(1)
        _operands[size] = (random.random((size, size)), random.random((size, size)))
    return float(np.dot(*_operands[size])[0, 0])


def limit_blas(threads: int) -> None:
    threadpool_limits(threads, user_api="blas")


def dot(options: argparse.Namespace) -> None:
    """The same products one after the other, on threads and on processes, with BLAS on one thread and on all."""
    size = options.sizes[0]
    dot_product(size)
    numbers = sorted({1, options.blas_threads})
    with ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(options.threads))
        pools = {
            t: stack.enter_context(ProcessPoolExecutor(options.threads, initializer=limit_blas, initargs=(t,)))
            for t in numbers
        }
        for number in range(-1, options.rounds):
            for t in numbers:
                maps: list[tuple[str, Callable[..., Any]]] = [
                    ("serial", map),
                    ("threads", threads.map),
                    ("processes", pools[t].map),
                ]
                for way, run in in_turn(maps, number):
                    with threadpool_limits(t, user_api="blas"):
                        rest()
                        wall, _ = timed(lambda run=run: list(run(dot_product, [size] * options.tasks)))  # type: ignore[misc]
                    if number >= 0:
                        emit(kind="dot", round=number, way=way, blas_threads=t, seconds=wall)


# ---- calls: what a call costs


def calls(options: argparse.Namespace) -> None:
    """Nanoseconds of a call: the language's own abs, and the C library's labs through ctypes."""
    library = ctypes.cdll.msvcrt if os.name == "nt" else ctypes.CDLL(None)
    labs = library.labs
    labs.argtypes, labs.restype = [ctypes.c_long], ctypes.c_long
    for number in range(options.rounds):
        for way, body in in_turn([("own language", abs), ("call", labs)], number):
            count = 100_000
            start = time.perf_counter_ns()
            for _ in range(count):
                body(-3)
            emit(kind="call", round=number, way=way, nanos=(time.perf_counter_ns() - start) / count)


# ---- inference: the article's, taken apart

ROWS, COLUMNS = 3072, 1000


def inference(options: argparse.Namespace) -> None:
    """x W with a random W each time, on 1 to n threads: as a whole, and each part of it alone."""
    x = np.random.default_rng(1).random((1, ROWS))
    weights = np.random.default_rng(2).random((ROWS, COLUMNS))

    def whole() -> object:
        return np.dot(x, np.random.rand(ROWS, COLUMNS))

    def numbers() -> object:
        return np.random.rand(ROWS, COLUMNS)

    def own_numbers() -> object:
        """A generator of its own for each call; the one behind np.random is shared, and locked."""
        return np.random.default_rng().random((ROWS, COLUMNS))

    def allocation() -> object:
        fresh = np.empty((ROWS, COLUMNS))
        fresh[:: max(1, 4096 // fresh.strides[0]), :: 4096 // fresh.itemsize] = 0  # the first touch of each page
        return fresh

    def product() -> object:
        return np.dot(x, weights)

    parts: list[Callable[[], object]] = [whole, numbers, own_numbers, allocation, product]
    with threadpool_limits(options.blas_threads, user_api="blas"):
        for number in range(options.rounds):
            for part in in_turn(parts, number):
                for threads in counts(options.threads):
                    times = options.tasks * (10 if part is product or part is allocation else 1)
                    wall, cpu = timed(partial(at_once, threads, [part] * times))
                    emit(
                        kind="inference",
                        round=number,
                        part=part.__name__,
                        threads=threads,
                        blas_threads=options.blas_threads,
                        calls=times,
                        seconds=wall,
                        cpu_seconds=cpu,
                    )


# ---- norm: a loop of one's own in C, with the lock released

NORM = """
# cython: language_level=3, boundscheck=False, wraparound=False
from libc.math cimport sqrt

def norm(double[::1] x):
    cdef double total = 0
    cdef Py_ssize_t i
    with nogil:
        for i in range(x.shape[0]):
            total += x[i] * x[i]
    return sqrt(total)

def norm_locked(double[::1] x):
    cdef double total = 0
    cdef Py_ssize_t i
    for i in range(x.shape[0]):
        total += x[i] * x[i]
    return sqrt(total)
"""

FLAGS = ["-O3", "-march=native", "-ffast-math"]


def compiler() -> list[str]:
    """The C compiler that is asked for by CC, or the system's."""
    try:
        named = shlex.split(os.environ.get("CC", ""))
    except ValueError as e:
        raise Missing(f"CC is not a command ({e}): {os.environ['CC']}") from None
    for command in [named] if named else [["cc"], ["gcc"], ["clang"]]:
        if shutil.which(command[0]):
            return command
    raise Missing(
        "there is no C compiler on the PATH; on Debian and Ubuntu: apt install gcc, on macOS: xcode-select --install"
    )


def cython_module(folder: Path) -> Any:
    """Translates, compiles and imports the norm, in that folder."""
    if os.name == "nt":
        raise Missing("on Windows this twin does not compile")
    command = compiler()
    try:
        from Cython.Compiler.Main import compile as translate
    except ImportError as e:
        raise Missing(f"Cython is not installed ({e}): pip install cython") from None
    name = "parlab_norm"
    source = folder / f"{name}.pyx"
    source.write_text(NORM, encoding="utf-8")
    translated = translate(str(source), output_file=str(folder / f"{name}.c"))
    if translated.num_errors:
        raise Missing(f"Cython reports {translated.num_errors} errors")
    headers = sysconfig.get_path("include")
    if not (Path(headers) / "Python.h").is_file():
        raise Missing(f"{headers} has no Python.h; on Debian and Ubuntu: apt install python3-dev")
    library = folder / f"{name}{sysconfig.get_config_var('EXT_SUFFIX')}"
    link = ["-shared", "-fPIC"] if sys.platform != "darwin" else ["-bundle", "-undefined", "dynamic_lookup"]
    words = [*command, *FLAGS, *link, f"-I{headers}", f"{folder / name}.c", "-o", str(library), "-lm"]
    built = subprocess.run(words, capture_output=True, text=True)
    if built.returncode:
        raise Missing(f"{shlex.join(words)} failed: {built.stderr.strip()[-500:]}")
    spec = importlib.util.spec_from_file_location(name, library)
    assert spec is not None
    assert spec.loader is not None
    try:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except (ImportError, OSError) as e:
        raise Missing(f"what {shlex.join(command)} made does not load: {e}") from None
    return module


def python_norm(x: list[float]) -> float:
    total = 0.0
    for value in x:
        total += value * value
    return float(total**0.5)


def numpy_norm(x: Matrix) -> float:
    return float(np.linalg.norm(x))


def norm(options: argparse.Namespace) -> None:
    """The norm of a vector of its own for each of 1 to n callers: bytecode, NumPy, Cython with and without the lock."""
    size = options.sizes[0]
    most = max(counts(options.threads))
    vectors = [np.random.default_rng(k).random(size) for k in range(most)]
    ways: dict[str, list[Callable[[], float]]] = {
        "python": [partial(python_norm, x[: size // 100].tolist()) for x in vectors],
        "numpy": [partial(numpy_norm, x) for x in vectors],
    }
    with tempfile.TemporaryDirectory(prefix="parlab-norm", ignore_cleanup_errors=True) as folder:
        try:
            module = cython_module(Path(folder))
            ways["cython-nogil"] = [partial(module.norm, x) for x in vectors]
            ways["cython-locked"] = [partial(module.norm_locked, x) for x in vectors]
            right = np.isclose(module.norm(vectors[0]), np.linalg.norm(vectors[0]), rtol=1e-12)
            emit(kind="check", way="cython-nogil", same=bool(right), flags=FLAGS)
        except Missing as e:
            emit(kind="missing", what="cython", why=str(e))
        measured = [
            (way, bodies, callers_now) for way, bodies in ways.items() for callers_now in counts(options.threads)
        ]
        with threadpool_limits(1, user_api="blas"):
            for number in range(options.rounds):
                for way, bodies, callers_now in in_turn(measured, number):
                    repeat = 1 if way == "python" else options.tasks
                    tasks = [partial(again, repeat, body) for body in bodies[:callers_now]]
                    wall, cpu = timed(partial(at_once, callers_now, tasks))
                    emit(
                        kind="norm",
                        round=number,
                        way=way,
                        values=(size // 100 if way == "python" else size) * repeat * callers_now,
                        callers=callers_now,
                        seconds=wall,
                        cpu_seconds=cpu,
                    )


EXPERIMENTS: list[Callable[[argparse.Namespace], None]] = [blas, loops, callers, dot, calls, inference, norm]


def main() -> None:
    by_name = {experiment.__name__: experiment for experiment in EXPERIMENTS}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=list(by_name))
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="callers at most")
    parser.add_argument("--blas-threads", type=int, default=1)
    parser.add_argument("--tasks", type=int, default=10, help="calls in a sample")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100], help="rows of a matrix, or length of a vector")
    options = parser.parse_args()
    by_name[options.experiment](options)


if __name__ == "__main__":
    main()
