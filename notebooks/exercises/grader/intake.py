"""What a student handed in, read with suspicion: only the answers are taken from it, the rest comes from the source."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .course import Assignment, Cell

LARGEST_FILE = 20_000_000
LONGEST_CELL = 100_000
MOST_CELLS = 500


@dataclass(frozen=True)
class Step:
    """A cell of the notebook that is graded."""

    kind: str
    source: str
    cell: Cell | None  # what it is in the source notebook; None for a cell that the student has added


@dataclass(frozen=True)
class Submission:
    """A notebook put together from the source and the student's answers, and what was found odd about it."""

    steps: list[Step]
    remarks: list[str]


def load(path: Path) -> tuple[Any, str]:
    """The content of a submitted file, and what is wrong with the file itself, if anything."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None, "nothing was handed in"
    except OSError as e:
        return None, f"the file can not be opened, or is a link ({e.strerror}): not read"
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None, "not a file: not read"
    with os.fdopen(descriptor, "rb") as file:
        if status.st_size > LARGEST_FILE:
            return None, f"the file is larger than {LARGEST_FILE / 1e6:.0f} MB: not read"
        try:
            return json.loads(file.read().decode("utf-8")), ""
        except (ValueError, RecursionError):
            return None, "the file is not a notebook: not read"


def rebuild(assignment: Assignment, submitted: Any) -> Submission:
    """The source's cells in their order, with the student's answers; a cell that the student added follows the one
    that it followed."""
    remarks: list[str] = []
    known = {cell.name: cell for cell in assignment.cells}
    answers: dict[str, str] = {}
    seen: list[str] = []
    added: dict[str, list[Step]] = {}
    twice: list[str] = []
    at = ""
    for kind, name, source in _cells(submitted, remarks):
        cell = known.get(name)
        if cell is None or name in seen:
            if cell is not None and cell.kind == "code":
                twice.append(name)
            if cell is None or cell.answered:
                added.setdefault(at, []).append(Step(kind, source, None))
            continue
        seen.append(name)
        at = name
        if cell.answered:
            if kind == cell.kind:
                answers[name] = source
            else:
                remarks.append(f"the cell {name!r} has become one of another kind: taken as empty")
        elif source.strip() not in {cell.released.strip(), cell.source.strip()} and cell.kind == "code":
            remarks.append(f"the cell {name!r} was changed: the original is used")
    if twice:
        remarks.append(
            f"there twice: {', '.join(twice)}; the second of an answer counts as a cell of the student's own"
        )
    if seen != [cell.name for cell in assignment.cells if cell.name in seen]:
        remarks.append("cells were moved: they are put back")
    missing = [cell.name for cell in assignment.cells if cell.name not in seen and cell.kind == "code"]
    if submitted is not None and missing:
        remarks.append(f"cells are missing and were put back: {', '.join(missing)}")
    steps = list(added.get("", []))
    for cell in assignment.cells:
        steps.append(Step(cell.kind, answers.get(cell.name, cell.released) if cell.answered else cell.source, cell))
        steps += added.get(cell.name, [])
    return Submission(steps, remarks)


def _cells(submitted: Any, remarks: list[str]) -> Iterator[tuple[str, str, str]]:
    """Kind, name and source of each cell, whatever the file has for a notebook."""
    cells = submitted.get("cells") if isinstance(submitted, dict) else None
    if not isinstance(cells, list):
        if submitted is not None:
            remarks.append("the file has no cells")
        return
    if len(cells) > MOST_CELLS:
        remarks.append(f"there are more than {MOST_CELLS} cells: the rest is left out")
    for cell in cells[:MOST_CELLS]:
        if not isinstance(cell, dict) or cell.get("cell_type") not in {"code", "markdown"}:
            continue
        source = cell.get("source", "")
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        if not isinstance(source, str):
            source = ""
        if len(source) > LONGEST_CELL:
            remarks.append(f"a cell is longer than {LONGEST_CELL} letters: taken as empty")
            source = ""
        yield cell["cell_type"], _name(cell), source.encode(errors="replace").decode()


def _name(cell: dict[str, Any]) -> str:
    """Which cell of the source it is: nbgrader's name for it, ours if it has been put together before, or its id."""
    metadata = cell.get("metadata")
    known = metadata if isinstance(metadata, dict) else {}
    mark = known.get("nbgrader")
    name = mark.get("grade_id") if isinstance(mark, dict) else known.get("parlab", cell.get("id"))
    return name if isinstance(name, str) else ""
