"""What a student handed in, read with suspicion: only the answers are taken from it, the rest comes from the source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .course import Assignment, Cell
from .reading import Content, Found

NO_ESSAY = "YOUR ANSWER HERE"


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


def rebuild(assignment: Assignment, content: Content) -> Submission:
    """The source's cells in their order, with the student's answers; a cell that the student added follows the one
    that it followed."""
    return _Rebuilding(assignment, content).submission()


class _Rebuilding:
    def __init__(self, assignment: Assignment, content: Content) -> None:
        self.assignment = assignment
        self.known = {cell.name: cell for cell in assignment.cells}
        self.content = content
        self.remarks = list(content.remarks)
        self.answers: dict[str, str] = {}
        self.added: dict[str, list[Found]] = {}  # by the cell of the source that they follow
        self.seen: list[str] = []

    def submission(self) -> Submission:
        named = identify(self.assignment, self.content.cells)
        twice: list[str] = []
        at = ""
        for found, name in zip(self.content.cells, named, strict=True):
            cell = self.known.get(name)
            if cell is None or name in self.seen:
                if cell is not None and cell.kind == "code":
                    twice.append(name)
                if cell is None or cell.answered:
                    self.added.setdefault(at, []).append(found)
                continue
            self.seen.append(name)
            at = name
            if cell.answered:
                self._answer(cell, found)
            elif _plain(found.source) not in {_plain(cell.released), _plain(cell.source)} and cell.kind == "code":
                self.remarks.append(f"the cell {name!r} was changed: the original is used")
        if twice:
            both = ", ".join(twice)
            self.remarks.append(f"there twice: {both}; the second of an answer counts as a cell of the student's own")
        self._compare(named)
        self._essays_beside()
        return Submission(list(self._steps()), self.remarks)

    def _answer(self, cell: Cell, found: Found) -> None:
        """An answer counts whatever kind of cell it has become: one key is enough for that."""
        self.answers[cell.name] = _with_pictures(found) if cell.kind == "markdown" else found.source
        if found.kind != cell.kind:
            self.remarks.append(
                f"the cell {cell.name!r} has become one of another kind ({found.kind}): its text counts"
            )

    def _compare(self, named: Sequence[str]) -> None:
        """What a teacher reads of the notebook as a whole."""
        own = [cell.name for cell in self.assignment.cells]
        if self.seen != [name for name in own if name in self.seen]:
            self.remarks.append("cells were moved: they are put back")
        missing = [cell.name for cell in self.assignment.cells if cell.name not in self.seen and cell.kind == "code"]
        if missing:
            self.remarks.append(f"cells are missing and were put back: {', '.join(missing)}")
        lost = [name for name, found in zip(named, self.content.cells, strict=True) if name and name != found.name]
        if lost:
            self.remarks.append(f"the marks of {len(lost)} cells were lost: they were known by their text and order")

    def _essays_beside(self) -> None:
        """An answer in words that stands in a new cell beside its own, which was left empty, is put there."""
        names = [cell.name for cell in self.assignment.cells]
        for number, cell in enumerate(self.assignment.cells):
            if not cell.manual or cell.kind != "markdown":
                continue
            text = self.answers.get(cell.name, NO_ESSAY)
            if _plain(text) not in {"", _plain(NO_ESSAY), _plain(cell.released)}:
                continue
            beside = [at for at in (*names[max(0, number - 1) : number], cell.name) if at in self.added]
            words = [found for at in beside for found in self.added[at] if found.source.strip()]
            if words:
                self.answers[cell.name] = "\n\n".join(_with_pictures(found) for found in words)
                self.remarks.append(f"the answer {cell.name!r} was found in a cell beside its own")

    def _steps(self) -> Iterator[Step]:
        yield from self._added_after("")
        for cell in self.assignment.cells:
            yield Step(cell.kind, self.answers.get(cell.name, cell.released) if cell.answered else cell.source, cell)
            yield from self._added_after(cell.name)

    def _added_after(self, name: str) -> Iterator[Step]:
        for found in self.added.get(name, []):
            kind = "code" if found.kind == "code" else "markdown"
            yield Step(kind, found.source if kind == "code" else _with_pictures(found), None)


def identify(assignment: Assignment, cells: Sequence[Found]) -> list[str]:
    """Which cell of the source each is: by its mark, else by its text, else by what it stands between; "" for a
    student's own."""
    known = {cell.name for cell in assignment.cells}
    names = [found.name if found.name in known else "" for found in cells]
    if not any(names) or known - set(names):
        _by_text(assignment, cells, names)
        _by_place(assignment, cells, names)
    return names


def _by_text(assignment: Assignment, cells: Sequence[Found], names: list[str]) -> None:
    """Cells that are as they were given."""
    texts: dict[str, list[str]] = {}
    for cell in assignment.cells:
        if cell.name not in names:
            for text in {_plain(cell.released), _plain(cell.source)}:
                texts.setdefault(text, []).append(cell.name)
    for number, found in enumerate(cells):
        candidates = texts.get(_plain(found.source), [])
        free = [name for name in candidates if name not in names]
        if not names[number] and free and found.source.strip():
            names[number] = free[0]


def _by_place(assignment: Assignment, cells: Sequence[Found], names: list[str]) -> None:
    """Answers: of the cells between the two that are known, the one that declares what the stub declares."""
    order = [cell.name for cell in assignment.cells]
    for number, cell in enumerate(assignment.cells):
        if not cell.answered or cell.name in names:
            continue
        before = next((names.index(name) for name in reversed(order[:number]) if name in names), -1)
        after = next((names.index(name) for name in order[number + 1 :] if name in names), len(cells))
        between = [i for i in range(before + 1, after) if not names[i] and cells[i].source.strip()]
        if cell.kind == "code":
            between = [i for i in between if cells[i].kind == "code"] or between
        if between:
            words = _words(cell.released)
            names[max(between, key=lambda i: len(words & _words(cells[i].source)))] = cell.name


def likeness(assignment: Assignment, content: Content) -> int:
    """How many cells of an assignment are in a notebook."""
    return sum(1 for name in set(identify(assignment, content.cells)) if name)


def _with_pictures(found: Found) -> str:
    """The text of a cell; its pictures are in it, so that whoever shows the text shows them."""
    text = found.source
    for name, address in found.pictures.items():
        text = text.replace(f"(attachment:{name})", f"({address})")
    return text


def _plain(text: str) -> str:
    return " ".join(text.split())


def _words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w+", text))
