"""The exercises: what students get, and what their answers are worth.

PARLAB_TEST_FULL=1 (`make soak`) takes every mutant, and twenty gradings of each answer (PARLAB_TEST_GRADINGS=20).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import hostile
import nbformat
import pytest
from answers import EXERCISES, Answer, Trials, fixtures
from conftest import FULL
from grader import course, plugin
from grader.__main__ import nbgrader_api
from grader.publish import MADE, publish
from grading import needs_sandbox, run_grader
from mutate import mutants

if TYPE_CHECKING:
    from browser import Lab
    from playwright.sync_api import Page

NAMES = course.names()
GRADINGS = int(os.environ.get("PARLAB_TEST_GRADINGS", "20")) if FULL else 1  # of each answer
LANES = 8 if FULL else 2  # much of their work is waiting


def solution_lines(name: str) -> set[str]:
    """The lines that no student may see: of solutions, hidden tests and marking schemes."""
    secret: set[str] = set()
    for cell in course.read(name).cells:
        public = set(cell.released.split("\n"))
        secret |= {line.strip() for line in cell.source.split("\n") if line not in public and len(line.strip()) > 25}
    return secret


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course folder with the students' versions."""
    folder = tmp_path_factory.mktemp("course")
    result = run_grader(folder, "release", "--students", str(folder / "students"))
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


# ---------------------------------------------------------------------------------------- what students get


@pytest.mark.parametrize("name", NAMES)
def test_student_version_holds_no_solution_and_no_hidden_test(released: Path, name: str) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in (released / "release" / name).rglob("*.ipynb"))
    plain = text.replace('\\"', '"')
    assert solution_lines(name)
    for line in solution_lines(name):
        assert line not in plain, line
    for word in ("BEGIN", "HIDDEN", "SCHEME", "Tests.of"):
        assert word not in text


def test_published_course_holds_the_exercises_and_nothing_of_the_teachers(released: Path) -> None:
    published = released / "students"
    exercises = published / "notebooks" / "exercises"
    assert sorted(path.name for path in exercises.iterdir()) == NAMES
    assert not (published / ".git").exists()
    assert (published / "notebooks" / "01-lock-contention.ipynb").is_file()
    for path in published.rglob("*"):
        if path.is_file():
            text = path.read_bytes()
            for word in (b"BEGIN SOLUTION", b"BEGIN HIDDEN TESTS", b"BEGIN MARK SCHEME"):
                assert word not in text, path
    for link in re.findall(r"\]\(([^)#\s]+)", (published / "README.md").read_text(encoding="utf-8")):
        assert link.startswith("https://") or (published / link).exists(), link


@pytest.mark.parametrize("name", NAMES)
def test_student_version_is_what_the_grader_takes_it_for(released: Path, name: str) -> None:
    notebook = nbformat.read(released / "release" / name / f"{name}.ipynb", as_version=4)
    assert [cell.source.strip() for cell in notebook.cells] == [
        cell.released.strip() for cell in course.read(name).cells
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_cell_has_a_stub_and_every_task_hints(name: str) -> None:
    assignment = course.read(name)
    assert 3 <= len(assignment.tasks) <= 6
    for task in assignment.tasks:
        assert assignment.answer_to(task)
        for cell in assignment.answer_to(task):
            assert course.STUB in cell.released
        text = next(cell for cell in assignment.cells if cell.name == f"{task.name}-text")
        assert text.source.count("<details>") >= 2, task.name
    for cell in assignment.cells:
        if cell.manual:
            assert course.BEGIN_SCHEME in cell.source, cell.name


# ------------------------------------------------------------------------------------------- what answers are worth


Job = Callable[[Trials], list[str]]  # what it has to report


def in_lanes(name: str, portions: Iterable[list[Job]]) -> list[str]:
    """What comes of the jobs of an assignment, each portion in a JVM of its own."""

    def alone(jobs: list[Job]) -> list[str]:
        with Trials(name) as trials:
            return [line for job in jobs for line in job(trials)]

    with ThreadPoolExecutor(LANES) as pool:
        return [line for lines in pool.map(alone, portions) for line in lines]


@needs_sandbox
@pytest.mark.parametrize("name", NAMES)
def test_right_answers_pass_and_wrong_ones_fail_in_the_test_that_names_the_mistake(name: str) -> None:
    tasks = plugin.judge(name).assignment.tasks  # compiles the tests, once
    jobs: list[list[Job]] = [[*gradings(name, task), partial(graded_stub, task=task)] for task in tasks]
    began = time.monotonic()
    wrong = in_lanes(name, [[job] for some in jobs for job in some] if FULL else jobs)
    count = sum(map(len, jobs)) - len(jobs)
    print(f"{name}: {count} answers, {GRADINGS} gradings of each, {time.monotonic() - began:.0f} s", flush=True)
    assert not wrong, "\n".join(wrong)


def gradings(name: str, task: course.Cell) -> list[Job]:
    """A job for each answer to a task; for a fifth of the wrong ones, if time is short."""
    assignment = plugin.judge(name).assignment
    mine = [answer for answer in fixtures() if (answer.assignment, answer.task) == (name, task.name)]
    right = [answer for answer in mine if not answer.mistake]
    wrong = [answer for answer in mine if answer.mistake]
    assert right, task.name
    assert len(wrong) >= 4, task.name
    titles = {title for _, title in plugin.judge(name).tests[task.name].titles}
    unknown = [answer.name for answer in wrong if answer.mistake not in titles]
    assert not unknown, f"{task.name}: no test is called as these say: {unknown}"
    reference = Answer(name, task.name, "reference", "\n".join(cell.solution for cell in assignment.answer_to(task)))
    answers = [reference, *right, *wrong[:: 1 if FULL else 5]]
    return [partial(graded, answer=answer, points=task.points) for answer in answers]


def graded(trials: Trials, answer: Answer, points: float) -> list[str]:
    """What is wrong with the grades of an answer."""
    found = []
    outcomes = {trial(trials, answer) for _ in range(GRADINGS)}
    if len(outcomes) > 1:
        found.append(f"{answer.task}/{answer.name}: not the same grade every time: {outcomes}")
    for got, failed in outcomes:
        if answer.mistake and answer.mistake not in failed:
            found.append(f"{answer.task}/{answer.name}: fails in {failed}, not in {answer.mistake!r}")
        if not answer.mistake and (failed or got != points):
            found.append(f"{answer.task}/{answer.name}: {got} points, fails in {failed}")
    return found


def graded_stub(trials: Trials, task: course.Cell) -> list[str]:
    """What is wrong with the grade of a task that nobody worked on."""
    problem, tests = trials.run(task, "\n".join(cell.released for cell in trials.judge.assignment.answer_to(task)))
    found = []
    if problem and "not implemented" not in problem:
        found.append(f"{task.name}: the stub says {problem}")
    if any(test.passed for test in tests):
        found.append(f"{task.name}: a stub passes a test")
    return found


def trial(trials: Trials, answer: Answer) -> tuple[float, tuple[str, ...]]:
    task = next(task for task in trials.judge.assignment.tasks if task.name == answer.task)
    problem, tests = trials.run(task, answer.source)
    assert not problem, f"{answer.task}/{answer.name}: {problem}"
    return sum(test.points for test in tests if test.passed), tuple(test.title for test in tests if not test.passed)


# A change that changes nothing that can be seen, with the reason.
EQUIVALENT = json.loads((EXERCISES / "fixtures" / "equivalent.json").read_text(encoding="utf-8"))


# Of the others, mutants that loop or wait for ever cost minutes: they are left to make soak.
QUICK_MUTANTS = ["03-native-kernel", "04-model-worker"]


@needs_sandbox
@pytest.mark.parametrize("name", NAMES if FULL else QUICK_MUTANTS)
def test_mutants_of_the_reference_solutions_are_caught(name: str) -> None:
    tasks = plugin.judge(name).assignment.tasks
    tried = in_lanes(name, [[partial(survivors, task=task)] for task in tasks])
    alive = [line for line in tried if line]
    print(f"{name}: {len(tried) - len(alive)} of {len(tried)} mutants caught")
    print("\n".join(alive))
    assert tried
    assert len(alive) <= max(0.05 * len(tried), 0 if FULL else 1), "\n".join(alive)


def survivors(trials: Trials, task: course.Cell) -> list[str]:
    """A line for each mutant that compiles: which it is if it passes the tests, an empty one if it does not."""
    lines = []
    assignment = trials.judge.assignment
    for cell in assignment.answer_to(task):
        known = EQUIVALENT.get(assignment.name, {}).get(task.name, {})
        every = [m for m in mutants(cell.solution) if m.change.partition(": ")[2] not in known]
        for mutant in every if FULL else every[len(task.name) % 5 :: 12]:
            problem, tests = trials.run(task, mutant.source, first_failure=True)
            if not problem.startswith("does not compile"):
                caught = problem or any(not test.passed for test in tests)
                lines.append("" if caught else f"{task.name}, {mutant.change}")
    return lines


# --------------------------------------------------------------------------------------------------- in the browser


VALIDATE = "button:has-text('Validate'), jp-button:has-text('Validate')"


def test_student_solves_an_assignment_and_validates_it(page: Page, lab: Lab, released: Path) -> None:
    """As released, and with a wrong answer, it fails and says what is wrong; solved, it passes."""
    import browser

    name = hostile.ASSIGNMENT
    shutil.copy(released / "release" / name / f"{name}.ipynb", browser.COPIES / f"exercise-{name}.ipynb")
    opened = browser.Lesson(page, lab, f"exercise-{name}")
    assert "not implemented" in validate(page)
    for cell in course.read(name).cells:
        if cell.answered:
            write(page, cell.name, "A request waits for an interval." if cell.manual else cell.solution)
    wrong = next(answer for answer in fixtures() if (answer.task, answer.name) == ("stripes", "wrong-no-lock"))
    write(page, "stripes-answer", wrong.source)
    assert "two threads changed one counter at the same time" in validate(page)
    solution = next(cell.solution for cell in course.read(name).cells if cell.name == "stripes-answer")
    write(page, "stripes-answer", solution)
    assert "Success" in validate(page)
    opened.shut_down()


def write(page: Page, cell: str, source: str) -> None:
    """Writes into a cell, as typing does."""
    page.evaluate(
        """([name, source]) => {
            const cells = Array.from(window.jupyterapp.shell.currentWidget.content.model.cells);
            cells.find(c => c.metadata.nbgrader?.grade_id === name).sharedModel.setSource(source);
        }""",
        [cell, source],
    )


def validate(page: Page) -> str:
    """Presses nbgrader's Validate; what it says."""
    from playwright.sync_api import expect

    page.locator(VALIDATE).first.click()
    dialog = page.locator(".jp-Dialog").filter(has_text=re.compile("passes all the tests|failed|error", re.IGNORECASE))
    expect(dialog).to_be_visible(timeout=120_000)
    said = dialog.inner_text()
    dialog.locator("button").last.click()
    expect(dialog).to_be_hidden()
    return said


def test_a_new_version_follows_the_published_one(released: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    students = released / "students"
    (students / ".git").mkdir()
    (students / ".git" / "config").write_text("kept")
    (students / "stale.txt").write_text("of an earlier version")
    (students / "own.txt").write_text("the teacher's")
    made = students / MADE
    made.write_text(json.dumps([*json.loads(made.read_text()), "stale.txt"]))
    monkeypatch.setenv("PARLAB_COURSE", str(released))
    publish(nbgrader_api(), NAMES, students)
    assert (students / ".git" / "config").read_text() == "kept"
    assert not (students / "stale.txt").exists()
    assert (students / "own.txt").is_file(), "only what was made is replaced"
    assert (students / "notebooks" / "exercises" / NAMES[0] / f"{NAMES[0]}.ipynb").is_file()
    shutil.rmtree(students / ".git")
