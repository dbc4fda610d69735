"""Runs tasks in a process pool while its workers are killed, and prints what that came to; then what tests cut short.

Usage: soak.py [TASKS [MILLISECONDS]]; 100,000 tasks and a kill every 200 ms on average. Fails if a result is missing,
comes twice or out of order, or if a process, a file descriptor or shared memory is left behind. With "cluster" before
them: on three members of a cluster, 20,000 tasks and a kill every 5,000 ms, each member replaced. Without arguments
both run; then each lesson on one processor with every long cell interrupted, and in the browser; and every answer to
the exercises is graded twenty times, every mutant and every hostile submission once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import parlab


def soak(jar: str, program: str, args: Sequence[str]) -> int:
    """Runs a soak that is among a jar's tests, but with the jars that a kernel has, and with its options."""
    path = [*sorted((parlab.KERNEL / "lib").glob("*.jar")), parlab.ROOT / f"lib/{jar}/target/test-classes"]
    command = [os.environ["PARLAB_JAVA"], *parlab.JVM_OPTIONS, "-cp", os.pathsep.join(str(entry) for entry in path)]
    return parlab.call([*command, program, *args], dict(os.environ))


def main(args: Sequence[str]) -> int:
    modules = ["--quiet", "-pl", "lib/processes,lib/cluster", "-am", "test-compile"]
    build = [*parlab.maven(Path(os.environ["JAVA_HOME"])), *modules]
    subprocess.run(build, cwd=parlab.ROOT, env=dict(os.environ), check=True)
    if args and args[0] == "cluster":
        return soak("cluster", "parlab.cluster.ClusterSoak", args[1:])
    code = soak("processes", "parlab.processes.PoolSoak", args)
    if code or args:
        return code
    if code := soak("cluster", "parlab.cluster.ClusterSoak", []):
        return code
    full = {**os.environ, "PARLAB_TEST_FULL": "1"}
    lessons = ["tests/test_lessons.py", "tests/test_browser.py"]
    exercises = ["-s", *(f"tests/test_{name}.py" for name in ("exercises", "hostile", "sandbox"))]
    return max(parlab.call([sys.executable, "-m", "pytest", *which], full) for which in (lessons, exercises))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
