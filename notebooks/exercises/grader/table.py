"""The table of grades, and the files that learning platforms import."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from . import course, names

PLATFORMS = ("plain", "moodle", "canvas")


@dataclass(frozen=True)
class Record:
    """What is known of a submission besides its marks. Kept between gradings, in a file of the course."""

    student: str  # as the export calls them
    assignment: str
    origin: str = ""
    identifier: str = ""
    file: str = ""
    time: float = 0
    state: str = "graded"  # or "failed", "interrupted", "unread"
    remarks: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        return self.assignment, names.key(self.student)


class Records:
    """All submissions that were ever taken in."""

    def __init__(self, root: Path) -> None:
        self._path = root / "handed-in.json"
        kept = json.loads(self._path.read_text(encoding="utf-8")) if self._path.is_file() else []
        self._all = {record.key: record for record in (Record(**each) for each in kept)}

    def put(self, record: Record) -> None:
        self._all[record.key] = record
        new = self._path.with_suffix(".new")
        # A name that is no UTF-8 has surrogates, which JSON escapes.
        new.write_text(json.dumps([asdict(each) for each in self._all.values()], indent=1), encoding="utf-8")
        new.replace(self._path)

    def get(self, assignment: str, key: str) -> Record:
        return self._all.get((assignment, key), Record(key, assignment))

    def __iter__(self) -> Any:
        return iter(self._all.values())


@dataclass(frozen=True)
class Line:
    """What a submission came to, for the table of grades."""

    record: Record
    points: float
    most: float
    to_mark: bool  # something is left for a person
    by_task: Mapping[str, float]
    remarks: Sequence[str]

    @property
    def key(self) -> tuple[str, str]:
        return self.record.key


def write(path: Path, lines: Sequence[Line], excel: bool) -> None:
    """All submissions, a line each."""
    known = [name for name in course.names() if _of(lines, name)]
    tasks = [f"{name}: {cell.name}" for name in known for cell in course.read(name).cells if cell.points]
    rows = [["student", "assignment", "points", "of", "left to mark", *tasks, "remarks"]]
    for line in lines:
        given = {f"{line.record.assignment}: {task}": points for task, points in line.by_task.items()}
        points = [f"{given[task]:g}" if task in given else "" for task in tasks]
        left = "yes" if line.to_mark else "no"
        row = [names.shown(line.record.student), line.record.assignment, f"{line.points:g}", f"{line.most:g}", left]
        rows.append([*row, *points, "; ".join(line.remarks)])
    _csv(path, rows, excel)


def write_import(folder: Path, lines: Sequence[Line], platform: str, excel: bool) -> list[Path]:
    """The files that a platform imports: for Moodle a grading worksheet for each assignment, for Canvas a gradebook."""
    match platform:
        case "moodle":
            return [_moodle(folder, name, own, excel) for name in course.names() if (own := _of(lines, name))]
        case "canvas":
            return [_canvas(folder, lines, excel)]
        case _:
            return []


def _of(lines: Iterable[Line], assignment: str) -> list[Line]:
    return [line for line in lines if line.record.assignment == assignment]


def _moodle(folder: Path, assignment: str, lines: Sequence[Line], excel: bool) -> Path:
    """As Moodle's "Download grading worksheet" has it, for "Upload grading worksheet"."""
    rows = [["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed",
             "Last modified (submission)", "Last modified (grade)", "Feedback comments"]]  # fmt: skip
    for line in lines:
        identifier = f"Participant {line.record.identifier}" if line.record.identifier else ""
        grade = "" if line.record.state != "graded" else f"{line.points:.2f}"
        name, remarks = names.shown(line.record.student), "; ".join(line.remarks)
        rows.append([identifier, name, "", "", grade, f"{line.most:.2f}", "Yes", "", "", remarks])
    path = folder / f"moodle-{assignment}.csv"
    _csv(path, rows, excel)
    return path


def _canvas(folder: Path, lines: Sequence[Line], excel: bool) -> Path:
    """As Canvas' gradebook export has it, for its import."""
    assignments = [name for name in course.names() if _of(lines, name)]
    most = {name: max(line.most for line in _of(lines, name)) for name in assignments}
    rows = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *assignments]]
    rows.append(["    Points Possible", "", "", "", "", *(f"{most[name]:g}" for name in assignments)])
    by_student: dict[tuple[str, str], dict[str, Line]] = {}
    for line in lines:
        by_student.setdefault((line.record.student, line.record.identifier), {})[line.record.assignment] = line
    for (student, identifier), own in sorted(by_student.items()):
        graded = {name: line for name, line in own.items() if line.record.state == "graded"}
        points = [f"{graded[name].points:g}" if name in graded else "" for name in assignments]
        rows.append([names.shown(student), identifier, "", "", "", *points])
    path = folder / "canvas.csv"
    _csv(path, rows, excel)
    return path


def pack_feedback(path: Path, feedback: Path, lines: Sequence[Line]) -> None:
    """All pages in an archive, in folders that are called as in the export, so that a platform gives each its own."""
    new = path.with_suffix(".new")
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for line in lines:
            page = feedback / names.key(line.record.student) / line.record.assignment / f"{line.record.assignment}.html"
            if page.is_file():
                origin = line.record.origin or line.record.student
                if origin.lower().endswith((".ipynb", ".zip", ".json", ".txt")):  # files, as Canvas has them
                    archive.write(page, names.shown(f"{origin.rsplit('.', 1)[0]}.html"))
                else:
                    archive.write(page, names.shown(f"{origin}/{page.name}"))
    new.replace(path)


def _csv(path: Path, rows: Sequence[Sequence[str]], excel: bool) -> None:
    new = path.with_suffix(".new")
    with new.open("w", newline="", encoding="utf-8-sig" if excel else "utf-8") as file:
        csv.writer(file).writerows([[_harmless(cell) for cell in row] for row in rows])
    new.replace(path)


def _harmless(text: str) -> str:
    """A spreadsheet would take such a text for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
