"""Every notebook, executed: what a learner gets to see, also on one processor, in 2 GB and without a network."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Set
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
import run_notebooks
from conftest import FULL, LINUX, ROOT, Played, lessons, processes_with, until
from nbformat.v4 import new_code_cell, new_notebook, new_output
from run_notebooks import CLAIMS_MIME, OUT
from walls import Cramped

NAMES = [path.stem for path in lessons()]
VERDICTS = {"holds", "holds on CPython only", "holds on the JVM only", "does not hold", "undecided here"}


@dataclass(frozen=True)
class Owns:
    """What a lesson has."""

    charts: int  # at least
    claims: Set[str]
    steps: int = 1  # values of progress bars that a learner sees on their way, at least


# A lesson that measures has its line here, and with it all tests.
OWNS = {
    "01-lock-contention": Owns(8, {"A1", "A2", "A5", "A6", "E1", "E5", "E10"}, steps=3),
    "02-process-pool": Owns(8, {"A7", "A12", "B4", "B5", "B6", "B9", "C6", "D1", "D2", "D3", "D4", "E5", "E7", "E8"}),
    "03-native-kernel": Owns(8, {"A3", "A6", "A8", "A13", "A14", "B10", "E6"}, steps=0),
    "04-model-worker": Owns(8, {"A9", "A10", "A15", "B1", "B2", "B3", "B7", "B8", "C8"}, steps=3),
    "05-pipelines": Owns(
        8,
        {"A4", "A9", "A11", "C1", "C2", "C3", "C4", "C5", "C7", "D5", "E2", "E3", "E4", "E9"},
        steps=3,
    ),
    "06-beyond-one-machine": Owns(8, {"C7", "C8"}, steps=0),
}


# A lesson takes minutes, and all tests together have half an hour: each runs once. The one with most that may be left
# behind (a server, pools, threads that wait) runs cramped, the others in the browser; "make soak" does both with all.
CRAMPED = sorted(OWNS) if FULL else ["05-pipelines"]


def owned(name: str) -> Owns:
    """Also of a notebook that measures nothing."""
    return OWNS.get(name, Owns(1, frozenset(), steps=0))


@pytest.fixture
def executed(played: Callable[[str], Played], name: str) -> nbformat.NotebookNode:
    """The lesson that the test is about, with its outputs."""
    return played(name)[0]


def test_make_run_executes_a_lesson_and_writes_it_as_a_page() -> None:
    name = "00-start-here"
    files = [OUT / f"{name}.ipynb", OUT / f"{name}.html"]
    for file in files:
        file.unlink(missing_ok=True)
    command = [sys.executable, str(ROOT / "tools/run_notebooks.py"), name[:2]]
    result = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.match(rf"ok +{name}\.ipynb in .*\.html\n$", result.stdout)
    notebook = nbformat.read(files[0], as_version=4)
    look_over(notebook)
    assert len(charts(notebook)) >= owned(name).charts
    assert_page_is_complete(notebook, files[1])


def test_make_run_names_the_lessons_when_there_is_no_such_one() -> None:
    result = subprocess.run(
        [sys.executable, str(ROOT / "tools/run_notebooks.py"), "99"], capture_output=True, encoding="utf-8"
    )
    assert result.returncode == 1
    assert result.stderr == f"no lesson begins with '99'; there are: {', '.join(name[:2] for name in NAMES)}\n"


def outputs(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def charts(notebook: nbformat.NotebookNode) -> list[str]:
    """The alternative texts of all pictures."""
    found = []
    for output in outputs(notebook):
        html = output.get("data", {}).get("text/html", "")
        found += re.findall(r'<img[^>]*\salt="([^"]*)"', html)
    return found


def look_over(notebook: nbformat.NotebookNode) -> None:
    """Every cell ran, and none failed or wrote to stderr."""
    nbformat.validate(notebook)
    for output in outputs(notebook):
        assert output.output_type != "error", output
        assert output.get("name") != "stderr", output.text
    for cell in notebook.cells:
        assert cell.cell_type != "code" or cell.execution_count, cell


def assert_page_is_complete(notebook: nbformat.NotebookNode, page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert len(charts(notebook)) <= html.count("data:image/png;base64,")
    assert not re.search(r'<img[^>]*src="https?:', html)


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_runs_and_none_fails_or_writes_to_stderr(executed: nbformat.NotebookNode) -> None:
    look_over(executed)


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_has_a_text_for_those_who_do_not_see_it(executed: nbformat.NotebookNode, name: str) -> None:
    texts = charts(executed)
    assert len(texts) >= owned(name).charts
    for text in texts:
        assert len(text) > 40, text
    for output in outputs(executed):
        if "image/png" in output.get("data", {}):
            assert "alt" in output.metadata["image/png"]


@pytest.mark.parametrize("name", sorted(OWNS))
def test_lesson_decides_the_claims_that_it_owns(executed: nbformat.NotebookNode, name: str) -> None:
    ledgers = [o.data[CLAIMS_MIME] for o in outputs(executed) if CLAIMS_MIME in o.get("data", {})]
    assert len(ledgers) == 1
    claims: list[dict[str, Any]] = ledgers[0]
    assert {claim["id"] for claim in claims} == OWNS[name].claims
    for claim in claims:
        assert {"id", "article", "jvm", "cpython", "rule", "verdict"} <= claim.keys()
        assert claim["verdict"] in VERDICTS
    human = next(o for o in outputs(executed) if CLAIMS_MIME in o.get("data", {})).data["text/html"]
    assert human.count("<tr") == 1 + len(claims)


@pytest.mark.parametrize("name", NAMES)
def test_html_page_needs_no_network_for_its_pictures(executed: nbformat.NotebookNode, name: str) -> None:
    assert_page_is_complete(executed, OUT / f"{name}.html")


@pytest.mark.skipif(not FULL, reason="takes a lesson's three minutes: make soak")
@pytest.mark.parametrize("name", sorted(OWNS))
def test_a_lesson_runs_where_cpython_has_no_package(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cell fails, and all of the JVM's side is shown."""
    for package in ("numpy", "numba", "Cython", "threadpoolctl", "onnxruntime", "gguf", "PIL", "dask"):
        (tmp_path / f"{package}.py").write_text(f"raise ImportError('no {package} here')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    notebook, problem = run_notebooks.execute(ROOT / "notebooks" / f"{name}.ipynb")
    assert not problem, problem
    look_over(notebook)
    assert len(charts(notebook)) >= OWNS[name].charts
    ((_, ledger),) = run_notebooks.claims_of({name: notebook}).items()
    assert {claim["id"] for claim in ledger} == OWNS[name].claims


def test_claims_are_collected(played: Callable[[str], Played]) -> None:
    file = OUT / "claims.json"
    file.unlink(missing_ok=True)
    run_notebooks.collect({name: played(name)[0] for name in NAMES})
    collected = json.loads(file.read_text(encoding="utf-8"))
    assert set(OWNS) <= set(collected)
    for name, owns in OWNS.items():
        assert {claim["id"] for claim in collected[name]} == owns.claims


@pytest.mark.skipif(not LINUX, reason="looks at processes through /proc")
@pytest.mark.parametrize("name", CRAMPED)
def test_lesson_runs_cramped_and_long_cells_can_be_interrupted(cramped: dict[str, Future[Cramped]], name: str) -> None:
    """One processor, no network, 2 GB; cells that take long are interrupted once, then run to their end."""
    run = cramped[name].result()
    assert run.result.returncode == 0, run.result.stdout + run.result.stderr
    print(run.result.stdout)
    assert until(lambda: not processes_with(run.marker)), processes_with(run.marker)


def test_claims_of_two_machines_are_not_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_notebooks, "NOTEBOOKS", tmp_path)

    def record(lesson: str, machine: str, anew: bool) -> str:
        data = {
            run_notebooks.RECORD_MIME: {"machine": machine, "processors": 2},
            CLAIMS_MIME: [{"id": "A1", "jvm": machine}],
        }
        cell = new_code_cell(outputs=[new_output("display_data", data)])
        return run_notebooks.record(new_notebook(cells=[cell]), tmp_path / f"{lesson}.ipynb", anew)

    def recorded() -> tuple[str, dict[str, str]]:
        ledger = json.loads((tmp_path / "recorded" / "claims-2-processors.json").read_text(encoding="utf-8"))
        return ledger["machine"], {lesson: claims[0]["jvm"] for lesson, claims in ledger["lessons"].items()}

    assert [record(lesson, "one", anew=False) for lesson in ("98-x", "99-y")] == ["", ""]
    assert "of one, not of other: record all lessons" in record("99-y", "other", anew=False)
    assert recorded() == ("one", {"98-x": "one", "99-y": "one"})
    assert [record(lesson, "other", anew=True) for lesson in ("98-x", "99-y")] == ["", ""]
    assert recorded() == ("other", {"98-x": "other", "99-y": "other"})
    (tmp_path / "recorded" / "claims-2-processors.json").write_text("{ broken", encoding="utf-8")
    assert record("98-x", "one", anew=False) == ""
    assert recorded() == ("one", {"98-x": "one"})
