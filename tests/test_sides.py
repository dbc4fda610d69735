"""Twins on other sides: where a package is missing, and where threads have an interpreter each (by a stand-in)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import NOTEBOOKS, ROOT

# Python reads it before the script: some packages are not there, and a pool of processes stands in for that of 3.14,
# to which tasks travel just as they do to an interpreter of their own.
CUSTOMIZE = """
import concurrent.futures, os, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in os.environ.get("LACKS", "").split():
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
class InterpreterPoolExecutor(concurrent.futures.ProcessPoolExecutor):
    def __init__(self, max_workers=None, thread_name_prefix="", initializer=None, initargs=()):
        super().__init__(max_workers, initializer=initializer, initargs=initargs)
concurrent.futures.InterpreterPoolExecutor = InterpreterPoolExecutor
"""

Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "sitecustomize.py").write_text(CUSTOMIZE, encoding="utf-8")

    def rows(script: str, *words: str, **variables: str) -> list[dict[str, Any]]:
        env = dict(os.environ, PYTHONPATH=str(tmp_path), **variables)
        command = [sys.executable, str(NOTEBOOKS / "twins" / script), *words]
        result = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", timeout=300)
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]

    return rows


@pytest.mark.parametrize(
    ("package", "script", "words"),
    [
        ("numpy", "lock_contention.py", ["inference"]),
        ("numpy", "native_kernel.py", ["dot"]),
        ("gguf", "gguf_sums.py", ["sums", "--file", "none"]),
        ("threadpoolctl", "native_kernel.py", ["dot"]),
        ("numba", "native_kernel.py", ["held"]),
        ("onnxruntime", "model_worker.py", ["calls"]),
        ("dask", "beyond_one_machine.py", ["ladder"]),
        ("PIL", "beyond_one_machine.py", ["images"]),
    ],
)
def test_a_missing_package_costs_its_experiment_alone(run: Run, package: str, script: str, words: list[str]) -> None:
    (row,) = run(script, *words, LACKS=package)
    assert row["kind"] == "missing"
    assert row["why"].startswith((f"{package} cannot be imported", f"{package} is not installed"))


@pytest.mark.skipif(os.name == "nt", reason="without fork a worker does not see the stand-in")
def test_tasks_reach_interpreters_of_their_own(run: Run) -> None:
    side = "CPython, subinterpreters"
    rows = run("lock_contention.py", "pools", "--rounds", "2", "--seconds", "0.01", PARLAB_SIDE=side)
    assert [(row["way"], row["round"]) for row in rows] == [
        ("serial", 1),
        ("threads", 1),
        ("threads", 2),
        ("serial", 2),
    ]
    rows = run("process_pool.py", "loop", "--rounds", "1", "--seconds", "0.01", PARLAB_SIDE=side)
    assert [row["way"] for row in rows] == ["serial", "threads", "processes"]
    rows = run("process_pool.py", "start", "--rounds", "2", PARLAB_SIDE=side)
    assert [row["way"] for row in rows] == ["interpreter pool"] * 2
    assert run("process_pool.py", "chunks", PARLAB_SIDE=side) == []
    assert run("lock_contention.py", "convoy", PARLAB_SIDE=side) == [], "threads that share a thing have no such side"


@pytest.mark.parametrize(
    ("package", "script", "words"),
    [
        ("numpy", "process_pool.py", ["inference", "--rounds", "1"]),
        ("threadpoolctl", "native_kernel.py", ["dot"]),
        ("PIL", "pipelines.py", ["designs", "--server", "127.0.0.1:9", "--images", "1"]),
    ],
)
def test_half_an_installation_counts_as_none(
    run: Run, tmp_path: Path, package: str, script: str, words: list[str]
) -> None:
    (tmp_path / f"{package}.py").write_text("raise ImportError('half an installation')", encoding="utf-8")
    (row,) = run(script, *words)
    assert row["kind"] == "missing"
    assert row["why"] == f"{package} cannot be imported: half an installation"


@pytest.mark.parametrize("experiment", ["loops", "writes"])
def test_what_needs_no_pillow_does_without(run: Run, experiment: str) -> None:
    options = ["--rounds", "1", "--images", "2", "--forced", "1", "--seconds", "0.01"]
    found = run("pipelines.py", experiment, *options, LACKS="PIL")
    assert {row["way"] for row in found} == {"serial", "threads", "processes"}


def test_an_interpreter_says_what_it_lacks(run: Run, tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise ImportError('half an installation')", encoding="utf-8")
    (row,) = run(str(ROOT / "lib/parlab/src/main/resources/parlab/twin/interpreter.py"), LACKS="gguf PIL")
    assert {"numpy", "gguf", "pillow"} <= set(row["lacks"].split(", "))


def test_another_error_is_shown_as_it_is(tmp_path: Path) -> None:
    script = tmp_path / "wrong.py"
    text = f"import sys\nsys.path.insert(0, {str(NOTEBOOKS / 'twins')!r})\nimport parlab_twin\n"
    for wrong, name in [("import json.nothing", "ModuleNotFoundError"), ("1 / 0", "ZeroDivisionError")]:
        script.write_text(text + wrong, encoding="utf-8")
        result = subprocess.run([sys.executable, str(script)], capture_output=True, encoding="utf-8", timeout=60)
        assert result.returncode == 1
        assert name in result.stderr
        assert result.stdout == ""
