"""A cluster across two network namespaces, one of which loses its link for ten seconds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import parlab
import pytest
from conftest import LINUX, ROOT


def may_make_namespaces() -> bool:
    if not LINUX or os.geteuid() != 0 or not shutil.which("ip"):
        return False
    made = subprocess.run(["ip", "netns", "add", f"parlab-try-{os.getpid()}"], capture_output=True)
    subprocess.run(["ip", "netns", "delete", f"parlab-try-{os.getpid()}"], capture_output=True)
    return made.returncode == 0


@pytest.mark.skipif(not may_make_namespaces(), reason="needs root on Linux, and network namespaces")
def test_a_cut_link_costs_time_and_no_result() -> None:
    env = {**os.environ, "PARLAB_JAVA": os.environ.get("PARLAB_JAVA", "java")}
    script = parlab.ROOT / "tools/cluster/two-rooms.sh"
    result = subprocess.run([script], cwd=ROOT, env=env, capture_output=True, encoding="utf-8", timeout=600)
    print(result.stdout)
    assert result.returncode == 0, result.stdout + result.stderr
    assert len(re.findall(r"a task there and back, 10\.77\.0\.[12]:5701", result.stdout)) == 2
    assert "3000 of 3000 tasks, each result once; members before the cut: 2" in result.stdout
    assert "members at the end: 2" in result.stdout
    assert "parlab-a-" not in subprocess.run(["ip", "netns"], capture_output=True, encoding="utf-8").stdout
