"""What every twin needs: a way to print its figures.

A twin is a plain Python script that measures something and prints what it found, one JSON object a line:

    from parlab_twin import emit
    emit(kind="threads", workers=2, seconds=1.25)

It runs alone from a terminal, and from a notebook by ``Twin.script("name.py").run()``, which reads the lines.
Diagnostics go to stderr. Only the standard library is needed. Nothing here starts a thread or touches a signal, so that
nothing disturbs what is measured; that no process of a script outlives the notebook is seen to from outside it.
"""

from __future__ import annotations

import json
import math
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["emit", "gil"]

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


def gil() -> str:
    """The state of the interpreter's global lock: ``on``, ``off``, or why one cannot tell."""
    ask = getattr(sys, "_is_gil_enabled", None)
    if ask is not None:
        return "on" if ask() else "off"
    if sys.implementation.name == "cpython":
        return "on (no way to ask before 3.13)"
    return "unknown"


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
