"""A long job that keeps a journal, and what comes of it when it is killed half-way: an experiment of process_pool.py.

As the job itself: journal_job.py JOURNAL TASKS WORKERS. Prints its workers' process ids, then how many tasks it did.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import start_methods
from parlab_twin import emit


def item(x: int) -> int:
    time.sleep(0.01)
    return x * x


def job(path: Path, tasks: int, workers: int) -> None:
    """One line "number result" a result; a number that stands there is not computed again."""
    done = journal(path)
    missing = [x for x in range(tasks) if x not in done]
    with ProcessPoolExecutor(workers) as pool, path.open("a", encoding="utf-8") as file:
        futures = {pool.submit(item, x): x for x in missing}
        emit(workers=[child.pid for child in multiprocessing.active_children()])
        for future in as_completed(futures):
            file.write(f"{futures[future]} {future.result()}\n")
            file.flush()
    emit(computed=len(missing))


def journal(path: Path) -> dict[int, int]:
    """What a journal holds. A last line without its end was cut off by the kill: it does not count, and goes."""
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    return {int(number): int(result) for number, result in (line.split() for line in whole.splitlines())}


def resume(options: argparse.Namespace) -> None:
    """Runs the job, kills it half-way with SIGKILL, counts which of its workers live on, runs it again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        command = [sys.executable, __file__, str(path), str(options.tasks), str(options.workers)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=os.name != "nt") as run:
            assert run.stdout
            workers = json.loads(run.stdout.readline())["workers"]
            deadline = time.monotonic() + options.seconds
            while lines(path) < options.tasks // 2 and run.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            run.kill()
            run.wait()
            deadline = time.monotonic() + 2
            while any(alive(pid) for pid in workers) and time.monotonic() < deadline:
                time.sleep(0.02)
            survivors = sum(alive(pid) for pid in workers)
            start_methods.stop(run)
        before = len(journal(path))
        again = subprocess.run(command, capture_output=True, text=True, check=True)
        after = journal(path)
    columns: dict[str, object] = {
        "done before the kill": before,
        "done by the second run": json.loads(again.stdout.splitlines()[-1])["computed"],
        "complete and right": all(after.get(x) == x * x for x in range(options.tasks)),
    }
    if Path("/proc/self/stat").exists():
        columns["workers alive 2 s later"] = survivors
    emit(**columns)


def alive(pid: int) -> bool:
    """Whether a process is there and more than an entry that waits to be fetched; False where there is no /proc."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


if __name__ == "__main__":
    job(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
