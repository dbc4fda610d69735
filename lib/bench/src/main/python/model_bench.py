"""The peer of parlab's model worker: Python's ONNX Runtime, measured on command.

Usage: model_bench.py FOLDER_OF_TWINS DIGITS RESNET. Reads lines from standard input and answers each on a line of
standard output: "about" with the versions; "images INTRA CALLERS ROWS COUNT" with the seconds of COUNT requests of that
many rows, from that many threads that share a session; "calls WAY COUNT" with the seconds of COUNT calls of the small
model by "run", with an array for each, or by "binding", with buffers that are bound once; "start FILE SHARED" with the
seconds until two worker processes have loaded a file; "workers COUNT" with the seconds of COUNT requests of one row in
these two; "memory" with the mean bytes (PSS) of the two; "stop".
"""

from __future__ import annotations

import functools
import platform
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

WORKERS = 2


def bound(twin: Any, runner: Any) -> Callable[[], object]:
    """A call of one row with buffers that are used again."""
    ((name, request),) = twin.batch_for(runner, 1).items()
    binding = runner.io_binding()
    binding.bind_cpu_input(name, request)
    result = twin.np.empty((1, runner.get_outputs()[0].shape[1]), twin.np.float32)
    out = twin.onnxruntime.OrtValue.ortvalue_from_numpy(result)
    binding.bind_ortvalue_output(runner.get_outputs()[0].name, out)
    return functools.partial(runner.run_with_iobinding, binding)


class Peer:
    def __init__(self, twins: str, digits: str, resnet: str) -> None:
        sys.path.insert(0, twins)
        import model_worker

        self.twin: Any = model_worker
        self.digits = Path(digits)
        self.resnet = Path(resnet)
        self.pool: ProcessPoolExecutor | None = None

    def about(self) -> str:
        return f"ONNX Runtime {self.twin.onnxruntime.__version__}, CPython {platform.python_version()}"

    @functools.cache  # noqa: B019  (there is one of these objects)
    def session(self, intra: int) -> Any:
        return self.twin.session(self.resnet, intra)

    def images(self, intra: int, callers: int, rows: int, count: int) -> float:
        runner = self.session(intra)
        request = self.twin.batch_for(runner, rows)
        runner.run(None, request)  # one to wake the threads
        start = time.perf_counter()
        if callers == 1:
            for _ in range(count):
                runner.run(None, request)
        else:
            with ThreadPoolExecutor(callers) as pool:
                for future in [pool.submit(runner.run, None, request) for _ in range(count)]:
                    future.result()
        return time.perf_counter() - start

    @functools.cached_property
    def small(self) -> dict[str, Callable[[], object]]:
        runner = self.twin.session(self.digits)
        return {
            "run": functools.partial(runner.run, None, self.twin.batch_for(runner, 1)),
            "binding": bound(self.twin, runner),
        }

    def calls(self, way: str, count: int) -> float:
        body = self.small[way]
        start = time.perf_counter()
        for _ in range(count):
            body()
        return time.perf_counter() - start

    def start(self, file: str, shared: bool) -> float:
        start = time.perf_counter()
        self.pool = ProcessPoolExecutor(
            WORKERS, get_context("spawn"), self.twin.load_runner, (self.resnet.with_name(file), shared)
        )
        self.twin.in_every_worker(self.pool, WORKERS, 1)
        return time.perf_counter() - start

    def workers(self, count: int) -> float:
        assert self.pool is not None
        start = time.perf_counter()
        for future in [self.pool.submit(self.twin.run_loaded, 1) for _ in range(count)]:
            future.result()
        return time.perf_counter() - start

    def memory(self) -> float:
        assert self.pool is not None
        pids = self.twin.in_every_worker(self.pool, WORKERS, 1)
        return float(sum(self.twin.memory(pid).get("pss", 0) for pid in pids)) / WORKERS

    def stop(self) -> float:
        assert self.pool is not None
        self.pool.shutdown()
        return 0


def main() -> None:
    peer = Peer(*sys.argv[1:])
    for line in sys.stdin:
        words = line.split()
        match words[0]:
            case "about":
                answer = peer.about()
            case "images":
                answer = str(peer.images(*map(int, words[1:])))
            case "calls":
                answer = str(peer.calls(words[1], int(words[2])))
            case "start":
                answer = str(peer.start(words[1], words[2] == "true"))
            case "workers":
                answer = str(peer.workers(int(words[1])))
            case "memory":
                answer = str(peer.memory())
            case _:
                answer = str(peer.stop())
        print(answer, flush=True)


if __name__ == "__main__":
    main()
