"""The peer of parlab's pipelines: CPython's threads, hybrid and asyncio, measured on command.

Usage: pipeline_bench.py TWINS HOST:PORT, where TWINS is the folder of the lesson's twins, whose designs these are.
Reads lines "DESIGN IMAGES" from standard input and answers each with the seconds that it took, the number of images
and their checksum, on a line of standard output. The pool of two processes is warm.
"""

from __future__ import annotations

import importlib
import sys
import time
from typing import Any

WORKERS = 2
DOWNLOADS = 64
BOUND = 100


def main() -> None:
    sys.path.insert(0, sys.argv[1])
    twin: Any = importlib.import_module("pipelines")  # not the folder of that name

    server = sys.argv[2]
    with twin.spawned(WORKERS) as pool:
        for line in sys.stdin:
            design, images = line.split()
            paths = [f"/images/{n}.jpg" for n in range(int(images))]
            tally = twin.Tally()
            start = time.perf_counter()
            if design == "threads":
                twin.threads(server, paths, tally.add, DOWNLOADS)
            elif design == "hybrid":
                twin.hybrid(server, paths, tally.add, pool, WORKERS, DOWNLOADS, BOUND, [])
            elif design == "asyncio":
                twin.asynchronous(server, paths, tally.add, pool, DOWNLOADS)
            else:
                raise ValueError(design)
            print(time.perf_counter() - start, tally.images, tally.text(), flush=True)


if __name__ == "__main__":
    main()
