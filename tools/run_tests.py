"""Runs the tests, and says how long each part took: `make test`, and what `make check` takes of it.

Usage: run_tests.py [--quick | OPTIONS OF PYTEST]. With options of pytest the parts run one after the other.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import parlab

Command = list[str | Path]
Step = Mapping[str, Command]  # what runs side by side, by the names under which it is reported


PYTHON: Command = [sys.executable]
PYTEST: Command = [*PYTHON, "-m", "pytest"]
STYLE: list[Step] = [
    {"ruff": [*PYTHON, "-m", "ruff", "check", "."]},
    {"format": [*PYTHON, "-m", "ruff", "format", "--check", "."]},
    {"mypy": [*PYTHON, "-m", "mypy"]},
]
TESTS = parlab.ROOT / "tests"


def quick_check() -> int:
    """What tells within three minutes that a change to the helper jar, or to the tools, is not plainly wrong."""
    structure = [TESTS / f"test_{name}.py" for name in ("structure", "java", "devcontainer")]
    return stages(
        [
            *STYLE,
            {"structure": [*PYTEST, "--quiet", *structure]},
            {"Maven": [*maven(), "-pl", "lib/parlab", "verify"]},
            {"lesson 00": [*PYTHON, parlab.ROOT / "tools" / "run_notebooks.py", "00"]},
        ]
    )


def everything(pytest_options: Sequence[str]) -> int:
    """Style, types, the Java tests and pytest's, cheapest first.

    Much of the Java tests, and of those of the exercises, is waiting; and the lesson that has one processor comes first
    among the lessons. So these share the machine. The other lessons, which measure, have it when these have ended.
    """
    java: Command = [*maven(), "--threads", "2", "verify"]  # two modules at a time
    if pytest_options:
        return stages([*STYLE, {"Maven": java}, {"pytest": [*PYTEST, *pytest_options]}])
    lessons = [TESTS / f"test_{name}.py" for name in ("lessons", "browser")]
    others = [path for path in sorted(TESTS.glob("test_*.py")) if path not in lessons]
    return stages([*STYLE, {"Maven": java, "tests": [*PYTEST, *others], "lessons": [*PYTEST, *lessons]}])


def maven() -> Command:
    return [*parlab.maven(Path(os.environ["JAVA_HOME"]))]


def stages(steps: Sequence[Step]) -> int:
    """Runs one step after the other, up to the first that fails, and says how long each command took."""
    took: dict[str, float] = {}
    code = 0
    for step in steps:
        for name, command in step.items():
            parlab.say(f"--- {name}: {shlex.join([Path(command[0]).name, *map(str, command[1:])])}")
        begin = time.monotonic()
        if len(step) > 1:
            code = side_by_side(step, took)
        else:
            ((name, command),) = step.items()
            code = parlab.call(command, dict(os.environ))
            took[name] = time.monotonic() - begin
        if code:
            break
    parlab.say("--- seconds\n" + "\n".join(f"{seconds:6.0f} {name}" for name, seconds in took.items()))
    return code


def side_by_side(step: Step, took: dict[str, float]) -> int:
    """Runs commands at once, each line that they print behind their name; when one fails the others are interrupted."""
    begin = time.monotonic()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell that runs this behind itself has it ignored, and so it would be by what is started here.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    running = {
        name: subprocess.Popen(
            [str(word) for word in command],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            cwd=parlab.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        for name, command in step.items()
    }

    def interrupt(*_: object) -> None:
        for process in running.values():
            if process.poll() is None:
                # Not killed: pytest then ends the servers and kernels that it has started.
                process.terminate() if parlab.WINDOWS else process.send_signal(signal.SIGINT)

    def follow(name: str) -> int:
        process = running[name]
        assert process.stdout is not None
        for line in process.stdout:
            parlab.say(f"{name:8}| {line.rstrip()}")
        code = process.wait()
        took[name] = time.monotonic() - begin
        if code:
            parlab.say(f"{name:8}| FAILED: exit code {code}")
            interrupt()
        return code

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        with ThreadPoolExecutor(len(running)) as followers:
            ends = [followers.submit(follow, name) for name in running]
            while not all(end.done() for end in ends):
                with contextlib.suppress(KeyboardInterrupt):  # the terminal has told the commands as well
                    wait(ends)
        return next((end.result() for end in ends if end.result()), 0)
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    if not TESTS.is_dir():
        sys.exit("There are no tests here: this is the course as it is published for students.")
    arguments = sys.argv[1:]
    sys.exit(quick_check() if arguments == ["--quick"] else everything(arguments))
