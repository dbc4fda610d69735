"""Runs the benchmarks against peers and writes build/bench/NAME.json.

Usage: bench.py [NAME ...]; none runs all of them. Each file is an array of rows: name, ours, peer, unit, ratio
(above 1 means that ours is better), low and high for its 95 % interval, and target, the ratio that was asked for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import bench_display
import parlab

OUT = parlab.BUILD / "bench"


def java(main_class: str, *args: str | Path) -> int:
    """Runs a benchmark of the module bench in a JVM with the kernel's own options and, where it has them, its jars."""
    target = parlab.ROOT / "lib" / "bench" / "target"
    # The kernel's copies precede the others: the workers' ahead-of-time cache is good for those files only.
    jars = [target / "parlab-bench.jar", *sorted((parlab.KERNEL / "lib").glob("*.jar"))]
    jars += sorted((target / "dependencies").glob("*.jar"))
    command = [
        os.environ["PARLAB_JAVA"],
        *parlab.JVM_OPTIONS,
        f"-Dparlab.python={sys.executable}",
        f"-Dparlab.home={parlab.ROOT}",
        f"-Dparlab.twins={parlab.NOTEBOOKS / 'twins'}",
        "-cp",
        os.pathsep.join(str(jar) for jar in jars),
        f"parlab.bench.{main_class}",
        *(str(arg) for arg in args),
    ]
    return parlab.call(command, dict(os.environ))


def timing() -> int:
    return java("TimingBench", OUT / "timing.json")


def display() -> int:
    samples = OUT / "display-samples.json"
    samples.write_text(json.dumps(bench_display.measure()), encoding="utf-8")
    return java("DisplayBench", samples, OUT / "display.json")


def pool() -> int:
    return java("PoolBench", OUT / "pool.json", sys.executable, parlab.ROOT / "lib/bench/src/main/python/pool_bench.py")


def native(main_class: str, name: str) -> int:
    script = parlab.ROOT / "lib/bench/src/main/python/native_bench.py"
    return java(main_class, OUT / f"{name}.json", sys.executable, script, parlab.NOTEBOOKS / "twins")


def gemm() -> int:
    return native("GemmBench", "gemm")


def norm() -> int:
    return native("NormBench", "norm")


def model() -> int:
    made = subprocess.run([sys.executable, parlab.NOTEBOOKS / "data" / "make_resnet.py"])
    if made.returncode:
        return made.returncode
    script = parlab.ROOT / "lib/bench/src/main/python/model_bench.py"
    digits = parlab.NOTEBOOKS / "data" / "digits.onnx"
    resnet = parlab.BUILD / "data" / "resnet50.onnx"
    twins = parlab.NOTEBOOKS / "twins"
    return java("ModelBench", OUT / "model.json", digits, resnet, sys.executable, script, twins)


def pipeline() -> int:
    script = parlab.ROOT / "lib/bench/src/main/python/pipeline_bench.py"
    return java("PipelineBench", OUT / "pipeline.json", sys.executable, script, parlab.NOTEBOOKS / "twins")


def cluster() -> int:
    script = parlab.ROOT / "lib/bench/src/main/python/cluster_bench.py"
    return java("ClusterBench", OUT / "cluster.json", sys.executable, script)


BENCHMARKS: dict[str, Callable[[], int]] = {
    "timing": timing,
    "display": display,
    "pool": pool,
    "gemm": gemm,
    "norm": norm,
    "model": model,
    "pipeline": pipeline,
    "cluster": cluster,
}


def main(names: Sequence[str]) -> int:
    for name in names:
        if name not in BENCHMARKS:
            print(f"no benchmark is called {name!r}; there are: {', '.join(BENCHMARKS)}")
            return 2
    java_home = Path(os.environ["JAVA_HOME"])
    build = [*parlab.maven(java_home), "--quiet", "package", "-Dmaven.test.skip=true"]
    subprocess.run(build, cwd=parlab.ROOT, env=dict(os.environ), check=True)
    OUT.mkdir(parents=True, exist_ok=True)
    worst = 0
    for name in names or list(BENCHMARKS):
        print(f"=== {name}", flush=True)
        worst = max(worst, BENCHMARKS[name]())
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
