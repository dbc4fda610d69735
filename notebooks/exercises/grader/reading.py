"""Reads a submitted file: whatever encoding, ending and size it has, and without trusting it.

Of a notebook only the cells' kinds, names, texts and pictures are kept. Outputs are dropped before anything sees them.
"""

from __future__ import annotations

import json
import os
import re
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

LARGEST_FILE = 200_000_000
LARGE_FILE = 4_000_000  # from here on a process of its own reads it, for hostile JSON can take a hundred times its size
READ_SECONDS = 60
READ_BYTES = 3_000_000_000
LONGEST_CELL = 100_000
MOST_CELLS = 500
LARGEST_PICTURES = 5_000_000  # of a notebook, as text
PICTURE = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/]+=*")
_PICTURES = ("image/png", "image/jpeg", "image/gif")


class UnreadableError(Exception):
    """A file that no notebook could be read from; the message says why. A person has to look at it."""


@dataclass(frozen=True)
class Found:
    """A cell of a submitted notebook."""

    kind: str  # code, markdown or raw
    name: str  # which cell of the source it says it is; may be empty
    source: str
    pictures: dict[str, str] = field(default_factory=dict)  # attachments, as data: addresses, by name


@dataclass(frozen=True)
class Content:
    """A submitted notebook as far as it counts."""

    cells: list[Found]
    remarks: list[str]


def load(path: Path) -> Content:
    """Reads a file. Raises UnreadableError, with the reason in words."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise UnreadableError("nothing was handed in") from None
    except OSError as e:
        raise UnreadableError(f"the file cannot be opened, or is a link ({e.strerror}): not read") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise UnreadableError("not a file: not read")
    with os.fdopen(descriptor, "rb") as file:
        if status.st_size > LARGEST_FILE:
            raise UnreadableError(f"the file is larger than {LARGEST_FILE / 1e6:.0f} MB: not read")
        if status.st_size <= LARGE_FILE:
            return parse(file.read())
        return _elsewhere(file)


def _elsewhere(file: BinaryIO) -> Content:
    """Reads a large file in a process with limits of its own."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (READ_BYTES, READ_BYTES))

    command = [sys.executable, "-c", "import sys; from grader.reading import _read_for_another; _read_for_another()"]
    folder = Path(__file__).resolve().parents[1]
    try:
        done = subprocess.run(
            command,
            stdin=file,
            capture_output=True,
            cwd=folder,
            timeout=READ_SECONDS,
            preexec_fn=limit,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableError(f"reading the file takes longer than {READ_SECONDS} s: not read") from None
    if done.returncode:
        raise UnreadableError("the file is too large or too deep to be read: not read")
    answer = json.loads(done.stdout)
    if "problem" in answer:
        raise UnreadableError(answer["problem"])
    return Content([Found(**cell) for cell in answer["cells"]], answer["remarks"])


def _read_for_another() -> None:
    try:
        content = parse(sys.stdin.buffer.read())
        answer: dict[str, Any] = {"cells": [vars(cell) for cell in content.cells], "remarks": content.remarks}
    except UnreadableError as e:
        answer = {"problem": str(e)}
    json.dump(answer, sys.stdout)


def parse(data: bytes) -> Content:
    """The cells of a notebook. Raises UnreadableError when it is none."""
    remarks: list[str] = []
    text = _decoded(data, remarks)
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableError(f"the file is not a notebook ({_kind_of(data)}): not read") from None
    return content_of(notebook, remarks)


def content_of(notebook: Any, remarks: list[str] | None = None) -> Content:
    """The cells of what a JSON file holds. Raises UnreadableError when that is no notebook."""
    remarks = [] if remarks is None else remarks
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise UnreadableError("the file is JSON, but no notebook, for it has no cells: not read")
    return Content(list(_cells(cells, remarks)), remarks)


def _decoded(data: bytes, remarks: list[str]) -> str:
    """As text. JSON begins with an ASCII letter, so that zeros beside it tell UTF-16 and UTF-32 without a mark."""
    head = data[:4]
    if head in {b"\xff\xfe\0\0", b"\0\0\xfe\xff"}:
        encoding = "utf-32"
    elif head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encoding = "utf-16"
    elif b"\0" in head:
        wide = head.count(0) >= 3
        encoding = ("utf-32-" if wide else "utf-16-") + ("be" if head[:1] == b"\0" else "le")
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, errors="replace")
        remarks.append("the file has bytes that are no letters: read with replacements")
    if not encoding.startswith("utf-8"):
        remarks.append(f"the file is {encoding[:6].upper()}: read as such")
    return text


def _kind_of(data: bytes) -> str:
    """What a file seems to be instead."""
    for start, kind in ((b"PK\x03\x04", "an archive"), (b"%PDF", "a PDF"), (b"<", "a web page"), (b"", "no JSON")):
        if data.lstrip()[: len(start)] == start:
            return kind if data.strip() else "empty"
    return "no JSON"


def _cells(cells: list[Any], remarks: list[str]) -> Iterator[Found]:
    if len(cells) > MOST_CELLS:
        remarks.append(f"there are more than {MOST_CELLS} cells: the rest is left out")
    room = LARGEST_PICTURES
    for cell in cells[:MOST_CELLS]:
        if not isinstance(cell, dict) or cell.get("cell_type") not in {"code", "markdown", "raw"}:
            continue
        source = cell.get("source", "")
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        if not isinstance(source, str):
            source = ""
        if len(PICTURE.sub("", source)) > LONGEST_CELL:
            remarks.append(f"a cell is longer than {LONGEST_CELL} letters: taken as empty")
            source = ""
        source = re.sub(r"\r\n?", "\n", source.encode(errors="replace").decode())
        pictures = dict(_pictures(cell.get("attachments"), room))
        room -= sum(map(len, pictures.values()))
        yield Found(cell["cell_type"], _name(cell), source, pictures)


def _pictures(attachments: Any, room: int) -> Iterator[tuple[str, str]]:
    for name, kinds in attachments.items() if isinstance(attachments, dict) else ():
        for kind, data in kinds.items() if isinstance(kinds, dict) else ():
            plain = re.sub(r"\s", "", data) if isinstance(data, str) else ""
            if kind in _PICTURES and len(plain) < room and re.fullmatch(r"[A-Za-z0-9+/]+=*", plain):
                room -= len(plain)
                yield str(name), f"data:{kind};base64,{plain}"


def _name(cell: dict[str, Any]) -> str:
    """Which cell of the source it is: nbgrader's name for it, ours if it has been put together before, or its id."""
    metadata = cell.get("metadata")
    known = metadata if isinstance(metadata, dict) else {}
    mark = known.get("nbgrader")
    name = mark.get("grade_id") if isinstance(mark, dict) else known.get("parlab", cell.get("id"))
    return name if isinstance(name, str) else ""
