"""Goes wrong in the way that its first argument names. Uses nothing but the standard library."""

import json
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path


def emit(**fields):
    print(json.dumps(fields), flush=True)


def sleep_for_ever():
    time.sleep(600)


def main():
    how = sys.argv[1]
    print(f"about to {how}", file=sys.stderr, flush=True)
    if how == "exit":
        emit(a=1)
        print("Traceback: grüße", file=sys.stderr)
        sys.exit(3)
    elif how == "raise":
        raise ValueError("no such luck")
    elif how == "abort":
        os.abort()
    elif how == "print":
        emit(a=1)
        print("hello, I am no JSON", flush=True)
        time.sleep(600)
    elif how == "print-list":
        print("[1, 2]", flush=True)
    elif how == "print-nan":
        print('{"a": NaN}', flush=True)
    elif how == "print-twice":
        print('{"a": 1} {"a": 2}', flush=True)
    elif how == "print-endless-line":
        while True:
            sys.stdout.write("x" * 65536)
    elif how == "print-for-ever":
        while True:
            emit(x=1)
            time.sleep(0.001)
    elif how == "flood-rows":
        while True:
            sys.stdout.write('{"x": 1}\n' * 1000)
    elif how == "die-in-a-line":
        sys.stdout.write('{"a": 1, "b')
        sys.stdout.flush()
        os._exit(7)
    elif how == "flood-stderr":
        for number in range(40_000):
            print(f"{number:06} " + "y" * 93, file=sys.stderr)
        emit(a=1)
    elif how == "hang":
        # A child by multiprocessing and one that ignores the polite signals.
        child = multiprocessing.get_context("spawn").Process(target=sleep_for_ever)
        child.start()
        ignore = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
        other = subprocess.Popen([sys.executable, "-c", ignore])
        part = Path(sys.argv[2] + ".part")
        part.write_text(f"{os.getpid()}\n{child.pid}\n{other.pid}\n")
        part.rename(sys.argv[2])
        time.sleep(600)
    elif how == "leave-daemon":
        # As a daemon does: a session of its own, and a parent that has ended.
        daemon = "import os, sys, time; os.setsid(); print(os.getpid(), flush=True); time.sleep(600)"
        start = (
            "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', sys.argv[1]], stdout=subprocess.PIPE)"
        )
        start += "; print(p.stdout.readline().decode(), flush=True)"
        made = subprocess.run([sys.executable, "-c", start, daemon], stdout=subprocess.PIPE, check=True)
        emit(pids=[int(made.stdout)])
    elif how == "leave-child":
        other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        emit(pids=[other.pid])


if __name__ == "__main__":
    main()
