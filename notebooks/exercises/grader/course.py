"""An assignment as its author wrote it: the cells of the source notebook, and the tests that are hidden in them."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import nbformat

COURSE = Path(__file__).resolve().parents[1]
SOURCE = COURSE / "source"

STUB = 'throw new UnsupportedOperationException("not implemented");'
BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_TESTS, END_TESTS = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
BEGIN_SCHEME, END_SCHEME = "### BEGIN MARK SCHEME", "### END MARK SCHEME"

TESTS = """\
package parlab.exercises.internal;

{imports}
final class {name} {{
    static Tests<?> tests() {{
        return
{body};
    }}
}}
"""


class CourseError(Exception):
    """Something that the author of an assignment has to mend."""


def outside(text: str, begin: str, end: str, instead: str | None = None) -> str:
    """A text without its regions between two markers, or with something else, as far indented, instead of each."""
    kept: list[str] = []
    within = False
    for line in text.split("\n"):
        if begin in line:
            within = True
            if instead is not None:
                kept.append(line[: len(line) - len(line.lstrip())] + instead)
        elif end in line:
            within = False
        elif not within:
            kept.append(line)
    return "\n".join(kept)


def inside(text: str, begin: str, end: str) -> str:
    """What stands between two markers."""
    found = re.search(rf"{re.escape(begin)}[^\n]*\n(.*?)\n[^\n]*{re.escape(end)}", text, re.DOTALL)
    return found[1] if found else ""


@dataclass(frozen=True)
class Cell:
    """A cell of the source notebook. Its name is nbgrader's grade_id."""

    name: str
    kind: str  # "code" or "markdown"
    source: str
    graded: bool
    answered: bool  # the student writes it
    points: float

    @property
    def tests(self) -> bool:
        """Whether the tests of a task are in it."""
        return self.kind == "code" and self.graded and not self.answered

    @property
    def manual(self) -> bool:
        """Whether a person has to mark it."""
        return self.graded and self.answered

    @cached_property
    def released(self) -> str:
        """As a student gets it."""
        text = outside(self.source, BEGIN_TESTS, END_TESTS)
        text = outside(text, BEGIN_SCHEME, END_SCHEME)
        stub = STUB if self.kind == "code" else "YOUR ANSWER HERE"
        if self.answered and BEGIN_SOLUTION not in text:
            return stub
        return outside(text, BEGIN_SOLUTION, END_SOLUTION, stub)

    @cached_property
    def solution(self) -> str:
        """With the reference solution, without its markers."""
        lines = outside(self.source, BEGIN_TESTS, END_TESTS).split("\n")
        return "\n".join(line for line in lines if BEGIN_SOLUTION not in line and END_SOLUTION not in line)


@dataclass(frozen=True)
class Assignment:
    """A source notebook."""

    name: str
    cells: Sequence[Cell]
    metadata: Mapping[str, object]

    @property
    def tasks(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.tests]

    def answer_to(self, task: Cell) -> list[Cell]:
        """The code cells that a student writes for a task: those since the task before."""
        at = self.cells.index(task)
        before = max((i for i in range(at) if self.cells[i].tests), default=-1)
        return [cell for cell in self.cells[before + 1 : at] if cell.answered and cell.kind == "code"]


def names() -> list[str]:
    """All assignments, in the order of their names."""
    return sorted(path.parent.name for path in SOURCE.glob("*/*.ipynb") if path.stem == path.parent.name)


@cache
def read(name: str) -> Assignment:
    """An assignment by its name."""
    notebook = nbformat.read(SOURCE / name / f"{name}.ipynb", as_version=4)
    cells = []
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader", {})
        cells.append(
            Cell(
                name=mark.get("grade_id", cell.id),
                kind=cell.cell_type,
                source=cell.source,
                graded=bool(mark.get("grade")),
                answered=bool(mark.get("solution")),
                points=float(mark.get("points", 0)),
            )
        )
    return Assignment(name, cells, notebook.metadata)


# ------------------------------------------------------------------------------------------------ hidden tests


@dataclass(frozen=True)
class Hidden:
    """The hidden tests of a task."""

    classes: Sequence[bytes]
    titles: Sequence[tuple[float, str]]  # the points and the title of each, from the source


def compile_tests(assignment: Assignment, java_home: Path, module: Path, jars: Sequence[Path]) -> dict[str, Hidden]:
    """The tests of each task, which see an answer through the interfaces of the module alone: nothing that a student
    declares can stand in front of a name that they use."""
    compiled: dict[str, Hidden] = {}
    with tempfile.TemporaryDirectory(prefix="parlab-tests-") as folder:
        sources = Path(folder, "parlab", "exercises", "internal")
        sources.mkdir(parents=True)
        given = "\n".join(cell.source for cell in assignment.cells if cell.kind == "code" and not cell.graded)
        imports = "\n".join(re.findall(r"^import (?!parlab\.(?!exercises))[^;]+;", given, re.MULTILINE))
        for task in assignment.tasks:
            body = inside(task.source, BEGIN_TESTS, END_TESTS)
            if not body:
                raise CourseError(f"{assignment.name}, {task.name}: no hidden tests")
            text = TESTS.format(name=_class_name(task), body=body.rstrip().rstrip(";"), imports=imports)
            Path(sources, f"{_class_name(task)}.java").write_text(text, encoding="utf-8")
        command: list[str | Path] = [
            java_home / "bin" / "javac",
            "--module-path",
            module,
            "--add-modules",
            "parlab.exercises",
        ]
        command += ["--patch-module", f"parlab.exercises={folder}", "-proc:none", "-d", Path(folder, "classes")]
        done = subprocess.run([*command, *sources.glob("*.java")], capture_output=True, encoding="utf-8")
        if done.returncode:
            raise CourseError(f"{assignment.name}: the hidden tests do not compile:\n{done.stderr}")
        titles = _titles(assignment, java_home, module, jars, Path(folder, "classes"))
        for task in assignment.tasks:
            name = _class_name(task)
            # Nested ones before what they are nested in.
            classes = sorted(Path(folder, "classes").rglob(f"{name}*.class"), key=lambda p: -len(p.stem))
            compiled[task.name] = Hidden([path.read_bytes() for path in classes], titles[name])
    return compiled


def _titles(
    assignment: Assignment, java_home: Path, module: Path, jars: Sequence[Path], classes: Path
) -> dict[str, list[tuple[float, str]]]:
    """What the tests are called and worth, from a JVM that never sees an answer."""
    command: list[str | Path] = [
        java_home / "bin" / "java",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "--module-path",
        module,
    ]
    command += ["--class-path", os.pathsep.join(map(str, jars)), "--patch-module", f"parlab.exercises={classes}"]
    command += ["--module", "parlab.exercises/parlab.exercises.internal.Contents"]
    names = [_class_name(task) for task in assignment.tasks]
    done = subprocess.run([*command, *names], capture_output=True, encoding="utf-8")
    if done.returncode:
        raise CourseError(f"{assignment.name}: the hidden tests cannot be listed:\n{done.stderr}")
    found: dict[str, list[tuple[float, str]]] = {name: [] for name in names}
    for line in done.stdout.splitlines():
        name, points, title = line.split(" ")
        found[name].append((float(points), base64.b64decode(title).decode()))
    return found


def _class_name(task: Cell) -> str:
    return "Hidden" + "".join(word.capitalize() for word in re.findall(r"\w+", task.name)) + "Tests"
