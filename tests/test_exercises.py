"""The exercises: what students get, what their answers are worth, and that no submission harms another or the teacher.

PARLAB_TEST_FULL=1 (`make soak`) takes every hostile submission, every mutant, and twenty gradings of each answer.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import answers
import hostile
import nbformat
import parlab
import pytest
from answers import EXERCISES, Answer, Trials, fixtures
from conftest import FULL, ROOT, processes_with, until
from grader import course, intake, plugin, reading
from grader.__main__ import nbgrader_api
from grader.judge import Judge
from grader.publish import MADE, publish
from grader.session import IMPORTS, STAND_INS, NotStartedError, Session
from mutate import mutants
from nbgrader.api import Gradebook

if TYPE_CHECKING:
    from browser import Lab
    from playwright.sync_api import Page

NAMES = course.names()
WHY_NOT = answers.sandboxed()
needs_sandbox = pytest.mark.skipif(
    bool(WHY_NOT) and os.environ.get("PARLAB_TEST_SANDBOX") != "require", reason=f"no sandbox: {WHY_NOT}"
)


def solution_lines(name: str) -> set[str]:
    """The lines that no student may see: of solutions, hidden tests and marking schemes."""
    secret: set[str] = set()
    for cell in course.read(name).cells:
        public = set(cell.released.split("\n"))
        secret |= {line.strip() for line in cell.source.split("\n") if line not in public and len(line.strip()) > 25}
    return secret


def run_grader(
    folder: Path, *arguments: str, within: Sequence[str] = (), **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*within, sys.executable, str(ROOT / "tools" / "grade.py"), *arguments],
        env={**os.environ, "PARLAB_COURSE": str(folder), **env},
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
    )


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
    assert 4 <= len(assignment.tasks) <= 6
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


def each_task(name: str, work: Callable[[Trials, course.Cell], list[str]]) -> list[str]:
    """What comes of work on each task of an assignment. Two at a time: much of it is waiting."""

    def alone(task: course.Cell) -> list[str]:
        with Trials(name) as trials:
            return work(trials, task)

    tasks = plugin.judge(name).assignment.tasks  # compiles the tests, once
    with ThreadPoolExecutor(2) as pool:
        return [line for lines in pool.map(alone, tasks) for line in lines]


@needs_sandbox
@pytest.mark.parametrize("name", NAMES)
def test_right_answers_pass_and_wrong_ones_fail_in_the_test_that_names_the_mistake(name: str) -> None:
    wrong = each_task(name, wrongly_graded)
    assert not wrong, "\n".join(wrong)


def wrongly_graded(trials: Trials, task: course.Cell) -> list[str]:
    """The answers to a task that are not graded as they should be; of the wrong ones a fifth, if time is short."""
    assignment = trials.judge.assignment
    mine = [answer for answer in fixtures() if (answer.assignment, answer.task) == (assignment.name, task.name)]
    right = [answer for answer in mine if not answer.mistake]
    wrong = [answer for answer in mine if answer.mistake]
    assert right, task.name
    assert len(wrong) >= 4, task.name
    titles = {title for _, title in trials.titles(task)}
    unknown = [answer.name for answer in wrong if answer.mistake not in titles]
    assert not unknown, f"{task.name}: no test is called as these say: {unknown}"
    reference = "\n".join(cell.solution for cell in assignment.answer_to(task))
    found = []
    for answer in [Answer(assignment.name, task.name, "reference", reference), *right, *wrong[:: 1 if FULL else 5]]:
        outcomes = {trial(trials, answer) for _ in range(20 if FULL else 1)}
        if len(outcomes) > 1:
            found.append(f"{task.name}/{answer.name}: not the same grade every time: {outcomes}")
        for points, failed in outcomes:
            if answer.mistake and answer.mistake not in failed:
                found.append(f"{task.name}/{answer.name}: fails in {failed}, not in {answer.mistake!r}")
            if not answer.mistake and (failed or points != task.points):
                found.append(f"{task.name}/{answer.name}: {points} points, fails in {failed}")
    stub = "\n".join(cell.released for cell in assignment.answer_to(task))
    problem, tests = trials.run(task, stub)
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
    tried = each_task(name, survivors)
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


# ---------------------------------------------------------------------------------------------- hostile submissions


@dataclass(frozen=True)
class Batch:
    """A graded batch."""

    result: subprocess.CompletedProcess[str]
    rows: dict[str, dict[str, str]]
    course: Path
    seconds: float
    marker: str


def right() -> dict[str, Any]:
    return answers.right(hostile.ASSIGNMENT)


def hand_in(folder: Path, student: str, content: str) -> Path:
    """Puts what a student hands in where the grader looks for it."""
    path = folder / student / hostile.ASSIGNMENT / f"{hostile.ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    return path


def grades(course_folder: Path) -> dict[str, dict[str, str]]:
    """The table of grades, by student."""
    with (course_folder / "grades.csv").open(newline="", encoding="utf-8") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


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
    assert batch.result.returncode == 0, batch.result.stdout + batch.result.stderr
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
@pytest.mark.skipif(not FULL, reason="make soak has the time")
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
    assert until(lambda: not processes_with(f"PARLAB_TEST_MARK={mark}"), 10)


STRANGER = ["unshare", "--user", "--map-user=12345", "--map-group=12345"]


@needs_sandbox
@pytest.mark.skipif(not FULL, reason="make soak has the time")
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


# ------------------------------------------------------------------------------------------------------ the walls


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session(plugin.toolbox()) as session:
        yield session


@needs_sandbox
def test_a_clone_in_the_temporary_folder_grades_as_well(tmp_path: Path) -> None:
    tools = plugin.toolbox()
    for jar in [tools.module, *tools.jars]:
        (tmp_path / jar.name).symlink_to(jar)
    moved = replace(tools, module=tmp_path / tools.module.name, jars=[tmp_path / jar.name for jar in tools.jars])
    with Session(moved) as session:
        session.fresh()
        assert not session.run("import parlab.exercises.*; Task<?> none = null;", 60).problem


@needs_sandbox
def test_a_jvm_that_does_not_start_is_no_mark(tmp_path: Path) -> None:
    tools = replace(plugin.toolbox(), module=tmp_path)
    judged = plugin.judge(hostile.ASSIGNMENT)
    submission = reading.load(EXERCISES / "source" / hostile.ASSIGNMENT / f"{hostile.ASSIGNMENT}.ipynb")
    with pytest.raises(NotStartedError, match="does not start"):
        Judge(judged.assignment, judged.tests, tools).grade(intake.rebuild(judged.assignment, submission))


@needs_sandbox
def test_graded_jvm_resolves_the_modules_that_it_needs_and_no_more(session: Session) -> None:
    """A module more is a way more: whoever adds one says in session.MODULES what for."""
    needed = "java.base java.compiler java.logging java.net.http java.prefs java.xml jdk.attach jdk.compiler"
    needed += " jdk.incubator.vector jdk.internal.ed jdk.internal.jvmstat jdk.internal.le jdk.internal.md"
    needed += " jdk.internal.opt jdk.jdi jdk.jdwp.agent jdk.jshell jdk.zipfs parlab.exercises"  # JShell's own needs
    assert session.modules() == needed.split()


def test_a_graded_notebook_begins_as_the_kernel_does() -> None:
    """Both lists are the kernel's own, read from its jar, so that a new version of it shows up."""
    jar = parlab.kernel_dir(Path(sys.prefix)) / "jjava.jar"
    with zipfile.ZipFile(jar) as classes:
        begin = classes.read("org/dflib/jjava/distro/NotebookInitializer.class").decode("latin-1")
        statics = [name for name in classes.namelist() if name.endswith("NotebookStatics.class")]
    assert set(re.findall(r"import ([\w.]+\.\*);", begin)) == set(IMPORTS)
    java_home = Path(os.environ["JAVA_HOME"])
    names = [name.removesuffix(".class").replace("/", ".") for name in statics]
    stand_ins = plugin.LIBRARY / "parlab-exercises.jar"
    assert public_statics(java_home, jar, names) == public_statics(java_home, stand_ins, [STAND_INS])


def public_statics(java_home: Path, jar: Path, classes: list[str]) -> set[str]:
    command: list[str | Path] = [java_home / "bin" / "javap", "-public", "-cp", jar, *classes]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    return set(re.findall(r"public static .*?(\w+)\(", result.stdout))


@needs_sandbox
@pytest.mark.parametrize(
    ("attempt", "answer"),
    [
        ('new java.io.File("/proc").exists()', "false"),
        ('new java.io.File("/dev/shm").canWrite()', "false"),
        ('new java.io.File("/").canWrite()', "false"),
        ('new java.io.File("/bin/sh").exists()', "false"),
        (f'new java.io.File("{ROOT}/notebooks").exists()', "false"),
        ("java.util.Collections.list(java.net.NetworkInterface.getNetworkInterfaces()).stream().noneMatch(i -> "
         "{ try { return i.isUp() && !i.isLoopback(); } catch (Exception e) { return true; } })", "true"),
        ('System.getenv().containsKey("HOSTNAME")', "false"),
        ('new java.io.File("/channel").canWrite()', "false"),
    ],
)  # fmt: skip
def test_sandbox_shows_nothing_of_the_machine(session: Session, attempt: str, answer: str) -> None:
    session.fresh()
    ran = session.run(f"System.out.println({attempt});", 20)
    assert ran.printed == f"{answer}\n", ran
    assert not ran.problem


@needs_sandbox
@pytest.mark.parametrize(
    "attempt",
    [
        'var f = Class.forName("parlab.exercises.internal.Runner").getDeclaredField("out"); f.setAccessible(true);',
        'Class.forName("parlab.exercises.internal.HandOver").getMethods()[0].invoke(null, "hot-lock", "");',
        'var v = Class.forName("java.lang.String").getDeclaredField("value"); v.setAccessible(true);',
        'java.nio.channels.SocketChannel.open(java.net.UnixDomainSocketAddress.of("/channel/socket"));',
        'java.lang.foreign.SymbolLookup.libraryLookup("libc.so.6", java.lang.foreign.Arena.global());',
        'System.load("/usr/lib/libc.so.6");',
        'com.sun.tools.attach.VirtualMachine.attach(String.valueOf(ProcessHandle.current().pid()));',
        # What lends access to private members, or loads a native library by a name that it is told.
        'Class.forName("sun.reflect.ReflectionFactory");',
        'Class.forName("sun.misc.Unsafe");',
        'Class.forName("sun.security.pkcs11.SunPKCS11");',
        'Class.forName("javax.smartcardio.TerminalFactory");',
        'Class.forName("org.ietf.jgss.GSSManager");',
        'Class.forName("java.lang.instrument.Instrumentation");',
        'Class.forName("javax.management.MBeanServer");',
        'Class.forName("jdk.vm.ci.runtime.JVMCI");',
        'java.lang.invoke.MethodHandles.privateLookupIn(Class.forName("parlab.exercises.internal.Runner"), '
        'java.lang.invoke.MethodHandles.lookup());',
        'parlab.exercises.Task.class.getModule().addOpens("parlab.exercises.internal", Object.class.getModule());',
        'java.security.Security.getProvider("SunPKCS11").configure("--name=x\\nlibrary=/tmp/x.so");',
        'System.setProperty("sun.boot.library.path", "/tmp"); System.loadLibrary("x");',
    ],
)  # fmt: skip
def test_answers_do_not_reach_what_decides_about_points(session: Session, attempt: str) -> None:
    session.fresh()
    assert re.search("threw|does not compile", session.run(attempt, 20).problem)


def test_no_sandbox_no_grades(tmp_path: Path) -> None:
    """Where bubblewrap is missing, the grader refuses, and says how to get it and what going without means."""
    (tmp_path / "submissions" / "ada" / hostile.ASSIGNMENT).mkdir(parents=True)
    result = run_grader(tmp_path / "course", "grade", str(tmp_path / "submissions"), PATH="/nowhere")
    assert result.returncode == 1
    assert "bubblewrap is missing" in result.stderr or "Linux" in result.stderr
    assert "UNPROTECTED=1" in result.stderr


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
