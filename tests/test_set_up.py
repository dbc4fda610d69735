"""The set-up: what it writes, that it is quick when nothing changed, and what it says when something is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import parlab
import pytest
from conftest import ROOT
from kernel import Kernel

SPEC = parlab.kernel_dir(Path(sys.prefix)) / "kernel.json"


def fake_jdk(home: Path, version: str) -> Path:
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "javac").touch()
    (home / "release").write_text(f'IMPLEMENTOR="X"\nJAVA_VERSION="{version}"\n', encoding="utf-8")
    return home


def test_kernelspec_lies_in_this_environment_and_says_parlab() -> None:
    spec = json.loads(SPEC.read_text(encoding="utf-8"))
    assert "ParLab" in spec["display_name"]
    assert spec["language"] == "java"
    assert "--add-modules=jdk.incubator.vector" in spec["argv"]
    assert any("enable-native-access" in word for word in spec["argv"])
    assert "jjava-launcher" not in " ".join(spec["argv"])


def test_ijavas_kernelspec_has_the_options_of_ours() -> None:
    """A pool's workers inherit them, and start with the cache only where they are those that it was made with."""
    spec = json.loads((ROOT / "tools" / "ijava" / "kernel.json").read_text(encoding="utf-8"))
    ours = {option.replace(str(ROOT), "/CLONE") for option in parlab.JVM_OPTIONS} - set(parlab.huge_pages())
    assert ours <= set(spec["argv"])


def test_kernel_has_an_ahead_of_time_cache() -> None:
    spec = json.loads(SPEC.read_text(encoding="utf-8"))
    caches = [word.partition("=")[2] for word in spec["argv"] if word.startswith("-XX:AOTCache=")]
    assert len(caches) == 1, caches or (parlab.KERNEL / "training.log").read_text()
    assert Path(caches[0]).stat().st_size > 1_000_000


def test_ahead_of_time_cache_is_accepted_by_the_jvm() -> None:
    """With AOTMode=on a JVM that can not use the cache refuses to start."""
    argv = json.loads(SPEC.read_text(encoding="utf-8"))["argv"]
    command = [argv[0], "-XX:AOTMode=on", *argv[1 : argv.index("-cp") + 2], "org.dflib.jjava.distro.JJava"]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT, timeout=300)
    assert "Missing connection file argument" in result.stderr, result.stderr


def test_workers_start_with_their_ahead_of_time_cache() -> None:
    """With AOTMode=on a worker that can not use the cache refuses to start."""
    assert parlab.WORKER_CACHE.stat().st_size > 1_000_000
    with Kernel() as kernel:
        reply = kernel.run(
            """import parlab.processes.*;
            var builder = ProcessPool.builder().workers(1).jvmOptions("-XX:AOTMode=on");
            try (var pool = builder.build()) {
                System.out.println(pool.submit(() -> ProcessHandle.current().info().commandLine().orElse("")).get());
            }"""
        )
    assert reply.status == "ok", reply.error
    assert reply.text("stderr") == ""
    assert f"-XX:AOTCache={parlab.WORKER_CACHE} " in reply.text("stdout")


def test_members_start_with_their_ahead_of_time_cache() -> None:
    with Kernel() as kernel:
        reply = kernel.run(
            """import parlab.cluster.*;
            try (var cluster = Cluster.local(1, "-XX:AOTMode=on")) {
                System.out.println(cluster.submit(() -> ProcessHandle.current().info().commandLine().orElse("")).get());
            }"""
        )
    assert reply.status == "ok", reply.error
    assert reply.text("stderr") == ""
    assert f"-XX:AOTCache={parlab.MEMBER_CACHE} " in reply.text("stdout")


def test_set_up_goes_on_when_the_workers_cache_can_not_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parlab, "KERNEL", tmp_path)  # without a jar in it
    monkeypatch.setattr(parlab, "WORKER_CACHE", tmp_path / "worker.aot")
    monkeypatch.setattr(parlab, "MEMBER_CACHE", tmp_path / "member.aot")
    home = Path(json.loads(SPEC.read_text(encoding="utf-8"))["argv"][0]).parents[1]
    parlab.set_up_workers(home)
    assert "not all could be made" in capsys.readouterr().out
    assert "TrainWorkers" in (tmp_path / "worker-training.log").read_text(encoding="utf-8")
    parlab.set_up_workers(home)
    assert capsys.readouterr().out == ""


def test_second_set_up_does_nothing() -> None:
    def written() -> dict[str, int]:
        # What a kernel unpacks for itself is not the set-up's; lessons may run beside this test.
        own = [path for path in parlab.KERNEL.rglob("*") if "native" not in path.parts]
        return {str(path): path.stat().st_mtime_ns for path in [SPEC, *own] if path.is_file()}

    before = written()
    here = Path(sys.prefix) != parlab.VENV
    command = [sys.executable, str(ROOT / "tools/parlab.py"), "setup", *(["--here"] if here else [])]
    if not here:
        command[0] = os.environ.get("PARLAB_BASE_PYTHON", str(Path(sys.base_prefix) / "bin" / "python3"))
    result = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300)
    assert result.returncode == 0, result.stdout
    assert result.stdout == ""
    assert written() == before


def test_students_get_all_that_the_set_up_reads() -> None:
    """The course as published has neither tests nor the grader, and is set up by the same program."""
    from grader.publish import PRIVATE

    wanted = ["Makefile", "requirements.txt", "pom.xml", ".mvn/**/*", "mvnw*", "lib/*/pom.xml", "lib/*/src/main/**/*"]
    wanted += ["tools/parlab.py", "tools/train_aot.py", "tools/run_notebooks.py", "notebooks/twins/*.py"]
    wanted += ["notebooks/data/make_*.py", "binder/*", "environment.yml", ".devcontainer/*"]
    wanted += ["tools/free_threaded.py"]
    read = {path.relative_to(ROOT).as_posix() for path in parlab.files(*wanted) if "__pycache__" not in path.parts}
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert read <= set(listed.stdout.splitlines())
    assert not [name for name in read if name.startswith(PRIVATE)]


def test_jdk_version_is_read_from_the_release_file(tmp_path: Path) -> None:
    assert parlab.jdk_version(fake_jdk(tmp_path / "a", "25.0.3")) == (25, 0, 3)
    assert parlab.jdk_version(fake_jdk(tmp_path / "b", "17.0.15")) == (17, 0, 15)
    assert parlab.jdk_version(tmp_path) == ()


def test_java_home_comes_first_when_it_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = fake_jdk(tmp_path / "new", "26")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert parlab.find_jdk() == home


def test_an_old_java_home_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = fake_jdk(tmp_path / "old", "17.0.1")
    new = fake_jdk(tmp_path / "new", "25")
    monkeypatch.setenv("JAVA_HOME", str(old))
    monkeypatch.setattr(parlab, "jdk_candidates", lambda: iter([("JAVA_HOME", old), ("the PATH", new)]))
    assert parlab.find_jdk() == new


def test_no_jdk_and_no_network_gives_one_message_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parlab, "jdk_candidates", lambda: iter([]))
    assert parlab.find_jdk() is None
    monkeypatch.setattr(parlab, "JDK_CACHE", tmp_path)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with pytest.raises(parlab.SetupError) as failure:
        parlab.fetch_jdk(Path(sys.executable))
    assert "Install one" in str(failure.value)
    assert "JAVA_HOME" in str(failure.value)
    assert "fetching Temurin 25" in capsys.readouterr().out


def test_an_old_maven_on_the_path_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mvn = tmp_path / "mvn"
    for version, ours in (("3.8.7", False), ("3.9.0", True), ("4.0.1", True)):
        mvn.write_text(f"#!/bin/sh\necho 'Apache Maven {version}'\n", encoding="utf-8")
        mvn.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
        command = parlab.maven(tmp_path)
        assert (command[0] == str(mvn)) == ours, version


def test_a_failing_step_shows_its_output_and_its_command() -> None:
    with pytest.raises(parlab.SetupError, match=r"exit code 3(.|\n)*what went wrong(.|\n)*command: "):
        parlab.check([sys.executable, "-c", "print('what went wrong'); exit(3)"], "the step")
