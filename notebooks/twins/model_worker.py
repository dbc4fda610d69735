"""What lesson 04 measures on the JVM, measured on CPython with the same version of ONNX Runtime.

Usage: model_worker.py EXPERIMENT [options], where EXPERIMENT is a function of this file below.
Prints its figures as JSON lines; every figure is a raw sample, the lesson does the statistics. What is not there (the
large model, a system without /proc) gives a row of kind "missing" that says why.
"""

from __future__ import annotations

import argparse
import os
import pickle
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from parlab_twin import emit, one_blas_thread

one_blas_thread()

import numpy as np  # noqa: E402  (after the line above)
import onnxruntime  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "notebooks" / "data" / "digits.onnx"
IMAGES = ROOT / "notebooks" / "data" / "digits-test.csv"
RESNET = ROOT / "build" / "data" / "resnet50.onnx"

Floats = NDArray[np.float32]


def session(path: Path, intra: int = 1, spinning: bool = True, shared: bool = False) -> onnxruntime.InferenceSession:
    """A session of a model file; shared means that its weights are used as they lie in the file."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = intra
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spinning else "0")
    if shared:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.add_session_config_entry("session.disable_prepacking", "1")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def images() -> tuple[Floats, NDArray[np.int64]]:
    """The test set of digits: pixels from 0 to 1, and what they show."""
    rows = np.loadtxt(IMAGES, delimiter=",", dtype=np.int64)
    return (rows[:, 1:] / 16).astype(np.float32), rows[:, 0]


def batch_for(runner: onnxruntime.InferenceSession, rows: int) -> dict[str, Floats]:
    """A request of so many rows: seeded noise in the model's shape."""
    (one,) = runner.get_inputs()
    return {one.name: np.random.default_rng(1).random((rows, *one.shape[1:]), dtype=np.float32)}


def memory() -> dict[str, int]:
    """This process's memory in bytes: resident, and its proportional share (PSS) of what it shares with others."""
    try:
        lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    fields = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines[1:]}
    return {"rss": fields["Rss"], "pss": fields["Pss"]}


def pool_of(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def missing(path: Path) -> bool:
    if path.is_file():
        return False
    emit(kind="missing", what=path.name, why=f"{path} is not there: run notebooks/data/make_resnet.py")
    return True


# ---- answers: that both sides compute the same


def answers(_: argparse.Namespace) -> None:
    """The class and the probabilities of each test image, for Java to compare with its own."""
    pixels, digits = images()
    runner = session(DIGITS)
    for number, (row, digit) in enumerate(zip(pixels, digits, strict=True)):
        (found,) = runner.run(None, {"pixels": row[None, :]})
        emit(kind="answer", image=number, digit=digit, found=int(np.argmax(found[0])), probabilities=found[0])


# ---- throughput: callers, threads of the session, batch


def throughput(options: argparse.Namespace) -> None:
    """Rows a second of one shared session, for each number of callers, of intra-op threads, and of rows a request."""
    if missing(options.model):
        return
    for intra in options.intra:
        runner = session(options.model, intra, not options.no_spinning)
        for rows in options.rows:
            request = batch_for(runner, rows)
            runner.run(None, request)
            for number in range(options.rounds):
                for callers in options.callers:
                    with ThreadPoolExecutor(callers) as pool:
                        wall, cpu = time.perf_counter(), time.process_time()
                        for future in [pool.submit(runner.run, None, request) for _ in range(options.tasks * callers)]:
                            future.result()
                        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                    emit(
                        kind="throughput",
                        round=number,
                        model=options.model.stem,
                        intra=intra,
                        callers=callers,
                        rows=rows,
                        images=options.tasks * callers * rows,
                        seconds=wall,
                        cpu_seconds=cpu,
                    )


# ---- workers: a session in each process

_runner: onnxruntime.InferenceSession | None = None


def load_runner(path: Path, shared: bool) -> None:
    """The article's singleton: called once in each worker."""
    global _runner
    _runner = session(path, shared=shared)


def run_loaded(rows: int, times: int) -> dict[str, int]:
    assert _runner is not None
    request = batch_for(_runner, rows)
    for _ in range(times):
        _runner.run(None, request)
    return {"pid": os.getpid(), **memory()}


def workers(options: argparse.Namespace) -> None:
    """Rows a second of one session a process, and the memory of each, with own weights and with shared ones."""
    ways = [(options.model, False)]
    common = options.model.with_name(f"{options.model.stem}-shared.onnx")
    if common.is_file():
        ways.append((common, True))
    if missing(options.model):
        return
    emit(kind="baseline", **memory())
    for path, shared in ways:
        for count in options.callers:
            start = time.perf_counter()
            with ProcessPoolExecutor(count, get_context("spawn"), load_runner, (path, shared)) as pool:
                for future in [pool.submit(run_loaded, options.rows[0], 1) for _ in range(count * 2)]:
                    future.result()
                started = time.perf_counter() - start
                for number in range(options.rounds):
                    start = time.perf_counter()
                    found = [pool.submit(run_loaded, options.rows[0], 1) for _ in range(options.tasks * count)]
                    seen = {row["pid"]: row for row in (future.result() for future in found)}
                    emit(
                        kind="workers",
                        round=number,
                        shared=shared,
                        workers=count,
                        images=options.tasks * count * options.rows[0],
                        seconds=time.perf_counter() - start,
                        start_seconds=started,
                        memory=list(seen.values()),
                    )


# ---- calls: microseconds a call on the small model


def bound(runner: onnxruntime.InferenceSession, rows: int) -> Callable[[], object]:
    """A call with buffers that are used again."""
    (name, request), *_ = batch_for(runner, rows).items()
    binding = runner.io_binding()
    binding.bind_cpu_input(name, request)
    result = np.empty((rows, runner.get_outputs()[0].shape[1]), np.float32)
    out = onnxruntime.OrtValue.ortvalue_from_numpy(result)
    binding.bind_ortvalue_output(runner.get_outputs()[0].name, out)
    return partial(runner.run_with_iobinding, binding)


def calls(options: argparse.Namespace) -> None:
    """Seconds of many calls with one image, with arrays and with IOBinding."""
    runner = session(DIGITS)
    request = batch_for(runner, 1)
    ways: dict[str, Callable[[], object]] = {"run": partial(runner.run, None, request), "binding": bound(runner, 1)}
    for number in range(-1, options.rounds):
        for way, body in ways.items():
            start = time.perf_counter()
            for _ in range(options.tasks):
                body()
            taken = time.perf_counter() - start
            if number >= 0:
                emit(kind="call", round=number, way=way, calls=options.tasks, seconds=taken)


# ---- sending: the model with each task, or loaded once (B2)


def run_sent(packed: bytes, request: Floats) -> dict[str, int]:
    """What a task does that brings its model: a session out of the bytes, for this one answer."""
    runner = onnxruntime.InferenceSession(packed, providers=["CPUExecutionProvider"])
    runner.run(None, {runner.get_inputs()[0].name: request})
    return {"pid": os.getpid(), **memory()}


def sending(options: argparse.Namespace) -> None:
    """Bytes moved, seconds and memory of tasks that carry the model, against workers that have loaded it."""
    if missing(options.model):
        return
    request = next(iter(batch_for(session(options.model), 1).values()))
    packed = options.model.read_bytes()
    count = max(options.callers)
    task_bytes = len(pickle.dumps((packed, request)))
    for number in range(options.rounds):
        for way in ("sent", "loaded"):
            start = time.perf_counter()
            if way == "sent":
                with pool_of(count) as pool:
                    found = [pool.submit(run_sent, packed, request) for _ in range(options.tasks)]
                    rows = [future.result() for future in found]
            else:
                with ProcessPoolExecutor(count, get_context("spawn"), load_runner, (options.model, False)) as pool:
                    found = [pool.submit(run_loaded, 1, 1) for _ in range(options.tasks)]
                    rows = [future.result() for future in found]
            emit(
                kind="sending",
                round=number,
                way=way,
                tasks=options.tasks,
                bytes=options.tasks * (task_bytes if way == "sent" else len(pickle.dumps((1, 1)))),
                seconds=time.perf_counter() - start,
                memory=list({row["pid"]: row for row in rows}.values()),
                parent=memory(),
            )


# ---- waiting: the article's five inputs, asleep and at work (B3)

LOAD_SECONDS, ANSWER_SECONDS = 1.5, 0.8
_loaded: dict[str, object] = {}


def asleep(scale: float) -> None:
    """The article's stand-in for a model: both the loading and the inference are sleep."""
    if "model" not in _loaded:
        time.sleep(LOAD_SECONDS * scale)
        _loaded["model"] = True
    time.sleep(ANSWER_SECONDS * scale)


def busy(scale: float) -> None:
    """The same time of bytecode; the loading is one for all threads of a process, as it is in the article's."""
    for seconds in ([] if "work" in _loaded else [LOAD_SECONDS]) + [ANSWER_SECONDS]:
        _loaded["work"] = True
        end = time.thread_time() + seconds * scale
        while time.thread_time() < end:
            pass


def waiting(options: argparse.Namespace) -> None:
    """Five inputs on eight workers: one after the other, threads, processes; the times are the article's, scaled."""
    for number in range(options.rounds):
        for work in (asleep, busy):
            for how in ("serial", "threads", "processes"):
                _loaded.clear()
                start = time.perf_counter()
                if how == "serial":
                    for _ in range(5):
                        work(options.scale)
                        _loaded.clear()  # the article's serial time loads the model for each input
                else:
                    pool: Executor = ThreadPoolExecutor(8) if how == "threads" else pool_of(8)
                    with pool:
                        for future in [pool.submit(work, options.scale) for _ in range(5)]:
                            future.result()
                seconds = time.perf_counter() - start
                emit(kind="waiting", round=number, work=work.__name__, how=how, scale=options.scale, seconds=seconds)


# ---- loader: augmentation by processes, ahead of the model (A9, E9)


def augment(image: Floats, seed: int, size: int) -> Floats:
    """Scale to size + 8, rotate, flip, crop, normalise: bilinear, in NumPy, as the lesson does it in Java."""
    random = np.random.default_rng(seed)
    angle, flip = random.uniform(-0.35, 0.35), random.random() < 0.5
    top, left = random.integers(0, 9, 2)
    side = size + 8
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    y, x = y[top : top + size, left : left + size], x[top : top + size, left : left + size]
    if flip:
        x = side - 1 - x
    middle = (side - 1) / 2
    turned_y = np.cos(angle) * (y - middle) - np.sin(angle) * (x - middle) + middle
    turned_x = np.sin(angle) * (y - middle) + np.cos(angle) * (x - middle) + middle
    edge = image.shape[0] - 1
    y = np.clip(turned_y * edge / (side - 1), 0, edge - 1e-3)
    x = np.clip(turned_x * edge / (side - 1), 0, edge - 1e-3)
    row, column = y.astype(np.int64), x.astype(np.int64)
    below, right = y - row, x - column
    upper = image[row, column] * (1 - right) + image[row, column + 1] * right
    lower = image[row + 1, column] * (1 - right) + image[row + 1, column + 1] * right
    whole = upper * (1 - below) + lower * below
    normal: Floats = ((whole - whole.mean()) / (whole.std() + 1e-6)).astype(np.float32)
    return normal


def augment_many(batch: list[tuple[Floats, int]], size: int) -> Floats:
    return np.stack([augment(image, seed, size) for image, seed in batch])


def loader(options: argparse.Namespace) -> None:
    """Seconds to augment images of digits on 0 (this process) to n processes, and on threads."""
    pixels, _ = images()
    todo = [(pixels[k % len(pixels)].reshape(8, 8), k) for k in range(options.tasks)]
    batches = [todo[k : k + 16] for k in range(0, len(todo), 16)]
    work = partial(augment_many, size=options.size)
    for how, count in [
        ("serial", 0),
        *(("threads", n) for n in options.callers),
        *(("processes", n) for n in options.callers),
    ]:
        if how == "serial":
            runner: Callable[[], object] = lambda: [work(batch) for batch in batches]  # noqa: E731
            sample(options, how, count, len(todo), runner)
            continue
        with ThreadPoolExecutor(count) if how == "threads" else pool_of(count) as pool:
            list(pool.map(work, batches[: 2 * count]))  # the workers are there, and have imported NumPy
            sample(options, how, count, len(todo), lambda pool=pool: list(pool.map(work, batches)))  # type: ignore[misc]


def sample(options: argparse.Namespace, how: str, count: int, done: int, body: Callable[[], object]) -> None:
    for number in range(options.rounds):
        start = time.perf_counter()
        body()
        emit(kind="loader", round=number, how=how, workers=count, images=done, seconds=time.perf_counter() - start)


EXPERIMENTS: list[Callable[[argparse.Namespace], None]] = [
    answers,
    throughput,
    workers,
    calls,
    sending,
    waiting,
    loader,
]


def main() -> None:
    by_name = {experiment.__name__: experiment for experiment in EXPERIMENTS}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=list(by_name))
    parser.add_argument("--model", type=Path, default=RESNET)
    parser.add_argument("--callers", type=int, nargs="*", default=[1, 2], help="threads or processes")
    parser.add_argument("--intra", type=int, nargs="*", default=[1, 2], help="threads of a session")
    parser.add_argument("--rows", type=int, nargs="*", default=[1], help="images a request")
    parser.add_argument("--no-spinning", action="store_true")
    parser.add_argument("--tasks", type=int, default=10, help="requests of a caller, calls, or images in a sample")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=0.1, help="how much of the article's seconds to wait")
    parser.add_argument("--size", type=int, default=64, help="pixels of an image's side after augmentation")
    options = parser.parse_args()
    by_name[options.experiment](options)


if __name__ == "__main__":
    main()
