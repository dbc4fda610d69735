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
    """System.out.println("hello"); System.err.println("error"); 6 * 7""",
    """import java.util.*;
    import java.util.concurrent.*;
    import java.util.stream.*;
    import java.time.*;
    import java.io.*;
    import parlab.charts.*;
    import parlab.executors.*;
    import parlab.notebook.*;
    import parlab.processes.*;
    import parlab.results.*;
    import parlab.timing.*;
    import parlab.twin.*;
    import tech.tablesaw.api.*;
    import static parlab.notebook.Lesson.*;
    import static parlab.notebook.Notebook.*;
    import static parlab.results.Results.*;
    import static tech.tablesaw.api.QuerySupport.*;
    Lesson lesson = Lesson.open("00");""",
    """long crunch(long steps) {
        long x = 88172645463325252L;
        for (long i = 0; i < steps; i++) {
            x ^= x << 13; x ^= x >>> 7; x ^= x << 17;
            if ((i & 255) == 0) Checkpoint.poll();
        }
        return x;
    }
    record Point(int x, String y) {}
    show(List.of(new Point(1, "a"), new Point(2, "b")));""",
    """var timeline = new Timeline();
    try (var pool = Pools.recording(Pools.threads(2), timeline); var bar = progress("tasks")) {
        Tasks.map(pool, List.of(1, 2, 3, 4), k -> crunch(100_000), bar);
    }
    Charts.timeline("Four tasks", timeline)""",
    """Table times = Trials.of(6).add("a", () -> crunch(1000)).add("b", () -> crunch(2000)).run();
    show(Charts.bars("Time", times, "way", "seconds"));
    times.where(str("way").isEqualTo("a"))""",
    """show(Charts.lines("Lines", times, "round", "seconds", "way").logX());
    markdown("**bold** text");""",
    """record Word(String text) implements Serializable {}
    try (var pool = ProcessPool.of(1)) {
        Tasks.map(pool, List.of(1, 2), k -> new Word("in " + Worker.name() + " " + crunch(10)));
        Tasks.map(Pools.recording(pool, new Timeline()), List.of(1, 2), k -> crunch(10));
    }""",
    """Pools.oneLock(2).close();
    var gain = ratio(times, "seconds", "way", "a", "b");
    finding("It took %s.", gain).when(gain.jvm().isAbove(1), "More.").otherwise("Not more.")""",
]

CELL_TIMEOUT_SECONDS = 600
END_TIMEOUT_SECONDS = 600


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
