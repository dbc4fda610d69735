"""A sandbox for one JVM: no network, no files but its own, limits, and nothing that outlives it.

Bubblewrap makes it: namespaces of its own for mounts, processes, network and users, or, for root, another user id.
"""

from __future__ import annotations

import contextlib
import os
import platform
import resource
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
SLICE_SECONDS = 0.1
DIAGNOSTICS_BYTES = 20_000


class NoSandboxError(Exception):
    """This machine can not keep an answer from the teacher's files."""


@dataclass(frozen=True)
class Limits:
    """What one JVM and everything that it starts may use."""

    cpu_seconds: float = 120
    memory_bytes: int = 1_200_000_000
    processes: int = 400  # threads count as well
    file_bytes: int = 64_000_000


# ---------------------------------------------------------------------------------------------- system calls

# By which one process reaches into another of the same user (a child JVM could be started with native access), and
# some that no answer needs: ptrace, process_vm_readv, process_vm_writev, kcmp, kexec_load, add_key, request_key,
# keyctl, perf_event_open, bpf, userfaultfd, io_uring_setup.
_FORBIDDEN = {
    "x86_64": (0xC000003E, (101, 310, 311, 312, 246, 248, 249, 250, 298, 321, 323, 425)),
    "aarch64": (0xC00000B7, (117, 270, 271, 272, 104, 217, 218, 219, 241, 280, 282, 425)),
}


def _filter() -> bytes:
    """A seccomp program: those calls fail with EPERM, those of another architecture end the process."""
    architecture, numbers = _FORBIDDEN[platform.machine()]
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    kill, refuse, allow = 0x80000000, 0x00050001, 0x7FFF0000
    program = [(load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, kill), (load, 0, 0, 0)]
    if platform.machine() == "x86_64":
        program += [(at_least, 0, 1, 0x40000000), (give, 0, 0, kill)]  # x32
    for number in numbers:
        program += [(equal, 0, 1, number), (give, 0, 0, refuse)]
    program.append((give, 0, 0, allow))
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


# --------------------------------------------------------------------------------------------------- the walls


def _libraries() -> list[str]:
    """The system's shared libraries, where the sandbox has them, too."""
    options: list[str] = []
    for name in ("/usr/lib", "/usr/lib64", "/usr/lib32", "/lib", "/lib64", "/lib32"):
        folder = Path(name)
        if folder.is_symlink():
            options += ["--symlink", str(folder.readlink()), name]
        elif folder.is_dir():
            options += ["--ro-bind", name, name]
    for name in ("/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/usr/share/fonts"):
        options += ["--ro-bind-try", name, name]
    return options


def _walls(java_home: Path, shown: Sequence[Path], folder: Path) -> list[str]:
    """Bubblewrap and its options. Without /proc, for through it a process can write to its own memory."""
    options = ["bwrap", "--die-with-parent", "--new-session", "--clearenv"]
    options += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    # First of all, for what is shown of the file system may lie below it.
    options += ["--size", "64000000", "--perms", "1777", "--tmpfs", "/tmp"]
    parents = {parent for path in (Path("/usr/lib"), java_home, *shown) for parent in path.parents}
    for parent in sorted(parents - {Path("/"), Path("/tmp")}):
        options += ["--perms", "0755", "--dir", str(parent)]  # or they were open to their owner alone
    options += [*_libraries(), "--ro-bind", str(java_home), str(java_home)]
    for path in shown:
        options += ["--ro-bind", str(path), str(path)]
    options += ["--dev", "/dev", "--chdir", "/tmp"]
    options += ["--ro-bind", str(folder), "/channel"]
    # Without /proc the linker does not know where the program lies, so it has to be told where its libraries are.
    options += ["--setenv", "LD_LIBRARY_PATH", f"{java_home}/lib:{java_home}/lib/server", "--setenv", "HOME", "/tmp"]
    options += ["--setenv", "LC_ALL", "C.UTF-8", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise NoSandboxError("setpriv (of util-linux) is missing, with which root takes another user id")
        options += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--ro-bind", setpriv, "/setpriv"]
        options += ["/setpriv", f"--reuid={_stranger()}", f"--regid={_stranger()}", "--clear-groups", "--no-new-privs"]
    else:
        options[1:1] = ["--unshare-user"]
    return options


def _stranger() -> int:
    """A user id that nobody has; of each grading program its own, since the limit on processes is one of users."""
    return 64_000 + os.getpid() % 1_000


@cache
def why_not(java_home: Path) -> str:
    """Why this machine gives no isolation, or an empty string."""
    if not sys.platform.startswith("linux"):
        return f"{sys.platform} has no namespaces; grade on Linux, or in a Linux container or virtual machine"
    if platform.machine() not in _FORBIDDEN:
        return f"no filter for system calls is known for {platform.machine()}"
    if shutil.which("bwrap") is None:
        return "bubblewrap is missing: install the package bubblewrap"
    try:
        with Jail(java_home, [], ["-version"]) as jail:
            jail.process.wait(timeout=60)
            if jail.process.returncode == 0:
                return ""
            return f"bubblewrap fails: {jail.diagnostics()}"
    except (OSError, NoSandboxError, subprocess.SubprocessError) as e:
        return str(e)


class Jail:
    """A JVM behind walls, and the one connection through them. Ends, with all that it started, when it is closed."""

    def __init__(
        self,
        java_home: Path,
        shown: Sequence[Path],
        java: Sequence[str],
        limits: Limits | None = None,
        protected: bool = True,
    ) -> None:
        self.limits = limits or Limits()
        self.broken = ""  # the limit that was broken, in words
        self._heard = bytearray()
        self._folder = Path(tempfile.mkdtemp(prefix="parlab-grade-"))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._folder / "socket"))
        self._listener.listen(1)
        self.channel: socket.socket | None = None
        address = "/channel/socket" if protected else str(self._folder / "socket")
        command = [str(java_home / "bin" / "java"), *(word.replace("{socket}", address) for word in java)]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        if mark := os.environ.get("PARLAB_TEST_MARK"):
            environment["PARLAB_TEST_MARK"] = mark  # tests look for what is left behind
        passed: list[int] = []
        if protected:
            walls = _walls(java_home, shown, self._folder)
            if os.geteuid() == 0:
                for path in (self._folder, self._folder / "socket"):
                    os.chown(path, _stranger(), _stranger())
            seccomp = os.memfd_create("seccomp")
            os.write(seccomp, _filter())
            os.lseek(seccomp, 0, os.SEEK_SET)
            passed.append(seccomp)
            at = walls.index("--die-with-parent")
            marked = [
                word for name, value in environment.items() if name != "PATH" for word in ("--setenv", name, value)
            ]
            walls[at:at] = ["--seccomp", str(seccomp)]
            end = walls.index("--cap-drop")
            walls[end:end] = marked
            command = [*walls, *command]
        try:
            self.process = subprocess.Popen(
                command,
                env=environment,
                cwd="/" if protected else self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=passed,
                start_new_session=True,
                preexec_fn=self._limit,
            )
        except BaseException:
            self._listener.close()
            shutil.rmtree(self._folder)
            raise
        finally:
            for descriptor in passed:
                os.close(descriptor)
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._listen, self._watch)]
        self._over = threading.Event()
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Jail:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()
        self._over.set()
        for thread in self._threads:
            thread.join()
        if self.channel:
            self.channel.close()
        self._listener.close()
        shutil.rmtree(self._folder)

    def _limit(self) -> None:
        limits = self.limits
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes))
        cpu = int(limits.cpu_seconds) + 5  # of each process; the watch looks at all of them together
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
        if sys.platform.startswith("linux"):
            resource.setrlimit(resource.RLIMIT_NPROC, (limits.processes, limits.processes))

    def connect(self, seconds: float) -> bool:
        """Waits for the JVM's one connection; whoever calls later finds nobody."""
        self._listener.settimeout(SLICE_SECONDS)
        for _ in range(int(seconds / SLICE_SECONDS)):
            with contextlib.suppress(TimeoutError):
                self.channel = self._listener.accept()[0]
                self.channel.settimeout(SLICE_SECONDS)
                self._listener.close()
                return True
            if self.process.poll() is not None:
                return False
        return False

    def diagnostics(self) -> str:
        """What the JVM itself said, past the answers' own output."""
        return bytes(self._heard).decode(errors="replace").strip()

    def kill(self) -> None:
        """Ends it all: the end of the first process of its namespace ends every other."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 9)
        for pid in family(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        self.process.wait()

    def _listen(self) -> None:
        """Keeps the beginning of what is written past the channel, and drops the rest."""
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            while block := stream.read1(65536):  # type: ignore[attr-defined]
                self._heard += block[: max(0, DIAGNOSTICS_BYTES - len(self._heard))]

    def _watch(self) -> None:
        while self.process.poll() is None and not self._over.wait(SLICE_SECONDS):
            cpu, memory = use(family(self.process.pid))
            if cpu > self.limits.cpu_seconds:
                self.broken = f"more than {self.limits.cpu_seconds:.0f} s of processor time"
            elif memory > self.limits.memory_bytes:
                self.broken = f"more than {self.limits.memory_bytes / 1e6:.0f} MB of memory"
            else:
                continue
            self.kill()


# ------------------------------------------------------------------------------------------------ processes


def _stats() -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            yield int(folder.name), (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()


def family(pid: int) -> list[int]:
    """The descendants of a process, on Linux."""
    children: dict[int, list[int]] = {}
    for child, fields in _stats():
        children.setdefault(int(fields[1]), []).append(child)
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def use(pids: Sequence[int]) -> tuple[float, int]:
    """Processor time in seconds, also of children that have ended, and memory in bytes."""
    ticks = pages = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])
            pages += int(fields[21])
    return ticks / TICKS_PER_SECOND, pages * PAGE_BYTES
