# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "onnx==1.23.2", "onnxruntime==1.29.0", "scikit-learn==1.9.1", "skl2onnx==1.20.0", "threadpoolctl==3.8.0",
# ]
# ///
"""Trains the small models of the lesson on model workers, and writes them with their test set.

Usage: uv run notebooks/data/make_digits.py [--out notebooks/data]

Writes digits.onnx, digits-wide.onnx (a second version of the same model, to swap in) and digits-test.csv (a line per
image: its digit, then 64 pixels from 0 to 16, row by row), and prints the models' accuracy on that test set.

These files are committed: what this script needs to train (the comment on top names it) is not part of the lessons'
environment. On one machine the same bytes come out each time; on another processor the last digits of a weight, and
the accuracy in its third digit, may differ.

A model takes pixels divided by 16, as float32 [n, 64] named "pixels", and gives float32 [n, 10] named
"probabilities". The images are a part of the Optical Recognition of Handwritten Digits (see notebooks/LICENSE.md).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx.utils import Extractor
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

OUT = Path(__file__).resolve().parent
SEED = 20240229
OPSET = 17
IR_VERSION = 8
WANTED = 0.97
NOTHING = 1e-6  # weights of pixels that are always 0 have shrunk to subnormal numbers, which are slow to multiply
MODELS = {"digits": (64,), "digits-wide": (128,)}


def train(hidden: tuple[int, ...], pixels: NDArray[Any], digits: NDArray[Any]) -> Any:
    """A perceptron with those hidden layers; one BLAS thread, so that sums are added in one order."""
    model = MLPClassifier(hidden, alpha=1e-3, batch_size=64, max_iter=300, random_state=SEED)
    with threadpool_limits(1):
        model.fit(pixels / 16, digits)
    for weights in model.coefs_:
        weights[np.abs(weights) < NOTHING] = 0
    return model


def export(model: Any, name: str) -> onnx.ModelProto:
    """The model in ONNX: the probabilities alone, since the digit is where they are highest."""
    whole = to_onnx(
        model,
        initial_types=[("pixels", FloatTensorType([None, 64]))],
        options={"zipmap": False},
        target_opset={"": OPSET, "ai.onnx.ml": 1},
    )
    part = Extractor(onnx.shape_inference.infer_shapes(whole)).extract_model(["pixels"], ["probabilities"])
    part.graph.name = name
    part.producer_name = "make_digits.py"
    part.producer_version = ""
    part.ir_version = IR_VERSION
    part.doc_string = "Trained on Optical Recognition of Handwritten Digits (UCI), CC BY 4.0"
    del part.opset_import[:]
    part.opset_import.append(onnx.helper.make_opsetid("", OPSET))
    for value in (part.graph.input[0], part.graph.output[0]):
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    part.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 10
    onnx.checker.check_model(part, full_check=True)
    return part


def accuracy(model: bytes, pixels: NDArray[Any], digits: NDArray[Any]) -> float:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {"pixels": (pixels / 16).astype(np.float32)})
    return float(np.mean(np.argmax(probabilities, axis=1) == digits))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=OUT)
    out: Path = parser.parse_args().out
    pixels, digits = load_digits(return_X_y=True)
    learn, test, learn_digits, test_digits = train_test_split(
        pixels, digits, test_size=500, random_state=SEED, stratify=digits
    )
    out.mkdir(parents=True, exist_ok=True)
    rows = np.column_stack([test_digits, test]).astype(int)
    np.savetxt(out / "digits-test.csv", rows, fmt="%d", delimiter=",")
    print(f"digits-test.csv: {len(rows)} images")
    for name, hidden in MODELS.items():
        model = export(train(hidden, learn, learn_digits), name).SerializeToString(deterministic=True)
        right = accuracy(model, test, test_digits)
        print(f"{name}.onnx: {len(model)} bytes, accuracy {right:.1%}")
        if right < WANTED:
            raise SystemExit(f"{name}.onnx: {right:.1%} is less than {WANTED:.0%}")
        (out / f"{name}.onnx").write_bytes(model)


if __name__ == "__main__":
    main()
