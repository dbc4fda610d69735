"""What the tests share: the clone, the lessons as they were run, and a look at the processes that were left behind."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
sys.path[:0] = [str(ROOT / "tools"), str(NOTEBOOKS / "exercises")]

if TYPE_CHECKING:
    from browser import Lab, Shown
    from playwright.sync_api import Page
    from walls import Cramped

FULL = bool(os.environ.get("PARLAB_TEST_FULL"))  # "make soak": what "make test" has no time for
LINUX = sys.platform.startswith("linux")
BROWSER_REQUIRED = os.environ.get("PARLAB_TEST_BROWSER") == "require" or os.environ.get("CI") == "true"
NO_BROWSER = "no Chromium or Chrome was found; name one in PARLAB_BROWSER"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order in which what needs a processor of its own has it, and what does not need one fills the gaps.

    First the cheap tests: beside them the cramped runs begin, each on one processor. When these have ended and nothing
    else runs any more comes what measures on the whole machine: the browser, and the lessons in it, one after the
    other, so that what is wrong with the first is seen soon.
    """

    def cost(item: pytest.Item) -> tuple[int, str]:
        if not isinstance(item, pytest.Function):
            return 0, ""
        if "cramped" in item.fixturenames:
            return 1, ""
        if "played" in item.fixturenames:
            return 3, str(item.callspec.params["name"]) if hasattr(item, "callspec") else "all of them"
        return 2 if "page" in item.fixturenames else 0, ""

    items.sort(key=cost)


def lessons() -> list[Path]:
    return sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))


def processes_with(marker: str) -> list[str]:
    """The command lines of the living processes whose environment carries the marker (Linux only)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (folder / "environ").read_bytes():
                state = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0]
                if state != "Z":
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200])
        except OSError:
            continue  # ended meanwhile, or not ours
    return found


BUSY_SECONDS = 60.0  # for what takes a moment: a machine that is busy with other work may take this long


def until(condition: Callable[[], bool], seconds: float = BUSY_SECONDS) -> bool:
    """Whether the condition becomes true within that time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def browser_path() -> str | None:
    """A Chromium or Chrome of this machine."""
    named = os.environ.get("PARLAB_BROWSER")
    if named:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"):
        if found := shutil.which(name):
            return found
    mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    return str(mac) if mac.is_file() else None


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """JupyterLab as `make lab` starts it."""
    import browser

    if not browser_path():
        pytest.fail(NO_BROWSER) if BROWSER_REQUIRED else pytest.skip(NO_BROWSER)
    with browser.serve() as lab:
        yield lab


@pytest.fixture(scope="session")
def page(lab: Lab) -> Iterator[Page]:
    """A browser that shows it."""
    import browser

    with browser.browse(lab) as page:
        yield page


@pytest.fixture(scope="session")
def cramped(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Cramped]]]:
    """The cramped runs of the lessons that the session's tests ask for."""
    import walls

    names = [str(item.callspec.params["name"]) for item in asking_for("cramped", request.session)]
    with walls.run_all_cramped(names, tmp_path_factory.mktemp) as runs:
        yield runs


@pytest.fixture(scope="session", autouse=True)
def head_start(request: pytest.FixtureRequest) -> None:
    """Lets the cramped runs begin with the session: they take minutes, and the cheap tests leave processors idle."""
    if LINUX and asking_for("cramped", request.session):  # elsewhere they are skipped
        request.getfixturevalue("cramped")


def asking_for(fixture: str, session: pytest.Session) -> list[pytest.Function]:
    return [item for item in session.items if isinstance(item, pytest.Function) and fixture in item.fixturenames]


Played = tuple[nbformat.NotebookNode, "Shown | None"]


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest) -> Callable[[str], Played]:
    """A lesson with its outputs and, where it ran in a browser, what was to be seen in it.

    A lesson takes minutes, so all tests look at one run of it: the cramped one if the session has it, else one in
    JupyterLab where there is a browser, else one without. "make soak" plays those that ran cramped, too.
    """
    import run_notebooks

    done: dict[str, Played | Exception] = {}
    cramped: dict[str, Future[Cramped]] = {}
    if LINUX and not FULL and asking_for("cramped", request.session):
        cramped = request.getfixturevalue("cramped")
    in_browser = bool(browser_path() or BROWSER_REQUIRED)
    page = request.getfixturevalue("page") if in_browser else None
    lab = request.getfixturevalue("lab") if in_browser else None

    def play(name: str) -> Played:
        if name in cramped:
            run = cramped[name].result()
            assert run.result.returncode == 0, run.result.stdout + run.result.stderr
            return nbformat.read(run.written, as_version=4), None
        if page is not None and lab is not None:
            import browser

            return browser.play(page, lab, name)
        notebook, problem = run_notebooks.execute(NOTEBOOKS / f"{name}.ipynb")
        assert not problem, problem
        return notebook, None

    def once(name: str) -> Played:
        if name not in done:
            try:
                done[name] = run = play(name)
                run_notebooks.export(run[0], name)
            except Exception as e:
                done[name] = e  # nor is it run again to fail again
        result = done[name]
        if isinstance(result, Exception):
            raise result
        return result

    return once
