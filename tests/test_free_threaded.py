"""`make free-threaded`, with a stand-in for uv, which comes as a wheel: no network is used."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import free_threaded
import parlab
import pytest
from conftest import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for CPython is a shell script")

# Does what uv does to the files; its CPython answers as one without its lock would.
STAND_IN = '''
import os, pathlib, sys
PYTHON = """#!/bin/sh
case "$1" in -I) exec {python} "$@";; esac
case "$2" in *busy_cores*) echo '{{"version": "3.14.1", "gil": "off", "can_be_free": true,\
 "busy_cores": 2.0, "lacks": "numba", "executable": "'$0'"}}';; esac
"""
def main():
    words = sys.argv[1:]
    if os.environ["STAND_IN_REFUSES"] in words:
        sys.exit("warning: beside the point\\nerror: Request failed after 3 retries")
    if words[0] == "venv":
        python = pathlib.Path(words[-1]) / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(PYTHON.format(python=sys.executable))
        python.chmod(0o755)
'''

ASK = """
void main() throws Exception {
    System.out.println(parlab.twin.Twin.interpreters().getLast());
}
"""


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    version = free_threaded.UV.partition("==")[2]
    info = f"uv-{version}.dist-info"
    with zipfile.ZipFile(folder / f"uv-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("uv.py", STAND_IN)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: uv\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\nuv = uv:main\n")
        wheel.writestr(f"{info}/RECORD", "")
    return folder


def make(clone: Path, wheels: Path, refuses: str = "") -> subprocess.CompletedProcess[str]:
    env = dict(os.environ, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheels), STAND_IN_REFUSES=refuses)
    command = [sys.executable, str(ROOT / "tools" / "parlab.py"), "free-threaded"]
    command += ["--folder", str(clone / ".free-threaded")]
    return subprocess.run(command, env=env, capture_output=True, encoding="utf-8", timeout=300)


def test_what_is_set_up_is_found_by_the_lab(tmp_path: Path, wheels: Path) -> None:
    made = make(tmp_path, wheels, refuses="numba")
    python = tmp_path / ".free-threaded" / "venv" / "bin" / "python"
    assert made.returncode == 0, made.stdout + made.stderr
    assert f"Ready: {python}" in made.stdout
    assert "Without numba," in made.stdout

    source = tmp_path / "Ask.java"
    source.write_text(ASK, encoding="utf-8")
    command = [os.environ["PARLAB_JAVA"], "-cp", str(parlab.KERNEL / "lib" / "*"), f"-Dparlab.home={tmp_path}"]
    command += [f"-Dparlab.python={sys.executable}", str(source)]
    env = {name: value for name, value in os.environ.items() if name not in {"PARLAB_PYTHON", "PARLAB_PYTHON_FREE"}}
    found = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", timeout=300)
    assert found.stdout.startswith("CPython, no lock 3.14.1, GIL off"), found.stdout + found.stderr
    assert found.stdout.strip().endswith(str(python))


@pytest.mark.parametrize(
    ("refuses", "reason"),
    [
        ("venv", "uv could not fetch CPython 3.14t: error: Request failed"),
        ("numpy", "NumPy could not be installed: error: Request failed"),
    ],
)
def test_where_nothing_can_be_fetched_the_remedy_is_said(
    tmp_path: Path, wheels: Path, refuses: str, reason: str
) -> None:
    made = make(tmp_path, wheels, refuses)
    assert made.returncode == 1
    assert made.stdout.startswith(f"No free-threaded CPython was set up: {reason}"), made.stdout + made.stderr
    assert "PARLAB_PYTHON_FREE" in made.stdout
    assert not (tmp_path / ".free-threaded").exists()


def test_without_pypi_the_remedy_is_said(tmp_path: Path) -> None:
    made = make(tmp_path, tmp_path)
    assert made.returncode == 1
    assert "could not be installed from PyPI: ERROR:" in made.stdout, made.stdout + made.stderr
