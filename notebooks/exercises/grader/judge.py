"""Grades one submission: runs its cells in a sandbox, then the tests, and goes on after whatever goes wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .course import BEGIN_TESTS, END_TESTS, Assignment, Cell, outside
from .intake import Submission
from .session import EndedError, NotStartedError, Ran, Session, Tested, Toolbox

CELL_SECONDS = 20
TEST_SECONDS = 30
PATIENCE = 3  # so many cells may end the JVM before each task gets one of its own
MOST_STARTS = 40  # of a JVM for one submission
MOST_FALSE_STARTS = 3  # of a JVM that was not there yet when it ended: the machine's trouble


@dataclass
class Grade:
    """What a submission came to."""

    tests: dict[str, list[Tested]] = field(default_factory=dict)  # by task
    cells: dict[int, Ran] = field(default_factory=dict)  # by the cell's place
    remarks: list[str] = field(default_factory=list)

    def points(self, task: str) -> float:
        return sum(test.points for test in self.tests.get(task, []) if test.passed)


class Judge:
    """Grades submissions to one assignment, each in a JVM of its own."""

    def __init__(self, assignment: Assignment, tests: Mapping[str, Sequence[bytes]], toolbox: Toolbox) -> None:
        self.assignment = assignment
        self.tests = tests
        self.toolbox = toolbox

    def grade(self, submission: Submission) -> Grade:
        return _Grading(self, submission).run()


class _Grading:
    """One submission on its way.

    At first one JVM does it all. A cell that ends it, or hangs, is left out, and a new one starts. When that happens
    again and again, or while an answer is tested, or would cost an answer, nobody can tell which cell's threads are to
    blame: from then on each task has a JVM of its own, which runs nothing but what was given and what belongs to it.
    """

    def __init__(self, judge: Judge, submission: Submission) -> None:
        self.judge = judge
        self.steps = submission.steps
        self.result = Grade(remarks=list(submission.remarks))
        self.deadly: dict[int, str] = {}
        self.starts = 0
        self.apart = False
        self.session: Session | None = None
        self.handed_over: set[str] = set()

    def run(self) -> Grade:
        try:
            for task in self.judge.assignment.tasks:
                if self.apart:
                    self._stop()
                self.result.tests[task.name] = self._tested(task)
        finally:
            self._stop()
        return self.result

    def _tested(self, task: Cell) -> list[Tested]:
        outcomes: list[Tested] = []
        titles: list[tuple[float, str]] | None = None
        while titles is None or len(outcomes) < len(titles):
            session = self._ready(task)
            if session is None:
                lost = titles or [(task.points, "all tests")]
                why = "not tested: the program ended too often"
                return outcomes + [Tested(points, title, why) for points, title in lost[len(outcomes) :]]
            try:
                titles = session.load(task.name, self.judge.tests[task.name])
                if task.name not in self.handed_over:
                    if not self.apart and self._blamed(task):
                        self._stop()
                        self._go_apart()  # a thread of another task may have been the one
                        continue
                    return [Tested(points, title, self._why_none(task)) for points, title in titles]
                while len(outcomes) < len(titles):
                    points, title = titles[len(outcomes)]
                    outcomes.append(Tested(points, title, session.test(len(outcomes), TEST_SECONDS)))
            except EndedError as e:
                self._stop()
                if not self.apart:
                    self._remark(f"while {task.name!r} was tested, something {e}: each task was run by itself")
                    self._go_apart()  # and try this test again
                elif titles is not None:
                    points, title = titles[len(outcomes)]
                    outcomes.append(Tested(points, title, f"the answer {e}"))
                    self._remark(f"task {task.name!r}, test {title!r}: the answer {e}")
        return outcomes

    def _blamed(self, task: Cell) -> bool:
        """Whether a cell of this task is said to have ended the JVM."""
        own = [*self.judge.assignment.answer_to(task), task]
        return any(self.steps[i].cell in own for i in self.deadly)

    def _go_apart(self) -> None:
        """From now on each task has a JVM of its own. Who was blamed so far may have been the wrong one."""
        self.apart = True
        if self.deadly:
            self._remark("it may have been a thread of another cell: each task was run by itself")
        self.deadly.clear()

    def _why_none(self, task: Cell) -> str:
        """Why there is no answer to a task, from the cells that belong to it."""
        cells = self.judge.assignment.answer_to(task)
        for i, step in enumerate(self.steps):
            if step.cell in cells and (problem := self.deadly.get(i) or self._problem(i)):
                return f"its cell {problem}"
        at = self._place(task)
        what = self.deadly.get(at) or self._problem(at) or "gave none"
        return f"no answer was handed over: the cell that checks it {what}"

    def _problem(self, at: int) -> str:
        ran = self.result.cells.get(at)
        return ran.problem if ran else ""

    def _place(self, task: Cell) -> int:
        return next(i for i, step in enumerate(self.steps) if step.cell == task)

    def _cells(self, task: Cell) -> list[int]:
        """The places of the cells to run before a task is tested."""
        code = [i for i, step in enumerate(self.steps) if step.kind == "code" and i not in self.deadly]
        if not self.apart:
            return code
        at = self._place(task)
        checks = [self._place(other) for other in self.judge.assignment.tasks]
        before = max((check for check in checks if check < at), default=-1)
        given = [i for i in code if (cell := self.steps[i].cell) and not cell.answered and not cell.tests]
        return sorted({*given, *(i for i in code if before < i <= at)})

    def _ready(self, task: Cell) -> Session | None:
        """A JVM in which the cells have been run; None when there have been too many."""
        while self.session is None:
            if self.starts == MOST_STARTS:
                return None
            self.starts += 1
            if not self.apart and len(self.deadly) >= PATIENCE:
                self._go_apart()
            at = -1
            try:
                self.session = self._started()
                self.session.fresh()
                self.handed_over = set()
                for at in self._cells(task):
                    self._run(self.session, at)
            except EndedError as e:
                self._stop()
                if at >= 0:
                    self.deadly[at] = str(e)
                    cell = self.steps[at].cell
                    self._remark(f"{f'the cell {cell.name!r}' if cell else 'a cell of the student'} {e}")
                else:
                    self._remark(str(e))
        return self.session

    def _started(self) -> Session:
        for _ in range(MOST_FALSE_STARTS - 1):
            with contextlib.suppress(NotStartedError):
                return Session(self.judge.toolbox)
        return Session(self.judge.toolbox)

    def _run(self, session: Session, at: int) -> None:
        step = self.steps[at]
        if step.cell is not None and step.cell.tests:
            ran = session.run(outside(step.source, BEGIN_TESTS, END_TESTS), CELL_SECONDS, step.cell.name)
            if ran.handed_over:
                self.handed_over.add(step.cell.name)
        else:
            ran = session.run(step.source, CELL_SECONDS)
        self.result.cells.setdefault(at, ran)

    def _remark(self, remark: str) -> None:
        if remark not in self.result.remarks:
            self.result.remarks.append(remark)

    def _stop(self) -> None:
        if self.session is not None:
            self.session.__exit__(None, None, None)
            self.session = None
