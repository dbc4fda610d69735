"""The model file of the lesson on process pools, and the CPython twin that reads it."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import parlab
import pytest
from conftest import NOTEBOOKS, ROOT
from gguf import GGUFReader
from gguf.quants import dequantize

MAKER = NOTEBOOKS / "data" / "make_gguf.py"
TWIN = NOTEBOOKS / "twins" / "gguf_sums.py"
TYPES = {"F32", "F16", "BF16", "Q8_0", "Q4_0"}


def call(script: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)


def make(path: Path, megabytes: float = 1) -> str:
    result = call(MAKER, "--out", path, "--megabytes", megabytes)
    assert result.returncode == 0, result.stderr
    return result.stdout


def rows(*arguments: object) -> list[dict[str, Any]]:
    result = call(TWIN, *arguments)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gguf") / "small.gguf"
    make(path)
    return path


def test_the_same_bytes_are_made_each_time(model: Path, tmp_path: Path) -> None:
    make(tmp_path / "again.gguf")
    assert digest(tmp_path / "again.gguf") == digest(model)


def test_a_complete_file_is_left_alone_and_a_broken_one_made_anew(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(model.read_bytes())
    before = copy.stat()
    assert "was there" in make(copy)
    assert copy.stat().st_mtime_ns == before.st_mtime_ns
    for size in (before.st_size - 1, 200_000, 3, 0):
        with copy.open("r+b") as file:
            file.truncate(size)
        assert "made in" in make(copy)
        assert digest(copy) == digest(model)
    assert [path.name for path in tmp_path.iterdir()] == ["copy.gguf"]


def test_another_size_is_another_file(model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(model.read_bytes())
    assert "made in" in make(other, 10)
    assert other.stat().st_size > 10e6


def test_the_lessons_model_is_large_and_mixes_quantisations() -> None:
    path = ROOT / "build" / "data" / "small-llama.gguf"
    make(path, 210)
    assert 200e6 <= path.stat().st_size <= 240e6
    tensors = GGUFReader(path).tensors
    counts = Counter(tensor.tensor_type.name for tensor in tensors)
    assert set(counts) == TYPES
    assert min(tensor.n_bytes for tensor in tensors) > 0
    assert {"token_embd.weight", "blk.0.attn_q.weight", "output_norm.weight"} <= {tensor.name for tensor in tensors}


def test_sums_and_checksums_are_those_of_the_package(model: Path) -> None:
    found = rows("sums", "--file", model)
    tensors = GGUFReader(model).tensors
    assert [row["name"] for row in found] == [tensor.name for tensor in tensors]
    for row, tensor in zip(found, tensors, strict=True):
        values = dequantize(tensor.data, tensor.tensor_type).reshape(-1)
        assert row["values"] == tensor.n_elements == values.size
        assert row["type"] == tensor.tensor_type.name
        assert row["dims"] == tensor.shape.tolist()
        assert row["first"] == values[:4].tolist()
        bound = values.size * 2.0**-52 * row["magnitude"]
        assert row["magnitude"] == pytest.approx(np.abs(values.astype(np.float64)).sum())
        assert abs(row["sum"] - values.astype(np.float64).sum()) <= bound


def test_the_checksum_is_what_its_rule_says(model: Path) -> None:
    """Computed value by value with Python's own integers, for one tensor of each type."""
    found = {row["name"]: row["checksum"] for row in rows("sums", "--file", model)}
    seen = set()
    for tensor in GGUFReader(model).tensors:
        if tensor.tensor_type not in seen and tensor.n_elements < 100_000:
            seen.add(tensor.tensor_type)
            bits = np.ascontiguousarray(dequantize(tensor.data, tensor.tensor_type)).view(np.uint32).reshape(-1)
            total = sum(bit * (2 * i + 1) for i, bit in enumerate(bits.tolist())) % 2**64
            assert found[tensor.name] == f"{total:016x}"
    assert len(seen) == len(TYPES) - 1  # the one F16 tensor, the vocabulary, is too large for this


def test_every_way_finds_the_same_sums(model: Path) -> None:
    found = rows("run", "--file", model, "--rounds", 1, "--workers", 2, "--how", "numpy", "loop", "--values", 300)
    runs = [row for row in found if row["kind"] == "run"]
    assert all(row["same"] for row in runs), runs
    for how in ("numpy", "loop"):
        ways = {(row["way"], row["start"]) for row in runs if row["how"] == how}
        assert {way for way, _ in ways} >= {"serial", "threads", "threads-copies", "processes-tensors"}
        assert {start for way, start in ways if way == "processes-places"} >= {"spawn"}
    sent = {row["way"]: row["bytes"] for row in found if row["kind"] == "sent" and row["how"] == "numpy"}
    weights = sum(tensor.n_bytes for tensor in GGUFReader(model).tensors)
    assert sent["processes-tensors"] > weights > 20 * sent["processes-places"]


def test_every_hypothesis_is_measured(model: Path) -> None:
    found = rows("hypotheses", "--file", model, "--rounds", 1)
    times = [row for row in found if row["kind"] == "time"]
    assert all(row["seconds"] > 0 and row["count"] > 0 for row in times)
    job = next(row for row in found if row["kind"] == "job")
    assert job["values"] > job["bytes"] / 4
    assert {row["per"] for row in times} == {"value", "byte", "tensor"}
    assert {row["array"] for row in times if row["what"] == "loop over rows and values"} == {"mapped", "sent", "plain"}


@pytest.mark.parametrize("experiment", ["sums", "run", "hypotheses"])
def test_a_truncated_file_is_named_with_the_remedy(experiment: str, model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(model.read_bytes()[:2_000_000])
    result = call(TWIN, experiment, "--file", broken)
    assert result.returncode == 1
    assert str(broken) in result.stderr
    assert "make_gguf.py" in result.stderr
    assert "Traceback" not in result.stderr


UINT32, INT32, TEXT, UINT64 = 4, 5, 8, 10


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def tiny(path: Path, count: int, alignment: int = UINT32) -> Path:
    """A GGUF file of so many tensors of four floats, whose alignment of 64 is a number of that type."""
    head = b"GGUF" + struct.pack("<IQQ", 3, count, 2)
    head += text("general.architecture") + struct.pack("<I", TEXT) + text("llama")
    head += text("general.alignment") + struct.pack("<I", alignment)
    head += struct.pack("<Q" if alignment == UINT64 else "<I", 64)
    for i in range(count):
        head += text(f"t{i}") + struct.pack("<IQIQ", 1, 4, 0, 64 * i)
    path.write_bytes(head + bytes(-len(head) % 64) + struct.pack("<16f", *range(16)) * count)
    return path


def read_by_the_lesson(*files: Path) -> list[str]:
    """What the cells of lesson 02 print that read a file's header, or why they refuse it: a line for each file."""
    notebook = json.loads((NOTEBOOKS / "02-process-pool.ipynb").read_text(encoding="utf-8"))
    cells = {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}
    parts = ("types", "map", "header", "metadata", "tensor", "tensors")
    definitions, _, use = "\n".join(cells[f"gguf-{part}"] for part in parts).partition("var tensors = ")
    program = f"""
        import java.lang.foreign.*;
        {definitions}
        void show(List<Tensor> tensors) {{
            IO.println(tensors.stream().map(t -> t.name() + " at " + t.offset()).toList());
        }}
        void read(Path model) throws IOException {{ var tensors = {use} }}
        void main(String[] files) throws IOException {{
            for (String file : files) try {{ read(Path.of(file)); }} catch (RuntimeException e) {{ IO.println(e); }}
        }}
    """
    source = files[0].with_name("Reader.java")
    source.write_text(program, encoding="utf-8")
    home = os.environ.get("JAVA_HOME") or parlab.find_jdk()
    assert home is not None
    command = [parlab.java_command(Path(home)), str(source), *map(str, files)]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_the_lesson_reads_small_files_and_refuses_odd_alignments(tmp_path: Path) -> None:
    numbers = [0, 1, 3, 7]
    shown = read_by_the_lesson(
        *(tiny(tmp_path / f"{count}.gguf", count) for count in numbers),
        *(tiny(tmp_path / f"type-{kind}.gguf", 1, kind) for kind in (INT32, UINT64)),
    )
    for count, line in zip(numbers, shown, strict=False):
        places = [int(tensor.data_offset) for tensor in GGUFReader(tmp_path / f"{count}.gguf").tensors]
        assert line == "[" + ", ".join(f"t{i} at {place}" for i, place in enumerate(places[:6])) + "]"
    for kind, line in zip((INT32, UINT64), shown[len(numbers) :], strict=True):
        assert f"type-{kind}.gguf" in line
        assert f"general.alignment is of type {kind}; it must be 4" in line


def test_the_twin_reads_small_files_and_refuses_odd_alignments(tmp_path: Path) -> None:
    assert rows("sums", "--file", tiny(tmp_path / "none.gguf", 0)) == []
    assert [row["sum"] for row in rows("sums", "--file", tiny(tmp_path / "three.gguf", 3))] == [6, 6, 6]
    for experiment, file in (("sums", tiny(tmp_path / "odd.gguf", 1, UINT64)), ("hypotheses", tmp_path / "three.gguf")):
        result = call(TWIN, experiment, "--file", file)
        assert result.returncode == 1
        assert "make_gguf.py" in result.stderr
        assert "Traceback" not in result.stderr
