"""What the tests share: the clone, the lessons as they were run, and a look at the processes that were left behind."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
sys.path.insert(0, str(ROOT / "tools"))

if TYPE_CHECKING:
    from browser import Lab, Shown
    from playwright.sync_api import Page
    from walls import Cramped

BROWSER_REQUIRED = os.environ.get("PARLAB_TEST_BROWSER") == "require" or os.environ.get("CI") == "true"
NO_BROWSER = "no Chromium or Chrome was found; name one in PARLAB_BROWSER"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order in which what needs a processor of its own has it, and what does not need one fills the gaps.

    First the cheap tests: beside them the cramped runs begin, each on one processor. When these have ended and nothing
    else runs any more comes what measures on the whole machine: the browser, and the lessons in it, in the order in
    which they are played.
    """
    order = [path.stem for path in PLAYED]

    def cost(item: pytest.Item) -> tuple[int, int]:
        if not isinstance(item, pytest.Function):
            return 0, 0
        if "cramped" in item.fixturenames:
            return 1, 0
        if "played" in item.fixturenames:
            return 3, order.index(str(item.callspec.params["name"])) if hasattr(item, "callspec") else len(order)
        return 2 if "page" in item.fixturenames else 0, 0

    items.sort(key=cost)


def lessons() -> list[Path]:
    return sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))


# The last lessons are the longest: begun first, none of them is left alone at the end.
PLAYED = lessons()[::-1]
# A lesson in the browser leaves a part of two processors idle, for it often waits; so two are played at a time. They
# disturb one another no more than what else runs on a learner's machine, and no test depends on a verdict.
AT_ONCE = 2


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


def until(condition: Callable[[], bool], seconds: float) -> bool:
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
    if sys.platform.startswith("linux") and asking_for("cramped", request.session):  # elsewhere they are skipped
        request.getfixturevalue("cramped")


def asking_for(fixture: str, session: pytest.Session) -> list[pytest.Function]:
    return [item for item in session.items if isinstance(item, pytest.Function) and fixture in item.fixturenames]


Played = tuple[nbformat.NotebookNode, "Shown | None"]


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Played]]:
    """A lesson with its outputs and, where there is a browser, what was to be seen in it.

    A lesson takes minutes, so all tests look at one run of it: in JupyterLab where there is a browser, else without.
    """
    import run_notebooks

    lab: Lab | None = request.getfixturevalue("lab") if browser_path() or BROWSER_REQUIRED else None

    def play(name: str) -> Played:
        if lab is not None:
            import browser

            with browser.browse(lab) as page:  # Playwright wants one for each thread
                run: Played = browser.play(page, lab, name)
        else:
            notebook, problem = run_notebooks.execute(NOTEBOOKS / f"{name}.ipynb")
            assert not problem, problem
            run = notebook, None
        run_notebooks.export(run[0], name)
        return run

    tests = asking_for("played", request.session)
    asked = {str(test.callspec.params["name"]) for test in tests if hasattr(test, "callspec")}
    every = any(not hasattr(test, "callspec") for test in tests)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        names = [path.stem for path in PLAYED if every or path.stem in asked]
        runs = {name: pool.submit(play, name) for name in names}
        yield lambda name: runs[name].result()
        if lab is not None:
            lab.closing.set()
        pool.shutdown(cancel_futures=True)
