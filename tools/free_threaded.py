"""Sets up a CPython without its global lock inside the clone, for a side of its own in the lessons' charts.

uv fetches the build that VERSION names as uv does (3.14t; or the path of an interpreter that is installed already) and
installs into .free-threaded/venv what the twins import, where the next "make lab" finds it. A package that has no build
for it is left out, and so is its experiment on that side.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"
VERSION = "3.14t"
OPTIONAL = ["threadpoolctl", "pillow", "cython", "numba", "onnxruntime", "gguf"]
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
REMEDY = (
    "The lessons do without it: they draw a recorded run. To have that side all the same, install a free-threaded "
    "CPython 3.13 or newer with NumPy, from python.org, conda-forge (python-freethreading), pyenv or your system; "
    "python3.14t on the PATH is found, any other that the environment variable PARLAB_PYTHON_FREE names."
)


class NotSetUp(Exception):
    """What failed, in one line."""


def run(command: Sequence[str | Path], what: str, folder: Path) -> None:
    """Runs a command that changes nothing outside the folder; only what it says last is shown, when it fails."""
    env = dict(os.environ, UV_PYTHON_INSTALL_DIR=str(folder / "python"), UV_NO_CACHE="1", UV_NO_CONFIG="1")
    for name in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX"):
        env.pop(name, None)  # somebody else's packages
    words = [str(word) for word in command]
    result = subprocess.run(words, env=env, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8")
    if result.returncode != 0:
        said = [line.strip() for line in (result.stderr or result.stdout).splitlines() if line.strip()]
        raise NotSetUp(f"{what}: {said[-1] if said else f'exit code {result.returncode}'}")


def set_up(version: str, folder: Path) -> tuple[Path, list[str]]:
    """Returns the interpreter, and the packages that it had to do without."""
    venv.create(folder / "uv", with_pip=True, clear=True)
    pip: list[str | Path] = [folder / "uv" / SCRIPTS / "python", "-m", "pip", "install", "--quiet"]
    run([*pip, "--disable-pip-version-check", UV], f"{UV} could not be installed from PyPI", folder)
    uv = folder / "uv" / SCRIPTS / "uv"
    target = folder / "venv"
    run([uv, "venv", "--clear", "--python", version, target], f"uv could not fetch CPython {version}", folder)
    python = target / SCRIPTS / ("python.exe" if os.name == "nt" else "python")
    ask = "import sys, sysconfig; sys.exit(not sysconfig.get_config_var('Py_GIL_DISABLED') and 'it has its lock')"
    run([python, "-c", ask], f"{version} is not what is wanted", folder)

    install: list[str | Path] = [uv, "pip", "install", "--python", python, "--only-binary", ":all:"]
    pinned = [*install, "--constraints", ROOT / "requirements.txt"]
    try:
        run([*pinned, "numpy"], "", folder)
    except NotSetUp:  # the pinned version has builds for the newest CPython only
        run([*install, "numpy"], "NumPy could not be installed", folder)
    missing = []
    for package in OPTIONAL:
        try:
            run([*pinned, package], "", folder)
        except NotSetUp:
            missing.append(package)
    return python, missing


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make free-threaded", description=__doc__)
    parser.add_argument("version", nargs="?", default=VERSION, metavar="VERSION")
    parser.add_argument("--folder", type=Path, default=ROOT / ".free-threaded", help="where it all goes")
    options = parser.parse_args(arguments)
    try:
        python, missing = set_up(options.version, options.folder)
    except (NotSetUp, subprocess.CalledProcessError) as e:
        shutil.rmtree(options.folder, ignore_errors=True)
        print(f"No free-threaded CPython was set up: {e}\n{REMEDY}")
        return 1
    if missing:
        print(
            f"Without {', '.join(missing)}, which could not be installed: their experiments are left out on that side."
        )
    print(f'Ready: {python}. The next "make lab" finds it.')
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
