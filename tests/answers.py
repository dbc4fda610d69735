"""Answers to single tasks, right and wrong ones, and what the hidden tests say of them."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conftest import NOTEBOOKS

EXERCISES = NOTEBOOKS / "exercises"
sys.path.insert(0, str(EXERCISES))

from grader import course, plugin  # noqa: E402
from grader.course import BEGIN_TESTS, END_TESTS, Cell, outside  # noqa: E402
from grader.judge import CELL_SECONDS, TEST_SECONDS  # noqa: E402
from grader.session import EndedError, Session, Tested  # noqa: E402

FAILS = "// fails: "
LONG_SECONDS = 5


@dataclass(frozen=True)
class Answer:
    """An answer to a task."""

    assignment: str
    task: str
    name: str
    source: str

    @property
    def mistake(self) -> str:
        """The title of the test that has to find what is wrong with it; of a right answer empty."""
        first = self.source.partition("\n")[0]
        return first.removeprefix(FAILS) if first.startswith(FAILS) else ""


def fixtures() -> Iterator[Answer]:
    """The committed answers."""
    for path in sorted((EXERCISES / "fixtures").glob("*/*/*.java")):
        yield Answer(path.parts[-3], path.parts[-2], path.stem, path.read_text(encoding="utf-8"))


class Trials:
    """Tries answers, one after the other in the same JVM as long as it lives."""

    def __init__(self, assignment: str) -> None:
        self.judge = plugin.judge(assignment)
        # A submission's processor time is for one grading; here one JVM does hundreds.
        self.toolbox = replace(self.judge.toolbox, limits=replace(self.judge.toolbox.limits, cpu_seconds=100_000))
        self.session: Session | None = None

    def __enter__(self) -> Trials:
        return self

    def __exit__(self, *_: object) -> None:
        if self.session is not None:
            self.session.__exit__(None, None, None)
            self.session = None

    def given(self) -> Sequence[Cell]:
        cells = self.judge.assignment.cells
        return [cell for cell in cells if cell.kind == "code" and not cell.answered and not cell.tests]

    def run(self, task: Cell, source: str, first_failure: bool = False) -> tuple[str, list[Tested]]:
        """What is wrong with the answer's cell itself, and what the tests say, up to the first failure if wanted.

        A test that ends the JVM or takes too long has failed, and the next ones have another JVM, as in the grader.
        """
        outcomes: list[Tested] = []
        hidden = self.judge.tests[task.name]
        while len(outcomes) < len(hidden.titles):
            began = time.monotonic()
            try:
                session, problem = self._ready(task, source)
                if problem:
                    return problem, []
                began = time.monotonic()  # a start on a busy machine takes seconds, too
                while len(outcomes) < len(hidden.titles):
                    points, title = hidden.titles[len(outcomes)]
                    outcomes.append(Tested(points, title, session.test(len(outcomes), TEST_SECONDS)))
                    if first_failure and not outcomes[-1].passed:
                        return "", outcomes
            except EndedError as e:
                self.__exit__()
                points, title = hidden.titles[len(outcomes)]
                outcomes.append(Tested(points, title, f"the answer {e}"))
                if first_failure:
                    return "", outcomes
            finally:
                # What took long may have left threads behind that spin; the next answer is not to share its JVM with
                # them, as the next submission would not.
                if time.monotonic() - began > LONG_SECONDS:
                    self.__exit__()
        return "", outcomes

    def _ready(self, task: Cell, source: str) -> tuple[Session, str]:
        """A session to which the answer was handed over, and what is wrong with the answer's cell."""
        if self.session is None:
            self.session = Session(self.toolbox)
        session = self.session
        session.fresh()
        for cell in self.given():
            assert not session.run(cell.source, CELL_SECONDS).problem, cell.name
        problem = session.run(source, CELL_SECONDS).problem
        ran = session.run(outside(task.source, BEGIN_TESTS, END_TESTS), CELL_SECONDS, task.name)
        if problem or not ran.handed_over:
            return session, problem or ran.problem or "nothing was handed over"
        hidden = self.judge.tests[task.name]
        session.load(task.name, hidden.classes, len(hidden.titles))
        return session, ""


def right(name: str) -> dict[str, Any]:
    """The reference solution of an assignment as a student would hand it in."""
    source = json.loads((EXERCISES / "source" / name / f"{name}.ipynb").read_text("utf-8"))
    for cell, known in zip(source["cells"], course.read(name).cells, strict=True):
        cell["source"] = known.solution if known.answered and known.kind == "code" else known.released
        if known.manual:
            cell["source"] = "Each request waits for up to an interval."
    return dict(source)


def sandboxed() -> str:
    """Why nothing can be graded here, or an empty string."""
    from grader import sandbox

    return sandbox.why_not(Path(os.environ["JAVA_HOME"]))
