"""What the tests share: the clone, its environment, and a look at the processes that it left behind."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
sys.path.insert(0, str(ROOT / "tools"))


def lessons() -> list[Path]:
    return sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))


def processes_with(marker: str) -> list[str]:
    """The command lines of the living processes whose environment carries the marker (Linux only)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (folder / "environ").read_bytes():
                state = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0]
                if state != "Z":
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200])
        except OSError:
            continue  # ended meanwhile, or not ours
    return found


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition becomes true within that time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


@pytest.fixture
def marked_env() -> Iterator[tuple[dict[str, str], str]]:
    """An environment with a marker that every process started in it, and its children, inherit."""
    marker = f"PARLAB_TEST_MARK={os.getpid()}-{time.monotonic_ns()}"
    name, value = marker.split("=")
    os.environ[name] = value
    try:
        yield dict(os.environ), marker
    finally:
        del os.environ[name]


def browser_path() -> str | None:
    """A Chromium or Chrome of this machine."""
    named = os.environ.get("PARLAB_BROWSER")
    if named:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"):
        if found := shutil.which(name):
            return found
    mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    return str(mac) if mac.is_file() else None
