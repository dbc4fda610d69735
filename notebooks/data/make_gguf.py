"""Makes a GGUF file with the layout of a small llama-like model, and random weights.

Usage: make_gguf.py [--megabytes 210] [--out build/data/small-llama.gguf]

The lesson on process pools needs a model file of the size and shape that people really have, and must run without a
network; so the file is made here, and not committed. Names, shapes, quantisations and metadata (a vocabulary among
them, which is most of the header) are those of a real model file; the weights are noise. The same arguments give the
same bytes each time. The file is written under a temporary name and renamed when it is complete; if a complete one is
there already, nothing is done. Its weights come from this script, so they are free of anybody's licence.
"""

from __future__ import annotations

import argparse
import mmap
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGUF_DEFAULT_ALIGNMENT, GGMLQuantizationType, GGUFWriter, TokenType
from gguf.quants import quantize
from numpy.typing import NDArray

OUT = Path(__file__).resolve().parents[2] / "build" / "data" / "small-llama.gguf"
SEED = 20240229
RECIPE = "parlab small llama, recipe 2"  # a new number whenever the bytes change, so that old files are made anew
STEP = 128  # widths are multiples of it: four heads of 32, and whole blocks of 32 in every row
LAYERS = 20
VOCABULARY_PER_WIDTH = 16
NOISE_VALUES = 1_000_003  # odd, so that no two blocks of a tensor are alike although the noise repeats

F32, F16, BF16, Q8_0, Q4_0 = (
    GGMLQuantizationType.F32,
    GGMLQuantizationType.F16,
    GGMLQuantizationType.BF16,
    GGMLQuantizationType.Q8_0,
    GGMLQuantizationType.Q4_0,
)


@dataclass(frozen=True)
class Plan:
    """A tensor that is to be written; the shape as NumPy has it, the longest run in memory last."""

    name: str
    shape: tuple[int, ...]
    kind: GGMLQuantizationType

    @property
    def nbytes(self) -> int:
        block, size = GGML_QUANT_SIZES[self.kind]
        return int(np.prod(self.shape)) // block * size


def feed_forward(width: int) -> int:
    """The hidden size of a layer: 8/3 of the width, rounded up."""
    return -(-width * 8 // (3 * STEP)) * STEP


def plans(width: int) -> Iterator[Plan]:
    """All tensors of the model, in the order of the file. What matters more gets more bits, as in real files."""
    hidden = feed_forward(width)
    yield Plan("token_embd.weight", (width * VOCABULARY_PER_WIDTH, width), F16)
    for layer in range(LAYERS):
        for part, shape, kind in (
            ("attn_norm", (width,), F32),
            ("attn_q", (width, width), Q4_0),
            ("attn_k", (width // 4, width), Q8_0),
            ("attn_v", (width // 4, width), BF16),
            ("attn_output", (width, width), Q4_0),
            ("ffn_norm", (width,), F32),
            ("ffn_gate", (hidden, width), Q4_0),
            ("ffn_up", (hidden, width), Q8_0),
            ("ffn_down", (width, hidden), BF16),
        ):
            yield Plan(f"blk.{layer}.{part}.weight", shape, kind)
    yield Plan("output_norm.weight", (width,), F32)


def width_for(megabytes: float) -> int:
    """The smallest width whose tensors fill that many megabytes (millions of bytes)."""
    width = STEP
    while sum(plan.nbytes for plan in plans(width)) < megabytes * 1e6:
        width += STEP
    return width


def noise(random: np.random.PCG64) -> NDArray[np.float32]:
    """Values round 0 with deviation 1, nearly normal.

    Each is the sum of eight random bytes: whole numbers up to the last step, so that every machine and every release of
    NumPy gets the same.
    """
    octets = random.random_raw(NOISE_VALUES).astype("<u8").view(np.uint8)
    sums = np.zeros(NOISE_VALUES, dtype=np.int32)
    for k in range(8):
        sums += octets[k::8]
    return (sums - 8 * 255 // 2).astype(np.float32) / np.float32(209)


def weights(plan: Plan, values: NDArray[np.float32], start: int, deviation: float) -> NDArray[np.generic]:
    """The bytes of a tensor: the noise from that place on, scaled, and quantised by the package itself."""
    size = int(np.prod(plan.shape))
    scaled = values * np.float32(deviation)
    if len(plan.shape) == 1:
        scaled += np.float32(1)  # norms multiply; they lie round 1
    runs = np.concatenate([scaled[start:], np.tile(scaled, size // NOISE_VALUES + 1)])
    return quantize(runs[:size].reshape(plan.shape), plan.kind)


def describe(writer: GGUFWriter, width: int) -> None:
    """The metadata that a program needs to run such a model."""
    vocabulary = width * VOCABULARY_PER_WIDTH
    writer.add_name("small llama of noise")
    writer.add_description(f"{RECIPE}, width {width}")
    writer.add_license("Apache-2.0")
    writer.add_context_length(2048)
    writer.add_embedding_length(width)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(feed_forward(width))
    writer.add_head_count(width // 32)
    writer.add_head_count_kv(width // 128)
    writer.add_rope_dimension_count(32)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(vocabulary)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([f"token{k}" for k in range(vocabulary)])
    writer.add_token_scores([-float(k) for k in range(vocabulary)])
    writer.add_token_types([TokenType.NORMAL] * vocabulary)


def write(path: Path, width: int) -> None:
    random = np.random.PCG64(SEED)
    values = noise(random)
    writer = GGUFWriter(path, "llama")
    describe(writer, width)
    todo = list(plans(width))
    for plan in todo:
        writer.add_tensor_info(plan.name, plan.shape, np.dtype(np.float32), plan.nbytes, plan.kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for plan in todo:  # one at a time: never is more than one tensor in memory
        start, spread = (int(number) for number in random.random_raw(2))
        writer.write_tensor_data(weights(plan, values, start % NOISE_VALUES, 0.01 + spread % 1000 * 3e-5))
    writer.close()


def is_complete(path: Path, width: int) -> bool:
    """Whether the file is one that this recipe made for this width, to its last byte.

    The package's reader would tell as well, but takes as long over the vocabulary as it takes to make a new file.
    """
    *_, last = plans(width)
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            made_by = data.find(f"{RECIPE}, width {width}".encode(), 0, 4096)
            named = data.find(last.name.encode(), 0, len(data))
            size = len(data)
    except (OSError, ValueError):
        return False  # absent or empty
    # After the last tensor's name: its number of dimensions, one dimension, its type, its offset; then the weights.
    header = named + len(last.name) + 4 + 8 + 4 + 8
    return made_by >= 0 and named >= 0 and size == aligned(header) + sum(aligned(plan.nbytes) for plan in plans(width))


def aligned(size: int) -> int:
    return GGUFWriter.ggml_pad(size, GGUF_DEFAULT_ALIGNMENT)


def make(path: Path, megabytes: float) -> bool:
    """Makes the file unless it is there; says whether it was made."""
    width = width_for(megabytes)
    if is_complete(path, width):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        write(unfinished, width)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--megabytes", type=float, default=210, help="at least so many millions of bytes of tensors")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    start = time.perf_counter()
    done = f"made in {time.perf_counter() - start:.1f} s" if make(options.out, options.megabytes) else "was there"
    kinds = Counter(plan.kind.name for plan in plans(width_for(options.megabytes)))
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB, tensors: {counts}; {done}")


if __name__ == "__main__":
    main()
