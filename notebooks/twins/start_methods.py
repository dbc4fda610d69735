"""What the ways of starting processes do to code that is not in a file, or that is run again by being imported.

Two experiments of process_pool.py, each in an interpreter of its own, which may fail or never end.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from parlab_twin import emit

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
    default = multiprocessing.get_start_method()
    for method in multiprocessing.get_all_start_methods():
        with tempfile.TemporaryDirectory() as folder:
            script, trace = Path(folder) / "unguarded.py", Path(folder) / "trace"
            script.write_text(UNGUARDED.format(method=method, trace=str(trace)), encoding="utf-8")
            code, out, error = snippet([str(script)], options.seconds)
            runs = len(trace.read_text().splitlines()) if trace.exists() else 0
        works = code == 0 and out == "6"
        emit(method=method, default=method == default, works=works, **{"main ran": runs}, error=error)


def typed(options: argparse.Namespace) -> None:
    """A function that was typed in, not imported from a file, sent to a worker: by each start method."""
    default = multiprocessing.get_start_method()
    for method in multiprocessing.get_all_start_methods():
        code, out, error = snippet(["-c", TYPED.format(method=method)], options.seconds)
        emit(method=method, default=method == default, works=code == 0 and out == "14", error=error)
