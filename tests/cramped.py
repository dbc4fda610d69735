"""Runs one lesson cell by cell, interrupts cells that take long, and runs them again to their end.

Usage: cramped.py LESSON FILE; the notebook with its outputs goes to the file. Started by test_lessons.py inside walls
that it names: one processor, no network, 2 GB.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from conftest import FULL, NOTEBOOKS
from kernel import Kernel, cpu_seconds, family

LONG_SECONDS = 1.2  # a cell that has not ended by then is a long one
# Which of the long cells are interrupted, and run again from their start: every third, for the sake of the time that
# all tests take together; "make soak" interrupts every one.
EVERY = 1 if FULL else 3
END_SECONDS = 900.0
# JJava loses an interrupt that comes while it compiles a statement of the cell, not while it runs one; a learner who
# sees the cell go on asks again, and so do we, more patiently each time: the machine may be busy with other work.
REPLY_SECONDS = (1.0, 1.0, 1.0, 1.0, 5.0, 5.0, 10.0, 30.0)
# What its threads and processes are given to end: CPU time, for they share the processor with other tests and perhaps
# with other work, but no more than some time by the clock. A thread in native code, such as one that answers with a
# large model, sees an interrupt only when it is back.
GRACE_CPU_SECONDS = 6.0
GRACE_SECONDS = 60.0
WATCH_SECONDS = 0.3
IDLE_CPU_SECONDS = 0.12  # of WATCH_SECONDS; the kernel's own threads are in it
WORKERS = 2  # of a pool, on one processor


def interrupt(kernel: Kernel, message: str, allowed: int) -> str:
    """What is wrong with the cell's end, or an empty string; so many processes below the kernel may go on, idle."""
    for seconds in REPLY_SECONDS:
        kernel.interrupt()
        if kernel.wait(message, seconds) is not None:
            break
    else:
        return "it went on"
    deadline = time.monotonic() + GRACE_SECONDS
    total = 0.0
    while True:  # most cells are quiet at once, and a lesson has dozens
        before = cpu_seconds(family(kernel.pid))
        time.sleep(WATCH_SECONDS)
        spent = cpu_seconds(family(kernel.pid)) - before
        children = family(kernel.pid)[1:]
        if spent <= IDLE_CPU_SECONDS and len(children) <= allowed:
            return ""
        total += max(spent, 0)
        if total > GRACE_CPU_SECONDS or time.monotonic() > deadline:
            break
    if spent > IDLE_CPU_SECONDS:
        return f"it used {total:.1f} CPU seconds after the interrupt, {spent:.2f} in the last {WATCH_SECONDS} s"
    return f"it left {[command_line(pid) for pid in children]}, {allowed} were to be kept"


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return "one that has ended meanwhile"


def stacks(pid: int) -> str:
    """Where the threads of a JVM stand."""
    jcmd = Path(os.environ["JAVA_HOME"]) / "bin" / "jcmd"
    asked = subprocess.run([jcmd, str(pid), "Thread.print"], capture_output=True, encoding="utf-8", timeout=60)
    return asked.stdout + asked.stderr


def processes_kept(source: str) -> int:
    """How many processes may outlive a cell: workers, members and a server that it keeps in a notebook variable."""
    pools = re.findall(r"^(?:var|ProcessPool|Cluster) \w+ = (?:ProcessPool|Cluster)", source, re.MULTILINE)
    servers = re.findall(r"^ImageServer \w+ = ImageServer", source, re.MULTILINE)
    return WORKERS * len(pools) + len(servers)


def main(name: str, written: Path) -> None:
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    interrupted: list[str] = []
    ran = 0
    long = 0
    kept = 0  # workers start when there is something to do: not all of them need be there
    begin = time.monotonic()
    with Kernel() as kernel:
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            keeps = processes_kept(cell.source)
            kept += keeps
            message = kernel.start(cell.source)
            reply = kernel.wait(message, LONG_SECONDS)
            if reply is None:
                long += 1
                if (long - 1) % EVERY:
                    reply = kernel.wait(message, END_SECONDS)
            if reply is None:
                interrupted.append(cell.id)
                if problem := interrupt(kernel, message, kept):
                    sys.exit(f"cell {cell.id} was interrupted, but {problem}:\n{cell.source}")
                kept += keeps
                reply = kernel.wait(kernel.start(cell.source), END_SECONDS)
            if reply is None:
                sys.exit(f"cell {cell.id} did not end within {END_SECONDS} s:\n{cell.source}\n{stacks(kernel.pid)}")
            if reply.status != "ok":
                sys.exit(f"cell {cell.id}:\n{cell.source}\n{reply.error}")
            if text := reply.text("stderr"):
                sys.exit(f"cell {cell.id} wrote to stderr: {text}")
            ran += 1
            cell.execution_count = ran
            cell.outputs = reply.for_notebook()
            for sentence in reply.data("text/markdown"):
                print(f"{cell.id}: {sentence}")
    if len(interrupted) < 5:
        sys.exit(f"too few cells took long enough to be interrupted: {interrupted}")
    nbformat.write(notebook, written)
    seconds = time.monotonic() - begin
    print(f"{name}: {len(interrupted)} of {long} long cells interrupted, all in {seconds:.0f} s: {interrupted}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
