import json
import platform
import sys

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
            "implementation": implementation,
            "gil": gil,
            "executable": sys.executable,
        }
    )
)
