"""The models of the lesson on model workers: what they answer, and the scripts that make them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from conftest import NOTEBOOKS, ROOT
from numpy.typing import NDArray
from PIL import Image

DATA = NOTEBOOKS / "data"
RESNET = ROOT / "build" / "data"
DIGITS = ["digits.onnx", "digits-wide.onnx"]


def call(script: Path, *arguments: object) -> str:
    command = [sys.executable, str(script), *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300)
    assert result.returncode == 0, result.stderr
    return result.stdout


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def images() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rows = np.loadtxt(DATA / "digits-test.csv", delimiter=",", dtype=np.int64)
    return (rows[:, 1:] / 16).astype(np.float32), rows[:, 0]


@pytest.mark.parametrize("name", DIGITS)
def test_digits_are_recognised(name: str) -> None:
    pixels, digits = images()
    assert pixels.shape == (500, 64)
    assert sorted(set(digits.tolist())) == list(range(10))
    (probabilities,) = session(DATA / name).run(["probabilities"], {"pixels": pixels})
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(500), abs=1e-5)
    assert np.mean(np.argmax(probabilities, axis=1) == digits) >= 0.97


@pytest.mark.parametrize("name", DIGITS)
def test_the_digits_models_are_small_and_name_their_source(name: str) -> None:
    path = DATA / name
    assert path.stat().st_size < 100_000
    model = onnx.load(path)
    assert "CC BY 4.0" in model.doc_string
    assert [one.name for one in model.graph.input] == ["pixels"]
    assert [one.name for one in model.graph.output] == ["probabilities"]


def test_the_licence_of_the_digits_is_named() -> None:
    text = (NOTEBOOKS / "LICENSE.md").read_text(encoding="utf-8")
    for word in (*DIGITS, "digits-test.csv", "10.24432/C50P49", "CC BY 4.0"):
        assert word in text


def test_the_same_digits_come_out_each_time(tmp_path: Path) -> None:
    """Only where somebody has installed what the training needs."""
    for needed in ("sklearn", "skl2onnx"):
        pytest.importorskip(needed)
    for number in (1, 2):
        call(DATA / "make_digits.py", "--out", tmp_path / str(number))
    for name in (*DIGITS, "digits-test.csv"):
        assert digest(tmp_path / "1" / name) == digest(tmp_path / "2" / name)
    assert digest(tmp_path / "1" / "digits-test.csv") == digest(DATA / "digits-test.csv")


def about() -> dict[str, Any]:
    """ResNet-50's own description; it is made here where it is not there."""
    call(DATA / "make_resnet.py")
    found: dict[str, Any] = json.loads((RESNET / "resnet50.json").read_text(encoding="utf-8"))
    return found


def stripes(number: int) -> NDArray[np.float32]:
    index = np.arange(3 * 224 * 224)
    return ((index * 31 + number * 17) % 255 / 255 - 0.5).astype(np.float32).reshape(1, 3, 224, 224)


def test_resnet_is_left_alone_when_it_is_complete_and_made_anew_when_it_is_not(tmp_path: Path) -> None:
    about()
    for name in ("resnet50.onnx", "resnet50-shared.onnx", "resnet50-shared.bin", "resnet50.json"):
        os.link(RESNET / name, tmp_path / name)
    assert "was there" in call(DATA / "make_resnet.py", "--out", tmp_path)
    (tmp_path / "resnet50.onnx").unlink()
    assert "made in" in call(DATA / "make_resnet.py", "--out", tmp_path)
    assert digest(tmp_path / "resnet50.onnx") == digest(RESNET / "resnet50.onnx")
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("name", ["resnet50.onnx", "resnet50-shared.onnx"])
def test_resnet_takes_any_number_of_images_and_tells_them_apart(name: str) -> None:
    wanted = np.array(about()["answer"])
    one, other = stripes(0), stripes(5)
    runner = session(RESNET / name)
    (alone,) = runner.run(None, {"image": one})
    (both,) = runner.run(None, {"image": np.concatenate([one, other])})
    assert alone[0] == pytest.approx(wanted, abs=1e-5)
    assert both[0] == pytest.approx(wanted, abs=1e-5)
    assert np.abs(both[0] - both[1]).max() > 1e-4
    assert max(wanted) < 0.5


def test_resnet_is_the_real_one() -> None:
    about()
    model = onnx.load(RESNET / "resnet50.onnx")
    assert sum(node.op_type == "Conv" for node in model.graph.node) == 53
    assert sum(int(np.prod(one.dims)) for one in model.graph.initializer) == pytest.approx(25.6e6, rel=0.01)


SMALL = ("--rounds", 1, "--tasks", 1, "--callers", 1, "--model", DATA / "digits.onnx")


def rows(*arguments: object) -> list[dict[str, Any]]:
    """What the twin prints."""
    return [json.loads(line) for line in call(NOTEBOOKS / "twins" / "model_worker.py", *arguments).splitlines()]


def test_the_twin_answers_as_the_model_does() -> None:
    found = rows("answers")
    assert len(found) == 500
    assert sum(row["found"] == row["digit"] for row in found) >= 0.97 * 500
    assert all(int(np.argmax(row["probability"])) == row["found"] for row in found)


def test_the_twin_waits_asleep_and_at_work() -> None:
    waiting = rows("waiting", "--rounds", 1, "--scale", 0.02)
    assert {row["work"] for row in waiting} == {"asleep", "at work"}
    assert len(waiting) == 6
    asleep = {row["way"]: row["seconds"] for row in waiting if row["work"] == "asleep"}
    assert asleep["threads"] < asleep["serial"]


def test_the_twin_prepares_photographs(tmp_path: Path) -> None:
    sys.path.insert(0, str(NOTEBOOKS / "twins"))
    from model_worker import DEVIATION, MEAN, prepare

    for number in range(3):
        Image.new("RGB", (120, 90), (255, 128 * (number % 2), 0)).save(tmp_path / f"{number}.jpg", quality=95)
    red, green, blue = prepare(str(tmp_path / "1.jpg"), 1, 64)[:, 20:44, 20:44]  # the middle lies in the picture
    for plane, value in ((red, 1), (green, 128 / 255), (blue, 0)):
        assert np.abs(plane - (value - MEAN) / DEVIATION).max() < 0.1
    loader = rows("loader", "--folder", tmp_path, "--tasks", 3, "--rounds", 1, "--callers", 1, "--model", "none")
    assert [row["way"] for row in loader if "way" in row] == ["serial", "threads", "processes"]
    assert [row["kind"] for row in loader if "kind" in row] == ["missing"]
    loader = rows("loader", "--folder", tmp_path, *SMALL, "--tasks", 3, "--few", 2)
    assert [row["way"] for row in loader] == ["serial", "threads", "processes", "in turn", "ahead"]


def test_the_twin_swaps_without_a_failure_and_searches() -> None:
    (swaps,) = rows("swapping", "--callers", 1, 2, "--tasks", 5)
    assert swaps["requests"] > 0
    assert (swaps["failed"], swaps["mixed"]) == (0, 0)
    search = rows("search", "--rounds", 1, "--tasks", 3, "--callers", 1)
    assert [row["way"] for row in search] == ["serial", "threads", "processes"]
    assert len({row["best"] for row in search}) == 1
    assert search[0]["best"] > 0.5


def test_the_twin_notes_what_a_new_model_answers() -> None:
    (made,) = rows("make", "--folder", RESNET)
    assert made["kind"] == "noted"
    assert made["probability"] == about()["answer"]


def test_the_twin_runs_resnet_and_says_when_it_is_missing(tmp_path: Path) -> None:
    about()
    assert [row["kind"] for row in rows("throughput", "--model", tmp_path / "none.onnx")] == ["missing"]
    (found,) = rows("throughput", "--tasks", 1, "--rounds", 1, "--callers", 1, "--inside", 1)
    assert (found["way"], found["round"], found["images"]) == ("1 x 1, batch 1", 1, 1)
    (sizes, *sent) = rows("sending", *SMALL)
    assert sizes["sent"] > 20_000 > sizes["loaded"]
    assert [(row["way"], row["round"]) for row in sent] == [("sent", 1), ("loaded", 1)]
    assert [row["way"][:8] for row in rows("provider", *SMALL)] == ["session ", "provider", "session "]


def test_the_twin_weighs_its_workers() -> None:
    found = rows("workers", *SMALL)
    assert [row["way"] for row in found if "way" in row] == ["processes", "threads"]
    for memory in (row for row in found if row.get("kind") == "memory"):
        assert memory["weights"] == "own weights"
        assert 0 < memory["share (MB)"][0] <= memory["resident (MB)"][0]


def test_without_the_runtime_the_twin_leaves_out_what_needs_it(tmp_path: Path) -> None:
    """A program that finds no onnxruntime, as an interpreter for which there is none."""
    program = tmp_path / "without.py"
    program.write_text(
        "import importlib.util, runpy, sys\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: None if name == 'onnxruntime' else find(name, *more)\n"
        f"sys.path.insert(0, {str(NOTEBOOKS / 'twins')!r})\n"
        f"runpy.run_path({str(NOTEBOOKS / 'twins' / 'model_worker.py')!r}, run_name='__main__')\n"
    )
    for experiment in ("answers", "throughput", "workers", "provider", "sending", "swapping"):
        (row,) = map(json.loads, call(program, experiment, *SMALL).splitlines())
        assert row["kind"] == "missing"
        assert "onnxruntime" in row["why"]
