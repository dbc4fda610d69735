"""Prints the lines of main code of each jar, and the Java files that are longer than a file may be.

Usage: lines.py [JAR]. With a jar's name it prints each of its files.
It counts what `find lib/JAR/src/main -name '*.java' | xargs cat | wc -l` counts.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 500


def main_files() -> list[Path]:
    """The Java sources of all jars but their tests, by name."""
    return sorted(ROOT.glob("lib/*/src/main/**/*.java"))


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def jar_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[1]


def main() -> None:
    lines = {path: lines_of(path) for path in main_files()}
    longest_first = sorted(lines.items(), key=lambda each: -each[1])
    by_jar: Counter[str] = Counter()
    for path, count in lines.items():
        by_jar[jar_of(path)] += count
    if len(sys.argv) > 1:
        jar = sys.argv[1]
        if jar not in by_jar:
            sys.exit(f"there is no jar {jar!r}, only {', '.join(sorted(by_jar))}")
        for path, count in longest_first:
            if jar_of(path) == jar:
                print(f"{count:7,}  {path.name}")
        print(f"{by_jar[jar]:7,}  together")
        return
    print("lines of main code:")
    for jar, count in sorted(by_jar.items()):
        files = sum(jar_of(path) == jar for path in lines)
        print(f"{count:7,}  lib/{jar} ({files} files)")
    print(f"{by_jar.total():7,}  together")
    for path, count in longest_first:
        if count > LONGEST_FILE:
            print(f"longer than {LONGEST_FILE}: {count:5,}  {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
