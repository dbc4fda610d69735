"""Small changes to a Java source, each of which may be a mistake that somebody makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SWAPS = [
    (r"(?<![<>=!+\-*/%&|-])<(?![<=>?\w\[])", ["<=", ">"]),  # with a space behind it; a type argument has none
    (r"(?<![<>=\-])>(?![>=(.;])(?= )", [">=", "<"]),
    (r"<=", ["<", ">"]),
    (r">=", [">", "<"]),
    (r"==", ["!="]),
    (r"!=", ["=="]),
    (r"&&", ["||"]),
    (r"\|\|", ["&&"]),
    (r"(?<![+\w(])\+(?![+=])|(?<=\w )\+(?= \w)", ["-"]),
    (r"(?<=\w )-(?= \w)", ["+"]),
    (r"(?<=\w )%(?= \w)", ["/"]),
    (r"(?<=\w )\*(?= \w)", ["+"]),
    (r"\+\+", ["--"]),
    (r"\+=", ["-=", "="]),
    (r"\btrue\b", ["false"]),
    (r"\bfalse\b", ["true"]),
    (r"\bwhile\b(?= \()", ["if"]),
    (r"(?<![\w.])0(?![\w.])", ["1"]),
    (r"(?<![\w.])1(?![\w.])", ["0", "2"]),
]
_STATEMENT = re.compile(
    r"^\s+(?!return|final|throw|break|var |long |int |double |String |[A-Z]\w*(?:<.*>)?(?:\[\])? \w)[^{}]*;$"
)
_CONDITION = re.compile(r"\b(?:if|while) \((.*?)\)(?= \{| \w)")


@dataclass(frozen=True)
class Mutant:
    """A source with one change."""

    change: str
    source: str


def mutants(source: str, begin: int = 0, end: int | None = None) -> Iterator[Mutant]:
    """Every change to the lines of a range, in their order."""
    lines = source.split("\n")
    for number in range(begin, len(lines) if end is None else end):
        line = lines[number]
        code = line.split("//")[0].rstrip()
        for what, changed in _changes(code):
            yield Mutant(f"line {number + 1}: {what}", "\n".join([*lines[:number], changed, *lines[number + 1 :]]))


def _changes(line: str) -> Iterator[tuple[str, str]]:
    for pattern, others in _SWAPS:
        for found in re.finditer(pattern, line):
            for other in others:
                yield f"{found[0]} -> {other} in {line.strip()}", line[: found.start()] + other + line[found.end() :]
    for found in _CONDITION.finditer(line):
        yield f"not {found[1]}", f"{line[: found.start(1)]}!({found[1]}){line[found.end(1) :]}"
    if _STATEMENT.match(line):
        yield f"without {line.strip()}", ""
