"""What lesson 04 measures on the JVM, measured on CPython with the same version of ONNX Runtime.

Usage: model_worker.py EXPERIMENT [options], where EXPERIMENT is a function of this file below.
Prints its figures as JSON lines, raw samples with the columns and names of the lesson's own tables; the lesson does the
statistics. What is not there (the large model, ONNX Runtime, file locks) gives a row of kind "missing" that says why.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from parlab_twin import SUBINTERPRETERS, emit, memory, one_blas_thread, side, timed

one_blas_thread()

import numpy as np  # noqa: E402  (after the line above)
from numpy.typing import NDArray  # noqa: E402

HAS_RUNTIME = find_spec("onnxruntime") is not None
if HAS_RUNTIME:
    import onnxruntime

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
    options.add_session_config_entry("session.force_spinning_stop", "1")  # between requests: others are measured then
    if shared:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.add_session_config_entry("session.disable_prepacking", "1")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@functools.cache
def images() -> tuple[Floats, NDArray[np.int64]]:
    """The test set of digits: pixels from 0 to 1, and what they show."""
    rows = np.loadtxt(IMAGES, delimiter=",", dtype=np.int64)
    return (rows[:, 1:] / 16).astype(np.float32), rows[:, 0]


def batch_for(runner: onnxruntime.InferenceSession, rows: int) -> dict[str, Floats]:
    """A request of so many rows: seeded noise in the model's shape."""
    (one,) = runner.get_inputs()
    return {one.name: np.random.default_rng(1).random((rows, *one.shape[1:]), dtype=np.float32)}


def mapped(pid: int, name: str) -> dict[str, int]:
    """A process's memory in bytes, as `memory` gives it, of one file that it has mapped; empty if it cannot be seen."""
    sums = {"rss": 0, "pss": 0}
    inside = False
    try:
        lines = Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    for line in lines:
        field = line.split(maxsplit=1)[0]
        if not field.endswith(":"):  # the head of a mapping: addresses, then, at the end, the file
            inside = line.endswith("/" + name)
        elif inside and field in ("Rss:", "Pss:"):
            sums[field[:-1].lower()] += int(line.split()[1]) * 1024
    return sums


def megabytes(found: list[dict[str, int]], field: str) -> list[float]:
    """One field of several processes' memory; empty where the system does not tell."""
    return [row[field] / 1e6 for row in found if field in row]


def pool_of(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def missing(path: Path) -> bool:
    """Says so where a model cannot be run."""
    if HAS_RUNTIME and path.is_file():
        return False
    why = f"{path} is not there: run notebooks/data/make_resnet.py" if HAS_RUNTIME else "onnxruntime is not installed"
    emit(kind="missing", what=path.name if HAS_RUNTIME else "onnxruntime", why=why)
    return True


# ---- make: the large model, where it is not there yet


def make(options: argparse.Namespace) -> None:
    """Runs the script that makes ResNet-50: what it says, and the answer that it noted for a fixed image."""
    command = [sys.executable, str(ROOT / "notebooks" / "data" / "make_resnet.py"), "--out", str(options.folder)]
    result = subprocess.run(command, capture_output=True, encoding="utf-8")
    if result.returncode:
        emit(kind="missing", what="ResNet-50", why=(result.stderr.strip().splitlines() or ["no reason given"])[-1])
        return
    about = json.loads((options.folder / "resnet50.json").read_text(encoding="utf-8"))
    emit(kind="noted", said=result.stdout.strip(), probability=about["answer"])


# ---- answers: that both sides compute the same


def answers(_: argparse.Namespace) -> None:
    """The class and the probabilities of each test image, for Java to compare with its own."""
    if missing(DIGITS):
        return
    pixels, digits = images()
    runner = session(DIGITS)
    for number, (row, digit) in enumerate(zip(pixels, digits, strict=True), 1):
        (found,) = runner.run(None, {"pixels": row[None, :]})
        emit(image=number, digit=digit, found=int(np.argmax(found[0])), probability=found[0])


# ---- throughput: callers, threads of the session


def throughput(options: argparse.Namespace) -> None:
    """Seconds of one shared session, for each number of callers and of threads inside, one image a request."""
    if missing(options.model):
        return
    sessions = {inside: session(options.model, inside) for inside in options.inside}
    request = batch_for(next(iter(sessions.values())), 1)
    for runner in sessions.values():
        runner.run(None, request)
    for number, inside, callers in itertools.product(range(options.rounds), options.inside, options.callers):
        with ThreadPoolExecutor(callers) as pool:
            wall, cpu = time.perf_counter(), time.process_time()
            for future in [pool.submit(sessions[inside].run, None, request) for _ in range(options.tasks * callers)]:
                future.result()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        emit(
            way=f"{callers} x {inside}, batch 1",
            **{"callers x threads inside": f"{callers} x {inside}", "images a request": 1},
            round=number + 1,
            images=options.tasks * callers,
            seconds=wall,
            cores=cpu / wall,
        )


# ---- workers: a session in each process

_runner: onnxruntime.InferenceSession | None = None
_request: dict[str, Floats] = {}


def load_runner(path: Path, shared: bool) -> None:
    """The article's singleton: called once in each worker."""
    global _runner
    _runner = session(path, shared=shared)


def run_loaded(rows: int) -> int:
    """Answers a request; the number of the process that did."""
    assert _runner is not None
    if not _request:
        _request.update(batch_for(_runner, rows))
    _runner.run(None, _request)
    return os.getpid()


def in_every_worker(pool: ProcessPoolExecutor, count: int, rows: int) -> set[int]:
    """Runs the model until each worker has had a turn; their process numbers."""
    seen: set[int] = set()
    while len(seen) < count:
        seen |= {future.result() for future in [pool.submit(run_loaded, rows) for _ in range(2 * count)]}
    return seen


def workers(options: argparse.Namespace) -> None:
    """Seconds of one session a process, and of as many threads on one session; what each process holds in memory."""
    if missing(options.model):
        return
    ways = [("own weights", "processes", options.model, False)]
    common = options.model.with_name(f"{options.model.stem}-shared.onnx")
    if common.is_file():
        ways.append(("shared weights", "processes, shared weights", common, True))
    count = max(options.callers)
    here = session(options.model)
    request = batch_for(here, 1)
    with ThreadPoolExecutor(count) as threads:
        for weights, processes, path, shared in ways:
            with ProcessPoolExecutor(count, get_context("spawn"), load_runner, (path, shared)) as pool:
                pids = sorted(in_every_worker(pool, count, 1))
                tasks: dict[str, Callable[[], Future[Any]]] = {processes: functools.partial(pool.submit, run_loaded, 1)}
                if not shared:
                    tasks["threads"] = functools.partial(threads.submit, here.run, None, request)
                for number, (way, task) in itertools.product(range(options.rounds), tasks.items()):
                    start = time.perf_counter()
                    for future in [task() for _ in range(options.tasks * count)]:
                        future.result()
                    seconds = time.perf_counter() - start
                    emit(way=way, round=number + 1, images=options.tasks * count, seconds=seconds)
                weigh(pool, weights, pids, f"{common.stem}.bin")


def weigh(pool: ProcessPoolExecutor, weights: str, pids: list[int], file: str) -> None:
    """A row for each worker: its memory, and that of the file of weights in it; six times, each after more answers."""
    for number in range(6):
        in_every_worker(pool, len(pids), 1)
        all_memory, of_file = [memory(pid) for pid in pids], [mapped(pid, file) for pid in pids]
        if not all(all_memory):
            return
        emit(
            kind="memory",
            weights=weights,
            round=number + 1,
            **{
                "resident (MB)": megabytes(all_memory, "rss"),
                "share (MB)": megabytes(all_memory, "pss"),
                "resident file (MB)": megabytes(of_file, "rss"),
                "share of file (MB)": megabytes(of_file, "pss"),
            },
        )


# ---- provider: the article's way to set the threads of a session, and the right one (A10)


def provider(options: argparse.Namespace) -> None:
    """Seconds and cores of one request, by where the number of threads is written."""
    if missing(options.model):
        return
    more = max(options.inside)
    ways: dict[str, tuple[int | None, object]] = {
        "session option: 1": (1, "CPUExecutionProvider"),
        "provider option: 1": (None, ("CPUExecutionProvider", {"intra_op_num_threads": "1"})),
        f"session option: {more}": (more, "CPUExecutionProvider"),
    }
    sessions = {}
    for way, (inside, chosen) in ways.items():
        settings = onnxruntime.SessionOptions()
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")  # for the sake of the other two
        if inside is not None:
            settings.intra_op_num_threads = inside
        sessions[way] = onnxruntime.InferenceSession(str(options.model), settings, providers=[chosen])
    request = batch_for(sessions["session option: 1"], 1)
    for number in range(options.rounds + 1):  # the first one warms up
        for way, runner in sessions.items():
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(options.tasks):
                runner.run(None, request)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            if number > 0:
                emit(way=way, round=number, seconds=wall, cores=cpu / wall)


# ---- sending: the model with each task, or loaded once (B2)


def run_sent(packed: bytes, request: Floats) -> dict[str, int]:
    """What a task does that brings its model: a session out of the bytes, for this one answer."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.log_severity_level = 3
    runner = onnxruntime.InferenceSession(packed, settings, providers=["CPUExecutionProvider"])
    runner.run(None, {runner.get_inputs()[0].name: request})
    return memory()


def sending(options: argparse.Namespace) -> None:
    """Bytes moved, seconds and memory of tasks that carry the model, against workers that have loaded it."""
    if missing(options.model):
        return
    request = next(iter(batch_for(session(options.model), 1).values()))
    packed = options.model.read_bytes()
    count = max(options.callers)
    loading = functools.partial(ProcessPoolExecutor, count, get_context("spawn"), load_runner, (options.model, False))
    ways: dict[str, tuple[Callable[[], ProcessPoolExecutor], Callable[..., Any], tuple[object, ...]]] = {
        "sent": (lambda: pool_of(count), run_sent, (packed, request)),
        "loaded": (loading, run_loaded, (1,)),
    }
    sizes = {way: len(pickle.dumps(arguments)) for way, (_, _, arguments) in ways.items()}
    emit(kind="bytes", **sizes)
    for way, (make, task, arguments) in ways.items():  # one after the other, for the sake of small machines
        with make() as pool:
            for number in range(options.rounds + 1):  # the first one starts the workers
                start = time.perf_counter()
                found = [future.result() for future in [pool.submit(task, *arguments) for _ in range(count)]]
                seconds = time.perf_counter() - start
                used = found if way == "sent" else [memory(pid) for pid in set(found)]
                share = {"share (MB)": sum(megabytes(used, "pss"))} if all(used) else {}
                if number > 0:
                    emit(way=way, round=number, seconds=seconds, **share)


# ---- waiting: the article's five inputs, asleep and at work (B3)

LOAD_SECONDS, ANSWER_SECONDS = 1.5, 0.8  # the article's
INPUTS, WORKERS = 5, 8
_loaded = threading.local()  # in a pool of threads too, each worker loads for itself


def asleep(seconds: float) -> None:
    """The article's stand-in for work."""
    time.sleep(seconds)


def at_work(seconds: float) -> None:
    """The same time of bytecode."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def answer_one(work: Callable[[float], None], scale: float, number: int) -> None:
    """Loads "the model" where this worker has none for this round, then answers one input."""
    if getattr(_loaded, "round", None) != number:
        work(LOAD_SECONDS * scale)
        _loaded.round = number
    work(ANSWER_SECONDS * scale)


def whoami(seconds: float) -> tuple[int, int]:
    time.sleep(seconds)
    return os.getpid(), threading.get_ident()


def wait_for(pool: Executor) -> None:
    """Until every worker of a pool has answered, so that no start is in the times."""
    seen: set[tuple[int, int]] = set()
    while len(seen) < WORKERS:
        seen |= {future.result() for future in [pool.submit(whoami, 0.02) for _ in range(WORKERS)]}


def waiting(options: argparse.Namespace) -> None:
    """Five inputs on eight workers that are there: one after the other, threads, processes; the times are scaled."""
    with ThreadPoolExecutor(WORKERS) as threads, pool_of(WORKERS) as processes:
        pools: dict[str, Executor] = {"threads": threads, "processes": processes}
        for pool in pools.values():
            wait_for(pool)
        for number, work in itertools.product(range(options.rounds), (asleep, at_work)):
            for way in ("serial", *pools):
                start = time.perf_counter()
                if way == "serial":
                    for i in range(INPUTS):  # the article's serial time loads the model for each input
                        answer_one(work, options.scale, -1 - i)
                else:
                    one = functools.partial(answer_one, work, options.scale)
                    for future in [pools[way].submit(one, 2 * number + (work is at_work)) for _ in range(INPUTS)]:
                        future.result()
                seconds = time.perf_counter() - start
                emit(way=way, work=work.__name__.replace("_", " "), round=number + 1, seconds=seconds)


# ---- loader: photographs prepared by processes, ahead of the model (A9, E9)

MEAN, DEVIATION = 0.45, 0.225


def prepare(file: str, seed: int, size: int) -> Floats:
    """Decode, turn, flip, scale, crop, normalise: Pillow for the pixels, NumPy for the numbers."""
    from PIL import Image

    random = np.random.default_rng(seed)
    angle, flip = random.uniform(-0.35, 0.35), 1 if random.random() < 0.5 else -1
    with Image.open(file) as picture:
        scale = min(picture.size) / (1.15 * size)  # pixels of the photograph for one of ours
        left, top = (random.uniform(0.45, 0.55) * side for side in picture.size)
        cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
        a, b, d, e = flip * cosine, sine, -flip * sine, cosine
        half = size / 2
        turn = (a, b, left - (a + b) * half, d, e, top - (d + e) * half)
        turned = picture.transform((size, size), Image.Transform.AFFINE, turn, Image.Resampling.BILINEAR)
    pixels = np.asarray(turned, dtype=np.float32) / 255
    normal: Floats = np.ascontiguousarray(((pixels - MEAN) / DEVIATION).transpose(2, 0, 1))
    return normal


def ahead(pool: Executor, work: Callable[[str, int], Floats], files: list[str], bound: int) -> Iterator[Floats]:
    """What is prepared, in order; never more than the bound is ready or in the making."""
    waiting: deque[Future[Floats]] = deque()
    for seed, file in enumerate(files):
        if len(waiting) == bound:
            yield waiting.popleft().result()
        waiting.append(pool.submit(work, file, seed))
    while waiting:
        yield waiting.popleft().result()


def loader(options: argparse.Namespace) -> None:
    """Seconds to prepare photographs, and to prepare and answer them: in turn, by threads and processes, ahead."""
    files = sorted(str(path) for path in options.folder.glob("*.jpg"))[: options.tasks]
    count = max(options.callers)
    seeds = range(len(files))
    work = functools.partial(prepare, size=options.size)
    runner = None if missing(options.model) else session(options.model)

    def answer(prepared: Floats) -> object:
        assert runner is not None
        (image,) = runner.get_inputs()  # a stand-in for the large model takes fewer numbers
        return runner.run(None, {image.name: np.resize(prepared, (1, *image.shape[1:]))})

    with ThreadPoolExecutor(count) as threads, pool_of(count) as processes:
        for pool in (threads, processes):
            list(pool.map(work, files[: 2 * count], seeds))  # the workers are there, and have imported all
        ways: dict[str, Callable[[], object]] = {
            "serial": lambda: [work(file, seed) for file, seed in zip(files, seeds, strict=True)],
            "threads": lambda: list(threads.map(work, files, seeds)),
            "processes": lambda: list(processes.map(work, files, seeds)),
        }
        if runner is not None:
            few = files[: options.few]
            ways["in turn"] = lambda: [answer(work(file, seed)) for file, seed in zip(few, seeds, strict=False)]
            ways["ahead"] = lambda: [answer(one) for one in ahead(processes, work, few, 2 * count)]
        for number in range(options.rounds + 1):  # the first one warms up
            for way, body in ways.items():
                seconds = timed(body)
                if number > 0:
                    emit(way=way, round=number, seconds=seconds)


# ---- swapping: a new version while requests come (B8)


class Service:
    """Serves the version that a folder's manifest names: the article's scheme, with its file lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.serving: tuple[int, onnxruntime.InferenceSession] = (0, None)

    def locked(self, exclusive: bool, body: Callable[[], None]) -> None:
        import fcntl

        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
            body()

    def publish(self, version: int, source: Path) -> None:
        def write() -> None:
            shutil.copy(source, self.folder / f"model-{version}.onnx")
            fresh = self.folder / "manifest.part"
            fresh.write_text(json.dumps({"version": version}), encoding="utf-8")
            fresh.replace(self.folder / "manifest.json")

        self.locked(True, write)

    def refresh(self) -> None:
        def load() -> None:
            version = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))["version"]
            if version != self.serving[0]:
                runner = session(self.folder / f"model-{version}.onnx")
                self.serving = (version, runner)  # both at once: a reader sees the old pair or the new one

        self.locked(False, load)


def swapping(options: argparse.Namespace) -> None:
    """Swaps between two models while threads ask: requests, failures, and answers that no single version gives."""
    if os.name == "nt":
        emit(kind="missing", what="flock", why="Windows has no flock")
        return
    if missing(DIGITS):
        return
    pixels, _ = images()
    sources = [DIGITS, DIGITS.with_name("digits-wide.onnx")]
    wanted = [session(source).run(None, {"pixels": pixels[:1]})[0] for source in sources]
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder))
        service.publish(1, sources[1])
        service.refresh()
        over = threading.Event()
        begun = threading.Barrier(len(options.callers) + 1)

        def ask() -> tuple[int, int, int]:
            asked, failed, mixed = 0, 0, 0
            begun.wait()
            while not over.is_set():
                asked += 1
                try:
                    version, runner = service.serving
                    (found,) = runner.run(None, {"pixels": pixels[:1]})
                    mixed += not np.allclose(found, wanted[version % 2], atol=1e-5)
                except Exception:
                    failed += 1
            return asked, failed, mixed

        with ThreadPoolExecutor(len(options.callers)) as pool:
            askers = [pool.submit(ask) for _ in options.callers]
            begun.wait()
            for version in range(2, options.tasks + 2):
                service.publish(version, sources[version % 2])
                service.refresh()
            over.set()
            asked, failed, mixed = (sum(column) for column in zip(*(asker.result() for asker in askers), strict=True))
    emit(kind="swaps", swaps=options.tasks, requests=asked, failed=failed, mixed=mixed)


# ---- search: one training a task, as completed (C8)


def train(hidden: int, rate: float, epochs: int) -> float:
    """One hidden layer, trained by gradient descent on batches of ten; the share of right answers on unseen images."""
    pixels, digits = images()
    random = np.random.default_rng(1)
    first = random.normal(0, 0.2, (64, hidden))
    second = random.normal(0, 0.2, (hidden, 10))
    known = 350
    for _ in range(epochs):
        for begin in range(0, known, 10):
            x, y = pixels[begin : begin + 10], digits[begin : begin + 10]
            inner = np.maximum(x @ first, 0)
            raw = inner @ second
            scores = np.exp(raw - raw.max(axis=1, keepdims=True))
            slope = scores / scores.sum(axis=1, keepdims=True)
            slope[np.arange(10), y] -= 1
            back = (slope @ second.T) * (inner > 0)
            second -= rate / 10 * inner.T @ slope
            first -= rate / 10 * x.T @ back
    found = np.argmax(np.maximum(pixels[known:] @ first, 0) @ second, axis=1)
    return float(np.mean(found == digits[known:]))


def search(options: argparse.Namespace) -> None:
    """Seconds of a grid search one after the other, on threads and on processes; and the best that it finds."""
    grid = list(itertools.product((8, 16, 32), (0.02, 0.1, 0.3, 0.6), (options.tasks,)))
    count = max(options.callers)
    with ThreadPoolExecutor(count) as threads, pool_of(count) as processes:
        pools: dict[str, Executor] = {"threads": threads, "processes": processes}
        for pool in pools.values():
            for future in [pool.submit(train, 8, 0.1, 1) for _ in range(4 * count)]:
                future.result()
        for number in range(options.rounds):
            start = time.perf_counter()
            best = max(train(*one) for one in grid)
            emit(way="serial", round=number + 1, best=best, seconds=time.perf_counter() - start)
            for way, pool in pools.items():
                start = time.perf_counter()
                futures = [pool.submit(train, *one) for one in grid]
                best = max(future.result() for future in as_completed(futures))
                emit(way=way, round=number + 1, best=best, seconds=time.perf_counter() - start)


EXPERIMENTS: list[Callable[[argparse.Namespace], None]] = [
    make,
    answers,
    throughput,
    workers,
    provider,
    sending,
    waiting,
    loader,
    swapping,
    search,
]


def main() -> None:
    by_name = {experiment.__name__: experiment for experiment in EXPERIMENTS}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=list(by_name))
    parser.add_argument("--model", type=Path, default=RESNET)
    parser.add_argument("--callers", type=int, nargs="*", default=[1, 2], help="threads or processes")
    parser.add_argument("--inside", type=int, nargs="*", default=[1, 2], help="threads of a session")
    parser.add_argument("--tasks", type=int, default=10, help="requests of a caller, images, swaps, or epochs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=0.1, help="how much of the article's seconds to wait")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the photographs are")
    parser.add_argument("--few", type=int, default=8, help="photographs that are prepared and answered")
    parser.add_argument("--size", type=int, default=224, help="pixels of a photograph's side when it is prepared")
    options = parser.parse_args()
    if side() != SUBINTERPRETERS:  # nothing here is about a pool of interpreters
        by_name[options.experiment](options)


if __name__ == "__main__":
    main()
