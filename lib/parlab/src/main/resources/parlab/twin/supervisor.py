"""Runs a command and lets no process of it outlive the JVM that asked for it.

    python -I -S -c <this text> command argument...

Standard input is a pipe whose other end the JVM holds and never writes to. When the JVM ends, even by SIGKILL, the
pipe ends; then every process of the command's group is killed, on Linux also those that left the group. The same is
done with what the command leaves behind when it ends by itself. This process stands in a session of its own, for a
notebook server kills the kernel's whole process group, and the guard must survive that to do its work.

The command's own process has no thread or handler of ours in it: what is measured there is not disturbed.
"""

import os
import signal
import sys

KILLED = 128 + 9
PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """On Linux, makes this process the parent of every descendant whose own parent has ended."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        pass  # no such call: what leaves the group escapes


def kill_descendants():
    """Kills our children, then those of theirs that thereby become ours, until there are none."""
    try:
        while True:
            with open(f"/proc/self/task/{os.getpid()}/children") as file:  # noqa: PTH123  (pathlib takes time to load)
                children = [int(pid) for pid in file.read().split()]
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            for pid in children:
                os.waitpid(pid, 0)
            if not children:
                return
    except OSError:
        pass  # no such file, or nobody left


def posix(command):
    import select

    try:
        os.setsid()
    except OSError:
        pass  # it leads a group already, which is as good
    adopt_orphans()
    wake, alarm = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(alarm, False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(alarm, warn_on_full_buffer=False)

    child = os.fork()
    if child == 0:
        try:
            os.setpgid(0, 0)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.execvp(command[0], command)
        except OSError as error:
            os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(127)
    try:
        os.setpgid(child, child)  # whoever of the two comes first
    except OSError:
        pass

    def kill_group():
        try:
            os.killpg(child, signal.SIGKILL)
        except OSError:
            pass  # nobody is left

    while True:
        ready, _, _ = select.select([0, wake], [], [])
        stop = 0 in ready and not os.read(0, 4096)
        if wake in ready:
            stop = stop or signal.SIGTERM in os.read(wake, 4096)
        if stop:
            kill_group()
            os.waitpid(child, 0)
            kill_descendants()
            os._exit(KILLED)
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            kill_group()
            kill_descendants()
            os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def windows(command):
    import subprocess
    import threading

    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def watch():
        while os.read(0, 4096):
            pass
        kill = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
        subprocess.run(kill, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os._exit(KILLED)

    threading.Thread(target=watch, daemon=True).start()
    os._exit(process.wait() & 0xFF)


(posix if hasattr(os, "fork") else windows)(sys.argv[1:])
