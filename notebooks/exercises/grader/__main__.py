"""Makes the students' notebooks, and grades what they hand in.

Usage: python -m grader release                 the student versions of all assignments, and a repository with them
       python -m grader grade SUBMISSIONS       SUBMISSIONS/<student>/<assignment>/<assignment>.ipynb
       python -m grader grade                   grades.csv and feedback anew, with what was marked by hand since
"""

from __future__ import annotations

import argparse
import csv
import fcntl
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from sqlalchemy.exc import SAWarning
from traitlets.config import PyFileConfigLoader

from . import course, intake, plugin, sandbox
from .session import NotStartedError, Session

# A folder is named so, and nbgrader looks for it by a pattern in which * ? [ ] mean something.
STUDENT_NAME = re.compile(r"[\w@][\w .,@+'()-]*")


@dataclass(frozen=True)
class HandedIn:
    """A file of a student."""

    student: str
    assignment: str
    path: Path
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """What a submission came to, for the table of grades."""

    student: str
    assignment: str
    points: float
    most: float
    to_mark: bool  # something is left for a person
    by_task: Mapping[str, float]
    remarks: Sequence[str]


def nbgrader_api() -> Any:
    warnings.simplefilter("ignore", SAWarning)  # of nbgrader's own queries
    settings = PyFileConfigLoader("nbgrader_config.py", path=str(course.COURSE)).load_config()
    api = NbGraderAPI(config=settings)
    api.log.setLevel(logging.ERROR)
    api.log.handlers[:] = [logging.NullHandler()]  # what fails comes back as the call's answer
    api.log.propagate = False
    return api


def must(answer: dict[str, Any], what: str) -> None:
    if not answer["success"]:
        raise course.CourseError(f"{what} failed:\n{answer.get('log') or answer.get('error') or 'no reason given'}")


def release(api: Any, names: Sequence[str]) -> None:
    for name in names:
        must(api.generate_assignment(name, force=True, create=True), f"making the student's version of {name}")
    root = Path(api.coursedir.root)
    print(f"{len(names)} assignments for students: {root / api.coursedir.release_directory}", flush=True)


# What is the teacher's alone.
PRIVATE = ("notebooks/exercises/", "tests/", "tools/grade.py", "tools/soak.py", ".github/", ".ci/")


def publish(api: Any, names: Sequence[str], target: Path) -> None:
    """The course as a repository for students: everything but what is the teacher's, and the released notebooks."""
    root = course.COURSE.parents[1]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, encoding="utf-8", check=True)
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        if old.name == ".git":
            continue  # what was published so far goes on from there
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink()
    for name in listed.stdout.split("\0"):
        if name and not name.startswith(PRIVATE) and (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target / name)
    shutil.copy2(course.COURSE / "STUDENTS.md", target / "README.md")
    for name in names:
        made = Path(api.coursedir.root) / api.coursedir.release_directory / name
        shutil.copytree(made, target / "notebooks" / "exercises" / name)
    print(f"the course without solutions, to be published: {target}", flush=True)


def handed_in(folder: Path) -> tuple[list[HandedIn], list[str]]:
    """What is in a folder of submissions, in a fixed order; and what there is left out, in words."""
    known = course.names()
    files: list[HandedIn] = []
    left_out: list[str] = []
    for student in sorted(folder.iterdir()):
        if student.is_symlink() or not student.is_dir():
            left_out.append(f"{student.name}: not a folder of a student")
        elif not STUDENT_NAME.fullmatch(student.name):
            left_out.append(f"{student.name!r}: no name for a student (it begins with a letter, a digit, _ or @, "
                            "and goes on with these, spaces and . , @ + ' ( ) -)")  # fmt: skip
        else:
            for work in sorted(student.iterdir()):
                if work.name not in known:
                    left_out.append(f"{student.name}/{work.name}: no assignment is called so ({', '.join(known)})")
                elif work.is_symlink() or not work.is_dir():
                    left_out.append(f"{student.name}/{work.name}: not a folder")
                else:
                    files.append(notebook_in(work, student.name))
    return files, left_out


def notebook_in(work: Path, student: str) -> HandedIn:
    """The notebook of an assignment's folder: the one that is called as it should be, if it is there."""
    usual = work / f"{work.name}.ipynb"
    found = sorted(work.glob("*.ipynb"))
    taken = usual if usual in found or not found else found[0]
    remarks = [f"the notebook is called {taken.name}"] if taken != usual else []
    others = [path.name for path in found if path != taken]
    if others:
        remarks.append(f"several notebooks were handed in: {taken.name} is graded, not {', '.join(others)}")
    return HandedIn(student, work.name, taken, remarks)


def take_in(api: Any, file: HandedIn) -> None:
    """Puts a submission where nbgrader looks for it, as a notebook that is well-formed in any case."""
    submitted, problem = intake.load(file.path)
    submission = intake.rebuild(course.read(file.assignment), submitted)
    submission.remarks[:0] = [*file.remarks, *([problem] if problem else [])]
    target = Path(api.coursedir.format_path("submitted", file.student, file.assignment))
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    nbformat.write(plugin.notebook(file.assignment, submission), target / f"{file.assignment}.ipynb")


def grade(api: Any, file: HandedIn) -> Line:
    take_in(api, file)
    must(api.autograde(file.assignment, file.student, force=True), f"grading {file.student}, {file.assignment}")
    must(api.generate_feedback(file.assignment, file.student, force=True), f"feedback to {file.student}")
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as book:
        return line_of(api, book.find_submission(file.assignment, file.student))


def gradebook(api: Any) -> list[Line]:
    """All that the gradebook holds: what was graded here, and what a person has marked since."""
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as book:
        return [line_of(api, kept) for name in course.names() for kept in book.assignment_submissions(name)]


def line_of(api: Any, kept: Any) -> Line:
    """The line of a submission that the gradebook holds."""
    student, assignment = str(kept.student.id), kept.assignment.name
    grades = [one for notebook in kept.notebooks for one in notebook.grades]
    by_task = {one.name: one.score for one in grades if not one.needs_manual_grade}
    graded = Path(api.coursedir.format_path("autograded", student, assignment), f"{assignment}.ipynb")
    remarks = nbformat.read(graded, as_version=4).metadata.parlab.remarks if graded.is_file() else []
    return Line(student, assignment, kept.score, kept.max_score, kept.needs_manual_grade, by_task, remarks)


def write_table(path: Path, lines: Sequence[Line]) -> None:
    tasks = [f"{name}: {cell.name}" for name in course.names() for cell in course.read(name).cells if cell.points]
    new = path.with_suffix(".new")
    with new.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["student", "assignment", "points", "of", "left to mark", *tasks, "remarks"])
        for line in lines:
            given = {f"{line.assignment}: {task}": points for task, points in line.by_task.items()}
            points = [f"{given[task]:g}" if task in given else "" for task in tasks]
            left = "yes" if line.to_mark else "no"
            row = [line.student, line.assignment, f"{line.points:g}", f"{line.most:g}", left]
            table.writerow([_harmless(cell) for cell in [*row, *points, "; ".join(line.remarks)]])
    new.replace(path)


def _harmless(text: str) -> str:
    """A spreadsheet would take such a text for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


class Interrupts:
    """Whether somebody has pressed Ctrl-C: nbgrader takes that for the failure of one submission."""

    def __init__(self) -> None:
        self.came = False

    def __enter__(self) -> Interrupts:
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _note(self, *_: object) -> None:
        self.came = True
        raise KeyboardInterrupt


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Two gradings at once would take each other's files."""
    with (root / ".grading").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise course.CourseError(f"another grading is under way in {root}: wait for its end") from None
        yield


def unfinished(file: HandedIn, remark: str) -> Line:
    """The line of a submission that this program has no marks for: a person has to look at it."""
    most = sum(cell.points for cell in course.read(file.assignment).cells)
    return Line(file.student, file.assignment, 0, most, True, {}, [remark])


def grade_all(api: Any, files: Sequence[HandedIn], left_out: Sequence[str]) -> int:
    Session(plugin.toolbox()).__exit__(None, None, None)  # what is wrong with the machine is said before the first one
    release(api, sorted({file.assignment for file in files}))
    failed: list[Line] = []
    with Interrupts() as interrupts:
        for number, file in enumerate(files, 1):
            start = time.monotonic()
            print(f"{number} of {len(files)}: {file.student} {file.assignment} ...", end=" ", flush=True)
            try:
                line = grade(api, file)
            except (Exception, KeyboardInterrupt, SystemExit) as e:  # one submission's trouble is not another's
                if interrupts.came:
                    print(f"interrupted; {number - 1} of {len(files)} are graded. The same command begins anew.")
                    failed.append(unfinished(file, "the grading was interrupted: to be graded again"))
                    break
                print(f"FAILED: {e}", flush=True)
                failed.append(unfinished(file, "could not be graded, the terminal says why: to be marked by hand"))
                continue
            print(f"{line.points:g} of {line.most:g}  ({time.monotonic() - start:.1f} s)", flush=True)
            for remark in line.remarks:
                print(f"         {remark}", flush=True)
    write_grades(api, [*gradebook(api), *failed])
    for one in left_out:
        print(f"left out: {one}", flush=True)
    return 130 if interrupts.came else 1 if failed else 0


def write_grades(api: Any, lines: Sequence[Line]) -> None:
    """The table of all submissions; of two lines for the same one the later counts."""
    latest = {(line.assignment, line.student): line for line in lines}
    table = Path(api.coursedir.root) / "grades.csv"
    write_table(table, [latest[key] for key in sorted(latest)])
    feedback = Path(api.coursedir.root) / api.coursedir.feedback_directory
    print(f"grades: {table}\nfeedback: {feedback}", flush=True)


def after_marking(api: Any) -> int:
    """The table and the feedback anew, with what was marked by hand since they were made."""
    lines = gradebook(api)
    if not lines:
        raise course.CourseError("nothing was graded yet: make grade SUBMISSIONS=folder")
    for line in lines:
        must(api.generate_feedback(line.assignment, line.student, force=True), f"feedback to {line.student}")
    write_grades(api, lines)
    return 0


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="grader", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    students = course.COURSE.parents[1] / "build" / "students"
    commands.add_parser("release").add_argument("--students", type=Path, default=students)
    commands.add_parser("grade").add_argument("submissions", type=Path, nargs="?")
    options = parser.parse_args(arguments)
    root = Path(os.environ.get("PARLAB_COURSE", str(course.COURSE)))
    root.mkdir(parents=True, exist_ok=True)
    try:
        files: list[HandedIn] = []
        left_out: list[str] = []
        if options.command == "grade" and options.submissions:
            if not options.submissions.is_dir():
                raise course.CourseError(f"{options.submissions} is not a folder")
            files, left_out = handed_in(options.submissions)
            if not files:
                raise course.CourseError(
                    f"{options.submissions} holds no <student>/<assignment>/<assignment>.ipynb\n" + "\n".join(left_out)
                )
        with alone(root):
            api = nbgrader_api()
            if options.command == "release":
                release(api, course.names())
                publish(api, course.names(), options.students)
                return 0
            return grade_all(api, files, left_out) if files else after_marking(api)
    except (course.CourseError, sandbox.NoSandboxError, NotStartedError) as e:
        print(e, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
