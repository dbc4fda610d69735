"""Makes the students' notebooks, and grades what they hand in.

Usage: python -m grader release                 the student versions of all assignments, and a repository with them
       python -m grader grade SUBMISSIONS       SUBMISSIONS/<student>/<assignment>/<notebook>.ipynb
"""

from __future__ import annotations

import argparse
import csv
import logging
import os
import re
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from sqlalchemy.exc import SAWarning
from traitlets.config import PyFileConfigLoader

from . import course, intake, plugin, sandbox

STUDENT_NAME = re.compile(r"[\w@][\w.@+-]*")


@dataclass(frozen=True)
class HandedIn:
    """A file of a student."""

    student: str
    assignment: str
    path: Path


@dataclass(frozen=True)
class Line:
    """What a submission came to, for the table of grades."""

    student: str
    assignment: str
    points: float
    most: float
    to_mark: bool  # something is left for a person
    by_task: dict[str, float]
    remarks: list[str]


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
PRIVATE = ("notebooks/exercises/", "notebooks/tests/", "tools/grade.py", "tools/soak.py", ".github/", ".ci/")


def publish(api: Any, names: Sequence[str], target: Path) -> None:
    """The course as a repository for students: everything but what is the teacher's, and the released notebooks."""
    root = course.COURSE.parents[1]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, encoding="utf-8", check=True)
    shutil.rmtree(target, ignore_errors=True)
    for name in listed.stdout.split("\0"):
        if name and not name.startswith(PRIVATE) and (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target / name)
    readme = target / "README.md"
    lines = readme.read_text(encoding="utf-8").splitlines(keepends=True)
    readme.write_text("".join(line for line in lines if not line.startswith("**Teachers:**")), encoding="utf-8")
    for name in names:
        made = Path(api.coursedir.root) / api.coursedir.release_directory / name
        shutil.copytree(made, target / "notebooks" / "exercises" / name)
    print(f"the course without solutions, to be published: {target}", flush=True)


def handed_in(folder: Path) -> Iterator[HandedIn]:
    """What is in a folder of submissions, in a fixed order."""
    known = course.names()
    for student in sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()):
        if not STUDENT_NAME.fullmatch(student.name):
            print(f"left out: {student.name!r} is no name for a student (letters, digits, . @ + - _)", flush=True)
            continue
        for name in known:
            if (student / name).is_dir() and not (student / name).is_symlink():
                found = sorted((student / name).glob("*.ipynb"))
                usual = student / name / f"{name}.ipynb"
                yield HandedIn(student.name, name, usual if usual in found or not found else found[0])


def take_in(api: Any, file: HandedIn) -> None:
    """Puts a submission where nbgrader looks for it, as a notebook that is well-formed in any case."""
    submitted, problem = intake.load(file.path)
    submission = intake.rebuild(course.read(file.assignment), submitted)
    if problem:
        submission.remarks.insert(0, problem)
    target = Path(api.coursedir.format_path("submitted", file.student, file.assignment))
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    nbformat.write(plugin.notebook(file.assignment, submission), target / f"{file.assignment}.ipynb")


def grade(api: Any, file: HandedIn) -> Line:
    take_in(api, file)
    must(api.autograde(file.assignment, file.student, force=True), f"grading {file.student}, {file.assignment}")
    must(api.generate_feedback(file.assignment, file.student, force=True), f"feedback to {file.student}")
    where = Path(api.coursedir.format_path("autograded", file.student, file.assignment), f"{file.assignment}.ipynb")
    found = nbformat.read(where, as_version=4).metadata.parlab
    by_task = {task: sum(t["points"] for t in tests if not t["problem"]) for task, tests in found.tests.items()}
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as book:
        kept = book.find_submission(file.assignment, file.student)
        return Line(
            file.student,
            file.assignment,
            kept.score,
            kept.max_score,
            kept.needs_manual_grade,
            by_task,
            list(found.remarks),
        )


def write_table(path: Path, lines: Sequence[Line]) -> None:
    tasks = [f"{name}: {task.name}" for name in course.names() for task in course.read(name).tasks]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["student", "assignment", "points", "of", "left to mark", *tasks, "remarks"])
        for line in lines:
            given = {f"{line.assignment}: {task}": points for task, points in line.by_task.items()}
            points = [f"{given[task]:g}" if task in given else "" for task in tasks]
            left = "yes" if line.to_mark else "no"
            row = [line.student, line.assignment, f"{line.points:g}", f"{line.most:g}", left]
            table.writerow([_harmless(cell) for cell in [*row, *points, "; ".join(line.remarks)]])


def _harmless(text: str) -> str:
    """A spreadsheet would take such a text for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


def grade_all(api: Any, folder: Path) -> int:
    plugin.toolbox()  # refuses here rather than at the first submission
    if not folder.is_dir():
        raise course.CourseError(f"{folder} is not a folder")
    files = list(handed_in(folder))
    if not files:
        raise course.CourseError(f"{folder} holds no <student>/<assignment>/<notebook>.ipynb")
    release(api, sorted({file.assignment for file in files}))
    lines: list[Line] = []
    failed = 0
    for file in files:
        start = time.monotonic()
        try:
            line = grade(api, file)
        except Exception as e:  # one submission's trouble is not another's
            failed += 1
            print(f"FAILED {file.student} {file.assignment}: {e}", flush=True)
            most = sum(cell.points for cell in course.read(file.assignment).cells)
            remark = "could not be graded, the terminal says why: to be marked by hand"
            lines.append(Line(file.student, file.assignment, 0, most, True, {}, [remark]))
            continue
        lines.append(line)
        seconds = time.monotonic() - start
        print(f"{line.points:6g} of {line.most:g}  {line.student} {line.assignment}  ({seconds:.1f} s)", flush=True)
        for remark in line.remarks:
            print(f"         {remark}", flush=True)
    table = Path(api.coursedir.root) / "grades.csv"
    write_table(table, lines)
    feedback = Path(api.coursedir.root) / api.coursedir.feedback_directory
    print(f"grades: {table}\nfeedback: {feedback}", flush=True)
    return 1 if failed else 0


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="grader", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    students = course.COURSE.parents[1] / "build" / "students"
    commands.add_parser("release").add_argument("--students", type=Path, default=students)
    commands.add_parser("grade").add_argument("submissions", type=Path)
    options = parser.parse_args(arguments)
    Path(os.environ.get("PARLAB_COURSE", str(course.COURSE))).mkdir(parents=True, exist_ok=True)
    try:
        api = nbgrader_api()
        if options.command == "release":
            release(api, course.names())
            publish(api, course.names(), options.students)
            return 0
        return grade_all(api, options.submissions)
    except (course.CourseError, sandbox.NoSandboxError) as e:
        print(e, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
