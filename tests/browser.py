"""JupyterLab as `make lab` starts it, a browser that shows it, and the lessons as a learner sees them there."""

from __future__ import annotations

import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import environ, getpid
from pathlib import Path

import nbformat
from conftest import BUSY_SECONDS, NOTEBOOKS, ROOT, browser_path, processes_with, until
from playwright.sync_api import Locator, Page, expect, sync_playwright
from run_notebooks import CLAIMS_MIME

SHOTS = ROOT / "build" / "test" / "screenshots"
# JupyterLab saves what it shows, so it is given copies: each run of pytest its own, for two may run side by side.
COPIES = ROOT / "build" / "test" / f"notebooks-{getpid()}"
LESSON_TIMEOUT_SECONDS = 1200  # a third of it or less on a quiet machine


@dataclass(frozen=True)
class Lab:
    """A JupyterLab that runs; its processes have the marker in their environment."""

    address: str
    token: str

    @property
    def marker(self) -> str:
        return f"PARLAB_TEST_LAB={self.token}"


@dataclass(frozen=True)
class Picture:
    """A picture in an output: its cell, its alternative text, and how wide it is drawn."""

    cell: int
    text: str | None
    width: int


@dataclass(frozen=True)
class Shown:
    """What was to be seen while a lesson ran, and at its end."""

    steps: int  # values of a progress bar on its way
    pictures: list[Picture]
    claims: int  # tables of claims


@contextmanager
def serve() -> Iterator[Lab]:
    """`make lab`, but for the browser that it would open and the folder that it shows."""
    shutil.copytree(NOTEBOOKS, COPIES, ignore=shutil.ignore_patterns("exercises", ".*"))
    try:
        with serving("lab", COPIES) as lab:
            yield lab
    finally:
        shutil.rmtree(COPIES, ignore_errors=True)


@contextmanager
def serving(what: str, folder: Path, **env: str) -> Iterator[Lab]:
    """A command of parlab.py that starts JupyterLab, in this folder, without opening a browser."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab = Lab(f"http://127.0.0.1:{port}", secrets.token_hex(16))
    name, value = lab.marker.split("=")
    here = ["--here"] if Path(sys.prefix) != ROOT / ".venv" else []
    base = str(Path(sys.base_prefix) / "bin" / "python3") if not here else sys.executable
    options = ["--no-browser", f"--ServerApp.port={port}", f"--IdentityProvider.token={lab.token}"]
    options += ["--expose-app-in-browser", f"--ServerApp.root_dir={folder}"]
    command = [base, str(ROOT / "tools" / "parlab.py"), what, *here, *options]
    log = ROOT / "build" / "test" / f"{what}-{getpid()}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("w") as out,
        subprocess.Popen(command, env={**environ, name: value, **env}, stdout=out, stderr=out) as server,
    ):
        try:
            assert until(lambda: f"127.0.0.1:{port}/lab?token" in log.read_text() or server.poll() is not None, 300)
            assert server.poll() is None, log.read_text()
            assert until(lambda: listens(port)), log.read_text()  # it names its address a moment before
            yield lab
        finally:
            server.terminate()
            server.wait(timeout=300)
    if sys.platform.startswith("linux"):
        assert until(lambda: not processes_with(lab.marker)), processes_with(lab.marker)


def listens(port: int) -> bool:
    """Whether somebody takes connections on this port."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def browse(lab: Lab) -> Iterator[Page]:
    """A browser that shows this JupyterLab."""
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
        browser = playwright.chromium.launch(executable_path=browser_path(), args=options)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(1000 * BUSY_SECONDS)
        expect.set_options(timeout=1000 * BUSY_SECONDS)
        page.goto(f"{lab.address}/lab?token={lab.token}&reset")
        expect(page.locator("#jp-top-bar, #jp-MainLogo").first).to_be_visible()
        yield page
        browser.close()


class Lesson:
    """A notebook that is open in JupyterLab."""

    def __init__(self, page: Page, lab: Lab, name: str) -> None:
        self.page = page
        self.name = name
        page.goto(f"{lab.address}/lab/tree/{name}.ipynb?token={lab.token}&reset")
        expect(page.locator(".jp-NotebookPanel .jp-Cell").first).to_be_visible()
        expect(page.locator(".jp-NotebookPanel .jp-KernelName").first).to_have_text(re.compile("ParLab"))
        self.wait_for_idle()

    def wait_for_idle(self) -> None:
        # JJava says nothing of its status before it has run something: unknown, though it is there.
        idle = """() => {
            const kernel = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
            return kernel?.connectionStatus === 'connected' && ['idle', 'unknown'].includes(kernel.status);
        }"""
        self.page.wait_for_function(idle)

    def menu(self, *path: str) -> None:
        """Chooses an entry of the menu bar, as a user does."""
        self.page.get_by_role("menubar").get_by_text(path[0], exact=True).click()
        for entry in path[1:]:
            self.page.locator(".lm-Menu-itemLabel", has_text=re.compile(rf"^{re.escape(entry)}")).first.click()

    def kernel_id(self) -> str:
        return str(self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id"))

    def run_all(self) -> None:
        """Runs all cells to the end, or to the first that fails, and looks at the one that runs as a learner does."""
        # The outputs stay in the page: there are megabytes of pictures, and the lesson measures meanwhile.
        follow = """async () => {
            const widget = window.jupyterapp.shell.currentWidget;
            const code = Array.from(widget.content.model.cells).filter(c => c.type === 'code');
            const failed = c => Array.from({length: c.outputs.length}, (_, i) => c.outputs.get(i).type)
                .includes('error');
            const idle = widget.sessionContext.session.kernel.status === 'idle';
            if (code.some(failed) || idle && code.every(c => c.executionCount !== null)) return true;
            const runs = w => w.model.type === 'code' && w.model.executionState === 'running';
            const running = Array.from(widget.content.widgets).findIndex(runs);
            if (running >= 0) await widget.content.scrollToItem(running, 'smart');
            return false;
        }"""
        self.menu("Run", "Run All Cells")
        deadline = time.monotonic() + LESSON_TIMEOUT_SECONDS
        while not self.page.evaluate(follow):
            assert time.monotonic() < deadline, f"{self.name} takes longer than {LESSON_TIMEOUT_SECONDS} s"
            self.page.wait_for_timeout(300)

    def cells_with(self, kind: str) -> list[int]:
        """The cells with an output of whose MIME type and value this JavaScript is true."""
        # Scrolling to each of a hundred cells to look for it would take long.
        return list(
            self.page.evaluate(
                f"""() => Array.from(window.jupyterapp.shell.currentWidget.content.model.cells).flatMap((c, i) => {{
                    const wanted = o => Object.entries(o.data ?? {{}}).some(([mime, value]) => {kind});
                    return c.type === 'code' && c.outputs.toJSON().some(wanted) ? [i] : [];
                }})"""
            )
        )

    def scroll_to(self, cell: int) -> Locator:
        """Brings a cell into view; its outputs."""
        self.page.evaluate(
            "async i => await window.jupyterapp.shell.currentWidget.content.scrollToItem(i, 'smart')", cell
        )
        return self.page.locator(f'.jp-Cell[data-windowed-list-index="{cell}"] .jp-OutputArea-output')

    def picture_every_chart(self) -> list[Picture]:
        """Goes to every output that has a picture, and takes it as the browser draws it."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        taken: list[Picture] = []
        for cell in self.cells_with("mime.startsWith('image/') || `${value}`.includes('<img')"):
            images = self.scroll_to(cell).locator("img")
            expect(images.first).to_be_visible()
            for number in range(images.count()):
                image = images.nth(number)
                image.scroll_into_view_if_needed()
                width = image.evaluate("i => i.complete && i.naturalWidth > 0 ? i.clientWidth : 0")
                taken.append(Picture(cell, image.get_attribute("alt"), width))
                image.screenshot(path=SHOTS / f"{self.name[:2]}-{cell:03}-{number}.png")
        return taken

    def picture_claims(self) -> int:
        """Goes to every table of claims and takes its picture; how many there are."""
        cells = self.cells_with(f"mime === '{CLAIMS_MIME}'")
        for cell in cells:
            table = self.scroll_to(cell).locator("table", has_text="Verdict")
            expect(table).to_be_visible()
            table.screenshot(path=SHOTS / f"{self.name[:2]}-claims.png")
        return len(cells)

    def shut_down(self) -> None:
        self.menu("Kernel", "Shut Down Kernel")
        self.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel")

    def save(self) -> nbformat.NotebookNode:
        """What the file then holds."""
        self.menu("File", "Save Notebook")
        self.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
        return nbformat.read(COPIES / f"{self.name}.ipynb", as_version=4)


def play(page: Page, lab: Lab, name: str) -> tuple[nbformat.NotebookNode, Shown]:
    """Opens a lesson, runs all of it, looks at it and saves it, as a learner does."""
    lesson = Lesson(page, lab, name)
    # A bar that is seen half-way is live: it is in the page with a value below its end.
    page.evaluate(
        """() => { window.parlabSeen = new Set(); new MutationObserver(() => {
            for (const bar of document.querySelectorAll('progress'))
                if (bar.value > 0 && bar.value < bar.max) window.parlabSeen.add(bar.value);
        }).observe(document.body, {childList: true, subtree: true, attributes: true}); }"""
    )
    lesson.run_all()
    steps = int(page.evaluate("() => window.parlabSeen.size"))
    notebook = lesson.save()
    shown = Shown(steps, lesson.picture_every_chart(), lesson.picture_claims())
    page.screenshot(path=SHOTS / f"{name[:2]}-page.png")
    lesson.shut_down()  # the next lesson measures
    return notebook, shown
