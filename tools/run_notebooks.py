"""Executes notebooks without a browser and writes them, with their outputs, to build/notebooks.

Usage: run_notebooks.py [LESSON ...]: 01 runs the notebook whose name begins with 01; none runs all.
Each becomes an .ipynb and an .html file; the claims of all of them go to claims.json. With --record, the
figures that a lesson hands out under RECORD_MIME are written to notebooks/recorded, to compare with.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
OUT = ROOT / "build" / "notebooks"

CLAIMS_MIME = "application/vnd.parlab.claims+json"
RECORD_MIME = "application/vnd.parlab.record+json"
CELL_TIMEOUT_SECONDS = 600  # far more than any cell takes on a quiet machine
# README.md shows these: lesson, cell, file.
PICTURES = [("01-lock-contention", "convoy-python", "docs/convoy.png")]


def select(wanted: Sequence[str]) -> list[Path]:
    """The notebooks whose names begin with one of the given words, or all of them."""
    every = sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))
    chosen: list[Path] = []
    for word in wanted:
        found = [path for path in every if path.name.startswith(word)]
        if not found:
            known = ", ".join(path.name[:2] for path in every)
            sys.exit(f"no lesson begins with {word!r}; there are: {known}")
        chosen += found
    return chosen or every


def outputs_of(notebook: nbformat.NotebookNode, mime: str) -> Iterator[Any]:
    """Every output of the given MIME type, in the order of the cells."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            value = output.get("data", {}).get(mime)
            if value is not None:
                yield json.loads(value) if isinstance(value, str) else value


def export(notebook: nbformat.NotebookNode, name: str) -> None:
    """Writes an executed notebook as it is, and as a page."""
    OUT.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, OUT / f"{name}.ipynb")
    exporter = HTMLExporter(exclude_input_prompt=True, exclude_output_prompt=True)
    html, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": name}})
    (OUT / f"{name}.html").write_text(html, encoding="utf-8")


def collect(notebooks: Mapping[str, nbformat.NotebookNode]) -> None:
    """Writes the claims of executed notebooks into one file; those of others, from earlier runs, stay in it."""
    if claims := claims_of(notebooks):
        OUT.mkdir(parents=True, exist_ok=True)
        merge(OUT / "claims.json", (), claims)


def claims_of(notebooks: Mapping[str, nbformat.NotebookNode]) -> dict[str, Any]:
    return {name: ledger for name, notebook in notebooks.items() for ledger in outputs_of(notebook, CLAIMS_MIME)}


def load(path: Path) -> dict[str, Any]:
    """The object in a JSON file; an empty one where it is not there, or broken: it is written anew."""
    with contextlib.suppress(OSError, ValueError):
        loaded = json.loads(path.read_text(encoding="utf-8"))
        return loaded if isinstance(loaded, dict) else {}
    return {}


def merge(path: Path, keys: Sequence[str], new: Mapping[str, Any], **about: object) -> None:
    """Adds or replaces entries of an object in a JSON file, and of the one under these keys in it."""
    whole = load(path)
    whole.update(about)
    part = whole
    for key in keys:
        part = part.setdefault(key, {})
    part.update(new)
    part_sorted = dict(sorted(part.items()))
    part.clear()
    part.update(part_sorted)
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def execute(path: Path) -> tuple[nbformat.NotebookNode, str]:
    """Runs one notebook; returns it with its outputs and what went wrong, or an empty string."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_SECONDS,
        startup_timeout=300,
        kernel_name=notebook.metadata.kernelspec.name,
        resources={"metadata": {"path": str(NOTEBOOKS)}},
        shutdown_kernel="graceful",
    )
    try:
        client.execute()
    except CellTimeoutError:
        return notebook, f"a cell took longer than {CELL_TIMEOUT_SECONDS} s"
    except (CellExecutionError, DeadKernelError) as e:
        return notebook, str(e)
    return notebook, ""


def record(notebook: nbformat.NotebookNode, path: Path, anew: bool) -> str:
    """Writes what a lesson hands out to notebooks/recorded; what speaks against it, or an empty string.

    Claims name their machine once: one lesson's are not put among those of another machine, all lessons' replace them.
    """
    for value in outputs_of(notebook, RECORD_MIME):
        folder = NOTEBOOKS / "recorded"
        folder.mkdir(exist_ok=True)
        machine, processors = value["machine"], value["processors"]
        ledger = folder / f"claims-{processors}-processors.json"
        recorded = load(ledger).get("machine", machine)
        if recorded != machine:
            if not anew:
                return f"{ledger.name} is of {recorded}, not of {machine}: record all lessons (make record)"
            ledger.unlink()
        target = folder / f"{path.stem}-{processors}-processors.json"
        target.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"  recorded notebooks/recorded/{target.name}", flush=True)
        if claims := claims_of({path.stem: notebook}):
            merge(ledger, ("lessons",), claims, machine=machine, processors=processors)
    for lesson, cell_id, file in PICTURES:
        for cell in notebook.cells if lesson == path.stem else []:
            for output in cell.get("outputs", []) if cell["id"] == cell_id else []:
                if png := output.get("data", {}).get("image/png"):
                    (ROOT / file).parent.mkdir(exist_ok=True)
                    (ROOT / file).write_bytes(base64.b64decode(png))
    return ""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument("lessons", nargs="*", help="the beginnings of their names, such as 01")
    parser.add_argument("--record", action="store_true", help="write notebooks/recorded too")
    options = parser.parse_args(arguments)
    failed = 0
    executed: dict[str, nbformat.NotebookNode] = {}
    for path in select(options.lessons):
        start = time.monotonic()
        notebook, problem = execute(path)
        seconds = time.monotonic() - start
        export(notebook, path.stem)
        executed[path.stem] = notebook
        if problem:
            failed += 1
            print(f"FAILED {path.name} after {seconds:.0f} s\n{problem}", flush=True)
        else:
            print(f"ok     {path.name} in {seconds:.0f} s -> {(OUT / path.stem).relative_to(ROOT)}.html", flush=True)
            if options.record and (problem := record(notebook, path, anew=not options.lessons)):
                failed += 1
                print(f"NOT RECORDED {path.name}: {problem}", flush=True)
    collect(executed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
