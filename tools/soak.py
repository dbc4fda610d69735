"""Runs tasks in a process pool while its workers are killed, and prints what that came to; then what tests cut short.

Usage: soak.py [TASKS [MILLISECONDS]]; 100,000 tasks and a kill every 200 ms on average. Fails if a result is missing,
comes twice or out of order, or if a process, a file descriptor or shared memory is left behind. After that, each lesson
runs on one processor with every long cell interrupted, and in the browser.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import parlab


def main(args: Sequence[str]) -> int:
    build = [*parlab.maven(Path(os.environ["JAVA_HOME"])), "--quiet", "-pl", "lib", "test-compile"]
    subprocess.run(build, cwd=parlab.ROOT, env=dict(os.environ), check=True)
    # The soak is a test, but of the jar that a kernel has, and with its options.
    path = [*sorted((parlab.KERNEL / "lib").glob("*.jar")), parlab.ROOT / "lib" / "target" / "test-classes"]
    command = [os.environ["PARLAB_JAVA"], *parlab.JVM_OPTIONS, "-cp", os.pathsep.join(str(entry) for entry in path)]
    if code := parlab.call([*command, "parlab.executors.PoolSoak", *args], dict(os.environ)):
        return code
    full = {**os.environ, "PARLAB_TEST_FULL": "1"}
    lessons = ["notebooks/tests/test_lessons.py", "notebooks/tests/test_browser.py"]
    return parlab.call([sys.executable, "-m", "pytest", *lessons], full)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
