"""A sandbox for one JVM: no network, no files but its own, limits, and nothing that outlives it.

Bubblewrap makes it: namespaces of its own for mounts, processes, network and users, or, for root, another user id.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType

from . import syscalls

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
SLICE_SECONDS = 0.1
DIAGNOSTICS_BYTES = 20_000
_OF_SYSTEMD = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
FILES_BYTES = 64_000_000  # of all files that a submission writes, which lie in memory

# What to do where a system keeps ordinary users from making namespaces.
NAMESPACES = """
Ordinary users may not make namespaces on this machine. One of these mends it:
  - Ubuntu 23.10 or newer (AppArmor): a profile that lets bubblewrap do it, as root
      { echo 'abi <abi/4.0>,'; echo 'include <tunables/global>'
        echo "profile bwrap $(command -v bwrap) flags=(unconfined) { userns, }"; } > /etc/apparmor.d/bwrap
      apparmor_parser -r /etc/apparmor.d/bwrap
    or for all programs: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
  - Debian and others: sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000
  - a container: grade as root in it, started with --security-opt seccomp=unconfined --cap-add SYS_ADMIN"""


class NoSandboxError(Exception):
    """This machine cannot keep an answer from the teacher's files."""


@dataclass(frozen=True)
class Limits:
    """What one JVM and everything that it starts may use."""

    cpu_seconds: float = 120
    memory_bytes: int = 1_200_000_000
    processes: int = 400  # threads count as well; what the user runs already does not
    file_bytes: int = 64_000_000


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
    options += ["--size", str(FILES_BYTES), "--perms", "1777", "--tmpfs", "/tmp"]
    links = _links_out_of(java_home)
    outside = [link for link, _ in links]
    parents = {parent for path in (Path("/usr/lib"), java_home, *shown, *outside) for parent in path.parents}
    for parent in sorted(parents - {Path("/"), Path("/tmp")}):
        options += ["--perms", "0755", "--dir", str(parent)]  # or they were open to their owner alone
    options += [*_libraries(), "--ro-bind", str(java_home), str(java_home)]
    for path in shown:
        options += ["--ro-bind", str(path), str(path)]
    for link, target in links:
        options += ["--ro-bind", str(target), str(link)]
    options += ["--dev", "/dev", "--chdir", "/tmp"]
    options += ["--ro-bind", str(folder), "/channel"]
    # Without /proc the linker does not know where the program lies, so it has to be told where its libraries are.
    options += ["--setenv", "LD_LIBRARY_PATH", f"{java_home}/lib:{java_home}/lib/server", "--setenv", "HOME", "/tmp"]
    # The root and /dev lie in memory, without a size: nothing is to be written there.
    closed = ["--remount-ro", "/dev", "--remount-ro", "/"]
    options += ["--setenv", "LC_ALL", "C.UTF-8", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise NoSandboxError("setpriv (of util-linux) is missing, with which root takes another user id")
        options += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--ro-bind", setpriv, "/setpriv", *closed]
        options += ["/setpriv", f"--reuid={_stranger()}", f"--regid={_stranger()}", "--clear-groups", "--no-new-privs"]
    else:
        options += closed
        options[1:1] = ["--unshare-user", *(["--disable-userns"] if _knows("--disable-userns") else [])]
    return options


@cache
def _knows(option: str) -> bool:
    """Whether this bubblewrap has an option."""
    return option in subprocess.run(["bwrap", "--help"], capture_output=True, encoding="utf-8").stdout


@cache
def _links_out_of(java_home: Path) -> tuple[tuple[Path, Path], ...]:
    """Where files and folders of the JDK lie that are links to elsewhere, as distributions have them in /etc; and what
    lies there."""
    found: dict[Path, Path] = {}
    for folder, folders, names in os.walk(java_home):
        for name in (*folders, *names):
            path = Path(folder, name)
            if not path.is_symlink() or not path.exists():
                continue
            at = path
            while at.is_symlink() and java_home in at.parents:
                at = Path(os.path.normpath(at.parent / at.readlink()))
            if java_home not in at.parents:
                found[at] = path.resolve()  # in the sandbox the first place outside is the file itself
    return tuple(sorted(found.items()))


def _stranger() -> int:
    """A user id that nobody has; of each grading program its own, since the limit on processes is one of users."""
    return 64_000 + os.getpid() % 1_000


@cache
def counted_by_kernel() -> bool:
    """Whether systemd gives this user control groups, by which the kernel itself counts memory and threads."""
    if os.geteuid() == 0 or shutil.which("systemd-run") is None:
        return False
    probe = [*_scope_command(Limits()), "true"]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(probe, capture_output=True, timeout=10).returncode == 0
    return False


def _scope_command(limits: Limits) -> list[str]:
    memory = f"MemoryMax={limits.memory_bytes}"
    swap, tasks = "MemorySwapMax=0", f"TasksMax={limits.processes}"
    return ["systemd-run", "--user", "--scope", "--quiet", "--collect", "-p", memory, "-p", swap, "-p", tasks, "--"]


def _scope(limits: Limits) -> list[str]:
    """A control group for the sandbox, where there are any; elsewhere the watch and the limits of processes count."""
    return _scope_command(limits) if counted_by_kernel() else []


@cache
def why_not(java_home: Path) -> str:
    """Why this machine gives no isolation, or an empty string."""
    if not sys.platform.startswith("linux"):
        return f"{sys.platform} has no namespaces; grade on Linux, or in a Linux container or virtual machine"
    if platform.machine() not in syscalls.SUPPORTED:
        return f"no filter for system calls is known for {platform.machine()}"
    if shutil.which("bwrap") is None:
        return "bubblewrap is missing: install the package bubblewrap"
    try:
        with Jail(java_home, [], ["-version"]) as jail:
            jail.process.wait(timeout=60)
            if jail.process.returncode == 0:
                return ""
            said = jail.diagnostics()
            refused = re.search(r"(uid map|namespace|setgroups).*(denied|not permitted|No space|unavailable)", said)
            return f"bubblewrap fails: {said}{NAMESPACES if refused else ''}"
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
        self.cpu_seconds = 0.0  # used so far, as the watch saw it last
        self._heard = bytearray()
        self._folder = Path(tempfile.mkdtemp(prefix="parlab-grade-"))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._folder / "socket"))
        self._listener.listen(1)
        self.channel: socket.socket | None = None
        address = "/channel/socket" if protected else str(self._folder / "socket")
        command = [str(java_home / "bin" / "java"), *(word.replace("{socket}", address) for word in java)]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        if protected and counted_by_kernel():  # systemd-run asks for these; the sandbox itself sees none of them
            environment |= {name: os.environ[name] for name in _OF_SYSTEMD if name in os.environ}
        if mark := os.environ.get("PARLAB_TEST_MARK"):
            environment["PARLAB_TEST_MARK"] = mark  # tests look for what is left behind
        passed: list[int] = []
        self._others = 0 if protected and os.geteuid() == 0 else threads_of(os.getuid())
        if protected:
            walls = _walls(java_home, shown, self._folder)
            if os.geteuid() == 0:
                for path in (self._folder, self._folder / "socket"):
                    os.chown(path, _stranger(), _stranger())
            seccomp = os.memfd_create("seccomp")
            os.write(seccomp, syscalls.program(root=os.geteuid() == 0))
            os.lseek(seccomp, 0, os.SEEK_SET)
            passed.append(seccomp)
            at = walls.index("--die-with-parent")
            marked = [
                word
                for name in ("LC_ALL", "PARLAB_TEST_MARK")
                if name in environment
                for word in ("--setenv", name, environment[name])
            ]
            walls[at:at] = ["--seccomp", str(seccomp)]
            end = walls.index("--cap-drop")
            walls[end:end] = marked
            command = [*_scope(self.limits), *walls, *command]
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
            # The system counts all of the user's threads, a desktop's hundreds too.
            most = limits.processes + self._others
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))

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
            self.cpu_seconds = max(self.cpu_seconds, cpu)
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


def threads_of(user: int) -> int:
    """How many threads a user has on this machine."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == user:
                total += int((folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[17])
    return total


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
