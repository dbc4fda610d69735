"""A well-behaved twin: prints a row per argument after the first, and one that shows what it was given."""

import sys

sys.path.insert(0, sys.argv[1])
from parlab_twin import emit, gil

for number, name in enumerate(sys.argv[2:]):
    emit(kind="row", name=name, seconds=number + 0.5, samples=[1, 2.5])
emit(
    kind="about",
    gil=gil(),
    stdin=sys.stdin.read(),
    encoding=sys.stdout.encoding,
    nested={"ok": True},
)
