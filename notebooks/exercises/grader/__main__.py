"""Makes the students' notebooks, and grades what they hand in.

Usage: python -m grader release                 the student versions of all assignments, and a repository with them
       python -m grader grade SUBMISSIONS       a folder or an archive, as finding.py describes
       python -m grader grade                   grades.csv and feedback anew, with what was marked by hand since
       python -m grader walls                   what a graded JVM is made of, and what it may do
"""

from __future__ import annotations

import argparse
import datetime
import fcntl
import logging
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from sqlalchemy.exc import SAWarning
from traitlets.config import PyFileConfigLoader

from . import course, finding, intake, judge, names, pages, plugin, sandbox, syscalls, table
from .finding import HandedIn
from .publish import must, publish, release
from .reading import UnreadableError
from .session import MODULES, NotStartedError, Session
from .table import Line, Record, Records

OWN_FOLDERS = ("submitted", "autograded", "feedback", "release", "source")
TO_BE_GRADED_AGAIN = "to be graded again"


@dataclass(frozen=True)
class Output:
    """What is written besides the table of grades."""

    platform: str = "plain"
    excel: bool = False


def nbgrader_api() -> Any:
    warnings.simplefilter("ignore", SAWarning)  # of nbgrader's own queries
    settings = PyFileConfigLoader("nbgrader_config.py", path=str(course.COURSE)).load_config()
    api = NbGraderAPI(config=settings)
    api.log.setLevel(logging.ERROR)
    api.log.handlers[:] = [logging.NullHandler()]  # what fails comes back as the call's answer
    api.log.propagate = False
    return api


@contextmanager
def gradebook(api: Any) -> Iterator[Any]:
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as book:
        yield book


# --------------------------------------------------------------------------------------------- one submission


def take_in(api: Any, file: HandedIn) -> None:
    """Puts a submission where nbgrader looks for it, as a notebook that is well-formed in any case."""
    assert file.content is not None
    submission = intake.rebuild(course.read(file.assignment), file.content)
    submission.remarks[:0] = file.remarks
    target = Path(api.coursedir.format_path("submitted", names.key(file.student), file.assignment))
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    nbformat.write(plugin.notebook(file.assignment, submission), target / f"{file.assignment}.ipynb")
    if file.time:
        then = datetime.datetime.fromtimestamp(file.time, datetime.UTC)
        (target / "timestamp.txt").write_text(f"{then:%Y-%m-%d %H:%M:%S} UTC", encoding="utf-8")


def grade(api: Any, file: HandedIn, records: Records) -> Line:
    key = names.key(file.student)
    before = essays(api, file.assignment, key)
    take_in(api, file)
    must(api.autograde(file.assignment, key, force=True), f"grading {file.student}, {file.assignment}")
    marked_again(api, file.assignment, key, before)
    records.put(record_of(file))
    feedback(api, file.assignment, key)
    with gradebook(api) as book:
        return line_of(api, book.find_submission(file.assignment, key), records)


def record_of(file: HandedIn, state: str = "graded", remarks: Sequence[str] = ()) -> Record:
    return Record(
        file.student, file.assignment, file.origin, file.identifier, file.file, file.time, state, list(remarks)
    )


def feedback(api: Any, assignment: str, key: str) -> None:
    """The page for the student; where it cannot be made, a plain one with the reason."""
    graded = Path(api.coursedir.format_path("autograded", key, assignment), f"{assignment}.ipynb")
    folder = Path(api.coursedir.format_path("feedback", key, assignment))
    write = partial(api.generate_feedback, assignment, key, force=True)
    if problem := pages.make(write, folder, graded):
        print(f"         the page of feedback is a plain one: {problem.strip().splitlines()[-1][:200]}", flush=True)


def essays(api: Any, assignment: str, key: str) -> dict[str, str]:
    """What a person has to mark, as it was when it was graded last."""
    graded = Path(api.coursedir.format_path("autograded", key, assignment), f"{assignment}.ipynb")
    if not graded.is_file():
        return {}
    manual = {cell.name for cell in course.read(assignment).cells if cell.manual}
    return {
        name: cell.source
        for cell in nbformat.read(graded, as_version=4).cells
        if (name := cell.metadata.get("nbgrader", {}).get("grade_id")) in manual
    }


def marked_again(api: Any, assignment: str, key: str, before: dict[str, str]) -> None:
    """Marks by hand stay; nbgrader asks to look at them again, which is needed only where the answer has changed."""
    now = essays(api, assignment, key)
    graded = Path(api.coursedir.format_path("autograded", key, assignment), f"{assignment}.ipynb")
    with gradebook(api) as book:
        for name, text in now.items():
            mark = book.find_grade(name, assignment, assignment, key)
            if mark.manual_score is None or name not in before:
                continue
            if before[name] == text:
                mark.needs_manual_grade = False
            else:
                notebook = nbformat.read(graded, as_version=4)
                notebook.metadata.parlab.remarks.append(f"the answer {name!r} has changed since it was marked by hand")
                nbformat.write(notebook, graded)
        book.db.commit()


def line_of(api: Any, kept: Any, records: Records) -> Line:
    """The line of a submission that the gradebook holds."""
    key, assignment = str(kept.student.id), kept.assignment.name
    record = records.get(assignment, key)
    graded = Path(api.coursedir.format_path("autograded", key, assignment), f"{assignment}.ipynb")
    if not graded.is_file():
        return unfinished(replace(record, state="interrupted", remarks=[TO_BE_GRADED_AGAIN]))
    grades = [one for notebook in kept.notebooks for one in notebook.grades]
    by_task = {one.name: one.score for one in grades if not one.needs_manual_grade}
    remarks = list(nbformat.read(graded, as_version=4).metadata.parlab.remarks)
    if kept.total_seconds_late:
        remarks.append(f"handed in {datetime.timedelta(seconds=round(kept.total_seconds_late))} late")
    points = kept.score - (kept.late_submission_penalty or 0)
    return Line(record, points, kept.max_score, kept.needs_manual_grade, by_task, remarks)


def unfinished(record: Record) -> Line:
    """The line of a submission that this program has no marks for: a person has to look at it."""
    known = record.assignment in course.names()
    most = sum(cell.points for cell in course.read(record.assignment).cells) if known else 0
    return Line(record, 0, most, True, {}, record.remarks)


# ------------------------------------------------------------------------------------------------ the class


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


def grade_all(api: Any, files: Sequence[HandedIn], left_out: Sequence[str], output: Output) -> int:
    Session(plugin.toolbox()).__exit__(None, None, None)  # what is wrong with the machine is said before the first one
    records = Records(Path(api.coursedir.root))
    for file in files:
        if file.content is None:
            records.put(record_of(file, "unread", file.remarks))
    readable = [file for file in files if file.content is not None]
    release(api, sorted({file.assignment for file in readable}))
    began = time.monotonic()
    failed = 0
    with Interrupts() as interrupts:
        for number, file in enumerate(readable, 1):
            start = time.monotonic()
            shown = f"{number} of {len(readable)}: {names.shown(file.student)} {file.assignment}"
            print(f"{shown} ...", end=" ", flush=True)
            records.put(record_of(file, "interrupted", [f"the grading was interrupted: {TO_BE_GRADED_AGAIN}"]))
            try:
                line = grade(api, file, records)
            except (Exception, KeyboardInterrupt, SystemExit) as e:  # one submission's trouble is not another's
                if interrupts.came:
                    print(f"interrupted; {number - 1} of {len(readable)} are graded. The same command begins anew.")
                    break
                print(f"FAILED: {e}", flush=True)
                failed += 1
                why = "could not be graded, the terminal says why: grade it again, or mark it by hand"
                records.put(record_of(file, "failed", [why]))
                continue
            left = (time.monotonic() - began) / number * (len(readable) - number)
            time_left = f", about {left / 60:.0f} min left" if left > 90 else ""
            seconds = time.monotonic() - start
            print(f"{line.points:g} of {line.most:g}  ({seconds:.1f} s){time_left}", flush=True)
            for remark in line.remarks:
                print(f"         {remark}", flush=True)
    lines = write_grades(api, records, output)
    say_summary(lines, left_out, time.monotonic() - began)
    # An essay to mark is routine; what could not be read, graded or assigned to anybody needs the teacher.
    needs_teacher = failed or left_out or len(readable) < len(files)
    return 130 if interrupts.came else 1 if needs_teacher else 0


def all_lines(api: Any, records: Records) -> list[Line]:
    """All that was ever handed in: what was graded here, what a person has marked since, and what could not be read."""
    with gradebook(api) as book:
        graded = [line_of(api, kept, records) for name in course.names() for kept in book.assignment_submissions(name)]
    latest = {line.key: line for line in graded}
    for record in records:
        if record.state != "graded":
            latest[record.key] = unfinished(record)
    return [latest[key] for key in sorted(latest)]


def write_grades(api: Any, records: Records, output: Output) -> list[Line]:
    root = Path(api.coursedir.root)
    lines = all_lines(api, records)
    table.write(root / "grades.csv", lines, output.excel)
    pages_folder = root / api.coursedir.feedback_directory
    print(f"grades: {root / 'grades.csv'}\nfeedback: {pages_folder}", flush=True)
    made = table.write_import(root, lines, output.platform, output.excel)
    if made:
        table.pack_feedback(root / f"feedback-{output.platform}.zip", pages_folder, lines)
        for path in (*made, root / f"feedback-{output.platform}.zip"):
            print(f"for {output.platform.capitalize()}: {path}", flush=True)
    return lines


def say_summary(lines: Sequence[Line], left_out: Sequence[str], seconds: float) -> None:
    """A table of the class, and what needs the teacher."""
    print(f"\n{'assignment':<24}{'handed in':>10}{'graded':>8}{'mean':>8}{'left to mark':>14}")
    for name in sorted({line.record.assignment for line in lines}):
        own = [line for line in lines if line.record.assignment == name]
        graded = [line for line in own if line.record.state == "graded"]
        mean = f"{sum(line.points for line in graded) / len(graded):.1f}" if graded else "-"
        left = sum(line.to_mark for line in own)
        print(f"{name or '(not known)':<24}{len(own):>10}{len(graded):>8}{mean:>8}{left:>14}")
    print(f"in {seconds:.0f} s")
    if left := sum(line.to_mark and line.record.state == "graded" for line in lines):
        print(f"left to mark by hand: {left} (make formgrader; then make grade, without submissions, with LMS as now)")
    for line in lines:
        if line.record.state != "graded":
            print(f"needs you: {names.shown(line.record.student)} {line.record.assignment}: {'; '.join(line.remarks)}")
    for one in left_out:
        print(f"left out: {names.shown(one)}", flush=True)


def after_marking(api: Any, output: Output) -> int:
    """The table and the feedback anew, with what was marked by hand since they were made."""
    records = Records(Path(api.coursedir.root))
    lines = all_lines(api, records)
    if not lines:
        raise course.CourseError("nothing was graded yet: make grade SUBMISSIONS=folder")
    for line in lines:
        if line.record.state == "graded":
            feedback(api, line.record.assignment, names.key(line.record.student))
    write_grades(api, records, output)
    return 0


# ------------------------------------------------------------------------------------------------ commands


def walls() -> int:
    """Prints what a graded JVM is made of and what it may do, as it is on this machine."""
    with Session(plugin.toolbox()) as session:
        resolved = session.modules()
    jvm = sandbox.Limits()
    calls = syscalls.allowed(platform.machine(), os.geteuid() == 0)
    counted = "control groups" if sandbox.counted_by_kernel() else "a watch, every tenth of a second"
    for what, value in {
        "modules asked for": " ".join(MODULES),
        f"modules resolved ({len(resolved)})": " ".join(resolved),
        f"system calls that succeed ({len(calls)})": " ".join(sorted(calls)),
        "and within bounds": "clone (no new namespaces), socket (local, IPv4, IPv6, netlink; there is no network)",
        "a JVM's processor time": f"{jvm.cpu_seconds:.0f} s",
        "a JVM's memory": f"{jvm.memory_bytes / 1e6:.0f} MB, counted by {counted}",
        "a JVM's threads and processes": f"{jvm.processes}",
        "a JVM's files": f"{sandbox.FILES_BYTES / 1e6:.0f} MB in /tmp, nothing elsewhere",
        "a cell": f"{judge.CELL_SECONDS} s of waiting",
        "a test": f"{judge.TEST_SECONDS} s of waiting",
        "all cells that a student added": f"{judge.OWN_SECONDS} s of waiting",
        "a submission": f"{judge.ALL_SECONDS} s of waiting, {judge.ALL_CPU_SECONDS} s of processor time, "
        f"{judge.MOST_STARTS} JVMs",
        "a page of feedback": f"{pages.PAGE_SECONDS} s, {pages.PAGE_BYTES / 1e9:.0f} GB",
    }.items():
        print(f"{what}: {value}")
    return 0


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="grader", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    students = course.COURSE.parents[1] / "build" / "students"
    commands.add_parser("release").add_argument("--students", type=Path, default=students)
    commands.add_parser("walls")
    grading = commands.add_parser("grade")
    grading.add_argument("submissions", type=Path, nargs="?")
    grading.add_argument("--lms", choices=table.PLATFORMS, default="plain")
    grading.add_argument("--excel", action="store_true", help="tables begin with a mark that lets Excel read UTF-8")
    grading.add_argument("--due", help="YYYY-MM-DD HH:MM in UTC, of what is graded now")
    options = parser.parse_args(arguments)
    root = Path(os.environ.get("PARLAB_COURSE", str(course.COURSE)))
    root.mkdir(parents=True, exist_ok=True)
    try:
        if options.command == "walls":
            return walls()
        with alone(root), tempfile.TemporaryDirectory(prefix="parlab-handed-in-") as scratch:
            if options.command == "release":
                api = nbgrader_api()
                release(api, course.names())
                publish(api, course.names(), options.students)
                return 0
            output = Output(options.lms, options.excel)
            if options.submissions is None:
                return after_marking(nbgrader_api(), output)
            files, left_out = found(options.submissions, root, Path(scratch))
            api = nbgrader_api()
            if options.due:
                set_due(api, sorted({file.assignment for file in files if file.content}), options.due)
            return grade_all(api, files, left_out, output)
    except (course.CourseError, sandbox.NoSandboxError, NotStartedError, UnreadableError) as e:
        print(e, file=sys.stderr)
        return 1


def found(submissions: Path, root: Path, scratch: Path) -> tuple[list[HandedIn], list[str]]:
    """What lies in a folder or an archive. Refuses the course's own folders, in which it would be overwritten."""
    if not submissions.exists():
        raise course.CourseError(f"{submissions} does not exist")
    own = finding.overlapping(submissions, [*(root / name for name in OWN_FOLDERS), course.SOURCE])
    if own is not None:
        raise course.CourseError(
            f"{submissions} overlaps {own}, where the grader writes what it makes of a submission: nothing was "
            "touched. Put what students handed in into a folder of its own, such as handed-in/."
        )
    files, left_out = finding.handed_in(submissions, scratch)
    if not any(file.content or file.remarks for file in files):
        expected = "<student>/<assignment>/<assignment>.ipynb, nor anything else that a learning platform exports"
        raise course.CourseError(f"{submissions} holds no {expected}\n" + "\n".join(left_out))
    return files, left_out


def set_due(api: Any, assignments: Sequence[str], due: str) -> None:
    with gradebook(api) as book:
        for name in assignments:
            book.update_or_create_assignment(name, duedate=due)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
