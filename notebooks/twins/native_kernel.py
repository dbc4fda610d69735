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
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from parlab_twin import SUBINTERPRETERS, emit, side  # first: it says what is missing

# isort: split
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

Matrix = NDArray[Any]
Body = Callable[[], object]
Fields = dict[str, Any]


class Missing(Exception):
    """Something that an experiment could use is not here; the message says what, and what to do."""


def take_turns(ways: Sequence[tuple[Fields, Body]], rounds: int, before: Callable[[Fields], object]) -> None:
    """Every way once a round, forwards and backwards by turns, so that a slow spell of the machine hits them all.

    A row each; a first round does not count. What comes before a way is not measured.
    """
    for number in range(rounds + 1):
        for fields, body in ways if number % 2 else reversed(ways):
            before(fields)
            wall, cpu = time.perf_counter(), time.process_time()
            body()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            if number:
                emit(**fields, round=number, seconds=wall, cores=cpu / wall)


def nothing(_: Fields) -> None:
    """Where a way needs no preparation."""


def limit_blas(threads: int) -> None:
    threadpool_limits(threads, user_api="blas")


def limited_and_rested(fields: Fields) -> None:
    """Sets BLAS's threads, and lets them fall asleep: for some 30 ms after a product they keep cores busy."""
    limit_blas(fields["BLAS threads"])
    time.sleep(0.06)


def at_once(bodies: Sequence[Body]) -> None:
    """Runs each on a thread of its own; a single one in this thread."""
    if len(bodies) == 1:
        bodies[0]()
        return
    with ThreadPoolExecutor(len(bodies)) as pool:
        for future in [pool.submit(body) for body in bodies]:
            future.result()


def again(times: int, body: Body) -> None:
    for _ in range(times):
        body()


def counts(most: int) -> list[int]:
    """1, 2, 4 ... and the most."""
    return sorted({*(1 << i for i in range(most.bit_length()) if 1 << i <= most), most})


def blas(_: argparse.Namespace) -> None:
    """Which BLAS NumPy has, and whether its number of threads can be set."""
    found = [library for library in threadpool_info() if library["user_api"] == "blas"]
    names = [f"{one['internal_api']} {one['version']}, kernels for {one.get('architecture', '?')}" for one in found]
    emit(kind="blas", version="; ".join(names) or "one that does not tell", limitable=bool(found))


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
    a, b = (np.random.default_rng(k).random((30, 30)) for k in (1, 2))
    c = np.empty_like(a)
    compiled(a, b, c)
    for got in (c, np.array(python_product(a.tolist(), b.tolist()))):
        np.testing.assert_allclose(got, np.dot(a, b), rtol=1e-12)
    return compiled


# How a caller is prepared, and how many products it does: a few are over before the next thread has begun.
Maker = tuple[Fields, Callable[[], Body], int]


def random_square(size: int) -> Matrix:
    return np.random.default_rng(1).random((size, size))


def numba_makers(size: int) -> list[Maker]:
    """numba's machine code, with the lock held and released; where there is no numba, a row that says so."""

    def compiled(release: bool) -> Callable[[], Body]:
        product = numba_product(release)
        return lambda: partial(product, random_square(size), random_square(size), np.empty((size, size)))

    several = max(1, 20_000_000 // size**3)
    start = time.perf_counter()
    try:
        held = ({"way": "numba, lock held", "code": "compiled", "lock": "held"}, compiled(False), several)
        emit(kind="compile", seconds=time.perf_counter() - start)
        return [held, ({"way": "numba, lock released", "code": "", "lock": "released"}, compiled(True), several)]
    except Missing as e:
        emit(kind="missing", why=str(e))
        return []


def measure(makers: Sequence[Maker], threads: int, numbers: Sequence[int], rounds: int) -> None:
    """Products on each of these numbers of threads, each with matrices of its own."""
    ways: list[tuple[Fields, Body]] = []
    for fields, make, repeat in makers:
        bodies = [partial(again, repeat, make()) for _ in range(threads)]
        for number in numbers:
            row = {**fields, "threads": number, "products": repeat * number}
            ways.append((row, partial(at_once, bodies[:number])))
    limit_blas(1)
    take_turns(ways, rounds, nothing)


def loops(options: argparse.Namespace) -> None:
    """Products on 1 and on n threads: bytecode, numba, NumPy on one BLAS thread."""
    size = options.sizes[0]
    bytecode: Maker = (
        {"way": "bytecode", "code": "interpreted", "lock": "held"},
        lambda: partial(python_product, random_square(size).tolist(), random_square(size).tolist()),
        1,
    )
    numpy: Maker = (
        {"way": "np.dot", "code": "", "lock": "released"},
        lambda: partial(np.dot, random_square(size), random_square(size), np.empty((size, size))),
        max(1, 400_000_000 // size**3),
    )
    measure([bytecode, *numba_makers(size), numpy], options.threads, (1, options.threads), options.rounds)


def held(options: argparse.Namespace) -> None:
    """The same machine code on n threads, with the lock held and released."""
    measure(numba_makers(options.sizes[0]), options.threads, (options.threads,), options.rounds)


# ---- callers: BLAS threads under callers


def callers(options: argparse.Namespace) -> None:
    """One product a caller, for every number of callers: what the article did on eight threads."""
    size = options.sizes[0]
    random = np.random.default_rng(1)
    products: list[Body] = [
        partial(np.dot, random.random((size, size)), random.random((size, size)), np.empty((size, size)))
        for _ in range(options.threads)
    ]
    ways: list[tuple[Fields, Body]] = [
        ({"way": "NumPy", "BLAS threads": options.blas_threads, "callers": number}, partial(at_once, products[:number]))
        for number in counts(options.threads)
    ]
    take_turns(ways, options.rounds, limited_and_rested)


# ---- dot: a product on threads and on processes


_operands: dict[int, tuple[Matrix, Matrix]] = {}


def dot_product(size: int) -> float:
    """One product; each process makes its matrices itself, once."""
    if size not in _operands:
        random = np.random.default_rng(1)
        _operands[size] = (random.random((size, size)), random.random((size, size)))
    return float(np.dot(*_operands[size])[0, 0])


def dot(options: argparse.Namespace) -> None:
    """The same products one after the other, on threads and on processes, with so many BLAS threads."""
    sizes = [options.sizes[0]] * options.tasks

    def body(run: Callable[..., Any]) -> Body:
        return lambda: list(run(dot_product, sizes))

    t = options.blas_threads
    with (
        ThreadPoolExecutor(options.threads) as threads,
        ProcessPoolExecutor(options.threads, initializer=limit_blas, initargs=(t,)) as processes,
    ):
        maps: dict[str, Callable[..., Any]] = {"serial": map, "threads": threads.map, "processes": processes.map}
        ways = [({"way": way, "BLAS threads": t}, body(run)) for way, run in maps.items()]
        take_turns(ways, options.rounds, limited_and_rested)


# ---- calls: what a call costs


def calls(options: argparse.Namespace) -> None:
    """Nanoseconds of a call: the language's own abs, and the C library's labs through ctypes."""
    library = ctypes.cdll.msvcrt if os.name == "nt" else ctypes.CDLL(None)
    labs = library.labs
    labs.argtypes, labs.restype = [ctypes.c_long], ctypes.c_long
    functions: dict[str, Callable[[int], int]] = {"own language": abs, "call": labs}
    count = 100_000
    for number in range(1, options.rounds + 1):
        for way, body in functions.items():
            start = time.perf_counter_ns()
            for _ in range(count):
                body(-3)
            emit(round=number, way=way, **{"time (ns)": (time.perf_counter_ns() - start) / count})


# ---- inference: the article's, taken apart

ROWS, COLUMNS = 3072, 1000


def inference(options: argparse.Namespace) -> None:
    """x W with a random W each time, on 1 and on n threads: as a whole, and what precedes the product alone."""
    x = np.random.default_rng(1).random((1, ROWS))

    def memory() -> object:
        fresh = np.empty((ROWS, COLUMNS))
        fresh[:: max(1, 4096 // fresh.strides[0]), :: 4096 // fresh.itemsize] = 0  # the first touch of each page
        return fresh

    # The generator behind np.random is shared by all threads, and locked.
    parts: list[tuple[str, Body, int]] = [
        ("the whole", lambda: np.dot(x, np.random.rand(ROWS, COLUMNS)), 1),
        ("random numbers", lambda: np.random.rand(ROWS, COLUMNS), 1),
        ("numbers, own generator", lambda: np.random.default_rng().random((ROWS, COLUMNS)), 1),
        ("memory alone", memory, 10),
    ]
    measure_parts(parts, options)


def product(options: argparse.Namespace) -> None:
    """The product alone, on 1 and on n threads."""
    x = np.random.default_rng(1).random((1, ROWS))
    weights = np.random.default_rng(2).random((ROWS, COLUMNS))
    measure_parts([("product alone", lambda: np.dot(x, weights), 10)], options)


def measure_parts(parts: Sequence[tuple[str, Body, int]], options: argparse.Namespace) -> None:
    """Each with how often it is called for a call of the whole: few of the short are over before a thread has begun."""
    ways: list[tuple[Fields, Body]] = []
    for way, part, repeat in parts:
        for threads in (1, options.threads):
            calls = repeat * options.tasks
            share = partial(again, calls // threads, part)
            ways.append(({"way": way, "threads": threads, "calls": calls}, partial(at_once, [share] * threads)))
    limit_blas(1)
    take_turns(ways, options.rounds, nothing)


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
    """Imports the norm from that folder; where it is not there yet, it is translated and compiled."""
    name = "parlab_norm"
    library = folder / f"{name}{sysconfig.get_config_var('EXT_SUFFIX')}"
    if not library.is_file():
        build(folder / f"{name}.pyx", library)
    spec = importlib.util.spec_from_file_location(name, library)
    assert spec is not None
    assert spec.loader is not None
    try:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except (ImportError, OSError) as e:
        raise Missing(f"what the C compiler made does not load: {e}") from None
    return module


def build(source: Path, library: Path) -> None:
    if os.name == "nt":
        raise Missing("on Windows this twin does not compile")
    command = compiler()
    try:
        from Cython.Compiler.Main import compile as translate
    except ImportError as e:
        raise Missing(f"Cython is not installed ({e}): pip install cython") from None
    source.write_text(NORM, encoding="utf-8")
    translated = translate(str(source), output_file=str(source.with_suffix(".c")))
    if translated.num_errors:
        raise Missing(f"Cython reports {translated.num_errors} errors")
    headers = sysconfig.get_path("include")
    if not (Path(headers) / "Python.h").is_file():
        raise Missing(f"{headers} has no Python.h; on Debian and Ubuntu: apt install python3-dev")
    link = ["-shared", "-fPIC"] if sys.platform != "darwin" else ["-bundle", "-undefined", "dynamic_lookup"]
    words = [*command, *FLAGS, *link, f"-I{headers}", str(source.with_suffix(".c")), "-o", str(library), "-lm"]
    built = subprocess.run(words, capture_output=True, text=True)
    if built.returncode:
        raise Missing(f"{shlex.join(words)} failed: {built.stderr.strip()[-500:]}")


def python_norm(x: list[float]) -> float:
    total = 0.0
    for value in x:
        total += value * value
    return float(total**0.5)


# A way, with its vectors, and how many norms a thread takes of its own.
Kind = tuple[str, Callable[[Any], object], Sequence[Any], int]


def norm(options: argparse.Namespace) -> None:
    """The norm of a vector for each of 1 and of n threads: Cython that holds the lock, NumPy, bytecode."""
    vectors = [np.random.default_rng(k).random(options.sizes[0]) for k in range(options.threads)]
    short = [x[:5000].tolist() for x in vectors]
    kinds: list[Kind] = [
        ("NumPy", np.linalg.norm, vectors, options.tasks),
        (f"bytecode, on {len(short[0]) * 8 / 1000:.0f} KB", python_norm, short, 1),
    ]
    try:
        kinds.insert(0, ("Cython, lock held", cython_module(options.folder).norm_locked, vectors, options.tasks))
    except Missing:
        pass  # the next experiment says so
    measure_norms(kinds, options)


def released(options: argparse.Namespace) -> None:
    """The norm in Cython that releases the lock, on 1 and on n threads."""
    vectors = [np.random.default_rng(k).random(options.sizes[0]) for k in range(options.threads)]
    try:
        module = cython_module(options.folder)
    except Missing as e:
        emit(kind="missing", why=str(e))
        return
    np.testing.assert_allclose(module.norm(vectors[0]), np.linalg.norm(vectors[0]), rtol=1e-12)
    measure_norms([("Cython, lock released", module.norm, vectors, options.tasks)], options)


def measure_norms(kinds: Sequence[Kind], options: argparse.Namespace) -> None:
    ways: list[tuple[Fields, Body]] = []
    for way, function, data, repeat in kinds:
        bodies = [partial(again, repeat, partial(function, x)) for x in data]
        for threads in (1, options.threads):
            fields = {"way": way, "threads": threads, "numbers": len(data[0]) * repeat * threads}
            ways.append((fields, partial(at_once, bodies[:threads])))
    limit_blas(1)
    take_turns(ways, options.rounds, nothing)


EXPERIMENTS: list[Callable[[argparse.Namespace], None]] = [
    blas,
    loops,
    held,
    callers,
    dot,
    calls,
    inference,
    product,
    norm,
    released,
]


def main() -> None:
    by_name = {experiment.__name__: experiment for experiment in EXPERIMENTS}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=list(by_name))
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="callers at most")
    parser.add_argument("--blas-threads", type=int, default=1)
    parser.add_argument("--tasks", type=int, default=10, help="calls in a sample")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--folder", type=Path, help="for what norm and released compile, and find there next time")
    parser.add_argument("--sizes", type=int, nargs="*", default=[100], help="rows of a matrix, or length of a vector")
    options = parser.parse_args()
    if side() != SUBINTERPRETERS:  # nothing here is about a pool of interpreters
        by_name[options.experiment](options)


if __name__ == "__main__":
    main()
