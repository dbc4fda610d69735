"""What twins share: a way to print their figures, and the work that they time.

A twin is a plain Python script that measures something and prints what it found, one JSON object a line:

    from parlab_twin import emit
    emit(kind="threads", workers=2, seconds=1.25)

It runs alone from a terminal, and from a notebook by ``Twin.script("name.py").run()``, which reads the lines.
Diagnostics go to stderr. Only the standard library is needed. Nothing here starts a thread or touches a signal, so that
nothing disturbs what is measured; that no process of a script outlives the notebook is seen to from outside it.

Where a package cannot be imported, a script that imports this module first prints a row of kind "missing" that says so,
and ends without an error: the experiment is left out.
"""

from __future__ import annotations

import json
import math
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, cast

__all__ = [
    "NO_LOCK",
    "SUBINTERPRETERS",
    "count",
    "emit",
    "find_twins",
    "gil",
    "in_turns",
    "memory",
    "one_blas_thread",
    "side",
    "steps_for",
    "thread_pool",
    "timed",
]

CALIBRATION_SECONDS = 0.02

# The sides that are no CPython with its lock, by the names that they have in the lessons' tables.
NO_LOCK = "CPython, no lock"
SUBINTERPRETERS = "CPython, subinterpreters"

_printing = threading.Lock()


def emit(**fields: object) -> None:
    """Print one row: a line of JSON on standard output, flushed at once. Threads may call it at the same time.

    Values are text, booleans, ``None``, finite numbers, and lists, tuples, dicts and sets of these; NumPy's scalars
    and arrays count as the Python values that they stand for.

    Raises ``ValueError`` for NaN and infinity, which JSON does not have, and ``TypeError`` for any other type, both
    naming the field.
    """
    row = {name: _plain(value, name) for name, value in fields.items()}
    line = json.dumps(row, ensure_ascii=False, allow_nan=False)
    with _printing:
        print(line, flush=True)


def side() -> str:
    """The side on which this script runs, by the name that it has in the lessons' tables."""
    return os.environ.get("PARLAB_SIDE", "CPython")


def thread_pool(threads: int) -> Executor:
    """A pool of threads; on the side of the subinterpreters each has an interpreter, and a lock, of its own.

    Tasks are sent to such an interpreter as to a process: functions of a module, with arguments that can be pickled.
    """
    if side() != SUBINTERPRETERS:
        return ThreadPoolExecutor(threads)
    from concurrent.futures import InterpreterPoolExecutor  # type: ignore[attr-defined]  # from 3.14 on

    return cast(Executor, InterpreterPoolExecutor(threads, initializer=find_twins, initargs=(sys.path[0],)))


def find_twins(folder: str) -> None:
    """A new interpreter looks for modules where this script found this one."""
    if folder not in sys.path:
        sys.path.insert(0, folder)


def gil() -> str:
    """The state of the interpreter's global lock: ``on``, ``off``, or why one cannot tell."""
    ask = getattr(sys, "_is_gil_enabled", None)
    if ask is not None:
        return "on" if ask() else "off"
    if sys.implementation.name == "cpython":
        return "on (no way to ask before 3.13)"
    return "unknown"


def _leave_out(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Ends a script that lacks a package; any other uncaught exception is shown as usual."""
    package = _package(error, trace) if isinstance(error, ImportError) else __name__
    if package in {__name__, "__main__", *sys.stdlib_module_names}:
        sys.__excepthook__(kind, error, trace)
        return
    emit(kind="missing", what=package, why=f"{package} cannot be imported: {error}")
    os._exit(0)  # an uncaught exception's exit code is 1 otherwise


def _package(error: ImportError, trace: TracebackType | None) -> str:
    """What the error names or, where half an installation names nothing, whose code raised it."""
    frames = [frame for frame, _ in traceback.walk_tb(trace)]
    name = error.name or (frames[-1].f_globals["__name__"] if frames else __name__)
    return str(name).partition(".")[0]


sys.excepthook = _leave_out


def count(n: int) -> int:
    """The article's loop: nothing but bytecode."""
    total = 0
    while n:
        n -= 1
        total += n
    return total


def steps_for(seconds: float) -> int:
    """How many rounds of `count` take about that long in one thread, here and now."""
    n = 1000
    while True:
        start = time.perf_counter()
        count(n)
        taken = time.perf_counter() - start
        if taken > CALIBRATION_SECONDS:
            return max(1, int(n * seconds / taken))
        n *= 2


def timed(body: Callable[[], object]) -> float:
    """Wall-clock seconds."""
    start = time.perf_counter()
    body()
    return time.perf_counter() - start


def in_turns(ways: Sequence[tuple[str, Callable[[], object]]], rounds: int, **fields: object) -> None:
    """Every way once a round, forth and back, so that a busy moment of the machine hits all alike; a row each.

    What a way returns as a mapping becomes fields of its row.
    """
    for number in range(1, rounds + 1):
        for name, body in ways if number % 2 else reversed(ways):
            start = time.perf_counter()
            found = body()
            seconds = time.perf_counter() - start
            more = found if isinstance(found, Mapping) else {}
            emit(**fields, **more, way=name, round=number, seconds=seconds)


def memory(pid: int | str = "self") -> dict[str, int]:
    """A process's memory in bytes: resident, and its proportional share (PSS) of what it shares with others.

    Empty where the system does not tell, or if the process has ended.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    fields = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines[1:]}
    return {"rss": fields["Rss"], "pss": fields["Pss"]}


def one_blas_thread() -> None:
    """Gives each product one thread, in this process and those that it starts; to be called before NumPy is imported.

    What BLAS does with threads of its own is lesson 03's question.
    """
    for library in ("OPENBLAS", "MKL", "OMP", "VECLIB_MAXIMUM"):
        os.environ[f"{library}_NUM_THREADS"] = "1"


def _plain(value: Any, where: str) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{where} is {value}, which JSON cannot express")
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{where}.{key}") for key, item in value.items()}
    # NumPy is not imported for this: its scalars and arrays all have tolist, and give plain values by it.
    if hasattr(value, "tolist"):
        return _plain(value.tolist(), where)
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray)):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    raise TypeError(f"{where} is a {type(value).__name__}: give text, numbers, booleans, None, lists or dicts of these")
