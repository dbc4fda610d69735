"""Runs the cells that a learner runs first, so that the JVM can put their classes into an ahead-of-time cache.

Usage: train_aot.py KERNELS_FOLDER CACHE_FILE. The kernelspec `java` in that folder starts the JVM with
-XX:AOTCacheOutput; the JVM writes the cache when it ends.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

# What a lesson does in its first seconds: imports, a value, an error, a table, a chart, progress.
CELLS = [
    'System.out.println("hello"); System.err.println("error"); 6 * 7',
    'import parlab.timing.*;\n1.5',
    "int f(int x) { return x + 1; }\nrecord Point(int x, String y) {}\nnew Point(f(1), \"a\")",
    'var list = java.util.stream.IntStream.range(0, 10).boxed().map(i -> "n" + i).toList();\nlist',
]  # fmt: skip

CELL_TIMEOUT_SECONDS = 120
END_TIMEOUT_SECONDS = 180


def main(kernels: Path, cache: Path) -> None:
    spec_manager = KernelSpecManager(kernel_dirs=[str(kernels)], ensure_native_kernel=False)
    manager = KernelManager(kernel_name="java", kernel_spec_manager=spec_manager)
    manager.start_kernel()
    try:
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=CELL_TIMEOUT_SECONDS)
        for cell in CELLS:
            reply = client.execute_interactive(cell, timeout=CELL_TIMEOUT_SECONDS, output_hook=lambda _: None)
            content = reply["content"]
            if content["status"] != "ok":
                sys.exit(f"a training cell failed:\n{cell}\n{content}")
        client.shutdown()  # the JVM ends by itself and writes the cache as it does
        deadline = time.monotonic() + END_TIMEOUT_SECONDS
        while manager.is_alive() and time.monotonic() < deadline:
            time.sleep(0.1)
        client.stop_channels()
    finally:
        if manager.is_alive():
            manager.shutdown_kernel(now=True)
    if not cache.is_file():
        sys.exit(f"the JVM ended without writing {cache}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
