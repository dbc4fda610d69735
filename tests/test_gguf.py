"""The model file of the lesson on process pools, and who reads it: the CPython twin and the jar."""

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


@pytest.mark.parametrize("how", ["numpy", "loop"])
def test_every_way_finds_the_same_sums(how: str, model: Path) -> None:
    found = rows("run", "--file", model, "--rounds", 1, "--workers", 2, "--how", how, "--values", 300)
    runs = [row for row in found if "kind" not in row]
    assert all(row["same"] and row["round"] == 1 and row["seconds"] > 0 for row in runs), runs
    assert [row["way"] for row in runs] == [
        "serial",
        "threads",
        "threads, tensors copied",
        "processes, tensors sent",
    ]
    sent = next(row["bytes"] for row in found if row.get("kind") == "sent")
    weights = sum(tensor.n_bytes for tensor in GGUFReader(model).tensors)
    assert sent > weights if how == "numpy" else sent < weights


def test_every_hypothesis_is_measured_for_the_whole_file(model: Path) -> None:
    found = rows("hypotheses", "--file", model, "--rounds", 1)
    seconds = {row["way"]: row["whole file (s)"] for row in found}
    assert all(value > 0 for value in seconds.values())
    everything = {"open for each", "the job", "copy", "pickle", "row by row", "loop, mapped", "loop, sent"}
    assert everything <= seconds.keys() <= everything | {"read, cold"}
    assert seconds["loop, mapped"] > seconds["copy"]


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


READER = """
    import parlab.models.Gguf;

    void main(String[] files) throws Exception {
        for (String name : files) {
            try {
                Gguf file = Gguf.open(java.nio.file.Path.of(name));
                for (Gguf.Tensor t : file.tensors()) {
                    double sent = Gguf.sum(t, file.weights(t));
                    IO.println(String.join(" ", t.name(), t.type() + "", t.offset() + "", file.sum(t) + "",
                            sent + "", file.checksum(t)));
                }
            } catch (IllegalArgumentException e) {
                IO.println(e.getMessage());
            }
        }
    }
"""


def read_by_the_jar(folder: Path, *files: Path) -> list[str]:
    """What the jar's reader finds in the files, a line for each tensor, or why it refuses one."""
    source = folder / "Reader.java"
    source.write_text(READER, encoding="utf-8")
    home = os.environ.get("JAVA_HOME") or parlab.find_jdk()
    assert home is not None
    jars = str(parlab.KERNEL / "lib" / "*")
    command = [parlab.java_command(Path(home)), "-cp", jars, str(source), *map(str, files)]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_the_jar_reads_what_the_package_reads(model: Path, tmp_path: Path) -> None:
    twin = rows("sums", "--file", model)
    jar = [line.split(" ") for line in read_by_the_jar(tmp_path, model)]
    assert {kind for _, kind, *_ in jar} == TYPES
    for row, tensor, (name, kind, offset, total, sent, checksum) in zip(
        twin, GGUFReader(model).tensors, jar, strict=True
    ):
        assert (name, kind, int(offset)) == (tensor.name, tensor.tensor_type.name, tensor.data_offset)
        assert checksum == row["checksum"]
        assert sent == total
        assert abs(float(total) - row["sum"]) <= row["magnitude"] * row["values"] * 2.0**-52


def test_the_jar_reads_small_files_and_refuses_odd_alignments(tmp_path: Path) -> None:
    small = [tiny(tmp_path / f"{count}.gguf", count) for count in (0, 1, 3, 7)]
    places = [int(tensor.data_offset) for file in small for tensor in GGUFReader(file).tensors]
    assert [int(line.split(" ")[2]) for line in read_by_the_jar(tmp_path, *small)] == places
    kinds = (INT32, UINT64)
    odd = read_by_the_jar(tmp_path, *(tiny(tmp_path / f"type-{kind}.gguf", 1, kind) for kind in kinds))
    for kind, line in zip(kinds, odd, strict=True):
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
