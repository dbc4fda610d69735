"""Lessons inside walls: one processor, 2 GB, no network, no C compiler. What runs there is cramped.py."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue


@dataclass(frozen=True)
class Cramped:
    """A run on one processor: how it ended, the notebook then, and the marker in its processes' environment."""

    result: subprocess.CompletedProcess[str]
    written: Path
    marker: str


# No wider vectors than nearly every processor has; a processor of another kind knows nothing of the option.
CRAMPED_JVM = "-XX:MaxRAM=2g -XX:+IgnoreUnrecognizedVMOptions -XX:UseAVX=2"


def bare_path(folder: Path) -> str:
    """A PATH with next to nothing on it: no compiler above all."""
    for name in ("sh", "ip", "taskset", "unshare"):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return str(folder)


def run_cramped(name: str, processor: int, folder: Path) -> Cramped:
    """One processor, no network but loopback (where the system lets us), 2 GB, no C compiler, AVX2 at most."""
    walls = ["taskset", "-c", str(processor)]
    if shutil.which("unshare") and shutil.which("ip"):
        probe = subprocess.run(["unshare", "-n", "true"], capture_output=True)
        if probe.returncode == 0:
            walls += ["unshare", "-n", "sh", "-c", 'ip link set lo up; exec "$@"', "sh"]
    mark = ("PARLAB_TEST_MARK", f"{os.getpid()}-{time.monotonic_ns()}-{name}")
    written = folder / f"{name}.ipynb"
    command = [*walls, sys.executable, str(Path(__file__).with_name("cramped.py")), name, str(written)]
    env = {**os.environ, "PATH": bare_path(folder), "JDK_JAVA_OPTIONS": CRAMPED_JVM, mark[0]: mark[1]}
    env.pop("CC", None)
    result = subprocess.run(command, env=env, capture_output=True, encoding="utf-8")
    return Cramped(result, written, "=".join(mark))


@contextmanager
def run_all_cramped(names: Iterable[str], new_folder: Callable[[str], Path]) -> Iterator[dict[str, Future[Cramped]]]:
    """Each lesson has one processor, so as many run at a time as there are processors."""
    processors: SimpleQueue[int] = SimpleQueue()
    for processor in os.sched_getaffinity(0):
        processors.put(processor)

    def run(name: str, folder: Path) -> Cramped:
        processor = processors.get()
        try:
            return run_cramped(name, processor, folder)
        finally:
            processors.put(processor)

    with ThreadPoolExecutor(processors.qsize()) as pool:
        # The last lessons are the longest: begun first, none of them is left alone with one processor at the end.
        # The folders are made here, by the thread that made the tests' other folders: pytest's factory is not safe
        # for threads, and two that asked it first each had a root of their own.
        yield {name: pool.submit(run, name, new_folder(name)) for name in sorted(names, reverse=True)}
        pool.shutdown(cancel_futures=True)
