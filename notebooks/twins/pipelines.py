"""What lesson 05 measures on the JVM, measured on CPython: threads, processes and asyncio over the same web server.

Usage: pipelines.py EXPERIMENT [options], where EXPERIMENT is a function of this file below. The server is the lesson's
own; its address comes by --server. Prints its figures as JSON lines; every figure is a raw sample, the lesson does the
statistics. Only the standard library and Pillow are needed, and NumPy for augmentation.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import io
import multiprocessing
import os
import queue
import tempfile
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from parlab_twin import SUBINTERPRETERS, count, emit, in_turns, side, steps_for, timed
from parlab_twin import memory as memory_of

SIDE = 128
CROP = 112
ATTEMPTS = 3
SECONDS = 5.0
MAX_BYTES = 100_000
MAX_PIXELS = 16_000_000

# ---- downloads: what Download is on the JVM, with a connection kept by each thread

_kept = threading.local()


@dataclass(frozen=True)
class Fetched:
    """What became of one download: bytes, or why there are none."""

    name: str
    body: bytes | None
    why: str
    start: float
    end: float


def connection(server: str) -> http.client.HTTPConnection:
    kept: dict[str, http.client.HTTPConnection] = _kept.__dict__.setdefault("connections", {})
    if server not in kept:
        kept[server] = http.client.HTTPConnection(server, timeout=SECONDS)
    return kept[server]


def attempt(server: str, path: str) -> bytes:
    """One request; on any failure the connection is given up."""
    link = connection(server)
    try:
        link.request("GET", path)
        answer = link.getresponse()
        body = answer.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES} bytes")
        if answer.status != 200:
            raise ConnectionError(f"the server answered {answer.status}")
        return body
    except BaseException:
        link.close()
        raise


def fetch(server: str, path: str) -> Fetched:
    """A download with retries; it does not raise."""
    name = path.split("?")[0].rsplit("/", 1)[1]
    start = time.monotonic()
    why = ""
    for number in range(ATTEMPTS):
        if number:
            time.sleep(0.05 * 2 ** (number - 1))
        try:
            return Fetched(name, attempt(server, path), "", start, time.monotonic())
        except (OSError, http.client.HTTPException) as e:
            why = f"{type(e).__name__}: {e}"
        except ValueError as e:
            why = str(e)
            break
    return Fetched(name, None, why, start, time.monotonic())


# ---- images: Pillow's decoder, at reduced size where that is enough, and its box filter, which Java reproduces


@dataclass(frozen=True)
class Processed:
    """What became of one image: its pixels, or why there are none; and when who did what."""

    name: str
    pixels: bytes | None
    why: str
    worker: str
    start: float
    arrived: float
    begun: float
    end: float


def pixels_of(body: bytes) -> bytes:
    """128 x 128 x 3 bytes."""
    from PIL import Image

    with Image.open(io.BytesIO(body)) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError(f"its header says {image.width} x {image.height} pixels")
        image.draft(None, (SIDE, SIDE))  # as Image.thumbnail does: fine detail that scaling drops is not decoded
        return image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX).tobytes()


def mean_colour(pixels: bytes) -> list[float]:
    return [sum(pixels[channel::3]) / (len(pixels) // 3) for channel in range(3)]


def worker_name() -> str:
    process = multiprocessing.current_process()
    if multiprocessing.parent_process() is not None:
        return process.name
    return threading.current_thread().name


def scale(file: Fetched) -> Processed:
    begun = time.monotonic()
    pixels, why = None, file.why
    if file.body is not None:
        try:
            pixels = pixels_of(file.body)
        except (OSError, ValueError, SyntaxError) as e:
            why = f"{type(e).__name__}: {e}"
    return Processed(file.name, pixels, why, worker_name(), file.start, file.end, begun, time.monotonic())


def work(server: str, path: str) -> Processed:
    return scale(fetch(server, path))


class Tally:
    """Counts images, names failures, and sums checksums in a way that does not depend on the order."""

    def __init__(self) -> None:
        self.images = 0
        self.failed: dict[str, str] = {}
        self.checksum = 0

    def add(self, image: Processed) -> None:
        if image.pixels is None:
            self.failed[image.name] = image.why
            return
        self.images += 1
        self.checksum += zlib.crc32(image.pixels) * (2 * zlib.crc32(image.name.encode()) + 1)

    def text(self) -> str:
        return f"{self.checksum % 2**64:016x}"


Consumer = Callable[[Processed], None]

# ---- the designs


def idle() -> None:
    time.sleep(0.1)  # so that each process gets one: an idle one is used again before another is started


def warm() -> None:
    from PIL import Image

    Image.init()
    idle()


def spawned(workers: int, ready: Callable[[], object] = warm) -> ProcessPoolExecutor:
    """Processes that have started and are ready; by default, that have Pillow.

    What cannot be imported is told here: a worker's error does not always say whose it is.
    """
    ready()
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
    for future in [pool.submit(ready) for _ in range(workers)]:
        future.result()
    return pool


def bounded(pool: Executor, at_once: int, jobs: Iterable[Callable[[], Processed]], consume: Consumer) -> None:
    """Every job on the pool, never more than so many ahead of the consumer."""
    done: queue.SimpleQueue[Future[Processed]] = queue.SimpleQueue()
    under_way = 0
    source = iter(jobs)
    for job in source:
        pool.submit(job).add_done_callback(done.put)
        under_way += 1
        if under_way == at_once:
            consume(done.get().result())
            under_way -= 1
    for _ in range(under_way):
        consume(done.get().result())


def threads(server: str, paths: Iterable[str], consume: Consumer, workers: int) -> None:
    with ThreadPoolExecutor(workers, thread_name_prefix="thread") as pool:
        bounded(pool, 2 * workers, (partial(work, server, path) for path in paths), consume)


def processes(server: str, paths: Iterable[str], consume: Consumer, pool: Executor, workers: int) -> None:
    bounded(pool, 2 * workers, (partial(work, server, path) for path in paths), consume)


def start_downloads(
    server: str,
    paths: Iterable[str],
    files: queue.Queue[Fetched | None],
    threads: int,
) -> None:
    """Threads that put what they download into a queue; at its end, each of them puts a None."""
    source = iter(paths)
    lock = threading.Lock()

    def download() -> None:
        while True:
            with lock:
                path = next(source, None)
            if path is None:
                files.put(None)
                return
            files.put(fetch(server, path))

    for k in range(threads):
        threading.Thread(target=download, name=f"download-{k}", daemon=True).start()


def hybrid(
    server: str,
    paths: Iterable[str],
    consume: Consumer,
    pool: Executor,
    workers: int,
    downloads: int,
    bound: int,
) -> None:
    """Threads download into a bounded queue, processes scale, this thread hands files from one to the other."""
    files: queue.Queue[Fetched | None] = queue.Queue(bound)
    start_downloads(server, paths, files, downloads)

    def arrived() -> Iterator[Callable[[], Processed]]:
        left = downloads
        while left:
            file = files.get()
            if file is None:
                left -= 1
            else:
                yield partial(scale, file)

    bounded(pool, 4 * workers, arrived(), consume)


async def afetch(server: str, path: str, keep: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]) -> Fetched:
    """The same with asyncio: HTTP/1.1 over streams, connections kept; the standard library has no client for it."""
    name = path.split("?")[0].rsplit("/", 1)[1]
    start = time.monotonic()
    why = ""
    for number in range(ATTEMPTS):
        if number:
            await asyncio.sleep(0.05 * 2 ** (number - 1))
        try:
            async with asyncio.timeout(SECONDS):
                body = await exchange(server, path, keep)
            return Fetched(name, body, "", start, time.monotonic())
        except (OSError, asyncio.IncompleteReadError) as e:
            why = f"{type(e).__name__}: {e}"
        except ValueError as e:
            why = str(e)
            break
    return Fetched(name, None, why, start, time.monotonic())


async def exchange(server: str, path: str, keep: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]) -> bytes:
    host, _, port = server.partition(":")
    reader, writer = keep.pop() if keep else await asyncio.open_connection(host, int(port))
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next(
            int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length:")
        )
        if length > MAX_BYTES:
            raise ValueError(f"announced as {length} bytes")
        body = await reader.readexactly(length)
        status = head.split(" ", 2)[1]
        if status != "200":
            raise ConnectionError(f"the server answered {status}")
    except BaseException:
        writer.close()
        raise
    keep.append((reader, writer))
    return body


def asynchronous(server: str, paths: Iterable[str], consume: Consumer, pool: Executor | None, downloads: int) -> None:
    """One thread downloads with asyncio; scaling is given to the pool, or done in between where there is none."""

    async def all_of_them() -> None:
        keep: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        source = iter(paths)
        here = asyncio.get_running_loop()

        async def loop() -> None:
            for path in source:  # one thread: nobody else is in the iterator
                file = await afetch(server, path, keep)
                consume(scale(file) if pool is None else await here.run_in_executor(pool, scale, file))

        await asyncio.gather(*(loop() for _ in range(downloads)))
        for _, writer in keep:
            writer.close()

    asyncio.run(all_of_them())


# ---- experiments


def image_paths(options: argparse.Namespace) -> list[str]:
    return [f"/images/{n}.jpg" for n in range(options.images)]


def two_threads(options: argparse.Namespace) -> None:
    """Downloads alone, on one thread and on two (E2)."""
    paths = image_paths(options)
    get = partial(fetch, options.server)
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(2) as two:
        list(one.map(get, paths[:10]))
        in_turns(
            [("1 thread", lambda: list(one.map(get, paths))), ("2 threads", lambda: list(two.map(get, paths)))],
            options.rounds,
        )


async def close_all(connections: Iterable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]) -> None:
    for _, writer in connections:
        writer.close()


def calls(options: argparse.Namespace) -> None:
    """API calls: serially and on processes; then on threads and with asyncio, for each concurrency (E3)."""
    paths = [f"/api/{n}" for n in range(options.images)]
    get = partial(fetch, options.server)
    keep: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    def by_asyncio(at_once: int, paths: Sequence[str]) -> None:
        async def run() -> None:
            source = iter(paths)

            async def loop() -> None:
                for path in source:
                    await afetch(options.server, path, keep)

            await asyncio.gather(*(loop() for _ in range(at_once)))

        runner.run(run())

    with asyncio.Runner() as runner, spawned(options.processes, idle) as procs, ThreadPoolExecutor(16) as sixteen:
        list(procs.map(get, paths))
        through(sixteen, get, paths)
        by_asyncio(len(paths), paths)
        in_turns(
            [
                ("serial", lambda: [get(path) for path in paths]),
                ("processes", lambda: list(procs.map(get, paths))),
                ("threads", partial(through, sixteen, get, paths)),
                ("all asynchronous", partial(by_asyncio, len(paths), paths)),
            ],
            options.rounds,
            kind="sixteen",
        )
        for at_once in options.workers:
            # Enough that all of them are under way for a while.
            several = [f"/api/{n}" for n in range(max(options.images, 2 * at_once))]
            with ThreadPoolExecutor(at_once) as pool:
                through(pool, get, several)  # connections are made once, and kept
                by_asyncio(at_once, several)
                in_turns(
                    [
                        ("threads", partial(through, pool, get, several)),
                        ("asyncio", partial(by_asyncio, at_once, several)),
                    ],
                    options.rounds,
                    **{"calls under way": at_once, "calls": len(several)},
                )
        runner.run(close_all(keep))


def through(pool: Executor | None, function: Callable[..., object], *items: Iterable[Any], chunk: int = 1) -> None:
    """Calls the function with every item and drops the results; here and one after the other where there is no pool."""
    for _ in map(function, *items) if pool is None else pool.map(function, *items, chunksize=chunk):
        pass


def write_one(folder: str, size: int, force: bool, n: int) -> None:
    with (Path(folder) / f"{n}.bin").open("wb") as file:
        file.write(bytes(size))
        if force:
            file.flush()
            os.fsync(file.fileno())


def writes(options: argparse.Namespace) -> None:
    """Many files serially, on threads, on processes (E4); then fewer, each forced to the disk. Leaves none."""
    with (
        tempfile.TemporaryDirectory() as folder,
        spawned(options.processes, idle) as procs,
        ThreadPoolExecutor(min(options.workers)) as pool,
    ):
        for force, files in ((False, options.images), (True, options.forced)):
            write = partial(write_one, folder, options.bytes, force)
            numbers = range(files)
            in_turns(
                [
                    ("serial", partial(through, None, write, numbers)),
                    ("threads", partial(through, pool, write, numbers)),
                    ("processes", partial(through, procs, write, numbers, chunk=10)),
                ],
                options.rounds,
                forced=force,
            )


def designs(options: argparse.Namespace) -> None:
    """The pipeline in each design: seconds, images, checksum, the failures by name; of the last round every span."""
    paths = image_paths(options)
    workers, downloads = options.processes, min(options.workers)
    with spawned(workers) as pool:
        ways: list[tuple[str, Callable[[Consumer], None]]] = [
            ("threads", lambda consume: threads(options.server, paths, consume, downloads)),
            ("processes", lambda consume: processes(options.server, paths, consume, pool, workers)),
            (
                "hybrid",
                lambda consume: hybrid(options.server, paths, consume, pool, workers, downloads, options.bound),
            ),
            ("asyncio", lambda consume: asynchronous(options.server, paths, consume, pool, downloads)),
        ]
        if options.only:
            ways = [way for way in ways if way[0] in options.only]
        for number in range(options.rounds):
            for name, run in ways if number % 2 == 0 else reversed(ways):
                tally = Tally()
                spans: list[Processed] = []
                last = number == options.rounds - 1

                def consume(
                    image: Processed, tally: Tally = tally, last: bool = last, spans: list[Processed] = spans
                ) -> None:
                    tally.add(image)
                    if last:
                        pixels = image.pixels if options.colours else None
                        spans.append(Processed(image.name, pixels, image.why, *times(image)))

                origin = time.monotonic()
                run(consume)
                seconds = time.monotonic() - origin
                emit(
                    way=name,
                    decoder="Pillow",
                    round=number + 1,
                    seconds=seconds,
                    images=tally.images,
                    checksum=tally.text(),
                )
                if last:
                    for file, why in tally.failed.items():
                        emit(kind="failed", way=name, name=file, why=why)
                for span in spans:
                    emit_span(name, span, origin)


def emit_span(way: str, image: Processed, origin: float) -> None:
    """Who did what when with one image; and its mean colour."""
    moments = {"start": image.start, "arrived": image.arrived, "begun": image.begun, "end": image.end}
    seconds = {f"{name} (s)": moment - origin for name, moment in moments.items()}
    emit(kind="span", way=way, name=image.name, worker=image.worker, **seconds)
    if image.pixels:
        colours = zip(("Pillow's red", "Pillow's green", "Pillow's blue"), mean_colour(image.pixels), strict=True)
        emit(kind="colour", way=way, name=image.name, **dict(colours))


def times(image: Processed) -> tuple[str, float, float, float, float]:
    return image.worker, image.start, image.arrived, image.begun, image.end


# ---- the article's program, as printed, and its race


def as_printed(options: argparse.Namespace) -> None:
    """It puts every download into a bounded queue, waits for the last one, and only then starts a consumer."""
    files: queue.Queue[Fetched] = queue.Queue(options.bound)

    def download(path: str) -> None:
        # As printed but for the time-out, without which this process would never end.
        files.put(fetch(options.server, path), timeout=options.seconds)

    with ThreadPoolExecutor(min(options.workers)) as pool:
        futures = [pool.submit(download, path) for path in image_paths(options)]
        stuck = sum(isinstance(future.exception(), queue.Full) for future in futures)
    emit(kind="as printed", in_queue=files.qsize(), gave_up=stuck)


def race(options: argparse.Namespace) -> None:
    """Workers that end by `while not queue.empty()`: how many items are lost, and how many workers hang (C5).

    In one half of the runs all items are there before the workers start, in the other they come meanwhile.
    """
    for number in range(2 * options.rounds):
        before = number % 2 == 0
        items: queue.Queue[int] = queue.Queue()
        hung: list[int] = []
        ready = threading.Barrier(min(options.workers))

        def produce(items: queue.Queue[int] = items) -> None:
            for n in range(options.images):
                items.put(n)
                if n % 10 == 9:
                    time.sleep(0.001)  # a download that takes longer than the work on it

        def consume(items: queue.Queue[int] = items, hung: list[int] = hung, ready: threading.Barrier = ready) -> None:
            ready.wait()
            while not items.empty():
                try:
                    items.get(timeout=0.05)  # as printed it has no time-out, and waits for ever
                except queue.Empty:
                    hung.append(1)
                    return
                time.sleep(0)  # the work on it, in which another thread gets the lock

        producer = threading.Thread(target=produce)
        consumers = [threading.Thread(target=consume) for _ in range(min(options.workers))]
        producer.start()
        if before:
            producer.join()
        for thread in consumers:
            thread.start()
        for thread in [producer, *consumers]:
            thread.join()
        come = "before" if before else "meanwhile"
        emit(**{"items come": come}, round=number + 1, lost=items.qsize(), hung=len(hung))


# ---- memory, and a stream


def resident() -> int:
    """Bytes of this process and of its children: the proportional share, which counts what they share once."""
    total = 0
    me = os.getpid()
    children = Path(f"/proc/{me}/task/{me}/children").read_text().split()
    for pid in [str(me), *children]:
        total += memory_of(pid).get("pss", 0)
    return total


@contextlib.contextmanager
def peak_memory() -> Iterator[list[int]]:
    """A list whose one value is the largest memory seen; empty where there is no /proc."""
    peak: list[int] = []
    over = threading.Event()

    def watch() -> None:
        with contextlib.suppress(OSError):
            while not over.is_set():
                now = resident()
                peak[:] = [max(now, *peak)] if peak else [now]
                over.wait(0.05)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def memory(options: argparse.Namespace) -> None:
    """What Python's objects hold while 32 threads download and one scales, for each bound of what lies between (C3)."""
    paths = image_paths(options)
    scale(fetch(options.server, paths[0]))  # what is imported for it is not to be counted
    tracemalloc.start()
    for bound in options.bounds:
        files: queue.Queue[Fetched | None] = queue.Queue(bound)
        before, origin = tracemalloc.get_traced_memory()[0], time.monotonic()
        downloads = min(options.workers)
        start_downloads(options.server, paths, files, downloads)
        left, done = downloads, 0
        while left:
            file = files.get()
            if file is None:
                left -= 1
                continue
            scale(file)
            done += 1
            if done % 10 == 0:
                now = time.monotonic() - origin
                held = tracemalloc.get_traced_memory()[0] - before
                name = f"bound {bound}" if bound else "no bound"
                emit(bound=name, seconds=now, items=files.qsize(), **{"kept (MB)": held / 1e6})
    tracemalloc.stop()


def stream(options: argparse.Namespace) -> None:
    """Thumbnails without an end through the hybrid: memory over the number of images, for each bound (C3, C7)."""
    paths = (f"/thumbnails/{n}.jpg?latency=0&rate=0" for n in range(options.images))
    tally = Tally()
    with spawned(options.processes) as pool, peak_memory() as peak:
        start = time.perf_counter()
        hybrid(options.server, paths, tally.add, pool, options.processes, min(options.workers), options.bound)
        seconds = time.perf_counter() - start
    for most in peak:
        emit(images=tally.images, seconds=seconds, **{"kept (MB)": most / 1e6})


# ---- the loader of training data


def images_of(options: argparse.Namespace) -> list[bytes]:
    """The files of the images that arrive."""
    return [file.body for file in map(partial(fetch, options.server), image_paths(options)) if file.body is not None]


def augmented(pixels: bytes, seed: int) -> Any:
    """Turned, mirrored, cropped, normalised: what Images.augment does, with Pillow and NumPy."""
    import random

    import numpy as np
    from PIL import Image

    chance = random.Random(seed)
    image = Image.frombytes("RGB", (SIDE, SIDE), pixels)
    image = image.rotate(chance.uniform(-30, 30), Image.Resampling.BILINEAR)
    if chance.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    left, top = chance.randint(0, SIDE - CROP), chance.randint(0, SIDE - CROP)
    image = image.crop((left, top, left + CROP, top + CROP))
    values = np.asarray(image, dtype=np.float32) / 255
    mean, deviation = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], dtype=np.float32)
    return (values - mean) / deviation


def load(body: bytes, seed: int) -> Any:
    return augmented(pixels_of(body), seed)


def loader(options: argparse.Namespace) -> None:
    """Decode and augment, serially, on threads and on processes; and how the time divides (A9, E9)."""
    bodies = images_of(options)
    seeds = range(len(bodies))
    small = [pixels_of(body) for body in bodies]
    for workers in options.workers:
        with spawned(workers) as procs, ThreadPoolExecutor(workers) as pool:
            list(procs.map(load, bodies[:20], seeds))
            in_turns(
                [
                    ("serial", partial(through, None, load, bodies, seeds)),
                    ("threads", partial(through, pool, load, bodies, seeds)),
                    ("processes", partial(through, procs, load, bodies, seeds)),
                ],
                options.rounds,
                workers=workers,
            )
    for number in range(1, options.rounds + 1):
        decoding = timed(lambda: [pixels_of(body) for body in bodies])
        augmenting = timed(lambda: [augmented(pixels, seed) for pixels, seed in zip(small, seeds, strict=True)])
        share = 100 * augmenting / (decoding + augmenting)
        emit(kind="share", way="augmentation", round=number, **{"share (%)": share})


def train(options: argparse.Namespace) -> None:
    """A consumer that takes a while for each image, and a loader ahead of it: how long the consumer waits (A9).

    The step takes half of what loading one image takes here: two workers are just enough, if they compute side by side.
    """
    bodies = images_of(options)
    one = sorted(timed(partial(load, body, 0)) for body in bodies)[len(bodies) // 2]
    step = one / 2

    def consumed(loaded: Iterator[object]) -> tuple[float, float]:
        waited, start = 0.0, time.perf_counter()
        while True:
            asked = time.perf_counter()
            if next(loaded, None) is None:
                return waited, time.perf_counter() - start
            waited += time.perf_counter() - asked
            time.sleep(step)  # the device computes, not this processor

    def ahead(pool: Executor, workers: int) -> Iterator[object]:
        """Two images a worker are loaded or being loaded at any time; the results keep their order."""
        pending: list[Future[Any]] = []
        for seed, body in enumerate(bodies):
            pending.append(pool.submit(load, body, seed))
            if len(pending) > 2 * workers:
                yield pending.pop(0).result()
        for future in pending:
            yield future.result()

    for workers in options.workers:
        with spawned(workers) as procs, ThreadPoolExecutor(workers) as pool:
            through(procs, partial(load, seed=0), bodies[:10])
            for number in range(options.rounds):
                ways: list[tuple[str, Callable[[], Iterator[object]]]] = [
                    ("in line", lambda: (load(body, seed) for seed, body in enumerate(bodies))),
                    ("threads", partial(ahead, pool, workers)),
                    ("processes", partial(ahead, procs, workers)),
                ]
                for name, loaded in ways:
                    waited, seconds = consumed(loaded())
                    share = 100 * waited / seconds
                    emit(way=name, round=number + 1, workers=workers, **{"waited (%)": share})


def loops(options: argparse.Namespace) -> None:
    """Nothing but bytecode, in all ways (D5)."""
    steps = [steps_for(options.seconds)] * (4 * options.processes)
    with spawned(options.processes, idle) as procs:
        three_ways("a loop", count, steps, procs, options)


def decoding(options: argparse.Namespace) -> None:
    """Decoding, which is native code, in all ways (A11)."""
    with spawned(options.processes) as procs:
        three_ways("decoding by a native kernel", pixels_of, images_of(options), procs, options)


def three_ways(
    work: str, function: Callable[..., object], items: Sequence[Any], procs: Executor, options: argparse.Namespace
) -> None:
    """One after the other, on threads, and on as many processes."""
    through(procs, function, items)
    with ThreadPoolExecutor(options.processes) as pool:
        in_turns(
            [
                ("serial", partial(through, None, function, items)),
                ("threads", partial(through, pool, function, items)),
                ("processes", partial(through, procs, function, items)),
            ],
            options.rounds,
            work=work,
            decoder="Pillow",
        )


EXPERIMENTS = (two_threads, calls, writes, designs, as_printed, race, memory, stream, loader, train, loops, decoding)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = {function.__name__: function for function in EXPERIMENTS}
    parser.add_argument("experiment", choices=names)
    parser.add_argument("--server", default="", help="host:port of the lesson's server")
    parser.add_argument("--images", type=int, default=200, help="how many images, calls or files")
    parser.add_argument("--workers", type=int, nargs="+", default=[16], help="threads, or calls at once")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--forced", type=int, default=40, help="how many files are forced to the disk")
    parser.add_argument("--bounds", type=int, nargs="+", default=[10, 100, 0], help="of the queue, one after the other")
    parser.add_argument("--bound", type=int, default=100, help="of the queue")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bytes", type=int, default=20_000, help="of a file that is written")
    parser.add_argument("--seconds", type=float, default=1.0, help="when a program that stands still gives up")
    parser.add_argument("--colours", action="store_true", help="tell the mean colour of each image of the last round")
    parser.add_argument("--only", nargs="*", default=[], help="these designs")
    options = parser.parse_args()
    if side() != SUBINTERPRETERS:  # nothing here is about a pool of interpreters
        names[options.experiment](options)


if __name__ == "__main__":
    main()
