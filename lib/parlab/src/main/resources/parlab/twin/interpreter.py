"""Says what this interpreter is: its version, its global lock by its own account and as measured, what it lacks."""

import importlib
import importlib.util
import json
import platform
import sys
import sysconfig
import threading
import time

PACKAGES = {
    "numpy": "numpy",
    "numba": "numba",
    "cython": "Cython",
    "onnxruntime": "onnxruntime",
    "pillow": "PIL",
    "gguf": "gguf",
    "threadpoolctl": "threadpoolctl",
}
WINDOW_SECONDS = 0.06
WINDOWS = 3


def busy_cores():
    """How many cores two threads of plain Python keep busy, in the least disturbed of a few windows."""

    def spin(end, spent):
        while time.perf_counter() < end:
            pass
        spent.append(time.thread_time())  # not the process's: a library that was loaded may spin for a while

    best = 0.0
    for _ in range(WINDOWS):
        wall, spent = time.perf_counter(), []
        threads = [threading.Thread(target=spin, args=(wall + WINDOW_SECONDS, spent)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        best = max(best, sum(spent) / (time.perf_counter() - wall))
    return best


def is_there(module):
    """Whether it can be found; NumPy also whether it can be loaded, which may switch the lock on: most twins do so."""
    try:
        if module == "numpy":
            importlib.import_module(module)
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


lacks = [name for name, module in PACKAGES.items() if not is_there(module)]

implementation = platform.python_implementation()
if hasattr(sys, "_is_gil_enabled"):
    gil = "on" if sys._is_gil_enabled() else "off"
elif implementation == "CPython":
    gil = "on (no way to ask before 3.13)"
else:
    gil = "unknown"
print(
    json.dumps(
        {
            "version": platform.python_version(),
            "gil": gil,
            "can_be_free": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
            "busy_cores": busy_cores(),
            "lacks": ", ".join(lacks),
            "executable": sys.executable,
        }
    )
)
