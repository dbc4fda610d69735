"""Runs tasks in a process pool while its workers are killed, and prints what that came to; then what tests cut short.

Usage: soak.py [pool [TASKS [MILLISECONDS]] | cluster [TASKS [MILLISECONDS]] | lessons | exercises]; without arguments
each of the four, one after the other.
pool: 100,000 tasks and a kill every 200 ms on average. Fails if a result is missing, comes twice or out of order, or if
a process, a file descriptor or shared memory is left behind.
cluster: the same on three members of a cluster: 20,000 tasks and a kill every 5,000 ms, each member replaced.
lessons: each lesson on one processor with every long cell interrupted, and in the browser.
exercises: every answer is graded twenty times, every mutant and every hostile submission once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import parlab


def soak(jar: str, program: str, args: Sequence[str]) -> int:
    """Runs a soak that is among a jar's tests, but with the jars that a kernel has, and with its options."""
    modules = ["--quiet", "-pl", f"lib/{jar}", "-am", "test-compile"]
    build = [*parlab.maven(Path(os.environ["JAVA_HOME"])), *modules]
    subprocess.run(build, cwd=parlab.ROOT, env=dict(os.environ), check=True)
    path = [*sorted((parlab.KERNEL / "lib").glob("*.jar")), parlab.ROOT / f"lib/{jar}/target/test-classes"]
    command = [os.environ["PARLAB_JAVA"], *parlab.JVM_OPTIONS, "-cp", os.pathsep.join(str(entry) for entry in path)]
    return parlab.call([*command, program, *args], dict(os.environ))


def full(*arguments: str) -> int:
    """Runs tests at the size that make test has no time for."""
    return parlab.call([sys.executable, "-m", "pytest", *arguments], {**os.environ, "PARLAB_TEST_FULL": "1"})


PARTS: dict[str, Callable[..., int]] = {
    "pool": lambda *size: soak("processes", "parlab.processes.PoolSoak", size),
    "cluster": lambda *size: soak("cluster", "parlab.cluster.ClusterSoak", size),
    "lessons": lambda: full("tests/test_lessons.py", "tests/test_browser.py"),
    "exercises": lambda: full("-s", *(f"tests/test_{name}.py" for name in ("exercises", "hostile", "sandbox"))),
}


def main(args: Sequence[str]) -> int:
    if args and args[0] not in PARTS:
        print(f"There is no soak called {args[0]!r}. Name one of {', '.join(PARTS)}, or none for all.", file=sys.stderr)
        return 2
    if args:
        return PARTS[args[0]](*args[1:])
    codes = [part() for part in PARTS.values()]  # one that fails does not hide what the next would show
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
