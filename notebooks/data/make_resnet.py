"""Makes ResNet-50 as an ONNX file: the real topology, with random weights.

Usage: make_resnet.py [--out build/data]

The lesson on model workers needs a model as large and as slow as those that people serve, and must run without a
network; so it is made at set-up, and not committed. The topology is that of the file light_resnet50.onnx, which the
package onnx brings for its own tests (Apache License 2.0), freed of its fixed batch of one. The weights are noise,
drawn from a fixed seed by whole numbers only, so that every machine gets the same bytes, and scaled so that no layer's
values die or explode; the answers mean nothing, but differ from image to image, and cost what the real ones cost.

Written are
  resnet50.onnx         102 MB, input "image" float32 [n, 3, 224, 224], output "probabilities" float32 [n, 1000]
  resnet50-shared.onnx  the same after ONNX Runtime's optimiser, for this processor, with its weights in
  resnet50-shared.bin   a file of their own, which each process maps into its memory: see SHARING
  resnet50.json         one fixed image's answer, and what made all this

Each is written under a temporary name and renamed when it is complete; what is there already is left alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

OUT = Path(__file__).resolve().parents[2] / "build" / "data"
SEED = 20240229
RECIPE = "parlab resnet50, recipe 1"  # a new number whenever the bytes change, so that old files are made anew
NAME = "resnet50"
LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_resnet50.onnx"
BIG_ENOUGH = 1024  # bytes of a tensor that goes to the file of weights

# A model shares its weights between processes only if ONNX Runtime uses them as they lie in the mapped file: it may
# neither optimise the graph (which folds and reorders weights into new ones) nor pack them anew for its kernels.
SHARING = {"session.disable_prepacking": "1"}


def noise(random: np.random.PCG64, shape: list[int], deviation: float) -> NDArray[np.float32]:
    """Values round 0, nearly normal: each the sum of four random bytes."""
    size = int(np.prod(shape))
    octets = random.random_raw(-(-size // 2)).astype("<u8").view(np.uint8).reshape(-1, 4)[:size]
    sums = octets.sum(axis=1, dtype=np.int32) - 4 * 255 // 2
    values: NDArray[np.float32] = sums.astype(np.float32) * np.float32(deviation / 148)
    return values.reshape(shape)


def weights(name: str, shape: list[int], random: np.random.PCG64) -> NDArray[np.float32]:
    """He's initialisation; the last convolution of each block is scaled down, because its output is added to a sum."""
    if len(shape) == 4:
        deviation = (2 / (shape[1] * shape[2] * shape[3])) ** 0.5
        return noise(random, shape, deviation * (0.4 if "branch2c" in name else 1))
    if len(shape) == 2:
        return noise(random, shape, shape[1] ** -0.5)
    if name.endswith(("_riv_0", "_bn_s_0")):
        return np.ones(shape, np.float32)  # variances, and the factors of a normalisation
    return noise(random, shape, 0.02)


def model() -> onnx.ModelProto:
    """The topology with weights in it, and any number of images at once."""
    light = onnx.load(LIGHT)
    graph = light.graph
    random = np.random.PCG64(SEED)
    shapes = {one.name: [dim.dim_value for dim in one.type.tensor_type.shape.dim] for one in graph.input}
    shapes |= {
        node.output[0]: onnx.numpy_helper.to_array(one).tolist()
        for node in graph.node
        if node.op_type == "ConstantOfShape"
        for one in graph.initializer
        if one.name == node.input[0]
    }
    nodes = [node for node in graph.node if node.op_type != "ConstantOfShape"]
    image, answer = graph.input[0].name, graph.output[0].name
    made, renamed = [], {image: "image", answer: "probabilities"}
    for node in nodes:
        for name in node.input[1:]:
            if node.op_type in ("Conv", "BatchNormalization", "Gemm"):
                made.append(onnx.numpy_helper.from_array(weights(name, shapes[name], random), name))
        if node.op_type == "Reshape":
            made.append(onnx.numpy_helper.from_array(np.array([-1, 2048], np.int64), node.input[1]))
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]
    floats = onnx.TensorProto.FLOAT
    fresh = onnx.helper.make_graph(
        nodes,
        NAME,
        [onnx.helper.make_tensor_value_info("image", floats, ["n", 3, 224, 224])],
        [onnx.helper.make_tensor_value_info("probabilities", floats, ["n", 1000])],
        made,
    )
    whole = onnx.helper.make_model(
        fresh, opset_imports=list(light.opset_import), ir_version=8, producer_name="make_resnet.py"
    )
    whole.doc_string = RECIPE
    onnx.checker.check_model(whole, full_check=True)
    return whole


def image(number: int = 0) -> NDArray[np.float32]:
    """The fixed image of that number, [1, 3, 224, 224]: stripes, made of whole numbers, for Java to make as well."""
    index = np.arange(3 * 224 * 224, dtype=np.int64)
    return ((index * 31 + number * 17) % 255 / 255 - 0.5).astype(np.float32).reshape(1, 3, 224, 224)


def write_shared(source: Path, folder: Path) -> None:
    """Lets ONNX Runtime optimise the model once, and keep the outcome with its weights in a file of their own."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(folder / f"{NAME}-shared.onnx")
    options.log_severity_level = 3  # that a model optimised for this processor is good for it alone, we know
    entries = {
        "session.optimized_model_external_initializers_file_name": f"{NAME}-shared.bin",
        "session.optimized_model_external_initializers_min_size_in_bytes": str(BIG_ENOUGH),
    }
    for key, value in entries.items():
        options.add_session_config_entry(key, value)
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


def answer(session: onnxruntime.InferenceSession) -> list[float]:
    (probabilities,) = session.run(None, {"image": image()})
    values: list[float] = np.asarray(probabilities)[0].tolist()
    return values


def write(folder: Path) -> dict[str, Any]:
    """All files, into that folder; what goes into the JSON file."""
    plain = folder / f"{NAME}.onnx"
    onnx.save(model(), plain)
    write_shared(plain, folder)
    found = answer(onnxruntime.InferenceSession(str(plain), providers=["CPUExecutionProvider"]))
    if not np.allclose(found, answer(session_shared(folder / f"{NAME}-shared.onnx")), atol=1e-5):
        raise SystemExit("the model with shared weights answers something else")
    if max(found) > 0.5:
        raise SystemExit(f"the answer is all but certain ({max(found)}), of an image that means nothing")
    return {"recipe": recipe(), "image": "float((i * 31 % 255) / 255 - 0.5)", "answer": found}


def session_shared(path: Path) -> onnxruntime.InferenceSession:
    """How a process opens the model so that its weights are shared with other processes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    for key, value in SHARING.items():
        options.add_session_config_entry(key, value)
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def processor() -> str:
    """What tells kinds of processors apart: the optimised model is laid out for the vectors of the one that made it."""
    try:
        flags = [
            line for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if "flags" in line.lower()
        ]
    except OSError:
        flags = []
    kinds = (
        sorted(set(flags[0].split()) & {"avx", "avx2", "fma", "avx512f", "avx512_vnni", "asimd", "sve"})
        if flags
        else []
    )
    return f"{platform.machine()} {platform.processor() if not kinds else ' '.join(kinds)}"


def recipe() -> str:
    return f"{RECIPE}, onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}, {processor()}"


def sizes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in sorted(folder.glob(f"{NAME}*")) if path.suffix != ".json"}


def is_complete(folder: Path) -> bool:
    """Whether all files of this recipe are there, as long as they were."""
    try:
        about = json.loads((folder / f"{NAME}.json").read_text(encoding="utf-8"))
        return bool(
            about["recipe"] == recipe()
            and all((folder / name).stat().st_size == size for name, size in about["sizes"].items())
        )
    except (OSError, ValueError, KeyError):
        return False


def make(folder: Path) -> bool:
    """Makes the files unless they are there; says whether they were made."""
    if is_complete(folder):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{NAME}-{os.getpid()}-", dir=folder) as unfinished:
        about = write(Path(unfinished))
        about["sizes"] = sizes(Path(unfinished))
        (folder / f"{NAME}.json").unlink(missing_ok=True)
        for name in about["sizes"]:
            shutil.move(Path(unfinished) / name, folder / name)
        last = Path(unfinished) / f"{NAME}.json"
        last.write_text(json.dumps(about), encoding="utf-8")
        last.replace(folder / last.name)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=OUT, help="the folder")
    folder: Path = parser.parse_args().out
    start = time.perf_counter()
    made = make(folder)
    done = f"made in {time.perf_counter() - start:.1f} s" if made else "was there"
    shown = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in sizes(folder).items())
    print(f"{folder}: {shown}; {done}")


if __name__ == "__main__":
    main()
