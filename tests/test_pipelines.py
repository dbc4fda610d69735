"""The CPython twin of the lesson on pipelines, against the lesson's own server, and its pixels against ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jpeg_kinds
import parlab
import pytest
from conftest import NOTEBOOKS
from PIL import Image

TWIN = NOTEBOOKS / "twins" / "pipelines.py"
COUNT = 40
ERROR, BROKEN = "5.jpg", "24.jpg"

TOLERANCE = 1.0  # of 255, between the mean colours of one image: ImageIO decodes whole, the others at reduced size
ROUNDING = 2  # of 255, between two decoders' pixels
COARSE = 4  # of 255, in the mean, where one decoder interpolates chroma and the other one does not

COLOURS = """
import parlab.pipelines.*;
import java.net.URI;
import java.util.Arrays;

void main(String[] args) {
    for (Decoder decoder : Decoder.values()) {
        if (!decoder.obstacle().isEmpty()) continue;
        try (Download download = Download.standard()) {
            for (int n = 0; n < Integer.parseInt(args[1]); n++) {
                URI address = URI.create("http://" + args[0] + "/images/" + n + ".jpg");
                Processed image = new Pipeline(decoder).work(download, address);
                if (image.pixels() == null) continue;
                IO.println(decoder + " " + image.name() + " " + Arrays.toString(image.pixels().meanColour()));
            }
        }
    }
}
"""


def java() -> str:
    home = os.environ.get("JAVA_HOME") or parlab.find_jdk()
    assert home is not None
    return parlab.java_command(Path(home))


def jars() -> str:
    return str(parlab.KERNEL / "lib" / "*")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's address; it ends with its input."""
    folder = tmp_path_factory.mktemp("images")
    arguments = [folder, COUNT, 1, 0, 0]
    command = [java(), "-cp", jars(), "parlab.pipelines.ServerMain", *map(str, arguments)]
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


def test_every_design_finds_the_same_images_as_java(server: str, tmp_path: Path) -> None:
    script = tmp_path / "Colours.java"
    script.write_text(COLOURS, encoding="utf-8")
    command = [java(), "--enable-native-access=ALL-UNNAMED", "-cp", jars(), str(script), server, str(COUNT)]
    ours = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)
    assert ours.returncode == 0, ours.stderr
    found = rows("designs", "--server", server, "--images", COUNT, "--rounds", 1, "--workers", 8, "--colours")
    runs = [row for row in found if "kind" not in row]
    assert {row["way"] for row in runs} == {"threads", "processes", "hybrid", "asyncio"}
    assert len({row["checksum"] for row in runs}) == 1
    for row in runs:
        assert row["images"] == COUNT - 2
    failed = {(row["way"], row["name"]) for row in found if row.get("kind") == "failed"}
    assert failed == {(row["way"], name) for row in runs for name in (ERROR, BROKEN)}
    colours_of = ("Pillow's red", "Pillow's green", "Pillow's blue")
    theirs = {row["name"]: [row[one] for one in colours_of] for row in found if row.get("kind") == "colour"}
    lines = [line.split(" ", 2) for line in ours.stdout.splitlines()]
    assert {decoder for decoder, _, _ in lines} >= {"ImageIO"}
    for decoder in {decoder for decoder, _, _ in lines}:
        colours = {name: json.loads(colour) for one, name, colour in lines if one == decoder}
        assert colours.keys() == theirs.keys(), decoder
        for name, colour in colours.items():
            assert colour == pytest.approx(theirs[name], abs=TOLERANCE), (decoder, name)
    spans = [row for row in found if row.get("kind") == "span"]
    assert len(spans) == COUNT * len(runs)
    for span in spans:
        times = [span[f"{name} (s)"] for name in ("start", "arrived", "begun", "end")]
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
        ("calls", ["--workers", 2, 4], {"serial", "processes", "threads", "all asynchronous", "asyncio"}),
        ("writes", [], {"serial", "threads", "processes"}),
        ("loader", ["--workers", 2], {"serial", "threads", "processes", "augmentation"}),
        ("train", ["--workers", 2], {"in line", "threads", "processes"}),
        ("loops", ["--seconds", 0.02], {"serial", "threads", "processes"}),
        ("decoding", [], {"serial", "threads", "processes"}),
    ],
)
def test_every_way_is_measured(server: str, experiment: str, options: list[object], ways: set[str]) -> None:
    found = rows(experiment, "--server", server, "--images", 20, "--rounds", 1, *options)
    assert {row["way"] for row in found} == ways
    for row in found:
        assert row["seconds" if "seconds" in row else "share (%)" if "share (%)" in row else "waited (%)"] > 0


def test_a_bound_holds_and_no_bound_is_measured_as_well(server: str) -> None:
    found = rows("memory", "--server", server, "--images", 40, "--bounds", 5, 0, "--workers", 16)
    assert max(row["items"] for row in found if row["bound"] == "bound 5") <= 5
    assert max(row["items"] for row in found if row["bound"] == "no bound") > 5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_a_stream_tells_its_memory(server: str) -> None:
    (row,) = rows("stream", "--server", server, "--images", 100, "--bound", 10, "--workers", 4)
    assert row["images"] == 100
    assert row["kept (MB)"] > 5


def test_every_kind_of_jpeg_is_decoded_as_pillow_does_or_refused(tmp_path: Path) -> None:
    files = jpeg_kinds.kinds()
    found = jpeg_kinds.java_decodes(files, tmp_path)
    # Where libjpeg-turbo interpolates the chroma of 4:4:0 files, the JDK's older library repeats it.
    coarse = {("ImageIO", "4:4:0")}
    refused = {("ImageIO", "no Huffman table"): "Huffman table 0x00 was not defined"}
    for decoder, images in found.items():
        for name, pixels in images.items():
            if (decoder, name) in refused:
                assert isinstance(pixels, str), (decoder, name)
                assert refused[decoder, name] in pixels
                continue
            assert not isinstance(pixels, str), (decoder, name, pixels)
            theirs = jpeg_kinds.pillow(files[name])
            assert pixels.shape == theirs.shape, (decoder, name)
            furthest = jpeg_kinds.furthest(pixels, theirs)
            mean = abs(pixels.astype(float) - theirs).mean()
            if (decoder, name) in coarse:
                assert mean < COARSE, (decoder, name, mean)
            else:
                assert furthest <= ROUNDING, (decoder, name, furthest)


def test_every_broken_jpeg_is_refused_by_name(tmp_path: Path) -> None:
    files = jpeg_kinds.broken()
    for decoder, images in jpeg_kinds.java_decodes(files, tmp_path).items():
        for name, why in images.items():
            assert isinstance(why, str), (decoder, name)
            assert len(why) > 10, (decoder, name)
    for jpeg in files.values():
        with pytest.raises((OSError, SyntaxError, Image.DecompressionBombError)):
            jpeg_kinds.pillow(jpeg)
