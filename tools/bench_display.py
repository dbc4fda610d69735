"""From the start of a kernel to its first chart on the wire: ParLab's kernel against JJava as its wheel installs it.

The wheel's kernel gets XChart on its class path and shows a chart made by hand, as one would without ParLab. The two
take turns; what comes back are raw seconds.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from queue import Empty

import parlab
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

ROUNDS = 9
TIMEOUT_SECONDS = 120

OURS = """
import java.util.*;
import parlab.charts.*;
import static parlab.notebook.Notebook.*;
import static parlab.results.Results.*;
Charts.bars("Time for four tasks", table(List.of(row("way", "serial", "time (ms)", 200),
    row("way", "threads", "time (ms)", 104), row("way", "one lock", "time (ms)", 203))), "way", "time (ms)")
"""

BY_HAND = """
import java.util.*;
import org.knowm.xchart.*;
var chart = new CategoryChartBuilder().width(860).height(420).title("Time for four tasks").build();
chart.setYAxisTitle("time in ms");
chart.addSeries("time", List.of("serial", "threads", "one lock"), List.of(200, 104, 203));
display(BitmapEncoder.getBufferedImage(chart));
"""


def first_chart(kernels: Path, cell: str, env: dict[str, str]) -> float:
    """Seconds from starting the kernel to the message that carries its first picture."""
    specs = KernelSpecManager(kernel_dirs=[str(kernels)], ensure_native_kernel=False)
    manager = KernelManager(kernel_name="java", kernel_spec_manager=specs)
    start = time.perf_counter()
    manager.start_kernel(env=env)
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=TIMEOUT_SECONDS)
        client.execute(cell)
        while True:
            try:
                message = client.get_iopub_msg(timeout=TIMEOUT_SECONDS)
            except Empty:
                sys.exit(f"no chart within {TIMEOUT_SECONDS} s")
            content = message["content"]
            if message["header"]["msg_type"] == "error":
                sys.exit("\n".join(content["traceback"]))
            if "image/png" in content.get("data", {}):
                return time.perf_counter() - start
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def measure() -> dict[str, list[float]]:
    installed = parlab.kernel_dir(Path(sys.prefix))
    seconds: dict[str, list[float]] = {"ours": [], "peer": []}
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder) / "java"
        shutil.copytree(installed, wheel)
        shutil.copy(wheel / "wheel-kernel.json", wheel / "kernel.json")
        spec = json.loads((wheel / "kernel.json").read_text(encoding="utf-8"))
        java = Path(os.environ["PARLAB_JAVA"])
        spec["argv"][0] = str(java)
        (wheel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
        # The launcher starts the kernel's JVM by the name java: it must find the same one.
        env = {**os.environ, "PATH": f"{java.parent}{os.pathsep}{os.environ['PATH']}"}
        by_hand = {**env, "JJAVA_CLASSPATH": str(parlab.KERNEL / "lib" / "xchart-*.jar")}
        by_hand["JJAVA_JVM_OPTS"] = "-Djava.awt.headless=true"
        sides = [("ours", installed.parent, OURS, env), ("peer", wheel.parent, BY_HAND, by_hand)]
        for number in range(ROUNDS + 1):  # the first one fills the disk cache
            for name, kernels, cell, side_env in sides if number % 2 == 0 else reversed(sides):
                taken = first_chart(kernels, cell, side_env)
                if number > 0:
                    seconds[name].append(taken)
                    print(f"  round {number}: {name} {taken:.2f} s", flush=True)
    return seconds
