"""The students' notebooks, and the course without what is the teacher's, as a repository to publish."""

from __future__ import annotations

import fnmatch
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import course

# What is the teacher's alone.
PRIVATE = (
    "notebooks/exercises/",
    "tests/",
    "docs/",
    "tools/book",
    "tools/grade.py",
    "tools/soak.py",
    ".github/",
    ".ci/",
)
MADE = ".parlab-published.json"  # the files of the version before: they, and nothing else, are replaced


def must(answer: dict[str, Any], what: str) -> None:
    if not answer["success"]:
        raise course.CourseError(f"{what} failed:\n{answer.get('log') or answer.get('error') or 'no reason given'}")


def release(api: Any, names: Sequence[str]) -> None:
    for name in names:
        must(api.generate_assignment(name, force=True, create=True), f"making the student's version of {name}")
    root = Path(api.coursedir.root)
    print(f"{len(names)} assignments for students: {root / api.coursedir.release_directory}", flush=True)


def publish(api: Any, names: Sequence[str], target: Path) -> None:
    """The course as a repository for students: everything but what is the teacher's, and the released notebooks."""
    root = course.COURSE.parents[1]
    given = [name for name in _files(root) if not name.startswith(PRIVATE) and (root / name).is_file()]
    if "README.md" not in given or not any(name.startswith("lib/") for name in given):
        raise course.CourseError(f"{root} is no whole course: README.md or lib/ is missing. Nothing was published.")
    _empty(target)
    made = []
    for name in given:
        made.append(_copy(root / name, target, name))
    _copy(course.COURSE / "STUDENTS.md", target, "README.md")
    for name in names:
        released = Path(api.coursedir.root) / api.coursedir.release_directory / name
        for path in sorted(released.rglob("*")):
            if path.is_file():
                inner = path.relative_to(released).as_posix()
                made.append(_copy(path, target, f"notebooks/exercises/{name}/{inner}"))
    (target / MADE).write_text(json.dumps(sorted({*made, MADE}), indent=0, ensure_ascii=False), encoding="utf-8")
    print(f"the course without solutions, to be published: {target}", flush=True)


def _copy(path: Path, target: Path, name: str) -> str:
    (target / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, target / name)
    return name


def _empty(target: Path) -> None:
    """Removes what an earlier version put there. A folder with anything else in it is not touched."""
    target.mkdir(parents=True, exist_ok=True)
    listed = target / MADE
    made = json.loads(listed.read_text(encoding="utf-8")) if listed.is_file() else []
    others = [path.name for path in target.iterdir() if path.name != ".git"]
    if others and not made:
        raise course.CourseError(
            f"{target} holds files that `make release` has not made ({', '.join(sorted(others)[:3])} ...). "
            "Empty it, or name another folder: make release STUDENTS=folder"
        )
    for name in made:
        path = target / name
        if not path.resolve().is_relative_to(target.resolve()):
            continue
        path.unlink(missing_ok=True)
        for parent in path.parents:
            if parent == target or not parent.is_dir() or any(parent.iterdir()):
                break
            parent.rmdir()


def _files(root: Path) -> list[str]:
    """The files of the course: where it is a clone of its own, those that git knows; else all but what is made."""
    safe = ["-c", f"safe.directory={root}"]  # a folder of another owner is read, not run
    if shutil.which("git"):
        asked = subprocess.run(
            ["git", *safe, "rev-parse", "--show-toplevel"], cwd=root, capture_output=True, encoding="utf-8"
        )
        if asked.returncode == 0 and Path(asked.stdout.rstrip("\n")).resolve() == root.resolve():
            listed = subprocess.run(
                ["git", *safe, "ls-files", "-z"], cwd=root, capture_output=True, encoding="utf-8", check=True
            )
            if listed.stdout:
                return [name for name in listed.stdout.split("\0") if name]
    return sorted(_walked(root))


def _walked(root: Path) -> list[str]:
    """All files but those that .gitignore names, which are made here."""
    lines = (root / ".gitignore").read_text(encoding="utf-8").splitlines() if (root / ".gitignore").is_file() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    anchored = {line.strip("/") for line in patterns if line.startswith("/")}
    anywhere = {line.strip("/") for line in patterns if not line.startswith("/")} | {".git"}
    found = []
    for folder, folders, names in os.walk(root):
        here = Path(folder).relative_to(root)

        def kept(name: str, here: Path = here) -> bool:
            path = (here / name).as_posix()
            return path not in anchored and not any(fnmatch.fnmatch(name, pattern) for pattern in anywhere)

        folders[:] = [name for name in folders if kept(name)]
        found += [(here / name).as_posix() for name in names if kept(name)]
    return found
