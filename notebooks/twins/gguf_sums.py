"""Name and sum of every tensor of a GGUF file, in CPython with the `gguf` package.

Usage: gguf_sums.py EXPERIMENT --file MODEL [options], where EXPERIMENT is a function of this file below.
Prints its figures as JSON lines; every figure is a raw sample, the lesson does the statistics.
"""

from __future__ import annotations

import argparse
import gc
import math
import multiprocessing
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, ReaderTensor
from gguf.quants import dequantize
from numpy.typing import NDArray
from parlab_twin import emit

if sys.platform != "win32":
    import resource

Array = NDArray[Any]
Sum = tuple[str, float]  # a tensor's name and the sum of its values
CHUNK = 1 << 20
LOOP_VALUES = 40_000  # what a loop of bytecode is tried on: a few hundredths of a second
STARTS = ["fork", "spawn", "forkserver"]


def make(options: argparse.Namespace) -> None:
    """Makes the file, unless it is there."""
    script = Path(__file__).resolve().parents[1] / "data" / "make_gguf.py"
    command = [sys.executable, str(script), "--out", options.file]
    made = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    emit(said=made.stdout.strip().removeprefix(f"{options.file}: "), bytes=Path(options.file).stat().st_size)


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


_reader: GGUFReader | None = None  # one in each process; a forked one has its parent's


def open_here(path: str) -> None:
    global _reader
    if _reader is None:
        _reader = opened(path)


def by_index(how: str, values: int, index: int) -> Sum:
    """A task for a worker that has opened the file itself."""
    assert _reader is not None
    return by_tensor(how, values, _reader.tensors[index])


@dataclass(frozen=True)
class Place:
    """Where a tensor lies in the file: enough to map it without reading the file's header again."""

    name: str
    kind: int
    dtype: str
    shape: tuple[int, ...]
    offset: int

    @staticmethod
    def of(tensor: ReaderTensor) -> Place:
        data = tensor.data
        return Place(tensor.name, int(tensor.tensor_type), data.dtype.str, data.shape, tensor.data_offset)


def by_place(how: str, values: int, path: str, place: Place) -> Sum:
    """A task that carries the file's name and the place of the tensor in it."""
    stored = np.memmap(path, place.dtype, "r", place.offset, place.shape)
    return place.name, HOW[how](first(stored, values), GGMLQuantizationType(place.kind))


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
    start: str  # how processes begin; empty where there are none
    pool: Callable[[], Executor] | None
    task: Callable[[Any], Sum]
    arguments: Sequence[Any]

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


def ways(options: argparse.Namespace, how: str, tensors: Sequence[ReaderTensor]) -> list[Way]:
    workers, values = options.workers, options.values if how == "loop" else 0
    whole = partial(by_tensor, how, values)
    # Only what is to be added is sent, else a sample's run would measure nothing but the sending.
    parts = [tensor._replace(data=first(tensor.data, values)) for tensor in tensors]
    threads = partial(ThreadPoolExecutor, workers)
    found = [
        Way("serial", "", None, whole, tensors),
        Way("threads", "", threads, whole, tensors),
        Way("threads-copies", "", threads, partial(by_copy, how, values), tensors),
    ]
    for start in options.starts:
        if start not in multiprocessing.get_all_start_methods():
            continue
        pool = partial(ProcessPoolExecutor, workers, multiprocessing.get_context(start))
        opening = partial(pool, initializer=open_here, initargs=(options.file,))
        place = partial(by_place, how, values, options.file)
        found += [
            Way("processes-tensors", start, pool, whole, parts),
            Way("processes-index", start, opening, partial(by_index, how, values), range(len(tensors))),
            Way("processes-places", start, pool, place, [Place.of(tensor) for tensor in tensors]),
        ]
    return [way for way in found if way.name in options.ways]


def run(options: argparse.Namespace) -> None:
    """The whole job in every way, in alternation: wall seconds of the tasks.

    What the parent spends on opening the file is a row of its own. The loop is run on the first --values of each tensor
    only, and on the stored numbers.
    """
    wall = time.perf_counter()
    open_here(options.file)
    assert _reader is not None
    tensors = _reader.tensors
    emit(kind="open", seconds=time.perf_counter() - wall, tensors=len(tensors))
    todo = [(how, way) for how in options.how for way in ways(options, how, tensors)]
    for how, way in todo:
        if way.start:
            sent = sum(len(ForkingPickler.dumps((way.task, argument))) for argument in way.arguments)
            emit(kind="sent", how=how, way=way.name, start=way.start, bytes=sent, tasks=len(way.arguments))
    expected: dict[str, list[Sum]] = {}
    deadline = time.perf_counter() + options.seconds
    for number in range(options.rounds):
        if number and time.perf_counter() > deadline:
            break
        for how, way in todo if number % 2 == 0 else reversed(todo):
            result, seconds = way.run()
            emit(
                kind="run",
                round=number,
                how=how,
                way=way.name,
                start=way.start,
                workers=1 if way.pool is None else options.workers,
                seconds=seconds,
                same=result == expected.setdefault(how, result),
            )


# ---- hypotheses: what can make the job a hundred times slower?


def hypotheses(options: argparse.Namespace) -> None:
    """The time of everything that may have been slow, each on as much of the file as its time allows.

    A row says for how many values, bytes or tensors (`per`, `count`) the `seconds` are, and on which `array`: `mapped`
    as the reader gives it, `sent` as it arrives in another process, `plain` copied into NumPy's own memory.
    """
    deadline = time.perf_counter() + options.seconds
    for number in range(options.rounds):
        if number and time.perf_counter() > deadline:
            break
        # First, while nothing maps the file: what is mapped stays in the page cache.
        for temperature in ("cold", "warm"):
            reading(number, options.file, temperature)
        start = time.perf_counter()
        tensors = opened(options.file).tensors
        emit_time(number, "open the file", "", time.perf_counter() - start, "tensor", 1)
        if number == 0:
            size = sum(tensor.n_bytes for tensor in tensors)
            values = sum(tensor.n_elements for tensor in tensors)
            emit(kind="job", tensors=len(tensors), bytes=size, values=values)
        whole_tensors(number, tensors)
        some_values(number, tensors)
        del tensors
        gc.collect()  # the reader and its fields refer to each other; the mapping must go before the next cold read


def emit_time(number: int, what: str, array: str, seconds: float, per: str, count: int) -> None:
    emit(kind="time", round=number, what=what, array=array, seconds=seconds, per=per, count=count)


def reading(number: int, path: str, temperature: str) -> None:
    """One byte of every page, so that all of the file is fetched. `disk_bytes` says what really came from the disk."""
    if not hasattr(os, "posix_fadvise"):
        return
    if temperature == "cold":
        with open(path, "rb") as file:  # noqa: PTH123 (a descriptor is needed)
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    mapped = np.memmap(path, mode="r")
    before = blocks_read()
    start = time.perf_counter()
    int(np.sum(mapped[::4096], dtype=np.int64))
    seconds = time.perf_counter() - start
    disk = (blocks_read() - before) * 512
    emit(
        kind="time",
        round=number,
        what=f"{temperature} read",
        array="mapped",
        seconds=seconds,
        per="byte",
        count=mapped.size,
        disk_bytes=disk,
    )


def blocks_read() -> int:
    return 0 if sys.platform == "win32" else resource.getrusage(resource.RUSAGE_SELF).ru_inblock


def whole_tensors(number: int, tensors: Sequence[ReaderTensor]) -> None:
    """What is quick enough to be done to all tensors."""
    values = sum(tensor.n_elements for tensor in tensors)
    size = sum(tensor.n_bytes for tensor in tensors)

    def each(body: Callable[[ReaderTensor], object]) -> float:
        start = time.perf_counter()
        for tensor in tensors:
            body(tensor)
        return time.perf_counter() - start

    job = each(lambda tensor: numpy_sum(tensor.data, tensor.tensor_type))
    emit_time(number, "dequantize, np.sum", "mapped", job, "value", values)
    emit_time(number, "np.sum as stored", "mapped", each(lambda t: np.sum(t.data, dtype=np.float64)), "byte", size)
    emit_time(number, "copy", "mapped", each(lambda tensor: np.array(tensor.data)), "byte", size)
    emit_time(number, "pickle and unpickle", "mapped", each(lambda t: pickle.loads(pickle.dumps(t))), "byte", size)


def some_values(number: int, tensors: Sequence[ReaderTensor]) -> None:
    """Ways of adding values, on a part of the largest tensor that is stored as numbers."""
    matrices = [t for t in tensors if t.data.ndim > 1]
    largest = max((t for t in matrices if t.data.dtype.kind == "f"), key=lambda t: t.n_elements, default=None)
    quantised = max((t for t in matrices if t.data.dtype == np.uint8), key=lambda t: t.n_elements, default=None)
    if largest is None or quantised is None:
        sys.exit("the file needs a matrix of floats and a quantised one: make one with notebooks/data/make_gguf.py")
    mapped = first(largest.data, LOOP_VALUES)
    arrays = {"mapped": mapped, "sent": pickle.loads(pickle.dumps(mapped)), "plain": np.array(mapped)}
    for what, body in {**LOOPS, **CALLS}.items():
        times = 20 if what in CALLS else 1  # long enough for the clock
        for array, data in arrays.items():
            start = time.perf_counter()
            for _ in range(times):
                body(data)
            emit_time(number, what, array, time.perf_counter() - start, "value", times * data.size)
    rows = first(quantised.data, LOOP_VALUES)
    start = time.perf_counter()
    for k in range(len(rows)):
        numpy_sum(rows[k : k + 1], quantised.tensor_type)
    per_row = quantised.n_elements // len(quantised.data)
    emit_time(number, "dequantize row by row", "mapped", time.perf_counter() - start, "value", len(rows) * per_row)


def by_values(data: Array) -> float:
    return loop_sum(data, GGMLQuantizationType.F16)


def by_indices(data: Array) -> float:
    total = 0.0
    for i in range(data.shape[0]):
        for j in range(data.shape[1]):
            total += float(data[i, j])
    return total


def by_built_in(data: Array) -> float:
    return sum(sum(row.astype(np.float32)) for row in data)


def by_flat_built_in(data: Array) -> float:
    return sum(map(float, data.reshape(-1)))


def by_list(data: Array) -> float:
    return float(sum(data.reshape(-1).tolist()))


def by_rows(data: Array) -> object:
    return sum(data)


LOOPS: dict[str, Callable[[Array], object]] = {
    "loop over rows and values": by_values,
    "loop over indices": by_indices,
    "sum() of every row": by_built_in,
    "sum() of the flat array": by_flat_built_in,
    "sum() of tolist()": by_list,
    "sum() of the rows": by_rows,
}
CALLS: dict[str, Callable[[Array], object]] = {
    "np.sum in float16": np.sum,
    "np.sum in float64": partial(np.sum, dtype=np.float64),
    "to float32, np.sum": lambda data: np.sum(data.astype(np.float32)),
}


def main() -> None:
    experiments = {"make": make, "sums": sums, "run": run, "hypotheses": hypotheses}
    everything = ["serial", "threads", "threads-copies", "processes-tensors", "processes-index", "processes-places"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=list(experiments))
    parser.add_argument("--file", required=True, help="the GGUF file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30, help="no round begins after that")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--way", dest="ways", nargs="*", default=everything, choices=everything)
    parser.add_argument("--starts", nargs="*", default=STARTS[:2], choices=STARTS, help="where available")
    parser.add_argument("--how", nargs="*", choices=list(HOW), default=["numpy"], help="how values are added")
    parser.add_argument("--values", type=int, default=8000, help="the loop adds so many of each tensor; 0: all")
    options = parser.parse_args()
    experiments[options.experiment](options)


if __name__ == "__main__":
    main()
