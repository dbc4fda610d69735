"""Name and sum of every tensor of a GGUF file, in CPython with the `gguf` package.

Usage: gguf_sums.py EXPERIMENT --file MODEL [options], where EXPERIMENT is a function of this file below.
Prints a JSON line for each round of each way, with the columns and the ways' names of the JVM's side; the lesson does
the statistics.
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import pickle
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing.reduction import ForkingPickler
from typing import Any

from parlab_twin import emit  # first: it says what is missing

# isort: split
import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, ReaderTensor
from gguf.quants import dequantize
from numpy.typing import NDArray

if sys.platform != "win32":
    import resource

Array = NDArray[Any]
Sum = tuple[str, float]  # a tensor's name and the sum of its values
CHUNK = 1 << 20
LOOP_VALUES = 40_000  # what a loop of bytecode is tried on: a few hundredths of a second


# ---- the job


def numpy_sum(stored: Array, kind: GGMLQuantizationType) -> float:
    return float(np.sum(dequantize(stored, kind), dtype=np.float64))


def loop_sum(stored: Array, _: GGMLQuantizationType) -> float:
    """The stored values, one after the other, in bytecode; 0.0 and float(..), else a float16 sum would stay one."""
    total = 0.0
    for row in np.atleast_2d(stored):
        for value in row:
            total += float(value)
    return total


HOW: dict[str, Callable[[Array, GGMLQuantizationType], float]] = {"numpy": numpy_sum, "loop": loop_sum}


def first(stored: Array, values: int) -> Array:
    """About that many of the stored values, whole rows; all of them for 0."""
    return stored[: max(1, values // stored.shape[-1])] if values and stored.ndim > 1 else stored


def opened(path: str) -> GGUFReader:
    """The package's reader; what it says of a broken file does not name the file."""
    try:
        return GGUFReader(path)
    except (OSError, ValueError, KeyError, IndexError) as e:
        sys.exit(f"{path} is not a whole GGUF file ({e}): make it again with notebooks/data/make_gguf.py")


def by_tensor(how: str, values: int, tensor: ReaderTensor) -> Sum:
    """The article's task: the reader's tensor is its argument."""
    return tensor.name, HOW[how](first(tensor.data, values), tensor.tensor_type)


def by_copy(how: str, values: int, tensor: ReaderTensor) -> Sum:
    """The article's task on a copy in memory, as a task in another process has it."""
    return tensor.name, HOW[how](np.array(first(tensor.data, values)), tensor.tensor_type)


# ---- sums: for the comparison with other readers of the file


def sums(options: argparse.Namespace) -> None:
    """Every tensor's sum, and a checksum of the bits of its values, for comparison with another reader's."""
    for tensor in opened(options.file).tensors:
        values = dequantize(tensor.data, tensor.tensor_type).reshape(-1)
        emit(
            name=tensor.name,
            type=tensor.tensor_type.name,
            dims=tensor.shape,
            values=values.size,
            sum=float(np.sum(values, dtype=np.float64)),
            magnitude=magnitude(values),
            checksum=f"{checksum(values):016x}",
            first=values[:4],
        )


def chunks(values: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    for start in range(0, values.size, CHUNK):
        yield start, values[start : start + CHUNK]


def magnitude(values: NDArray[np.float32]) -> float:
    """The sum of the absolute values. Two ways of adding differ by at most this times n times 2^-52."""
    return math.fsum(float(np.sum(np.abs(part), dtype=np.float64)) for _, part in chunks(values))


def checksum(values: NDArray[np.float32]) -> int:
    """The 32 bits of value number i (from 0), as an unsigned number, times 2i + 1; added up modulo 2^64.

    An odd factor loses no bit, so one wrong value always shows; and the factors differ, so an exchange shows as well.
    """
    total = 0
    for start, part in chunks(values):
        bits = np.ascontiguousarray(part).view(np.uint32).astype(np.uint64)
        odd = np.arange(2 * start + 1, 2 * (start + part.size), 2, dtype=np.uint64)
        total += int(np.sum(bits * odd))
    return total % 2**64


# ---- run: the whole job, one way after the other


@dataclass(frozen=True)
class Way:
    """How the job is spread: which pool, and what a task carries."""

    name: str
    pool: Callable[[], Executor] | None
    task: Callable[[ReaderTensor], Sum]
    arguments: Sequence[ReaderTensor]

    def run(self) -> tuple[list[Sum], float]:
        """The sums, and the seconds that the tasks took; a pool has started before they begin."""
        if self.pool is None:
            begin = time.perf_counter()
            return [self.task(argument) for argument in self.arguments], time.perf_counter() - begin
        with self.pool() as executor:
            # All workers must be busy at once, or one of them does everything and the others are not started.
            list(executor.map(time.sleep, [0.02] * getattr(executor, "_max_workers", 2)))
            begin = time.perf_counter()
            futures = [executor.submit(self.task, argument) for argument in self.arguments]
            return [future.result() for future in futures], time.perf_counter() - begin


def ways(options: argparse.Namespace) -> list[Way]:
    """Each way of the job; in a loop of bytecode on the first --values stored numbers of each tensor only."""
    tensors = opened(options.file).tensors
    values = options.values if options.how == "loop" else 0
    whole = partial(by_tensor, options.how, values)
    # Only what is to be added is sent, else a sample's run would measure nothing but the sending.
    parts = [tensor._replace(data=first(tensor.data, values)) for tensor in tensors]
    threads = partial(ThreadPoolExecutor, options.workers)
    found = [
        Way("serial", None, whole, tensors),
        Way("threads", threads, whole, tensors),
        Way("threads, tensors copied", threads, partial(by_copy, options.how, values), tensors),
        Way("processes, tensors sent", partial(ProcessPoolExecutor, options.workers), whole, parts),
    ]
    return [way for way in found if way.name in options.ways]


def run(options: argparse.Namespace) -> None:
    """The whole job in every way, in alternation: wall seconds of the tasks."""
    todo = ways(options)
    for way in todo:
        if way.name.startswith("processes"):
            sent = sum(len(ForkingPickler.dumps((way.task, argument))) for argument in way.arguments)
            emit(kind="sent", way=way.name, bytes=sent)
    expected: list[Sum] | None = None
    deadline = time.perf_counter() + options.seconds
    for number in range(1, options.rounds + 1):
        if number > 1 and time.perf_counter() > deadline:
            break
        for way in todo if number % 2 else reversed(todo):
            result, seconds = way.run()
            expected = expected or result
            emit(way=way.name, round=number, seconds=seconds, same=result == expected)


# ---- hypotheses: what can make the job a hundred times slower?


def hypotheses(options: argparse.Namespace) -> None:
    """What may have been slow, each on as much of the file as its time allows, and scaled up to the whole of it.

    Arrays are *mapped* as the reader gives them, or *sent* as they arrive in another process.
    """
    deadline = time.perf_counter() + options.seconds
    for number in range(1, options.rounds + 1):
        if number > 1 and time.perf_counter() > deadline:
            break
        cold_read(number, options.file)  # first, while nothing maps the file: what is mapped stays in the page cache
        begin = time.perf_counter()
        tensors = opened(options.file).tensors
        emit_whole(number, "open for each", time.perf_counter() - begin, len(tensors))
        whole_tensors(number, tensors)
        some_values(number, tensors)
        del tensors
        gc.collect()  # the reader and its fields refer to each other; the mapping must go before the next cold read


def emit_whole(number: int, way: str, seconds: float, times: float = 1) -> None:
    """A row for a part of the work, so many times of which are all."""
    emit(way=way, round=number, **{"whole file (s)": seconds * times})


def cold_read(number: int, path: str) -> None:
    """One byte of every page, so that all of the file is fetched. No row where it was in memory in spite of all."""
    if sys.platform == "win32" or not hasattr(os, "posix_fadvise"):
        return
    with open(path, "rb") as file:  # noqa: PTH123 (a descriptor is needed)
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    mapped = np.memmap(path, mode="r")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_inblock
    begin = time.perf_counter()
    int(np.sum(mapped[::4096], dtype=np.int64))
    seconds = time.perf_counter() - begin
    if resource.getrusage(resource.RUSAGE_SELF).ru_inblock > before:
        emit_whole(number, "read, cold", seconds)


def whole_tensors(number: int, tensors: Sequence[ReaderTensor]) -> None:
    """What is quick enough to be done to all tensors."""
    bodies: dict[str, Callable[[ReaderTensor], object]] = {
        "the job": lambda tensor: numpy_sum(tensor.data, tensor.tensor_type),
        "copy": lambda tensor: np.array(tensor.data),
        "pickle": lambda tensor: pickle.loads(pickle.dumps(tensor)),
    }
    for way, body in bodies.items():
        begin = time.perf_counter()
        for tensor in tensors:
            body(tensor)
        emit_whole(number, way, time.perf_counter() - begin)


def some_values(number: int, tensors: Sequence[ReaderTensor]) -> None:
    """Ways of adding values, on a part of the largest tensors that are stored as numbers, and quantised."""
    values = sum(tensor.n_elements for tensor in tensors)
    matrices = [t for t in tensors if t.data.ndim > 1]
    largest = max((t for t in matrices if t.data.dtype.kind == "f"), key=lambda t: t.n_elements, default=None)
    quantised = max((t for t in matrices if t.data.dtype == np.uint8), key=lambda t: t.n_elements, default=None)
    if largest is None or quantised is None:
        sys.exit("the file needs a matrix of floats and a quantised one: make one with notebooks/data/make_gguf.py")
    rows = first(quantised.data, LOOP_VALUES)
    begin = time.perf_counter()
    for k in range(len(rows)):
        numpy_sum(rows[k : k + 1], quantised.tensor_type)
    share = len(rows) / len(quantised.data) * quantised.n_elements
    emit_whole(number, "row by row", time.perf_counter() - begin, values / share)
    mapped = first(largest.data, LOOP_VALUES)
    for array, data in (("mapped", mapped), ("sent", pickle.loads(pickle.dumps(mapped)))):
        begin = time.perf_counter()
        loop_sum(data, largest.tensor_type)
        emit_whole(number, f"loop, {array}", time.perf_counter() - begin, values / data.size)


def main() -> None:
    experiments = {"sums": sums, "run": run, "hypotheses": hypotheses}
    everything = ["serial", "threads", "threads, tensors copied", "processes, tensors sent"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=list(experiments))
    parser.add_argument("--file", required=True, help="the GGUF file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30, help="no round begins after that")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--way", dest="ways", nargs="*", default=everything, choices=everything)
    parser.add_argument("--how", choices=list(HOW), default="numpy", help="how values are added")
    parser.add_argument("--values", type=int, default=8000, help="the loop adds so many of each tensor; 0: all")
    options = parser.parse_args()
    experiments[options.experiment](options)


if __name__ == "__main__":
    main()
