"""That no submission harms another or the teacher: hostile ones among good ones, and what pages show of them.

PARLAB_TEST_FULL=1 (`make soak`) takes every hostile submission.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import hostile
import pytest
from conftest import FULL, ROOT, processes_with, until
from grader import course
from grading import STRANGER, grades, hand_in, needs_sandbox, right, run_grader, takes_long
from nbgrader.api import Gradebook

if TYPE_CHECKING:
    import browser

NAMES = course.names()


@dataclass(frozen=True)
class Batch:
    """A graded batch."""

    result: subprocess.CompletedProcess[str]
    rows: dict[str, dict[str, str]]
    course: Path
    seconds: float
    marker: str


UNREADABLE = ["broken-json", "broken-link"]  # which are left to a person
HOSTILE = [h for h in hostile.HOSTILE if FULL or h.quick]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """Hostile submissions among good ones, and files that are no notebooks at all."""
    folder = tmp_path_factory.mktemp("batch")
    handed = folder / "submissions"
    good = right()

    for h in HOSTILE:
        hand_in(handed, f"hostile-{h.name}", json.dumps(h.make(good)))
    hand_in(handed, "broken-json", "{")
    hand_in(handed, "broken-cells", json.dumps({"cells": [{"cell_type": "code", "source": 7}, 3, None], "nbformat": 4}))
    secret = folder / "secret.ipynb"
    secret.write_text(json.dumps(good), encoding="utf-8")
    link = hand_in(handed, "broken-link", "")
    link.unlink()
    link.symlink_to(secret)
    for number in range(20 if FULL else 2):  # before, between and after the hostile ones, by their names
        hand_in(handed, f"{'agz'[number % 3]}-good-{number}", json.dumps(good))
    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    start = time.monotonic()
    result = run_grader(folder / "course", "grade", str(handed), PARLAB_TEST_MARK=mark)
    seconds = time.monotonic() - start
    assert (folder / "course" / "grades.csv").is_file(), result.stdout + result.stderr
    print(result.stdout)
    return Batch(result, grades(folder / "course"), folder / "course", seconds, f"PARLAB_TEST_MARK={mark}")


@needs_sandbox
def test_batch_ends_and_leaves_nothing_behind(batch: Batch) -> None:
    assert batch.result.returncode == 1, "files that cannot be read need the teacher"
    assert until(lambda: not processes_with(batch.marker), 10), processes_with(batch.marker)
    assert len(re.findall(r"\(\d+\.\d s\)", batch.result.stdout)) == len(batch.rows) - len(UNREADABLE)
    assert [line.split()[2] for line in re.findall(r"^needs you: .*$", batch.result.stdout, re.MULTILINE)] == UNREADABLE


@needs_sandbox
def test_nobody_pays_for_another(batch: Batch) -> None:
    good = [row for student, row in batch.rows.items() if "-good-" in student]
    assert good
    assert [float(row["points"]) for row in good] == [hostile.ALL] * len(good)
    assert all(row["remarks"] == "" and row["left to mark"] == "yes" for row in good)


@needs_sandbox
@pytest.mark.parametrize("case", HOSTILE, ids=lambda h: h.name)
def test_hostile_submission_costs_what_it_should_and_the_teacher_reads_why(batch: Batch, case: hostile.Hostile) -> None:
    row = batch.rows[f"hostile-{case.name}"]
    most = hostile.ALL if case.racy else case.points
    assert case.points <= float(row["points"]) <= most, row
    assert case.remark in row["remarks"], row


@needs_sandbox
@pytest.mark.parametrize("student", ["broken-cells", "broken-json", "broken-link"])
def test_what_is_no_notebook_gets_no_points_and_a_remark(batch: Batch, student: str) -> None:
    row = batch.rows[student]
    assert float(row["points"]) == 0
    assert row["remarks"]
    assert row["left to mark"] == "yes" or student not in UNREADABLE


@needs_sandbox
def test_feedback_says_what_is_wrong_and_keeps_the_tests_to_itself(batch: Batch) -> None:
    pages = list((batch.course / "feedback").rglob("*.html"))
    assert len(pages) == len(batch.rows) - len(UNREADABLE)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "two threads work out their lines at the same time" in text
        assert "HIDDEN" not in text
        assert "ScriptedCell" not in text
        assert text.count("1. Which lock is hot?") == 1, "each cell is there once"
        assert "<th>what is wrong</th>" in text
        assert not re.search("&lt;/?(table|thead|tbody|tr|th|td)&gt;", text)


@needs_sandbox
def test_marks_by_hand_come_into_the_table_and_the_feedback_and_earlier_grades_stay(batch: Batch) -> None:
    name = hostile.ASSIGNMENT
    with Gradebook(f"sqlite:///{batch.course / 'gradebook.db'}", "parlab") as book:
        mark = book.find_grade("convoy", name, name, "g-good-1")
        mark.manual_score = 2.5
        mark.needs_manual_grade = False
        book.db.commit()
    result = run_grader(batch.course, "grade")
    assert result.returncode == 0, result.stdout + result.stderr
    rows = grades(batch.course)
    assert rows.keys() == batch.rows.keys()
    marked = rows.pop("g-good-1")
    assert (marked["points"], marked[f"{name}: convoy"], marked["left to mark"]) == (
        f"{hostile.ALL + 2.5}",
        "2.5",
        "no",
    )
    assert rows == {student: row for student, row in batch.rows.items() if student != "g-good-1"}
    page = (batch.course / "feedback" / "g-good-1" / name / f"{name}.html").read_text(encoding="utf-8")
    assert f"{hostile.ALL + 2.5}" in page


@needs_sandbox
@takes_long
def test_ctrl_c_ends_the_grading_and_keeps_what_is_graded(tmp_path: Path) -> None:
    for student, notebook in {"ada": right(), "bob": hostile.adds("while (true) { }")(right()), "eve": right()}.items():
        hand_in(tmp_path / "submissions", student, json.dumps(notebook))
    folder = tmp_path / "course"
    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    with subprocess.Popen(
        [sys.executable, str(ROOT / "tools" / "grade.py"), "grade", str(tmp_path / "submissions")],
        env={**os.environ, "PARLAB_COURSE": str(folder), "PARLAB_TEST_MARK": mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        said = ""
        while "2 of 3" not in said:
            letter = process.stdout.read(1)
            assert letter, said
            said += letter
        assert run_grader(folder, "grade", str(tmp_path / "submissions")).stderr.startswith("another grading")
        os.killpg(process.pid, signal.SIGINT)
        said += process.stdout.read()
        assert process.wait(60) == 130, said
    assert "interrupted; 1 of 3" in said
    rows = grades(folder)
    assert float(rows["ada"]["points"]) == hostile.ALL
    assert "interrupted" in rows["bob"]["remarks"]
    assert rows["bob"]["left to mark"] == "yes"
    assert "eve" not in rows
    again = run_grader(folder, "grade")
    assert again.returncode == 0, again.stdout + again.stderr
    assert grades(folder) == rows, "marks by hand come into the table, whatever became of others"
    assert until(lambda: not processes_with(f"PARLAB_TEST_MARK={mark}"), 10)


@needs_sandbox
@takes_long
def test_who_is_not_root_grades_as_well(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("the other tests are run by somebody who is not root")
    assert subprocess.run([*STRANGER, "id", "-u"], capture_output=True, encoding="utf-8").stdout == "12345\n"
    hand_in(tmp_path / "submissions", "ada", json.dumps(right()))
    result = run_grader(tmp_path / "course", "grade", str(tmp_path / "submissions"), within=STRANGER)
    assert f"ada {hostile.ASSIGNMENT} ... {hostile.ALL} of 25" in result.stdout, result.stdout + result.stderr


class Harm(HTMLParser):
    """What in a page would run by itself, or at a click, of what a student wrote."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        self.found += [f"{name}={value}" for name, value in attrs if "alert" in (value or "") and name != "alt"]

    def handle_endtag(self, tag: str) -> None:
        self._in_script = self._in_script and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._in_script and "alert(" in data:
            self.found.append(data)


def test_harm_in_a_page_is_found() -> None:
    assert Harm(hostile.SCRIPT + '<a href="javascript:alert(3)">x</a>').found == [
        "alert(1)",
        "onerror=alert(2)",
        "href=javascript:alert(3)",
    ]
    assert not Harm("<p>&lt;script&gt;alert(1)</p><a href='https://example.org'>x</a>").found


@needs_sandbox
def test_feedback_runs_nothing_that_a_student_wrote(batch: Batch) -> None:
    name = hostile.ASSIGNMENT
    page = (batch.course / "feedback" / "hostile-scripts" / name / f"{name}.html").read_text(encoding="utf-8")
    assert page.count("alert(1)") >= 4, "what the student wrote, printed and threw is there as text"
    assert not Harm(page).found


@needs_sandbox
def test_formgrader_shows_what_was_graded_and_runs_nothing_of_it(batch: Batch) -> None:
    import browser

    def get(lab: browser.Lab, path: str) -> str:
        request = urllib.request.Request(f"{lab.address}/formgrader/{path}")
        request.add_header("Authorization", f"token {lab.token}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return str(answer.read().decode())

    name = hostile.ASSIGNMENT
    with browser.serving("formgrader", batch.course, PARLAB_COURSE=str(batch.course)) as lab:
        listed = {each["name"]: each for each in json.loads(get(lab, "api/assignments"))}
        assert sorted(listed) == NAMES
        assert listed[name]["num_submissions"] == len(batch.rows) - len(UNREADABLE)
        submitted = {each["student"]: each for each in json.loads(get(lab, f"api/submitted_notebooks/{name}/{name}"))}
        assert len(submitted) == len(batch.rows) - len(UNREADABLE)
        assert submitted["a-good-0"]["needs_manual_grade"]
        page = get(lab, f"submissions/{submitted['hostile-scripts']['id']}/")
        assert page.count("alert(1)") >= 4
        assert "two threads work out their lines at the same time" in page
        assert not Harm(page).found


# ------------------------------------------------------------------------------------------------ time and interrupts


@needs_sandbox
@takes_long
def test_waiting_of_a_whole_submission_has_an_end(tmp_path: Path) -> None:
    """Cells that each stay below their limit, and are run again since another one ends the JVM."""
    notebook = right()
    at = hostile.place(notebook, "book") + 1
    slow = [hostile.code("Thread.sleep(15_000);") for _ in range(8)]
    notebook["cells"][at:at] = [*slow, hostile.code("System.exit(0);")]
    hand_in(tmp_path / "submissions", "ada", notebook)
    result = run_grader(tmp_path / "course", "grade", str(tmp_path / "submissions"))
    row = grades(tmp_path / "course")["ada"]
    assert float(row["points"]) == hostile.ALL, result.stdout + result.stderr
    assert "s that a student's own cells may take" in row["remarks"]


@needs_sandbox
@takes_long
def test_a_task_by_itself_has_the_helpers_that_stand_elsewhere(tmp_path: Path) -> None:
    name = "02-process-pool"
    notebook = right(name)
    helper = """<T> FutureTask<T> started(Executor pool, Callable<T> call) {
        var task = new FutureTask<T>(call); pool.execute(task); return task; }"""
    notebook["cells"].insert(3, hostile.code(helper))
    ordered = notebook["cells"][hostile.place(notebook, "ordered-map-answer")]
    made = "new FutureTask<String>(() -> task.apply(item))"
    assert made in ordered["source"]
    ordered["source"] = ordered["source"].replace(made, "started(pool, () -> task.apply(item))")
    ordered["source"] = ordered["source"].replace("pool.execute(future);", "")
    loops = "List<List<Integer>> cut(List<Integer> items, int size) { while (size >= 0) { } return List.of(); }"
    hand_in(tmp_path / "submissions", "ada", notebook, name)
    notebook["cells"][hostile.place(notebook, "chunks-answer")]["source"] = loops
    hand_in(tmp_path / "submissions", "bob", notebook, name)
    run_grader(tmp_path / "course", "grade", str(tmp_path / "submissions"))
    rows = grades(tmp_path / "course")
    assert {student: float(row["points"]) for student, row in rows.items()} == {"ada": 21, "bob": 18}
