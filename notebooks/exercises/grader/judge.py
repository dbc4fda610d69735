"""Grades one submission: runs its cells in a sandbox, then the tests, and goes on after whatever goes wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .course import BEGIN_TESTS, END_TESTS, Assignment, Cell, Hidden, outside
from .intake import Submission
from .session import Allowance, EndedError, NotStartedError, Ran, Session, Tested, Toolbox

CELL_SECONDS = 20
TEST_SECONDS = 20
OWN_SECONDS = 45  # of waiting, for all cells that a student added, however often they are run
ALL_SECONDS = 180  # of waiting, for a submission
ALL_CPU_SECONDS = 300  # of processor time, in all JVMs of a submission
PATIENCE = 3  # so many cells may end the JVM before each task gets one of its own
MOST_STARTS = 40  # of a JVM for one submission
_TOO_OFTEN = "not tested: the program ended too often"
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

    def __init__(self, assignment: Assignment, tests: Mapping[str, Hidden], toolbox: Toolbox) -> None:
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
        self.own = Allowance(OWN_SECONDS, f"the {OWN_SECONDS} s that a student's own cells may take")
        self.all = Allowance(ALL_SECONDS, f"the {ALL_SECONDS} s that a submission may take")
        self.cpu_seconds = 0.0
        self.starts = 0
        self.apart = False
        self.helpers = False  # whether a task by itself is run with all cells that the student added
        self.latest: dict[int, Ran] = {}
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
        """What the tests of a task say. By itself it is run without what the student added elsewhere, where a thread
        may do harm; only if then a name is missing, with it: a helper can stand anywhere."""
        outcomes = self._attempted(task)
        if self.apart and self._misses_a_name(task, outcomes):
            self._stop()
            self.helpers = True
            second = self._attempted(task)
            self._stop()
            self.helpers = False
            outcomes = max(outcomes, second, key=lambda tests: sum(test.points for test in tests if test.passed))
        return outcomes

    def _misses_a_name(self, task: Cell, outcomes: Sequence[Tested]) -> bool:
        places = [i for i, step in enumerate(self.steps) if step.cell in [*self.judge.assignment.answer_to(task), task]]
        said = [*(test.problem for test in outcomes), *(self.latest[i].problem for i in places if i in self.latest)]
        return any("not declared" in problem or "cannot find symbol" in problem for problem in said)

    def _attempted(self, task: Cell) -> list[Tested]:
        outcomes: list[Tested] = []
        hidden = self.judge.tests[task.name]
        while len(outcomes) < len(hidden.titles):
            session = self._ready(task)
            if session is None:
                why = f"not tested: the submission used up {self.all.words}" if self._spent() else _TOO_OFTEN
                return outcomes + [Tested(points, title, why) for points, title in hidden.titles[len(outcomes) :]]
            points, title = hidden.titles[len(outcomes)]
            try:
                session.load(task.name, hidden.classes, len(hidden.titles))
                if task.name not in self.handed_over:
                    if not self.apart and self._blamed(task):
                        self._stop()
                        self._go_apart()  # a thread of another task may have been the one
                        continue
                    return [Tested(points, title, self._why_none(task)) for points, title in hidden.titles]
                while len(outcomes) < len(hidden.titles):
                    points, title = hidden.titles[len(outcomes)]
                    outcomes.append(Tested(points, title, session.test(len(outcomes), TEST_SECONDS)))
            except EndedError as e:
                self._stop()
                if not self.apart:
                    self._remark(f"while {task.name!r} was tested, something {e}: each task was run by itself")
                    self._go_apart()  # and try this test again
                else:
                    outcomes.append(Tested(points, title, f"the answer {e}"))
                    self._remark(f"task {task.name!r}, test {title!r}: the answer {e}")
        return outcomes

    def _spent(self) -> bool:
        """Whether the submission has used up what it may: then nothing of it is run any more."""
        if self.all.used_up or self.cpu_seconds > ALL_CPU_SECONDS:
            self._remark(f"it used up {self.all.words}: the rest was not tested")
            return True
        return False

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
        if self.own.used_up:
            self._remark(f"it used up {self.own.words}: these were left out from then on")
            code = [i for i in code if self.steps[i].cell is not None]
        if not self.apart:
            return code
        at = self._place(task)
        checks = [self._place(other) for other in self.judge.assignment.tasks]
        before = max((check for check in checks if check < at), default=-1)
        given = [i for i in code if self._given(self.steps[i].cell)]
        return sorted({*given, *(i for i in code if before < i <= at)})

    def _given(self, cell: Cell | None) -> bool:
        """Whether a cell is for all tasks."""
        return self.helpers if cell is None else not cell.answered and not cell.tests

    def _ready(self, task: Cell) -> Session | None:
        """A JVM in which the cells have been run; None when there have been too many."""
        while self.session is None:
            if self.starts == MOST_STARTS or self._spent():
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
                return self._new_session()
        return self._new_session()

    def _new_session(self) -> Session:
        return Session(self.judge.toolbox, [self.all])

    def _run(self, session: Session, at: int) -> None:
        step = self.steps[at]
        if step.cell is not None and step.cell.tests:
            ran = session.run(outside(step.source, BEGIN_TESTS, END_TESTS), CELL_SECONDS, step.cell.name)
            if ran.handed_over:
                self.handed_over.add(step.cell.name)
        else:
            ran = session.run(step.source, CELL_SECONDS, own=None if step.cell else self.own)
        self.result.cells.setdefault(at, ran)
        self.latest[at] = ran

    def _remark(self, remark: str) -> None:
        if remark not in self.result.remarks:
            self.result.remarks.append(remark)

    def _stop(self) -> None:
        if self.session is not None:
            self.cpu_seconds += self.session.jail.cpu_seconds
            self.session.__exit__(None, None, None)
            self.session = None
