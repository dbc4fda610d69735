"""The CPython twin of the lesson on pipelines, against the lesson's own server, and its pixels against ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import parlab
import pytest
from conftest import NOTEBOOKS

TWIN = NOTEBOOKS / "twins" / "pipelines.py"
COUNT = 40
ERROR, BROKEN = "5.jpg", "24.jpg"

CHECKSUMS = """
import parlab.pipelines.*;
import java.net.URI;

void main(String[] args) {
    Tally tally = new Tally();
    try (Download download = Download.standard()) {
        for (int n = 0; n < Integer.parseInt(args[1]); n++)
            tally.add(Designs.work(download, URI.create("http://" + args[0] + "/images/" + n + ".jpg")));
    }
    IO.println(tally.images() + " " + tally.checksum());
}
"""


def java() -> str:
    home = os.environ.get("JAVA_HOME") or parlab.find_jdk()
    assert home is not None
    return parlab.java_command(Path(home))


def jars() -> str:
    return os.pathsep.join(str(parlab.KERNEL / "lib" / f"{name}.jar") for name in ("parlab-pipelines", "parlab"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's address; it ends with its input."""
    folder = tmp_path_factory.mktemp("images")
    arguments = [folder, COUNT, 5, 0, 1, 0, "5", "24"]
    command = [java(), "-cp", jars(), "parlab.pipelines.internal.ServerMain", *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        assert words[:1] == ["ready"], words
        yield f"127.0.0.1:{words[1]}"
        process.communicate(timeout=30)


def rows(*arguments: object) -> list[dict[str, Any]]:
    command = [sys.executable, str(TWIN), *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_design_finds_the_same_pixels_as_java(server: str, tmp_path: Path) -> None:
    script = tmp_path / "Checksums.java"
    script.write_text(CHECKSUMS, encoding="utf-8")
    command = [java(), "-cp", jars(), str(script), server, str(COUNT)]
    ours = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)
    assert ours.returncode == 0, ours.stderr
    found = rows("designs", "--server", server, "--images", COUNT, "--rounds", 1, "--workers", 8)
    runs = [row for row in found if row["kind"] == "run"]
    assert {row["way"] for row in runs} == {"threads", "processes", "hybrid", "asyncio"}
    for row in runs:
        # Bit by bit: the same decoder's arithmetic, the same filter, the same rounding.
        assert f"{row['images']} {row['checksum']}" == ours.stdout.strip(), row
        assert set(row["failed"]) == {ERROR, BROKEN}
    spans = [row for row in found if row["kind"] == "span"]
    assert len(spans) == COUNT * len(runs)
    for span in spans:
        times = [span[f"{name}_seconds"] for name in ("start", "arrived", "begun", "end")]
        assert times == sorted(times), span


def test_the_articles_program_stands_still_when_its_queue_is_full(server: str) -> None:
    (row,) = rows("as_printed", "--server", server, "--images", 30, "--bound", 10, "--workers", 4, "--seconds", 0.3)
    assert (row["in_queue"], row["gave_up"]) == (10, 20)


def test_workers_that_end_at_an_empty_queue_lose_items_or_hang() -> None:
    found = rows("race", "--images", 100, "--workers", 4, "--rounds", 3)
    assert any(row["lost"] + row["hung"] > 0 for row in found), found


@pytest.mark.parametrize(
    ("experiment", "options", "ways"),
    [
        ("two_threads", [], {"1 thread", "2 threads"}),
        ("calls", ["--workers", 2, 4], {"serial", "processes", "16 threads", "all by asyncio", "threads", "asyncio"}),
        ("writes", [], {"serial", "threads", "processes"}),
        ("loader", ["--workers", 2], {"serial", "threads", "processes", "decode and scale", "augment"}),
        ("train", ["--workers", 2], {"in line", "threads", "processes"}),
        (
            "loops",
            ["--seconds", 0.02],
            {f"{what}, {way}" for what in ("loop", "decode") for way in ("serial", "threads", "processes")},
        ),
    ],
)
def test_every_way_is_measured(server: str, experiment: str, options: list[object], ways: set[str]) -> None:
    found = rows(experiment, "--server", server, "--images", 20, "--rounds", 1, *options)
    assert {row["way"] for row in found} == ways
    assert all(row["seconds"] > 0 for row in found)


def test_a_bound_holds_and_no_bound_is_measured_as_well(server: str) -> None:
    found = rows("memory", "--server", server, "--images", 40, "--bounds", 5, 0, "--workers", 16)
    assert max(row["items"] for row in found if row["bound"] == 5) <= 5
    assert max(row["items"] for row in found if row["bound"] == 0) > 5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_a_stream_tells_its_memory(server: str) -> None:
    (row,) = rows("stream", "--server", server, "--images", 100, "--bound", 10, "--workers", 4)
    assert row["images"] == 100
    assert row["peak_bytes"] > 5e6
