"""The rules of the house for Java sources: short files, packages that know only those below them, no hidden packages.

What still breaks a rule is listed here by name. The lists only shrink.
"""

from __future__ import annotations

import re
from pathlib import Path

import lines
import parlab
from conftest import ROOT

TOO_LONG = {
    "Engine",
    "JpegDecoder",
    "LineChart",
    "Panel",
    "ProcessPool",
    "ScalabilityLaw",
    "Shared",
    "WorkerMain",
}
INTERNAL = {f"parlab.{name}.internal" for name in ("charts", "exercises")}
CYCLES = [
    {"parlab.exercises", "parlab.exercises.internal"},
]
# What may be known by the packages that others are built on.
BELOW = {
    "parlab.system": set[str](),
    "parlab.timing": {"parlab.system"},
    "parlab.executors": {"parlab.system", "parlab.timing"},
    "parlab.results": {"parlab.system", "parlab.timing", "parlab.executors"},
    "parlab.charts": {"parlab.system", "parlab.timing", "parlab.results"},
    "parlab.twin": {"parlab.system", "parlab.timing", "parlab.results"},
    "parlab.notebook": {
        "parlab.system",
        "parlab.timing",
        "parlab.executors",
        "parlab.results",
        "parlab.charts",
        "parlab.twin",
    },
    "parlab.processes": {"parlab.system", "parlab.timing", "parlab.executors"},
    "parlab.cluster": {"parlab.system", "parlab.timing", "parlab.executors", "parlab.processes"},
}

# Text blocks and strings stay: a class that is named in one is known as well.
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
PACKAGE = re.compile(r"^package ([\w.]+);", re.MULTILINE)
TYPE = re.compile(r"\b(parlab(?:\.[a-z]\w*)+)\.[A-Z]")


def knows() -> dict[str, set[str]]:
    """For each package the others of whose types its sources name one."""
    found: dict[str, set[str]] = {}
    for path in lines.main_files():
        source = COMMENT.sub("", path.read_text(encoding="utf-8"))
        if package := PACKAGE.search(source):  # module-info.java has none
            found.setdefault(package[1], set()).update(TYPE.findall(source))
    return {package: others - {package} for package, others in found.items()}


def reached(package: str, edges: dict[str, set[str]]) -> set[str]:
    """The packages that this one knows, directly or through others."""
    found: set[str] = set()
    todo = list(edges.get(package, ()))
    while todo:
        if (one := todo.pop()) not in found:
            found.add(one)
            todo += edges.get(one, ())
    return found


def cycles(edges: dict[str, set[str]]) -> set[frozenset[str]]:
    """The sets of packages each of which knows, directly or through others, all of its set."""
    reach = {package: reached(package, edges) for package in edges}
    return {
        frozenset(other for other in reach[package] if package in reach.get(other, ()))
        for package in edges
        if package in reach[package]
    }


def test_a_cycle_is_found() -> None:
    edges = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a", "c"}}
    assert cycles(edges) == {frozenset("bc")}


def test_no_java_file_is_too_long() -> None:
    long = {path.stem for path in lines.main_files() if lines.lines_of(path) > lines.LONGEST_FILE}
    assert long <= TOO_LONG, f"longer than {lines.LONGEST_FILE} lines: {sorted(long - TOO_LONG)}"


def test_packages_have_no_cycles() -> None:
    new = [sorted(cycle) for cycle in cycles(knows()) if not any(cycle <= known for known in CYCLES)]
    assert not new


def test_lower_packages_know_none_above_them() -> None:
    found = knows()
    for package, below in BELOW.items():
        assert found[package] - below - {f"{package}.internal"} == set(), package


def test_no_package_is_called_internal() -> None:
    assert {package for package in knows() if package.endswith(".internal")} <= INTERNAL


def test_the_blackhole_is_a_method_of_the_jar() -> None:
    """The JVM says nothing of a blackhole that names no method, and Bench would measure nothing."""
    name, _, method = parlab.BLACKHOLE.partition("::")
    source = ROOT / "lib/parlab/src/main/java" / f"{name.replace('.', '/')}.java"
    assert re.search(rf"\b{method}\(", source.read_text(encoding="utf-8"))
    assert f"blackhole,{parlab.BLACKHOLE} " in (ROOT / "pom.xml").read_text(encoding="utf-8")


def test_every_jar_says_what_it_is_in_a_few_lines() -> None:
    for pom in ROOT.glob("lib/*/pom.xml"):
        text = (pom.parent / "README.md").read_text(encoding="utf-8")
        assert text.startswith(f"# {pom.parent.name}\n"), pom.parent.name
        assert len(text.splitlines()) <= 18, pom.parent.name


def test_every_path_of_the_set_up_exists() -> None:
    poms = [path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("lib/*/pom.xml")]
    assert set(parlab.MODULES) == set(poms) - {"lib/bench"}
    named = re.findall(r"<module>([^<]+)</module>", (ROOT / "pom.xml").read_text(encoding="utf-8"))
    assert sorted(named) == sorted(poms)
    assert all((ROOT / Path(path)).is_dir() for path in named)
