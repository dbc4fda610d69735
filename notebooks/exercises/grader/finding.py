"""Finds what students handed in: in folders of any depth, in archives, under whatever names.

Which assignment a notebook belongs to is told by its cells and not by its name. The layouts that learning platforms
export are known: Moodle's (a folder or file for each participant), Canvas' (one folder of files), nbgrader's exchange
(<student>/<assignment>/, or <student>+<assignment>+<time>+<random>), and plain <student>/....
"""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from nbgrader.utils import parse_utc

from . import course
from .intake import likeness
from .reading import Content, UnreadableError, load

LIKELY = 3  # so many cells of an assignment have to be in a notebook of it
MOST_FILES = 500  # of a student
MOST_DEPTH = 8
UNPACKED_BYTES = 2_000_000_000  # of an archive; a class' export may be large
UNPACKED_FILES = 50_000

_MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)")
_CANVAS = re.compile(r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<id>\d+)_(?P<number>\d+)_(?P<file>.+)")
_EXCHANGE = re.compile(r"(?P<name>[^+]+)\+(?P<assignment>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d [^+]+)(?:\+.*)?")
_NOTEBOOK = re.compile(r".*\.(?:ipynb(?:\.(?:json|txt))?|json)", re.IGNORECASE)
_IGNORED = {"__MACOSX", ".ipynb_checkpoints", "desktop.ini", "Thumbs.db", "timestamp.txt"}


@dataclass(frozen=True)
class HandedIn:
    """What a student handed in to one assignment."""

    student: str  # as the export calls them
    assignment: str  # empty when nobody can tell
    content: Content | None  # of the notebook that is graded; None when there is none that can be read
    remarks: list[str] = field(default_factory=list)
    file: str = ""  # its path within what was handed in
    origin: str = ""  # the export's folder or file of this student, for sending feedback back
    identifier: str = ""  # the export's number for the student
    time: float = 0  # when it was handed in, in seconds since 1970; 0 when unknown


@dataclass
class _Pile:
    """The files of one student."""

    student: str
    origin: str
    identifier: str = ""
    files: list[Path] = field(default_factory=list)
    late: bool = False


def handed_in(folder: Path, scratch: Path) -> tuple[list[HandedIn], list[str]]:
    """What is in a folder or an archive of submissions, in a fixed order; and what there is left out, in words.

    Archives are unpacked below `scratch`. Links are never followed.
    """
    left_out: list[str] = []
    if folder.is_file():
        folder = unpack(folder, scratch / "export")
        below = [path for path in folder.iterdir() if path.name not in _IGNORED]
        if len(below) == 1 and below[0].is_dir() and not _MOODLE.fullmatch(below[0].name):
            inner = [path for path in below[0].iterdir() if path.name not in _IGNORED]
            named = {path.name for path in inner} & set(course.names())
            if inner and not named and all(path.is_dir() or _CANVAS.fullmatch(path.name) for path in inner):
                folder = below[0]  # the archive of a folder
    files: list[HandedIn] = []
    for pile in _piles(folder, left_out):
        files += _of_student(pile, folder, scratch)
    only = {file.assignment for file in files if file.content}
    if len(only) == 1:  # who handed in nothing that can be told meant what all others did
        files = [file if file.assignment else replace(file, assignment=min(only)) for file in files]
    return sorted(files, key=lambda file: (file.student, file.assignment)), left_out


def _piles(folder: Path, left_out: list[str]) -> list[_Pile]:
    """The files of each student."""
    piles: dict[tuple[str, str], _Pile] = {}
    for entry in sorted(folder.iterdir()):
        if entry.name in _IGNORED or (entry.name.startswith(".") and not entry.is_dir()):
            continue
        if entry.is_symlink():
            left_out.append(f"{entry.name}: a link, which is not followed")
            continue
        match = _MOODLE.fullmatch(entry.name) or _EXCHANGE.fullmatch(entry.name)
        if match is None and entry.is_file():
            match = _CANVAS.fullmatch(entry.name)
        parts = match.groupdict() if match else {}
        name = parts.get("name") or (entry.name if entry.is_dir() else "")
        if not name and entry.suffix.lower() == ".zip":
            name = entry.stem  # a student's own archive
        if not name:
            left_out.append(f"{entry.name}: not a folder of a student")
            continue
        identifier = parts.get("id", "")
        pile = piles.setdefault((name, identifier), _Pile(name, entry.name, identifier))
        pile.late = pile.late or bool(parts.get("late"))
        found, dropped = _files_below(entry)
        pile.files += found
        if dropped:
            left_out.append(
                f"{entry.name}: more than {MOST_FILES} files or {MOST_DEPTH} folders deep, the rest is left out"
            )
    return list(piles.values())


def _files_below(entry: Path) -> tuple[list[Path], bool]:
    """Regular files, in a fixed order; and whether there were too many."""
    if entry.is_file():
        return [entry], False
    found: list[Path] = []
    todo = [(entry, 0)]
    while todo:
        folder, depth = todo.pop(0)
        for path in sorted(folder.iterdir()):
            if path.name in _IGNORED or path.name.startswith("."):
                continue
            if path.is_dir() and not path.is_symlink():
                if depth == MOST_DEPTH:
                    return found, True
                todo.append((path, depth + 1))
            elif len(found) == MOST_FILES:
                return found, True
            else:
                found.append(path)
    return found, False


def _of_student(pile: _Pile, folder: Path, scratch: Path) -> list[HandedIn]:
    """What a student handed in, by assignment."""
    notes: list[str] = []
    candidates = list(_notebooks(pile, scratch, notes))
    best: dict[str, list[tuple[tuple[int, int, float, str], Path, Content]]] = {}
    strange: list[str] = []
    for path in candidates:
        try:
            content = load(path)
        except UnreadableError as e:
            strange.append(f"{path.name}: {e}")
            continue
        assignment, alike = _assignment_of(path, content)
        if assignment:
            usual = int(_is_called(path, assignment))
            best.setdefault(assignment, []).append(((usual, alike, _time_of(path), path.name), path, content))
        else:
            strange.append(f"{path.name}: a notebook of no assignment")
    files = []
    for assignment in sorted(best):
        ranked = sorted(best[assignment], key=lambda one: one[0], reverse=True)
        _, path, content = ranked[0]
        remarks = [] if _is_called(path, assignment) else [f"the notebook is called {_own_name(path)}"]
        others = [other for _, other, _ in ranked[1:]]
        if any(other.name == path.name for other in others):
            remarks.append(f"it was handed in {len(ranked)} times: the latest of {path.name} is graded")
        elif others:
            names = ", ".join(map(_own_name, others))
            remarks.append(f"several notebooks were handed in: {_own_name(path)} is graded, not {names}")
        if pile.late:
            remarks.append("handed in late, says the platform")
        files.append(_handed_in(pile, folder, assignment, content, [*remarks, *strange, *notes], path))
    for assignment in _named_folders(pile, folder) - set(best):
        files.append(_nothing(pile, folder, assignment, strange, notes))
    if not files:
        files.append(_nothing(pile, folder, "", strange, notes))
    return files


def _handed_in(
    pile: _Pile, folder: Path, assignment: str, content: Content | None, remarks: list[str], path: Path | None
) -> HandedIn:
    name = _within(path, folder) if path else ""
    of_canvas = path is not None and _CANVAS.fullmatch(path.name) and path.parent == folder
    time = _time_of(path) if path and not of_canvas else 0  # Canvas packs files with the time of packing
    origin = path.name if path and path.parent == folder else pile.origin
    return HandedIn(pile.student, assignment, content, remarks, name, origin, pile.identifier, time)


def _own_name(path: Path) -> str:
    """What a student called a file, without what a platform puts before it."""
    match = _MOODLE.fullmatch(path.name) or _CANVAS.fullmatch(path.name)
    return match["file"] or path.name if match else path.name


def _is_called(path: Path, assignment: str) -> bool:
    """Whether a file has its usual name, or the one that Canvas gives to what is handed in again."""
    return re.fullmatch(rf"{re.escape(assignment)}(-\d+)?\.ipynb", _own_name(path)) is not None


def _time_of(path: Path) -> float:
    """When a file was handed in: as nbgrader has noted it, else when it was written last."""
    note = path.with_name("timestamp.txt")
    said = _EXCHANGE.fullmatch(path.parent.name)
    text = said["time"] if said else ""
    if note.is_file() and not note.is_symlink():
        with note.open(encoding="utf-8", errors="replace") as file:
            text = file.read(100)
    with contextlib.suppress(ValueError, OverflowError):
        if text.strip():
            return float(parse_utc(text.strip()).replace(tzinfo=datetime.UTC).timestamp())
    return path.stat().st_mtime


def _nothing(pile: _Pile, folder: Path, assignment: str, strange: list[str], notes: list[str]) -> HandedIn:
    """A line for somebody whose files hold no notebook that can be read."""
    lie = [path.name for path in pile.files]
    if strange:
        remarks = [*strange, *notes]
    elif lie:
        remarks = [f"no notebook was found; there is: {', '.join(lie[:5])}{' ...' if len(lie) > 5 else ''}", *notes]
    else:
        remarks = ["nothing was handed in", *notes]
    return _handed_in(pile, folder, assignment, None, remarks, None)


def _within(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _named_folders(pile: _Pile, folder: Path) -> set[str]:
    """The assignments for which a student has a folder."""
    names = set(course.names())
    own = folder / pile.origin
    return {path.name for path in own.iterdir() if path.name in names} if own.is_dir() else set()


def _notebooks(pile: _Pile, scratch: Path, notes: list[str]) -> Iterator[Path]:
    """The files that may be notebooks, those in archives included."""
    for number, path in enumerate(pile.files):
        if path.is_symlink() or not stat.S_ISREG(path.lstat().st_mode):
            notes.append(f"{path.name}: a link, or not a file: not read")
        elif zipfile.is_zipfile(path) and not _NOTEBOOK.fullmatch(path.name):
            target = scratch / f"{abs(hash((pile.student, pile.identifier, number))):x}"
            try:
                unpacked, _ = _files_below(unpack(path, target))
            except UnreadableError as e:
                notes.append(f"{path.name}: {e}")
                continue
            yield from (inner for inner in unpacked if _NOTEBOOK.fullmatch(inner.name))
        elif _NOTEBOOK.fullmatch(path.name):
            yield path


def _assignment_of(path: Path, content: Content) -> tuple[str, int]:
    """The assignment that a notebook is of, and how many of its cells are there."""
    alike = {name: likeness(course.read(name), content) for name in course.names()}
    hinted = [name for name in alike if name in (path.stem, path.parent.name)]
    best = max(alike, key=lambda name: (alike[name], name in hinted))
    if alike[best] >= LIKELY:
        return best, alike[best]
    return (hinted[0], alike[hinted[0]]) if hinted else ("", 0)


def unpack(archive: Path, target: Path) -> Path:
    """Unpacks a zip file: regular files alone, below the target, and no more than a class' export may have.

    Raises UnreadableError when it is none, or too much.
    """
    target.mkdir(parents=True)
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [member for member in packed.infolist() if not member.is_dir()]
            if len(members) > UNPACKED_FILES:
                raise UnreadableError(f"an archive of more than {UNPACKED_FILES} files: not unpacked")
            room = UNPACKED_BYTES
            for member in members:
                parts = [part for part in PurePosixPath(_name_in(member)).parts if part not in {"/", "..", "."}]
                kind = member.external_attr >> 16 & 0o170000
                if not parts or kind not in {0, stat.S_IFREG}:
                    continue
                path = target.joinpath(*(part[:200] for part in parts))
                path.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(member) as source, path.open("xb") as copy:
                    while block := source.read(1 << 16):
                        room -= len(block)
                        if room < 0:
                            raise UnreadableError(
                                f"an archive of more than {UNPACKED_BYTES / 1e9:.0f} GB: not unpacked"
                            )
                        copy.write(block)
                _keep_time(path, member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as e:
        shutil.rmtree(target, ignore_errors=True)
        raise UnreadableError(f"an archive that cannot be unpacked ({e})") from None
    return target


def _keep_time(path: Path, member: zipfile.ZipInfo) -> None:
    with contextlib.suppress(ValueError, OverflowError, OSError):
        then = datetime.datetime(*member.date_time).timestamp()
        os.utime(path, (then, then))


def _name_in(member: zipfile.ZipInfo) -> str:
    """Zip files have names in UTF-8 with a flag that says so; some programs forget the flag."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def overlapping(folder: Path, own: Sequence[Path]) -> Path | None:
    """The first of the course's own folders that a folder of submissions lies in, or that lies in it."""
    there = folder.resolve()
    for each in own:
        mine = each.resolve()
        if there == mine or mine in there.parents or there in mine.parents:
            return mine
    return None
