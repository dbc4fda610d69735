"""Prints how the lessons' code reads: its lines, and what a lesson's cells must not hold.

Usage: cells.py [NOTEBOOK ...]; all lessons if none is given. The subject's share counts the characters of all lines but
those that import, fill tables and maps, draw, compute sentences, or collect claims: those that name one of HELPERS.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
LONGEST_LINE = 100

STRING = r'"(?:[^"\\\n]|\\.)*"'
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"])//[^\n]*", re.DOTALL)
MAP_FOR_A_CHART = re.compile(r"Map<[^;=]*(?:Estimate|Line)\b|new (?:Linked|Tree)(?:Hash)?Map<[^>]*Estimate")
TERNARY_IN_TEXT = re.compile(rf"\?\s*(?:{STRING}|[\w.()]+)\s*:\s*\"[^\"\n]{{16,}}|\?\s*\"[^\"\n]{{16,}}\"\s*:")
DECLARED = re.compile(
    r"^(?:(?:static |final |public |private )*(?:class|record|interface|enum) (\w+)|"
    r"[A-Za-z][\w<>\[\], .?]* (\w+)\([^()=]*\)(?: throws [\w., ]+)? ?\{)",
    re.MULTILINE,
)
FINDING = re.compile(rf"\.?\b(?:finding|when|otherwise|also)\((?:[^\"()]|\([^()]*\))*?((?:{STRING}\s*\+?\s*)+)")
FORMAT = re.compile(r"%[-,+ 0#(]*[\d.]*[a-zA-Z%]")
HELPERS = re.compile(
    r"^\s*import |\b(?:Charts|Claims|claims|Estimate|Line|LinkedHashMap|TreeMap|RecordedRun|finding|markdown|show|"
    r"table|row|with|append|ratio|median|medians|summary|speedup|relative|where|lesson|guess|formatted|put|when|otherwise|"
    r"also|against|numbers|rule|article)\b"
)


@dataclass
class Count:
    """What was counted in one lesson."""

    lines: int = 0
    over: int = 0
    longest: int = 0
    cells: list[int] = field(default_factory=list)
    maps: int = 0
    ternaries: int = 0
    figures: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    characters: int = 0
    subject: int = 0


def code_cells(path: Path) -> Iterator[str]:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            yield "".join(cell["source"])


def figures_in(source: str) -> list[str]:
    """The texts of findings that hold a digit which is no placeholder's and no part of a name such as UTF-8."""
    found = []
    for match in FINDING.finditer(source):
        text = FORMAT.sub("", "".join(re.findall(STRING, match[1])))
        if re.search(r"(?<![\w-])\d", re.sub(r"`[^`]*`|\[[^]]*\]\([^)]*\)|section \d+", "", text)):
            found.append(text)
    return found


def count(path: Path) -> Count:
    result = Count()
    for source in code_cells(path):
        lines = [line for line in source.split("\n") if line.strip()]
        result.lines += len(lines)
        result.cells.append(len(lines))
        result.over += sum(len(line) > LONGEST_LINE for line in lines)
        result.longest = max([result.longest, *map(len, lines)])
        code = COMMENT.sub("", source)
        result.maps += len(MAP_FOR_A_CHART.findall(code))
        result.ternaries += len(TERNARY_IN_TEXT.findall(code))
        result.figures += figures_in(code)
        result.names |= {one or other for one, other in DECLARED.findall(code)} - {"if", "for", "while", "main"}
        for line in code.split("\n"):
            characters = len("".join(line.split()))
            result.characters += characters
            result.subject += 0 if HELPERS.search(line) else characters
    return result


def lessons() -> list[Path]:
    return sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))


def declared_twice(counts: dict[str, Count]) -> set[str]:
    """Methods and types that two lessons declare."""
    names = [name for one in counts.values() for name in one.names]
    return {name for name in names if names.count(name) > 1}


def main() -> None:
    paths = [Path(name) for name in sys.argv[1:]] or lessons()
    counts = {path.stem: count(path) for path in paths}
    print("lesson  lines  over 100  longest  median/cell  maps for charts  ternaries in text  figures in text  subject")
    for name, one in counts.items():
        print(
            f"{name[:2]:6} {one.lines:6} {one.over:9} {one.longest:8} {statistics.median(one.cells):12.1f} "
            f"{one.maps:16} {one.ternaries:18} {len(one.figures):16} {one.subject / one.characters:8.0%}"
        )
    lines = sum(one.lines for one in counts.values())
    share = sum(one.subject for one in counts.values()) / sum(one.characters for one in counts.values())
    print(
        f"all    {lines:6}   subject {share:.0%}   declared in two lessons: {sorted(declared_twice(counts)) or 'none'}"
    )


if __name__ == "__main__":
    main()
