"""A well-behaved twin: prints a row per argument, and one that shows what it was given."""

import os
import sys

from parlab_twin import emit, gil

for number, name in enumerate(sys.argv[1:]):
    emit(kind="row", name=name, seconds=number + 0.5, samples=[1, 2.5])
emit(
    kind="about",
    gil=gil(),
    stdin=sys.stdin.read(),
    encoding=sys.stdout.encoding,
    extra=os.environ.get("EXTRA"),
    nested={"ok": True},
)
