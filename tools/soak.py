"""Runs tasks in a process pool while its workers are killed, and prints what that came to; then what tests cut short.

Usage: soak.py [TASKS [MILLISECONDS]]; 100,000 tasks and a kill every 200 ms on average. Fails if a result is missing,
comes twice or out of order, or if a process, a file descriptor or shared memory is left behind. Without arguments,
each lesson then runs on one processor with every long cell interrupted, and in the browser; and every answer to the
exercises is graded twenty times, every mutant and every hostile submission once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import parlab


def main(args: Sequence[str]) -> int:
    build = [*parlab.maven(Path(os.environ["JAVA_HOME"])), "--quiet", "-pl", "lib/processes", "-am", "test-compile"]
    subprocess.run(build, cwd=parlab.ROOT, env=dict(os.environ), check=True)
    # The soak is a test, but of the jar that a kernel has, and with its options.
    path = [*sorted((parlab.KERNEL / "lib").glob("*.jar")), parlab.ROOT / "lib/processes/target/test-classes"]
    command = [os.environ["PARLAB_JAVA"], *parlab.JVM_OPTIONS, "-cp", os.pathsep.join(str(entry) for entry in path)]
    code = parlab.call([*command, "parlab.processes.PoolSoak", *args], dict(os.environ))
    if code or args:
        return code
    full = {**os.environ, "PARLAB_TEST_FULL": "1"}
    lessons = ["tests/test_lessons.py", "tests/test_browser.py"]
    exercises = ["-s", *(f"tests/test_{name}.py" for name in ("exercises", "hostile", "sandbox"))]
    return max(parlab.call([sys.executable, "-m", "pytest", *which], full) for which in (lessons, exercises))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
