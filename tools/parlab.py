"""Sets ParLab up, opens it, runs, tests and measures it: the one program behind the Makefile.

It runs on a bare Python 3.11 or newer with nothing installed; whatever needs a package runs in the
environment that `setup` makes. Everything it creates lies inside the clone.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

if sys.version_info < (3, 11):  # noqa: UP036  (this message is for the interpreter that is too old)
    sys.exit(
        f"ParLab needs Python 3.11 or newer, this is {platform.python_version()} ({sys.executable}). "
        "Name a newer one: make PYTHON=python3.13 lab"
    )

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
KERNEL = BUILD / "kernel"
WORKER_CACHE = KERNEL / "worker.aot"
MEMBER_CACHE = KERNEL / "member.aot"
VENV = ROOT / ".venv"
JDK_CACHE = ROOT / ".jdk"
NOTEBOOKS = ROOT / "notebooks"
EXERCISES = NOTEBOOKS / "exercises"
WINDOWS = os.name == "nt"
TRAINING_ATTEMPTS = 3

MIN_JDK = 25
MIN_MAVEN = (3, 9)

# What goes on a kernel's class path.
JARS = ("parlab", "processes", "kernels", "models", "pipelines", "cluster", "exercises")
MODULES = tuple(f"lib/{jar}" for jar in JARS)

BLACKHOLE = "parlab.timing.Blackhole::consume"


def huge_pages() -> tuple[str, ...]:
    """Asks Linux for pages of 2 MB for the heap, as NumPy does for its arrays: memory is read a tenth faster.

    Where the system never gives any, the JVM would complain.
    """
    try:
        offered = Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text(encoding="ascii")
    except OSError:
        return ()
    return () if "[never]" in offered else ("-XX:+UseTransparentHugePages",)


JVM_OPTIONS = (
    "--add-opens=jdk.jshell/jdk.jshell=ALL-UNNAMED",  # JJava reads a snippet's class name from there
    "--enable-native-access=ALL-UNNAMED",
    "--add-modules=jdk.incubator.vector",
    "--sun-misc-unsafe-memory-access=allow",  # Tablesaw's class scanner uses it, and the JVM would say so in a cell
    "-XX:+UnlockExperimentalVMOptions",
    "-XX:CompileCommand=quiet",
    f"-XX:CompileCommand=blackhole,{BLACKHOLE}",  # lets Bench keep a result alive at no cost
    "-ea:REPL...",  # an assert that a learner types counts
    "-Djava.awt.headless=true",
    *huge_pages(),
    f"-Dparlab.cache={KERNEL / 'native'}",  # where a native library goes that is asked for
    f"-Dparlab.worker.aot={WORKER_CACHE}",  # what a process pool's workers start with; a pool copes without the file
    f"-Dparlab.member.aot={MEMBER_CACHE}",  # the same for members of a cluster
)


# Those of the class parlab.processes.WorkerCommand, and the kernel's, which a member inherits: they decide whether a
# cache fits.
MEMBER_OPTIONS = (
    "-XX:+UseSerialGC",
    "-XX:+UseCountedLoopSafepoints",
    "-XX:LoopStripMiningIter=1000",
    *(option for option in JVM_OPTIONS if "incubator" not in option),
)


class SetupError(Exception):
    """Something that the user has to mend; the message says what and how."""


def say(text: str) -> None:
    print(f"{text}\n", end="", flush=True)  # in one piece: some steps run beside others


def environment(java_home: Path | None = None) -> dict[str, str]:
    """The environment in which every tool of ours runs."""
    env = dict(os.environ)
    for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "PYTHONHOME", "PYTHONPATH"):
        env.pop(name, None)  # somebody else's kernels and packages
    env["JUPYTER_PREFER_ENV_PATH"] = "1"
    env["JUPYTER_PLATFORM_DIRS"] = "1"
    for name in ("CONFIG", "DATA", "RUNTIME"):
        env[f"JUPYTER_{name}_DIR"] = str(ROOT / ".jupyter" / name.lower())
    ipython = ROOT / ".jupyter" / "ipython"
    ipython.mkdir(parents=True, exist_ok=True)  # or IPython makes a folder of its own elsewhere, and says so
    env["IPYTHONDIR"] = str(ipython)
    env["PYTHONUTF8"] = "1"
    if sys.platform.startswith("linux"):
        # In the C locale a JVM can not open a path with non-ASCII letters.
        env["LC_ALL"] = "C.UTF-8"
    if java_home is not None:
        env["JAVA_HOME"] = str(java_home)
    return env


def call(command: Sequence[str | Path], env: dict[str, str]) -> int:
    """Runs a command in the foreground; on an interrupt or a request to end it is asked to end, too."""
    with subprocess.Popen([str(word) for word in command], env=env, cwd=ROOT) as process:
        before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            while True:
                try:
                    return process.wait()
                except KeyboardInterrupt:  # the terminal has told the command as well
                    continue
        finally:
            signal.signal(signal.SIGTERM, before)


def become(command: Sequence[str | Path], env: dict[str, str], cwd: Path) -> NoReturn:
    """Hands this process over to the command, so that signals reach it and it leaves nothing of ours behind."""
    words = [str(word) for word in command]
    if WINDOWS:
        sys.exit(subprocess.run(words, env=env, cwd=cwd).returncode)
    os.chdir(cwd)
    sys.stdout.flush()
    os.execve(words[0], words, env)


def check(command: Sequence[str | Path], what: str, env: dict[str, str] | None = None) -> None:
    """Runs a command quietly; its output is shown only when it fails."""
    result = subprocess.run(
        [str(word) for word in command],
        env=env or environment(),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    if result.returncode != 0:
        shown = shlex.join(str(word) for word in command)
        raise SetupError(f"{what} failed (exit code {result.returncode}):\n{result.stdout}\ncommand: {shown}")


def digest(parts: Iterable[str | bytes | Path]) -> str:
    """One hash over texts and files; a file counts by its name and its content."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            total.update(part.relative_to(ROOT).as_posix().encode() + b"\0" + part.read_bytes() + b"\0")
        else:
            total.update((part.encode() if isinstance(part, str) else part) + b"\0")
    return total.hexdigest()


def files(*patterns: str) -> list[Path]:
    found = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(found)


class Stamp:
    """Remembers what a step was last done for, so that it is done again only when that changes."""

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self.key = key

    def fresh(self) -> bool:
        return self.path.is_file() and self.path.read_text(encoding="utf-8") == self.key

    def write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.key, encoding="utf-8")


# ---------------------------------------------------------------------------------------------- Python


def prefix(here: bool) -> Path:
    """Where the environment lies; `here` means that the running Python is it already (conda, Binder)."""
    return Path(sys.prefix) if here else VENV


def python_of(env_prefix: Path) -> Path:
    if env_prefix == Path(sys.prefix):
        return Path(sys.executable)
    return env_prefix / ("Scripts/python.exe" if WINDOWS else "bin/python")


def set_up_python(here: bool) -> Path:
    """The environment's interpreter, with every pinned package in it."""
    python = python_of(prefix(here))
    if here:
        if subprocess.run([str(python), "-c", "import jupyterlab, jjava"], capture_output=True).returncode:
            raise SetupError(
                f"{python} has no JupyterLab or no JJava. Install them first: "
                f"{python} -m pip install -r requirements.txt"
            )
        return python
    stamp = Stamp(
        VENV / ".parlab-requirements",
        digest([ROOT / "requirements.txt", str(ROOT), platform.python_version(), sys.executable]),
    )
    if stamp.fresh() and python.is_file():
        return python
    say("ParLab set-up: the Python environment in .venv (once, a minute or two) ...")
    options = ["--clear"] if VENV.exists() else []
    venv: list[str | Path] = [sys.executable, "-m", "venv", *options, VENV]
    try:
        check(venv, "making the virtual environment")
    except SetupError as e:
        raise SetupError(
            f"{e}\nPython's venv module is needed; on Debian and Ubuntu: apt install python3-venv"
        ) from None
    pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    check([*pip, "-r", ROOT / "requirements.txt"], "installing the Python packages")
    # JupyterLab asks everybody who opens it first whether it may bring news; here that would lie over the lesson.
    settings = VENV / "etc" / "jupyter" / "labconfig" / "page_config.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    off = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    settings.write_text(json.dumps(off, indent=2) + "\n", encoding="utf-8")
    stamp.write()
    return python


# ------------------------------------------------------------------------------------------------- JDK


def jdk_version(home: Path) -> tuple[int, ...]:
    """The version of the JDK in a folder, from its release file; () where there is no JDK."""
    suffix = ".exe" if WINDOWS else ""
    if not (home / "bin" / f"javac{suffix}").is_file():
        return ()
    with contextlib.suppress(OSError):
        release = (home / "release").read_text(encoding="utf-8", errors="replace")
        match = re.search(r'^JAVA_VERSION="([0-9.]+)', release, re.MULTILINE)
        if match:
            return tuple(int(part) for part in match[1].strip(".").split("."))
    return ()


def jdk_candidates() -> Iterator[tuple[str, Path]]:
    """Where a JDK may be, in the order in which we prefer one, each with how we came by it."""
    if home := os.environ.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(home)
    if java := shutil.which("java"):
        yield "the PATH", Path(java).resolve().parent.parent
    if conda := os.environ.get("CONDA_PREFIX"):
        yield "conda", Path(conda) / "lib" / "jvm"
        yield "conda", Path(conda) / "Library"
    home_folder = Path.home()
    program_files = Path(os.environ.get("PROGRAMFILES", r"C:\Program Files"))
    patterns: list[tuple[Path, str]] = [
        (Path("/usr/lib/jvm"), "*"),
        (Path("/usr/java"), "*"),
        (Path("/opt"), "*jdk*"),
        (Path("/opt/java"), "*"),
        (Path("/Library/Java/JavaVirtualMachines"), "*/Contents/Home"),
        (home_folder / "Library/Java/JavaVirtualMachines", "*/Contents/Home"),
        (Path("/opt/homebrew/opt"), "openjdk*/libexec/openjdk.jdk/Contents/Home"),
        (home_folder / ".sdkman/candidates/java", "*"),
        (home_folder / ".jdks", "*"),
    ]
    if WINDOWS:
        patterns += [(program_files / name, "jdk*") for name in ("Java", "Eclipse Adoptium", "Microsoft", "Zulu")]
    usual: list[Path] = []
    for folder, pattern in patterns:
        with contextlib.suppress(OSError):
            usual += folder.glob(pattern)
    # The version that the lessons were written on comes first, then the newer ones in their order.
    yield from (("the usual folders", path) for path in sorted(usual, key=lambda p: (jdk_version(p), str(p))))


def find_jdk() -> Path | None:
    passed_over: list[str] = []
    for origin, home in jdk_candidates():
        version = jdk_version(home)
        if version and version[0] >= MIN_JDK:
            return home.resolve()
        if version and origin == "JAVA_HOME":
            passed_over.append(f"JAVA_HOME names JDK {version[0]}, ParLab needs {MIN_JDK} or newer: looking elsewhere")
    for line in passed_over:
        say(line)
    return None


def fetch_jdk(python: Path) -> Path:
    """A JDK that is new enough, fetched into the clone."""
    say(f"ParLab set-up: no JDK {MIN_JDK} or newer was found; fetching Temurin {MIN_JDK} into .jdk (about 200 MB) ...")
    command = [str(python), "-m", "cjdk", "--jdk", f"temurin:{MIN_JDK}", "--cache-dir", str(JDK_CACHE), "java-home"]
    result = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, encoding="utf-8")
    home = Path(result.stdout.strip()) if result.returncode == 0 and result.stdout.strip() else None
    if home is None or not jdk_version(home):
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SetupError(
            f"No JDK {MIN_JDK} or newer was found (JAVA_HOME, the PATH and the usual folders were searched), "
            f"and none could be fetched ({reason}).\nInstall one, for example Temurin {MIN_JDK} from "
            "https://adoptium.net, and set JAVA_HOME to its folder; then run the same command again."
        )
    return home.resolve()


# ----------------------------------------------------------------------------------------------- Maven


def maven(java_home: Path) -> list[str]:
    """The Maven on the PATH where it is recent enough, else the wrapper, which fetches one."""
    if mvn := shutil.which("mvn"):
        result = subprocess.run(
            [mvn, "--version"], env=environment(java_home), capture_output=True, encoding="utf-8", errors="replace"
        )
        match = re.search(r"Apache Maven (\d+)\.(\d+)", result.stdout)
        if match and (int(match[1]), int(match[2])) >= MIN_MAVEN:
            return [mvn, "--batch-mode", "--no-transfer-progress"]
    wrapper = [str(ROOT / "mvnw.cmd")] if WINDOWS else ["sh", str(ROOT / "mvnw")]
    return [*wrapper, "--batch-mode", "--no-transfer-progress"]


def set_up_jar(java_home: Path) -> None:
    """The helper jar, the modules of single lessons, and what they depend on, in build/kernel/lib.

    A copy, because a running kernel must not have its jars rewritten under it by the next build.
    """
    parts = [f"{module}/{part}" for module in MODULES for part in ("pom.xml", "src/main/**/*")]
    sources = files("pom.xml", *parts, ".mvn/**/*")
    release = java_home / "release"
    stamp = Stamp(KERNEL / "jar.stamp", digest([*sources, release.read_bytes() if release.is_file() else ""]))
    if stamp.fresh():
        return
    say("ParLab set-up: the helper jar ...")
    check(
        [*maven(java_home), "--quiet", "-pl", ",".join(MODULES), "package", "-Dmaven.test.skip=true"],
        "building the helper jar",
        environment(java_home),
    )
    targets = [ROOT / module / "target" for module in MODULES]
    jars = [jar for target in targets for jar in (*target.glob("*.jar"), *sorted(target.glob("dependencies/*.jar")))]
    library = KERNEL / "lib"
    library.mkdir(parents=True, exist_ok=True)
    for old in library.glob("*.jar"):
        if old.name not in {jar.name for jar in jars}:
            old.unlink()
    for jar in jars:
        copy = library / jar.name
        if not copy.is_file() or copy.read_bytes() != jar.read_bytes():
            fresh = copy.with_suffix(".new")
            shutil.copy2(jar, fresh)
            fresh.replace(copy)  # a kernel that has the old file open keeps the old file
    stamp.write()


def jars_and_jdk(java_home: Path) -> list[str]:
    """What an ahead-of-time cache is good for: the JVM checks the jars' sizes and times, and its own build."""
    jars = sorted((KERNEL / "lib").glob("*.jar"))
    release = java_home / "release"
    return [
        *[f"{jar.name} {jar.stat().st_size} {jar.stat().st_mtime_ns}" for jar in jars],
        release.read_text(encoding="utf-8", errors="replace") if release.is_file() else "",
    ]


def train(command: Sequence[str], cache: Path, java_home: Path) -> str:
    """Makes an ahead-of-time cache. Returns an empty text, or what the command said when there is none.

    A busy machine's JVM now and then leaves an empty configuration to the child that writes the cache, which refuses
    it: the next attempt succeeds.
    """
    said = ""
    for _ in range(TRAINING_ATTEMPTS):
        cache.unlink(missing_ok=True)
        result = subprocess.run(
            command,
            env=environment(java_home),
            cwd=NOTEBOOKS,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        cache.with_name(f"{cache.name}.config").unlink(missing_ok=True)
        if result.returncode == 0 and cache.is_file():
            return ""
        said = f"{result.stdout}\ncommand: {shlex.join(command)}\n"
    cache.unlink(missing_ok=True)
    return said


def problem_said(problem: str, log: Path) -> bool:
    """Whether there is a problem, which then is in the log."""
    log.unlink(missing_ok=True)
    if problem:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(problem, encoding="utf-8")
    return bool(problem)


def set_up_workers(java_home: Path) -> None:
    """The ahead-of-time caches with which workers and members start, where the JDK can make them."""
    parts = [java_command(java_home), *JVM_OPTIONS, *MEMBER_OPTIONS, *jars_and_jdk(java_home)]
    stamp = Stamp(KERNEL / "worker.stamp", digest(parts))
    if stamp.fresh():
        return
    say("ParLab set-up: the ahead-of-time caches of workers and of a cluster's members ...")
    # Their class path begins with these jars, and a cache is good for every class path that begins with the one that
    # it was made with. A worker's options are a kernel's, which it inherits.
    jars = [KERNEL / "lib" / name for name in ("parlab-processes.jar", "parlab.jar")]
    command = [java_command(java_home), *JVM_OPTIONS, "-cp", os.pathsep.join(str(jar) for jar in jars)]
    problem = train([*command, "parlab.processes.TrainWorkers", str(WORKER_CACHE)], WORKER_CACHE, java_home)
    jars += [KERNEL / "lib" / "parlab-cluster.jar", *(KERNEL / "lib").glob("hazelcast-*.jar")]
    options = [*MEMBER_OPTIONS, f"-XX:AOTCacheOutput={MEMBER_CACHE}", "-cp", os.pathsep.join(str(jar) for jar in jars)]
    problem += train([java_command(java_home), *options, "parlab.cluster.TrainMembers"], MEMBER_CACHE, java_home)
    if problem_said(problem, KERNEL / "worker-training.log"):
        say("  not all could be made (see worker-training.log): workers or members start without, a little later")
    stamp.write()


def set_up_models(python: Path) -> None:
    """The large models of the lessons on process pools and on model workers, 420 MB that are made."""
    for name, maker, title, without in (
        ("small-llama.gguf", "make_gguf.py", "a language model", "the lesson on process pools needs it in section 11"),
        ("resnet50.onnx", "make_resnet.py", "ResNet-50", "the lesson on model workers goes on with a small model"),
    ):
        script = NOTEBOOKS / "data" / maker
        stamp = Stamp(BUILD / "data" / f"{name}.stamp", digest([script, ROOT / "requirements.txt"]))
        if stamp.fresh() and (BUILD / "data" / name).is_file():
            continue
        say(f"ParLab set-up: {title}, with random weights ...")
        try:
            check([str(python), script], f"making {title}")
            stamp.write()
        except SetupError as e:
            say(f"  it could not be made: {without} ({e})")


# ---------------------------------------------------------------------------------------------- kernel


def kernel_dir(env_prefix: Path) -> Path:
    return env_prefix / "share" / "jupyter" / "kernels" / "java"


def class_path(env_prefix: Path) -> str:
    jars = [kernel_dir(env_prefix) / "jjava.jar", KERNEL / "lib" / "parlab.jar"]
    jars += sorted(jar for jar in (KERNEL / "lib").glob("*.jar") if jar.name != "parlab.jar")
    return os.pathsep.join(str(jar) for jar in jars)


def java_command(java_home: Path) -> str:
    return str(java_home / "bin" / ("java.exe" if WINDOWS else "java"))


def kernel_spec(java_home: Path, env_prefix: Path, aot: Sequence[str]) -> dict[str, object]:
    """JJava without its launcher: one JVM less, and none that is left behind when the other is killed."""
    properties = {
        "parlab.home": str(ROOT),
        "parlab.python": str(python_of(env_prefix)),
        "parlab.twins": str(NOTEBOOKS / "twins"),
    }
    env = {"JJAVA_COMPILER_OPTS": "--add-modules=jdk.incubator.vector"}
    if sys.platform.startswith("linux"):
        env["LC_ALL"] = "C.UTF-8"
    return {
        "argv": [
            java_command(java_home),
            *aot,
            *JVM_OPTIONS,
            *(f"-D{name}={value}" for name, value in properties.items()),
            "-cp",
            class_path(env_prefix),
            "org.dflib.jjava.distro.JJava",
            "{connection_file}",
        ],
        "display_name": "ParLab (Java)",
        "language": "java",
        "interrupt_mode": "message",
        "env": env,
        "metadata": {"debugger": False},
    }


def write_spec(spec: dict[str, object], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(spec, indent=2, ensure_ascii=False) + "\n"
    path = folder / "kernel.json"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def set_up_kernel(java_home: Path, python: Path, here: bool) -> None:
    """The kernelspec `java` of this environment, with an ahead-of-time cache where the JDK can make one."""
    env_prefix = prefix(here)
    folder = kernel_dir(env_prefix)
    if not (folder / "jjava.jar").is_file():
        raise SetupError(f"{folder / 'jjava.jar'} is missing: remove .venv and run the same command again")
    original = folder / "kernel.json"
    if original.is_file() and "jjava-launcher" in original.read_text(encoding="utf-8"):
        # What the wheel installed, kept for "make bench ONLY=display" to compare with.
        (folder / "wheel-kernel.json").write_text(original.read_text(encoding="utf-8"), encoding="utf-8")
    cache = KERNEL / "kernel.aot"
    aot = [f"-XX:AOTCache={cache}", "-Xlog:aot=off,cds=off,aot+link=off"]
    stamp = Stamp(
        KERNEL / "kernel.stamp",
        digest(
            [
                json.dumps(kernel_spec(java_home, env_prefix, aot)),
                *jars_and_jdk(java_home),
                ROOT / "tools" / "train_aot.py",
                str(folder),
            ]
        ),
    )
    if stamp.fresh() and original.is_file() and "org.dflib.jjava.distro.JJava" in original.read_text(encoding="utf-8"):
        return
    say("ParLab set-up: the kernel and its ahead-of-time cache ...")
    training = KERNEL / "training" / "kernels" / "java"
    write_spec(kernel_spec(java_home, env_prefix, [f"-XX:AOTCacheOutput={cache}"]), training)
    command = [str(python), str(ROOT / "tools" / "train_aot.py"), str(training.parent), str(cache)]
    problem = train(command, cache, java_home)
    shutil.rmtree(training.parent.parent)
    if problem_said(problem, KERNEL / "training.log"):
        say("  no ahead-of-time cache could be made (see training.log): the kernel starts without one, a little later")
        aot = []
    write_spec(kernel_spec(java_home, env_prefix, aot), folder)
    stamp.write()


# ------------------------------------------------------------------------------------------- commands


class Lab:
    """A clone that has been set up."""

    def __init__(self, java_home: Path, python: Path) -> None:
        self.java_home = java_home
        self.python = python
        self.env = environment(java_home)
        # Tests and tools start JVMs and twins of their own, with what the kernel has.
        self.env["PARLAB_JAVA"] = java_command(java_home)
        self.env.setdefault("PARLAB_TEST_PYTHON", str(python))

    def tool(self, name: str, *args: str) -> NoReturn:
        become([self.python, ROOT / "tools" / name, *args], self.env, ROOT)


def setup(here: bool = False) -> Lab:
    """pip works beside Maven, and what makes the model beside the kernel's training: neither needs the other.

    What goes on without a cache that can not be made stays in this thread, so that an interrupt is not taken for that.
    """
    with ThreadPoolExecutor() as beside:
        packages = beside.submit(set_up_python, here)
        java_home = find_jdk() or fetch_jdk(packages.result())
        set_up_jar(java_home)
        set_up_workers(java_home)
        python = packages.result()
        models = beside.submit(set_up_models, python)
        set_up_kernel(java_home, python, here)
        models.result()
    return Lab(java_home, python)


def lab(ready: Lab, extra: Sequence[str], folder: Path = NOTEBOOKS) -> NoReturn:
    command = [str(ready.python), "-m", "jupyterlab"]
    if not WINDOWS and os.geteuid() == 0:
        command.append("--allow-root")  # a container's only user; the server listens on this machine alone
    become([*command, *extra], ready.env, folder)  # the server shows the folder that it starts in


def clean() -> int:
    for path in (BUILD, VENV, JDK_CACHE, ROOT / ".free-threaded", ROOT / ".jupyter", *ROOT.glob("lib/*/target")):
        shutil.rmtree(path, ignore_errors=True)
    return 0


CLONE = ["setup", "free-threaded", "clean"]
TEACHERS = ["release", "grade", "walls", "formgrader"]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="parlab", description=__doc__)
    parser.add_argument(
        "command",
        choices=[*CLONE, "lab", "run", "record", "book", "check", "test", "bench", "soak", "guesses", *TEACHERS],
        help="what to do",
    )
    parser.add_argument("--here", action="store_true", help="set up the running Python (conda, Binder), no .venv")
    options, extra = parser.parse_known_args(arguments)
    if extra and options.command in {"setup", "check", "clean"}:
        parser.error(f"{options.command} takes no {extra[0]!r}")
    if options.command == "clean":
        return clean()
    if options.command == "free-threaded":  # for the lab, but not in its environment
        become([sys.executable, ROOT / "tools" / "free_threaded.py", *extra], environment(), ROOT)
    begin = time.monotonic()
    try:
        ready = setup(options.here)
    except SetupError as e:
        say(f"ParLab set-up: {e}")
        return 1
    if options.command in {"check", "test"}:
        say(f"--- set-up: {time.monotonic() - begin:.0f} s")
    match options.command:
        case "lab":
            lab(ready, extra)
        case "check":
            ready.tool("run_tests.py", "--quick")
        case "test":
            ready.tool("run_tests.py", *extra)
        case "run":
            ready.tool("run_notebooks.py", *extra)
        case "record":
            ready.tool("run_notebooks.py", "--record", *extra)
        case "book":
            ready.tool("book.py", *extra)
        case "guesses":
            if len(extra) != 1 or not Path(extra[0]).is_dir():
                parser.error("guesses takes the folder of what students handed in: make guesses FOLDER=...")
            picture = ROOT / "build" / "guesses.png"
            java = [java_command(ready.java_home), *JVM_OPTIONS, "-cp", str(KERNEL / "lib" / "*")]
            become([*java, "parlab.notebook.Guesses", extra[0], picture], ready.env, ROOT)
        case "bench":
            ready.tool("bench.py", *extra)
        case "soak":
            ready.tool("soak.py", *extra)
        case "release" | "grade" | "walls":
            ready.tool("grade.py", options.command, *extra)
        case "formgrader":
            lab(ready, extra, EXERCISES)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
