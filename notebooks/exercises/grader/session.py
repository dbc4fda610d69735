"""One JVM that runs the cells of a submission and then the tests, and the talk with it."""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from .sandbox import SLICE_SECONDS, Jail, Limits

START_SECONDS = 120
LONGEST_ANSWER = 2_000_000

# What the graded JVM is made of, with what these need themselves. Everything else is left out, above all what lends
# access to private members (jdk.unsupported's ReflectionFactory and Unsafe, java.instrument), what loads a native
# library by a name that it is told (the providers jdk.crypto.cryptoki, java.smartcardio and java.security.jgss), and
# large native libraries that read what an answer feeds them (java.desktop).
MODULES = ("java.base", "java.net.http", "jdk.incubator.vector", "jdk.jshell")

# The kernel's own beginning of each notebook, so that what is right there is right here; tests compare.
IMPORTS = ("java.util.*", "java.io.*", "java.math.*", "java.net.*", "java.time.*", "java.util.concurrent.*",
           "java.util.prefs.*", "java.util.regex.*")  # fmt: skip
STAND_INS = "parlab.exercises.KernelStandIns"


class Allowance:
    """Time that may be waited for a submission, counted in slices and not by the clock."""

    def __init__(self, seconds: float, words: str) -> None:
        self.slices = int(seconds / SLICE_SECONDS)
        self.words = words  # what it is called when it is used up

    @property
    def used_up(self) -> bool:
        return self.slices <= 0


class EndedError(Exception):
    """The JVM is gone, or does not answer any more; the message says why, for the teacher."""


class NotStartedError(Exception):
    """A JVM for answers does not start, which is nobody's answer's fault."""


@dataclass(frozen=True)
class Ran:
    """What came of a cell."""

    problem: str
    printed: str
    handed_over: bool


@dataclass(frozen=True)
class Tested:
    """What came of a test."""

    points: float
    title: str
    problem: str  # empty when it was passed

    @property
    def passed(self) -> bool:
        return not self.problem


@dataclass(frozen=True)
class Toolbox:
    """What a JVM for answers is made of."""

    java_home: Path
    module: Path  # the jar of the exercises
    jars: Sequence[Path]  # the rest of a kernel's class path
    protected: bool = True
    limits: Limits = field(default_factory=Limits)

    def command(self) -> list[str]:
        """The JVM's options: what the answers share it with must be out of their reach."""
        return [
            "-Xmx256m",
            "-Xss512k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:ActiveProcessorCount=2",
            "-XX:MaxMetaspaceSize=160m",
            "-XX:MaxDirectMemorySize=64m",
            "-XX:ReservedCodeCacheSize=48m",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:+DisableAttachMechanism",
            "-XX:-EnableDynamicAgentLoading",
            "-XX:-UsePerfData",
            "-Xlog:disable",
            "-Xlog:all=error:stderr",
            "--illegal-native-access=deny",
            "--sun-misc-unsafe-memory-access=deny",
            "-Djava.awt.headless=true",
            "-Dparlab.notebook=none",
            "-ea:REPL...",
            f"--limit-modules={','.join(MODULES)}",
            "--add-modules=jdk.incubator.vector,java.net.http",
            "--module-path",
            str(self.module),
            "--class-path",
            self.class_path(),
            "--module",
            "parlab.exercises/parlab.exercises.internal.Runner",
            "{socket}",
            self.class_path(),
        ]

    def class_path(self) -> str:
        return os.pathsep.join(str(jar) for jar in self.jars)


class Session:
    """A started JVM. Every wait counts slices of time and not the clock, so that a machine that is stopped meanwhile,
    or busy with others, costs nobody a point."""

    def __init__(self, toolbox: Toolbox, allowances: Sequence[Allowance] = ()) -> None:
        self.allowances = tuple(allowances)  # of the whole submission
        shown = [toolbox.module, *toolbox.jars]
        self.jail = Jail(toolbox.java_home, shown, toolbox.command(), toolbox.limits, toolbox.protected)
        try:
            if not self.jail.connect(START_SECONDS):
                raise NotStartedError(f"the JVM for answers does not start: {self.jail.diagnostics()}")
        except BaseException:
            self.jail.__exit__(None, None, None)
            raise

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self.jail.__exit__(kind, e, trace)

    def fresh(self) -> None:
        """Forgets all cells, and begins as the kernel does."""
        begin = "".join(f"import {name};\n" for name in IMPORTS) + f"import static {STAND_INS}.*;\n"
        self._send(b"N" + _text(begin))
        self._receive(1, START_SECONDS)

    def run(self, source: str, seconds: float, task: str | None = None, own: Allowance | None = None) -> Ran:
        """Runs a cell; one that checks an answer hands it over. Its waiting counts against `own` as well."""
        allowances = self.allowances
        self.allowances = (*allowances, *([own] if own else []))
        try:
            self._send((b"C" + _text(source)) if task is None else (b"A" + _text(source) + _text(task)))
            return Ran(self._text(seconds), self._text(seconds), self._receive(1, seconds) != b"\0")
        finally:
            self.allowances = allowances

    def load(self, task: str, classes: Sequence[bytes], count: int) -> None:
        """Loads the tests of a task; how many there are, and what they are called and worth, is known already."""
        parts = [struct.pack(">i", len(code)) + code for code in classes]
        self._send(b"T" + _text(task) + struct.pack(">i", len(classes)) + b"".join(parts))
        if int(self._number(">i", START_SECONDS)) != count:
            raise EndedError("answered nonsense")

    def modules(self) -> list[str]:
        """What the JVM is made of, as it says itself."""
        self._send(b"M")
        return self._text(START_SECONDS).split()

    def test(self, index: int, seconds: float) -> str:
        """Runs one of them, twice if needed to tell waiting from sleeping: what is wrong, or an empty string."""
        for _ in range(2):
            self._send(b"R" + struct.pack(">i", index))
            outcome, problem = self._receive(1, seconds), self._text(seconds)
            if outcome != b"?":
                return "" if outcome == b"+" else problem or "wrong"
        raise EndedError("answered nonsense")

    def _send(self, message: bytes) -> None:
        channel = self.jail.channel
        assert channel is not None
        rest = memoryview(message)
        try:
            for _ in range(int(START_SECONDS / SLICE_SECONDS)):
                try:
                    rest = rest[channel.send(rest) :]
                except TimeoutError:
                    continue
                if not rest:
                    return
        except OSError as e:
            raise self._ended() from e
        raise EndedError("does not listen any more")

    def _receive(self, count: int, seconds: float) -> bytes:
        channel = self.jail.channel
        assert channel is not None
        slices = int(seconds / SLICE_SECONDS)
        got = b""
        while len(got) < count:
            try:
                block = channel.recv(count - len(got))
            except TimeoutError:
                slices -= 1
                for allowance in self.allowances:
                    allowance.slices -= 1
                    if allowance.used_up:
                        raise EndedError(f"used up {allowance.words}") from None
                if slices < 0:
                    raise EndedError(f"took longer than {seconds:.0f} s") from None
                continue
            except OSError as e:
                raise self._ended() from e
            if not block:
                raise self._ended()
            got += block
        return got

    def _ended(self) -> EndedError:
        jail = self.jail
        for _ in range(20):  # it closes the connection a moment before it is gone
            if jail.broken or jail.process.poll() is not None:
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                jail.process.wait(SLICE_SECONDS)
        if jail.broken:
            return EndedError(f"used {jail.broken}")
        said = jail.diagnostics()
        if "OutOfMemoryError" in said:
            return EndedError("used up the memory")
        return EndedError(f"ended the program (exit code {jail.process.poll()}): System.exit, or a crash")

    def _number(self, form: str, seconds: float) -> float:
        value: float = struct.unpack(form, self._receive(struct.calcsize(form), seconds))[0]
        return value

    def _text(self, seconds: float) -> str:
        length = int(self._number(">i", seconds))
        if not 0 <= length <= LONGEST_ANSWER:
            raise EndedError("answered nonsense")
        return self._receive(length, seconds).decode(errors="replace")


def _text(text: str) -> bytes:
    encoded = text.encode(errors="replace")
    return struct.pack(">i", len(encoded)) + encoded
