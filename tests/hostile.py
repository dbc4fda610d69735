# ruff: noqa: E501  (Java is easier to read in one piece)
"""Submissions that do harm: what they do, what that may cost them, and what the teacher reads of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Notebook = dict[str, Any]

ASSIGNMENT = "01-lock-contention"
ALL = 22  # the points that need no person


@dataclass(frozen=True)
class Hostile:
    """A submission made from a right one."""

    name: str
    make: Callable[[Notebook], Notebook]
    points: float
    remark: str = ""  # must be in what the teacher reads
    racy: bool = False  # whether it may be through before its own thread strikes, and lose nothing
    quick: bool = False  # whether `make test` has the time for it


def place(notebook: Notebook, grade_id: str) -> int:
    for number, cell in enumerate(notebook["cells"]):
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            return number
    raise AssertionError(f"no cell {grade_id}")


def code(source: str) -> Notebook:
    return {
        "cell_type": "code",
        "id": "added",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


def adds(source: str, before: str = "high-water-answer") -> Callable[[Notebook], Notebook]:
    """With a cell more, before the one that is named."""

    def make(right: Notebook) -> Notebook:
        notebook = copy.deepcopy(right)
        notebook["cells"].insert(place(notebook, before), code(source))
        return notebook

    return make


def changes(grade_id: str, source: str) -> Callable[[Notebook], Notebook]:
    """With another text in a cell."""

    def make(right: Notebook) -> Notebook:
        notebook = copy.deepcopy(right)
        notebook["cells"][place(notebook, grade_id)]["source"] = source
        return notebook

    return make


def without_checks(right: Notebook) -> Notebook:
    notebook = copy.deepcopy(right)
    notebook["cells"] = [c for c in notebook["cells"] if not c["metadata"].get("nbgrader", {}).get("grade")]
    return notebook


def doubled(right: Notebook) -> Notebook:
    notebook = copy.deepcopy(right)
    notebook["cells"] += copy.deepcopy(notebook["cells"])
    return notebook


def backwards(right: Notebook) -> Notebook:
    notebook = copy.deepcopy(right)
    notebook["cells"].reverse()
    return notebook


SCRIPT = '<script>alert(1)</script><img src="x" onerror="alert(2)">'


def scripted(right: Notebook) -> Notebook:
    """With scripts wherever a page might show what a student wrote, printed or threw."""
    notebook = copy.deepcopy(right)
    text = f"{SCRIPT}\n\n[a link](javascript:alert(3))"
    java = SCRIPT.replace('"', '\\"')
    notebook["cells"][place(notebook, "convoy")]["source"] = text
    notebook["cells"][place(notebook, "stripes-answer")]["source"] = (
        "class Stripes implements Counters { Stripes(int stripes, int keys) { } public long update(int key, "
        f'LongUnaryOperator change) {{ throw new IllegalStateException("{java}"); }} }}'
    )
    notebook["cells"].insert(0, {"cell_type": "markdown", "id": "added", "metadata": {}, "source": text})
    notebook["cells"].insert(5, code(f'System.out.println("{java}");\nthrow new IllegalStateException("{java}");'))
    return notebook


EXERCISES = Path(__file__).resolve().parents[1] / "notebooks" / "exercises"
JAVA = 'java.nio.file.Path.of(System.getProperty("java.home"), "bin", "java").toString()'

HOSTILE = [
    Hostile("exit", adds("System.exit(0);"), ALL, "ended the program", quick=True),
    Hostile("halt", adds("Runtime.getRuntime().halt(0);"), ALL, "ended the program"),
    Hostile("halt-from-a-thread",
            adds("Thread.ofPlatform().daemon().start(() -> { try { Thread.sleep(700); } catch (InterruptedException e) { } "
                 "Runtime.getRuntime().halt(7); });"), ALL - 4, "ended the program", racy=True),
    Hostile("endless-loop", adds("while (true) { }"), ALL, "took longer than"),
    Hostile("swallowed-interrupts",
            adds("while (true) { try { Thread.sleep(1000); } catch (InterruptedException e) { } }"), ALL, "took longer than"),
    Hostile("fork-bomb",
            adds(f'for (;;) {{ try {{ new ProcessBuilder({JAVA}, "-Xmx16m", "-version").start(); }} '
                 "catch (Throwable e) { } }"), ALL, "a cell of the student"),
    Hostile("thread-bomb",
            adds("for (;;) Thread.ofPlatform().daemon().start(() -> { while (true) { } });"), ALL, "a cell of the student"),
    Hostile("memory-bomb", adds("var kept = new ArrayList<long[]>(); while (true) kept.add(new long[1_000_000]);"), ALL,
            "used up the memory", quick=True),
    Hostile("native-memory-bomb",
            adds("var held = new ArrayList<Object>(); while (true) { var s = java.lang.foreign.Arena.global()"
                 ".allocate(50_000_000); s.fill((byte) 1); held.add(s); }"), ALL, "a cell of the student"),
    Hostile("disk-bomb",
            adds('try (var out = new java.io.FileOutputStream("/tmp/big")) { while (true) out.write(new byte[1 << 20]); }'),
            ALL),
    Hostile("scripts", scripted, ALL - 5, quick=True),
    Hostile("output-flood", adds('for (int i = 0; i < 300_000; i++) System.out.println("flood " + i);'), ALL, quick=True),
    Hostile("stack-overflow", adds("int deep(int n) { return deep(n + 1) + 1; }\ndeep(0);"), ALL),
    Hostile("deadlock", adds("new java.util.concurrent.CountDownLatch(1).await();"), ALL, "took longer than"),
    Hostile("stderr", adds('System.err.println("only a warning");'), ALL),
    Hostile("checks-edited", changes("stripes", "3 + 2"), ALL, "'stripes' was changed"),
    Hostile("too-many-points", adds("1e9", before="hot-lock"), ALL),
    Hostile("not-a-number", changes("book", "Double.NaN"), ALL, "'book' was changed"),
    Hostile("false", changes("book", "false"), ALL, "'book' was changed"),
    Hostile("checks-deleted", without_checks, ALL, "are missing and were put back", quick=True),
    Hostile("everything-twice", doubled, ALL, "there twice", quick=True),
    Hostile("backwards", backwards, ALL, "cells were moved", quick=True),
    Hostile("fake-checks",
            adds("class Exercises { static <A> void check(Task<A> task, A answer) { } }", before="hot-lock-answer"), 0,
            quick=True),
    Hostile("fake-expectations",
            adds("class Expect { static void equal(Object a, Object b, String c) { } "
                 "static void that(boolean b, String c) { } }\nclass Tests { }\nclass Play { }"), ALL),
    Hostile("shadowed-names",
            adds("import java.util.logging.*;\nclass Gate { }\nclass WrongAnswer extends RuntimeException { }\n"
                 "class AtomicInteger { int get() { return 7; } }\nvoid that(boolean b, String c) { }"), ALL),
    Hostile("writes-the-gradebook",
            adds(f'for (String name : new String[] {{"gradebook.db", "../gradebook.db", "{EXERCISES}/gradebook.db", '
                 '"/channel/gradebook.db"}) try { java.nio.file.Files.writeString(java.nio.file.Path.of(name), "mine"); } '
                 "catch (java.io.IOException e) { }"), ALL),
    Hostile("reads-files",
            adds(f'for (String name : new String[] {{"/proc/self/environ", "/etc/passwd", "/home", "{EXERCISES}", "/channel"}}) '
                 "System.out.println(name + Arrays.toString(new java.io.File(name).list()) + new java.io.File(name).canRead());"),
            ALL),
    Hostile("patches-by-reflection",
            adds('var f = Class.forName("parlab.exercises.internal.HandOver").getDeclaredField("answers");\n'
                 "f.setAccessible(true);"), ALL, quick=True),
    Hostile("unsafe",
            adds('var u = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");\nu.setAccessible(true);\n'
                 "((sun.misc.Unsafe) u.get(null)).putLong(0L, 1L);"), ALL),
    Hostile("native-access",
            adds("java.lang.foreign.Linker.nativeLinker().downcallHandle(java.lang.foreign.Linker.nativeLinker()"
                 '.defaultLookup().find("getpid").get(), java.lang.foreign.FunctionDescriptor.ofVoid()).invoke();'), ALL),
    Hostile("agent",
            adds(f'System.out.println(new ProcessBuilder({JAVA}, "-m", "jdk.jcmd/sun.tools.jcmd.JCmd", "2", "VM.version")'
                 ".redirectErrorStream(true).start().waitFor());"), ALL),
    Hostile("late-threads",
            adds("Thread.ofPlatform().daemon().start(() -> { while (true) System.out.println(\"still here\"); });"), ALL),
    Hostile("calls-the-network",
            adds('new java.net.Socket("127.0.0.1", 22);'), ALL),
]  # fmt: skip
