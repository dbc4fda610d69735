"""The grader as a teacher runs it: what is handed in, `make grade`, and the table that comes of it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import answers
import hostile
import pytest
from conftest import FULL, ROOT

WHY_NOT = answers.sandboxed()
needs_sandbox = pytest.mark.skipif(
    bool(WHY_NOT) and os.environ.get("PARLAB_TEST_SANDBOX") != "require", reason=f"no sandbox: {WHY_NOT}"
)
takes_long = pytest.mark.skipif(not FULL, reason="make soak has the time")
STRANGER = ["unshare", "--user", "--map-user=12345", "--map-group=12345"]  # an ordinary user, for root


def run_grader(
    folder: Path, *arguments: str, within: Sequence[str] = (), **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*within, sys.executable, str(ROOT / "tools" / "grade.py"), *arguments],
        env={**os.environ, "PARLAB_COURSE": str(folder), **env},
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
    )


def right(name: str = hostile.ASSIGNMENT) -> dict[str, Any]:
    return answers.right(name)


def hand_in(folder: Path, student: str, content: str | dict[str, Any], name: str = hostile.ASSIGNMENT) -> Path:
    """Puts what a student hands in where the grader looks for it."""
    path = folder / student / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def grades(course_folder: Path) -> dict[str, dict[str, str]]:
    """The table of grades, by student."""
    with (course_folder / "grades.csv").open(newline="", encoding="utf-8") as file:
        return {row["student"]: row for row in csv.DictReader(file)}
