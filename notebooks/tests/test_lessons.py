"""Every notebook, executed: what a learner gets to see, also on one processor, in 2 GB and without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ROOT, lessons, processes_with, until

NAMES = [path.stem for path in lessons()]
OUT = ROOT / "build" / "notebooks"
CLAIMS_MIME = "application/vnd.parlab.claims+json"
VERDICTS = {"holds", "holds on CPython only", "holds on the JVM only", "does not hold", "undecided here"}
# lesson: charts at least, the claims that it owns
OWNS = {
    "01-lock-contention": (8, {"A1", "A2", "A5", "A6", "E1", "E5", "E10"}),
    "02-process-pool": (8, {"A7", "A12", "B4", "B5", "B6", "B9", "C6", "D1", "D2", "D3", "D4", "E5", "E7", "E8"}),
}
LINUX = sys.platform.startswith("linux")


@pytest.fixture(scope="module")
def executed() -> dict[str, nbformat.NotebookNode]:
    """All notebooks as `make run` leaves them."""
    command = [sys.executable, str(ROOT / "tools/run_notebooks.py")]
    result = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stdout + result.stderr
    print(result.stdout)
    return {name: nbformat.read(OUT / f"{name}.ipynb", as_version=4) for name in NAMES}


def outputs(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def charts(notebook: nbformat.NotebookNode) -> list[str]:
    """The alternative texts of all pictures."""
    found = []
    for output in outputs(notebook):
        html = output.get("data", {}).get("text/html", "")
        found += re.findall(r'<img[^>]*\salt="([^"]*)"', html)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_fails_or_writes_to_stderr(executed: dict[str, nbformat.NotebookNode], name: str) -> None:
    for output in outputs(executed[name]):
        assert output.output_type != "error", output
        assert output.get("name") != "stderr", output.text


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_has_a_text_for_those_who_do_not_see_it(
    executed: dict[str, nbformat.NotebookNode], name: str
) -> None:
    texts = charts(executed[name])
    assert len(texts) >= OWNS.get(name, (1, set()))[0]
    for text in texts:
        assert len(text) > 40, text
    for output in outputs(executed[name]):
        if "image/png" in output.get("data", {}):
            assert "alt" in output.metadata["image/png"]


@pytest.mark.parametrize("name", sorted(OWNS))
def test_lesson_decides_the_claims_that_it_owns(executed: dict[str, nbformat.NotebookNode], name: str) -> None:
    ledgers = [o.data[CLAIMS_MIME] for o in outputs(executed[name]) if CLAIMS_MIME in o.get("data", {})]
    assert len(ledgers) == 1
    claims: list[dict[str, Any]] = ledgers[0]
    assert {claim["id"] for claim in claims} == OWNS[name][1]
    for claim in claims:
        assert {"id", "article", "jvm", "cpython", "rule", "verdict"} <= claim.keys()
        assert claim["verdict"] in VERDICTS
    human = next(o for o in outputs(executed[name]) if CLAIMS_MIME in o.get("data", {})).data["text/html"]
    assert human.count("<tr") == 1 + len(claims)


@pytest.mark.parametrize("name", NAMES)
def test_html_page_needs_no_network_for_its_pictures(executed: dict[str, nbformat.NotebookNode], name: str) -> None:
    html = (OUT / f"{name}.html").read_text(encoding="utf-8")
    assert len(charts(executed[name])) <= html.count("data:image/png;base64,")
    assert not re.search(r'<img[^>]*src="https?:', html)


def test_claims_are_collected(executed: dict[str, nbformat.NotebookNode]) -> None:
    assert executed
    collected = json.loads((OUT / "claims.json").read_text(encoding="utf-8"))
    assert set(OWNS) <= set(collected)


def cramped() -> list[str]:
    """One processor, no network but loopback (where the system lets us)."""
    words = ["taskset", "-c", str(min(os.sched_getaffinity(0)))]
    if shutil.which("unshare") and shutil.which("ip"):
        probe = subprocess.run(["unshare", "-n", "true"], capture_output=True)
        if probe.returncode == 0:
            words += ["unshare", "-n", "sh", "-c", 'ip link set lo up; exec "$@"', "sh"]
    return words


@pytest.mark.skipif(not LINUX, reason="looks at processes through /proc")
@pytest.mark.parametrize("name", sorted(OWNS))
def test_lesson_runs_cramped_and_every_long_cell_can_be_interrupted(
    name: str, marked_env: tuple[dict[str, str], str]
) -> None:
    """One processor, no network, 2 GB; every cell that takes long is interrupted once, then run to its end."""
    env, marker = marked_env
    env["JDK_JAVA_OPTIONS"] = "-XX:MaxRAM=2g"
    command = [*cramped(), sys.executable, str(Path(__file__).with_name("cramped.py")), name]
    result = subprocess.run(command, env=env, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stdout + result.stderr
    print(result.stdout)
    assert until(lambda: not processes_with(marker), 5), processes_with(marker)
