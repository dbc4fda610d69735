"""The walls around a graded JVM, and the machines of teachers on which they have to stand."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import hostile
import parlab
import pytest
from answers import EXERCISES
from conftest import ROOT
from grader import course, intake, plugin, reading, sandbox, syscalls
from grader.judge import Judge
from grader.publish import publish
from grader.session import IMPORTS, STAND_INS, NotStartedError, Session
from grading import hand_in, needs_sandbox, right, run_grader


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session(plugin.toolbox()) as session:
        yield session


@needs_sandbox
def test_a_clone_in_the_temporary_folder_grades_as_well(tmp_path: Path) -> None:
    tools = plugin.toolbox()
    for jar in [tools.module, *tools.jars]:
        (tmp_path / jar.name).symlink_to(jar)
    moved = replace(tools, module=tmp_path / tools.module.name, jars=[tmp_path / jar.name for jar in tools.jars])
    with Session(moved) as session:
        session.fresh()
        assert not session.run("import parlab.exercises.*; Task<?> none = null;", 60).problem


@needs_sandbox
def test_a_jvm_that_does_not_start_is_no_mark(tmp_path: Path) -> None:
    tools = replace(plugin.toolbox(), module=tmp_path)
    judged = plugin.judge(hostile.ASSIGNMENT)
    submission = reading.load(EXERCISES / "source" / hostile.ASSIGNMENT / f"{hostile.ASSIGNMENT}.ipynb")
    with pytest.raises(NotStartedError, match="does not start"):
        Judge(judged.assignment, judged.tests, tools).grade(intake.rebuild(judged.assignment, submission))


@needs_sandbox
def test_graded_jvm_resolves_the_modules_that_it_needs_and_no_more(session: Session) -> None:
    """A module more is a way more: whoever adds one says in session.MODULES what for."""
    needed = "java.base java.compiler java.logging java.net.http java.prefs java.xml jdk.attach jdk.compiler"
    needed += " jdk.incubator.vector jdk.internal.ed jdk.internal.jvmstat jdk.internal.le jdk.internal.md"
    needed += " jdk.internal.opt jdk.jdi jdk.jdwp.agent jdk.jshell jdk.zipfs parlab.exercises"  # JShell's own needs
    assert session.modules() == needed.split()


def test_a_graded_notebook_begins_as_the_kernel_does() -> None:
    """Both lists are the kernel's own, read from its jar, so that a new version of it shows up."""
    jar = parlab.kernel_dir(Path(sys.prefix)) / "jjava.jar"
    with zipfile.ZipFile(jar) as classes:
        begin = classes.read("org/dflib/jjava/distro/NotebookInitializer.class").decode("latin-1")
        statics = [name for name in classes.namelist() if name.endswith("NotebookStatics.class")]
    assert set(re.findall(r"import ([\w.]+\.\*);", begin)) == set(IMPORTS)
    java_home = Path(os.environ["JAVA_HOME"])
    names = [name.removesuffix(".class").replace("/", ".") for name in statics]
    stand_ins = plugin.LIBRARY / "parlab-exercises.jar"
    assert public_statics(java_home, jar, names) == public_statics(java_home, stand_ins, [STAND_INS])


def public_statics(java_home: Path, jar: Path, classes: list[str]) -> set[str]:
    command: list[str | Path] = [java_home / "bin" / "javap", "-public", "-cp", jar, *classes]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    return set(re.findall(r"public static .*?(\w+)\(", result.stdout))


@needs_sandbox
@pytest.mark.parametrize(
    ("attempt", "answer"),
    [
        ('new java.io.File("/proc").exists()', "false"),
        ('new java.io.File("/dev/shm").canWrite()', "false"),
        ('new java.io.File("/").canWrite()', "false"),
        ('new java.io.File("/bin/sh").exists()', "false"),
        (f'new java.io.File("{ROOT}/notebooks").exists()', "false"),
        ("java.util.Collections.list(java.net.NetworkInterface.getNetworkInterfaces()).stream().noneMatch(i -> "
         "{ try { return i.isUp() && !i.isLoopback(); } catch (Exception e) { return true; } })", "true"),
        ('System.getenv().containsKey("HOSTNAME")', "false"),
        ('new java.io.File("/channel").canWrite()', "false"),
    ],
)  # fmt: skip
def test_sandbox_shows_nothing_of_the_machine(session: Session, attempt: str, answer: str) -> None:
    session.fresh()
    ran = session.run(f"System.out.println({attempt});", 20)
    assert ran.printed == f"{answer}\n", ran
    assert not ran.problem


@needs_sandbox
@pytest.mark.parametrize(
    "attempt",
    [
        'var f = Class.forName("parlab.exercises.internal.Runner").getDeclaredField("out"); f.setAccessible(true);',
        'Class.forName("parlab.exercises.internal.HandOver").getMethods()[0].invoke(null, "hot-lock", "");',
        'var v = Class.forName("java.lang.String").getDeclaredField("value"); v.setAccessible(true);',
        'java.nio.channels.SocketChannel.open(java.net.UnixDomainSocketAddress.of("/channel/socket"));',
        'java.lang.foreign.SymbolLookup.libraryLookup("libc.so.6", java.lang.foreign.Arena.global());',
        'System.load("/usr/lib/libc.so.6");',
        'com.sun.tools.attach.VirtualMachine.attach(String.valueOf(ProcessHandle.current().pid()));',
        # What lends access to private members, or loads a native library by a name that it is told.
        'Class.forName("sun.reflect.ReflectionFactory");',
        'Class.forName("sun.misc.Unsafe");',
        'Class.forName("sun.security.pkcs11.SunPKCS11");',
        'Class.forName("javax.smartcardio.TerminalFactory");',
        'Class.forName("org.ietf.jgss.GSSManager");',
        'Class.forName("java.lang.instrument.Instrumentation");',
        'Class.forName("javax.management.MBeanServer");',
        'Class.forName("jdk.vm.ci.runtime.JVMCI");',
        'java.lang.invoke.MethodHandles.privateLookupIn(Class.forName("parlab.exercises.internal.Runner"), '
        'java.lang.invoke.MethodHandles.lookup());',
        'parlab.exercises.Task.class.getModule().addOpens("parlab.exercises.internal", Object.class.getModule());',
        'java.security.Security.getProvider("SunPKCS11").configure("--name=x\\nlibrary=/tmp/x.so");',
        'System.setProperty("sun.boot.library.path", "/tmp"); System.loadLibrary("x");',
    ],
)  # fmt: skip
def test_answers_do_not_reach_what_decides_about_points(session: Session, attempt: str) -> None:
    session.fresh()
    assert re.search("threw|does not compile|may not", session.run(attempt, 20).problem)


@needs_sandbox
@pytest.mark.parametrize(
    "attempt",
    [
        "StackWalker.getInstance().forEach(System.out::println);",
        "Object seen = new Throwable().getStackTrace();",
        "Object seen = Thread.currentThread().getStackTrace();",
        "Object seen = Thread.getAllStackTraces();",
        "java.util.function.Function<Throwable, Object> see = Throwable::getStackTrace;",
        "new Throwable().printStackTrace(new PrintWriter(new StringWriter()));",
        "System.setErr(System.out);",
        'Object seen = Object.class.getMethod("hashCode").invoke("");',
        'String seen = String.class.getConstructor(String.class).newInstance("");',
        'var seen = java.lang.invoke.MethodHandles.lookup().findVirtual(String.class, "length", '
        "java.lang.invoke.MethodType.methodType(int.class));",
        "class Loader extends ClassLoader { Object made(byte[] code) { return defineClass(null, code, 0, 1); } }",
        "Object made = java.lang.invoke.MethodHandles.lookup().defineClass(new byte[0]);",
        "Object made = jdk.jshell.JShell.create();",
        "Object made = new jdk.jshell.execution.LocalExecutionControl();",
        "Object made = javax.tools.ToolProvider.getSystemJavaCompiler();",
    ],
)
def test_a_cell_that_could_see_the_tests_on_the_stack_is_refused(session: Session, attempt: str) -> None:
    session.fresh()
    ran = session.run(attempt, 20)
    assert ran.problem.startswith("uses "), ran
    assert "which graded code may not" in ran.problem
    assert not session.run("int afterwards = 1;", 20).problem


@needs_sandbox
@pytest.mark.parametrize(
    "usual",
    [
        'try { Integer.parseInt("x"); } catch (NumberFormatException e) { e.printStackTrace(); }',
        "var handle = java.lang.invoke.MethodHandles.arrayElementVarHandle(int[].class);",
        "import java.lang.invoke.*; class Box { int n; static VarHandle N = look(); static VarHandle look() { try { "
        'return MethodHandles.lookup().findVarHandle(Box.class, "n", int.class); } '
        "catch (ReflectiveOperationException e) { throw new IllegalStateException(e); } } }\nBox.N.get(new Box());",
        "record Pair(int a, String b) { }\nenum Side { LEFT, RIGHT }\nString of(Object o) { return switch (o) { "
        'case Pair(int a, String b) when a > 0 -> b + a; case Side side -> side.name(); default -> "" + o; }; }\n'
        'List.of(new Pair(1, "x"), Side.LEFT, 3).stream().map(o -> of(o)).toList();',
        "System.out.println(Object.class.getMethods().length);",
        "int twice(int n) { return 4 * half(n); }\nint half(int n) { return n / 2; }\ntwice(3);",
    ],
)
def test_what_answers_usually_do_is_within_the_rules(session: Session, usual: str) -> None:
    session.fresh()
    assert not session.run(usual, 20).problem


def test_no_sandbox_no_grades(tmp_path: Path) -> None:
    """Where bubblewrap is missing, the grader refuses, and says how to get it and what going without means."""
    (tmp_path / "submissions" / "ada" / hostile.ASSIGNMENT).mkdir(parents=True)
    result = run_grader(tmp_path / "course", "grade", str(tmp_path / "submissions"), PATH="/nowhere")
    assert result.returncode == 1
    assert "bubblewrap is missing" in result.stderr or "Linux" in result.stderr
    assert "UNPROTECTED=1" in result.stderr


# -------------------------------------------------------------------------------------------------- system calls


def verdict(program: bytes, number: int, argument: int = 0, architecture: int = 0xC000003E) -> int:
    """What the kernel would make of a call: the filter, interpreted."""
    code = [struct.unpack("HBBI", program[i : i + 8]) for i in range(0, len(program), 8)]
    loaded, at = 0, 0
    while True:
        operation, if_true, if_false, value = code[at]
        at += 1
        match operation:
            case 0x20:
                loaded = {0: number, 4: architecture, 16: argument}[value]
            case 0x15:
                at += if_true if loaded == value else if_false
            case 0x35:
                at += if_true if loaded >= value else if_false
            case 0x45:
                at += if_true if loaded & value else if_false
            case _:
                return int(value)


ALLOW, KILL = 0x7FFF0000, 0x80000000


@pytest.mark.parametrize(
    ("name", "number", "argument"),
    [("ptrace", 101, 0), ("process_vm_readv", 310, 0), ("pidfd_open", 434, 0), ("pidfd_getfd", 438, 0),
     ("clone3", 435, 0), ("memfd_create", 319, 0), ("mount", 165, 0), ("unshare", 272, 0), ("setns", 308, 0),
     ("io_uring_setup", 425, 0), ("keyctl", 250, 0), ("perf_event_open", 298, 0), ("bpf", 321, 0),
     ("userfaultfd", 323, 0), ("kcmp", 312, 0), ("pivot_root", 155, 0), ("open_by_handle_at", 304, 0),
     ("of the future", 5000, 0), ("clone into a user namespace", 56, 0x10000000), ("socket of AF_ALG", 41, 38),
     ("socket of AF_PACKET", 41, 17)],
)  # fmt: skip
def test_a_call_that_reaches_beyond_the_process_fails(name: str, number: int, argument: int) -> None:
    for root in (False, True):
        assert verdict(syscalls.program(root, "x86_64"), number, argument) >> 16 == 5, name


def test_what_a_jvm_needs_is_allowed_and_another_architecture_ends_it() -> None:
    program = syscalls.program(False, "x86_64")
    for number, argument in ((0, 0), (9, 0), (56, 0x3D0F00), (41, 1), (41, 2), (202, 0)):
        assert verdict(program, number, argument) == ALLOW
    assert verdict(program, 0, architecture=0x40000003) == KILL
    assert verdict(program, 0x40000000) == KILL
    for name, number in syscalls.allowed("aarch64", root=True).items():
        assert verdict(syscalls.program(True, "aarch64"), number, architecture=0xC00000B7) == ALLOW, name


# Calls of x86_64 that the kernel's generic table, which is aarch64's, never had: newer ones do the same.
OF_X86_ALONE = (
    "access alarm arch_prctl chmod creat dup2 epoll_create epoll_wait eventfd fork futimesat getdents getpgrp "
    "inotify_init link lstat mkdir open pause pipe poll readlink rename rmdir select stat symlink time unlink utime "
    "utimes vfork"
)


def test_each_allowed_call_has_a_number_on_aarch64_or_a_successor_there() -> None:
    x86, arm = (syscalls.allowed(architecture, root=True) for architecture in syscalls.SUPPORTED)
    assert sorted(x86.keys() - arm.keys()) == OF_X86_ALONE.split()
    assert not arm.keys() - x86.keys()
    successors = (
        "faccessat timer_create prctl fchmodat openat dup3 epoll_create1 epoll_pwait eventfd2 clone utimensat "
        "getdents64 getpgid inotify_init1 linkat newfstatat mkdirat ppoll pipe2 readlinkat renameat "
        "unlinkat pselect6 symlinkat clock_gettime"
    )
    assert set(successors.split()) <= arm.keys()
    for numbers in (x86, arm):
        assert len(set(numbers.values())) == len(numbers), "no number stands for two calls"


@pytest.mark.parametrize(
    ("architecture", "header"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        ("aarch64", "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_numbers_of_calls_are_the_kernels_own(architecture: str, header: str) -> None:
    if not Path(header).is_file():
        pytest.skip(f"no kernel headers here: {header}")
    lines = re.findall(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)$", Path(header).read_text(), re.MULTILINE)
    known = {name: int(number) for name, number in lines}
    known["newfstatat"] = known.get("newfstatat", known.get("fstatat", -1))
    newest = max(number for number in known.values() if number < 1024)
    ours = {name: number for name, number in syscalls.allowed(architecture, root=True).items() if number <= newest}
    assert len(ours) > 150
    assert ours == {name: known.get(name) for name in ours}


# --------------------------------------------------------------------------------------------- control groups

SYSTEMD_RUN = """#!/bin/sh
echo "$@" >> {log}
while [ "$1" != -- ]; do shift; done
shift
{then}
"""


def with_systemd_run(folder: Path, monkeypatch: pytest.MonkeyPatch, then: str) -> Path:
    """A stand-in for systemd-run, for a teacher who is not root; the file into which it writes how it was called."""
    log = folder / "calls"
    program = folder / "systemd-run"
    program.write_text(SYSTEMD_RUN.format(log=log, then=then))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    sandbox.counted_by_kernel.cache_clear()
    return log


@pytest.fixture
def forget_control_groups() -> Iterator[None]:
    yield
    sandbox.counted_by_kernel.cache_clear()


@needs_sandbox
@pytest.mark.usefixtures("forget_control_groups")
@pytest.mark.parametrize(("then", "scopes"), [('exec "$@"', 2), ("echo 'Failed to connect to bus' >&2; exit 1", 1)])
def test_a_control_group_counts_where_there_is_one_and_the_watch_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str, scopes: int
) -> None:
    log = with_systemd_run(tmp_path, monkeypatch, then)
    tools = replace(plugin.toolbox(), limits=sandbox.Limits(memory_bytes=900_000_000, processes=300))
    with Session(tools) as session:
        session.fresh()
        assert not session.run("int one = 1;", 60).problem
        limits = Path(f"/proc/{session.jail.process.pid}/limits").read_text()
    calls = log.read_text().splitlines()
    assert len(calls) == scopes, "a trial, and the sandbox itself if it succeeded"
    options = "--user --scope --quiet --collect -p MemoryMax={} -p MemorySwapMax=0 -p TasksMax={} -- "
    assert calls[0] == options.format(1_200_000_000, 400) + "true"
    assert all(call.startswith(options.format(900_000_000, 300) + "bwrap ") for call in calls[1:])
    most = re.search(r"Max processes +(\d+)", limits)
    assert most, limits
    assert int(most[1]) == 300 + session.jail._others, "the limit of processes stays in either case"


@pytest.mark.usefixtures("forget_control_groups")
def test_without_systemd_run_nothing_asks_for_a_control_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    sandbox.counted_by_kernel.cache_clear()
    assert not sandbox.counted_by_kernel()
    assert sandbox._scope(sandbox.Limits()) == []


# ------------------------------------------------------------------------------------------------ teachers' machines


def test_where_namespaces_are_forbidden_the_message_says_how_to_allow_them(tmp_path: Path) -> None:
    """As bubblewrap says it where AppArmor is in the way."""
    bwrap = tmp_path / "bin" / "bwrap"
    bwrap.parent.mkdir()
    bwrap.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    bwrap.chmod(0o755)
    hand_in(tmp_path / "submissions", "ada", right())
    path = f"{bwrap.parent}{os.pathsep}{os.environ['PATH']}"
    result = run_grader(tmp_path / "course", "grade", str(tmp_path / "submissions"), PATH=path)
    assert result.returncode == 1
    for remedy in ("/etc/apparmor.d/bwrap", "apparmor_restrict_unprivileged_userns=0", "unprivileged_userns_clone=1"):
        assert remedy in result.stderr
    assert not result.stdout


def test_what_was_handed_in_is_not_changed_where_nbgrader_has_its_own(tmp_path: Path) -> None:
    file = hand_in(tmp_path / "submitted", "ada", "{ <<<<<<< three weeks of work")
    before = file.read_bytes()
    result = run_grader(tmp_path, "grade", str(tmp_path / "submitted"))
    assert result.returncode == 1
    assert "nothing was touched" in result.stderr
    assert file.read_bytes() == before


@needs_sandbox
@pytest.mark.parametrize("moved", ["lib/jvm.cfg", "conf/security/java.security"])
def test_a_jdk_whose_settings_are_links_starts(tmp_path: Path, moved: str) -> None:
    """As distributions have it, which keep them in /etc."""
    home, elsewhere = tmp_path / "jdk", tmp_path / "etc"
    shutil.copytree(os.environ["JAVA_HOME"], home, symlinks=True, ignore=shutil.ignore_patterns("jmods", "src.zip"))
    elsewhere.mkdir()
    shutil.move(home / moved, elsewhere / "settings")
    (home / moved).symlink_to(elsewhere / "settings")
    with Session(replace(plugin.toolbox(), java_home=home)) as session:
        session.fresh()
        assert session.run('System.out.print(java.security.Security.getProperty("securerandom.source"));', 60).printed
    shutil.rmtree(home)


FILLS = """
long written = 0;
for (String folder : new String[] {"/", "/dev/", "/dev/shm/", "/tmp/"}) for (int i = 0; i < 2; i++) try {
    java.nio.file.Files.write(java.nio.file.Path.of(folder + "big" + i), new byte[60_000_000]); written += 60;
} catch (java.io.IOException e) { }
System.out.print(written);
"""
WITHOUT_ROOT = """
import os, sys, threading
from pathlib import Path
exercises, java_home, library, fills = sys.argv[1:]
sys.path.insert(0, exercises)
from grader.session import Session, Toolbox
module = Path(library, "parlab-exercises.jar")
tools = Toolbox(Path(java_home), module, [jar for jar in Path(library).glob("*.jar") if jar != module])
gate = threading.Event()
for count in (0, 450):
    while threading.active_count() <= count:
        threading.Thread(target=gate.wait, daemon=True).start()
    with Session(tools) as session:
        session.fresh()
        print(session.run(fills, 60).printed, flush=True)
os._exit(0)
"""


@needs_sandbox
def test_an_ordinary_user_with_hundreds_of_threads_has_the_same_walls() -> None:
    """A submission may write what its /tmp holds, and what the user runs besides does not count."""
    user, python = [], sys.executable
    if os.geteuid() == 0:  # another one, whom the system counts, and a Python that others may run
        user = ["setpriv", "--reuid=23456", "--regid=23456", "--clear-groups"]
        python = shutil.which("python3", path="/usr/local/bin:/usr/bin") or python
        if subprocess.run([*user, python, str(ROOT / "tools" / "parlab.py"), "--help"], capture_output=True).returncode:
            pytest.skip("other users cannot read this clone, or there is no Python for them")
    command = [*user, python, "-c", WITHOUT_ROOT, str(EXERCISES), os.environ["JAVA_HOME"], str(plugin.LIBRARY), FILLS]
    result = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert result.stdout.split() == ["60", "60"], result.stderr


# ------------------------------------------------------------------------------------------------ make release


@pytest.mark.parametrize("where", ["an archive", "no git", "another repository"])
def test_a_course_that_is_no_clone_is_published_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    copy = tmp_path / "mine" / "parlab"
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    if where == "another repository":
        subprocess.run(["git", "init", "--quiet"], cwd=copy.parent, check=True)
    if where == "no git":
        monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(course, "COURSE", copy / "notebooks" / "exercises")
    target = copy / "build" / "students"
    publish(None, [], target)
    made = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert {"README.md", "notebooks/01-lock-contention.ipynb", "pom.xml", "lib/parlab/pom.xml"} <= made
    assert not [name for name in made if name.startswith(("notebooks/exercises/", "tests/"))]
