"""What a learner does: `make lab`, open a lesson in a browser, run it, interrupt it, restart it, leave."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, browser_path, processes_with, until
from kernel import cpu_seconds
from playwright.sync_api import Page, expect, sync_playwright

SHOTS = ROOT / "build" / "test" / "screenshots"
LESSON_TIMEOUT_MS = 400_000
REQUIRED = os.environ.get("PARLAB_TEST_BROWSER") == "require" or os.environ.get("CI") == "true"
LINUX = sys.platform.startswith("linux")


@pytest.fixture(scope="module")
def lab() -> Iterator[tuple[str, str]]:
    """JupyterLab as `make lab` starts it, but for the browser that it would open: its address, and a marker."""
    if not browser_path():
        message = "no Chromium or Chrome was found; name one in PARLAB_BROWSER"
        pytest.fail(message) if REQUIRED else pytest.skip(message)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    marker = f"PARLAB_TEST_LAB={token}"
    env = {**os.environ, "PARLAB_TEST_LAB": token}
    here = ["--here"] if Path(sys.prefix) != ROOT / ".venv" else []
    base = str(Path(sys.base_prefix) / "bin" / "python3") if not here else sys.executable
    # A copy of the lessons: JupyterLab saves what it shows.
    lessons = ROOT / "build" / "test" / "notebooks"
    shutil.rmtree(lessons, ignore_errors=True)
    shutil.copytree(ROOT / "notebooks", lessons, ignore=shutil.ignore_patterns("tests", ".*"))
    options = ["--no-browser", f"--ServerApp.port={port}", f"--IdentityProvider.token={token}"]
    options += ["--expose-app-in-browser", f"--ServerApp.root_dir={lessons}"]
    command = [base, str(ROOT / "tools" / "parlab.py"), "lab", *here, *options]
    log = ROOT / "build" / "test" / "lab.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as out, subprocess.Popen(command, env=env, stdout=out, stderr=out) as server:
        try:
            assert until(lambda: f"127.0.0.1:{port}/lab?token" in log.read_text() or server.poll() is not None, 120)
            assert server.poll() is None, log.read_text()
            yield f"http://127.0.0.1:{port}", token
        finally:
            server.terminate()
            server.wait(timeout=60)
    if LINUX:
        assert until(lambda: not processes_with(marker), 10), processes_with(marker)


@pytest.fixture(scope="module")
def page(lab: tuple[str, str]) -> Iterator[Page]:
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
        browser = playwright.chromium.launch(executable_path=browser_path(), args=options)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"{lab[0]}/lab?token={lab[1]}&reset")
        expect(page.locator("#jp-top-bar, #jp-MainLogo").first).to_be_visible(timeout=60_000)
        yield page
        browser.close()


class Lesson:
    """A notebook that is open in JupyterLab."""

    def __init__(self, page: Page, address: str, token: str, name: str) -> None:
        self.page = page
        page.goto(f"{address}/lab/tree/{name}.ipynb?token={token}&reset")
        expect(page.locator(".jp-NotebookPanel .jp-Cell").first).to_be_visible(timeout=60_000)
        expect(page.locator(".jp-NotebookPanel .jp-KernelName").first).to_have_text(
            re.compile("ParLab"), timeout=60_000
        )
        self.wait_for_idle()

    def wait_for_idle(self, milliseconds: int = 60_000) -> None:
        # JJava says nothing of its status before it has run something: unknown, though it is there.
        idle = """() => {
            const kernel = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
            return kernel?.connectionStatus === 'connected' && ['idle', 'unknown'].includes(kernel.status);
        }"""
        self.page.wait_for_function(idle, timeout=milliseconds)

    def menu(self, *path: str) -> None:
        """Chooses an entry of the menu bar, as a user does."""
        self.page.get_by_role("menubar").get_by_text(path[0], exact=True).click()
        for entry in path[1:]:
            self.page.locator(".lm-Menu-itemLabel", has_text=re.compile(rf"^{re.escape(entry)}")).first.click()

    def run_all(self) -> None:
        self.menu("Run", "Run All Cells")

    def last_code_cell_ran(self) -> bool:
        script = """() => {
            const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
            const code = Array.from(cells).filter(c => c.type === 'code');
            return code.every(c => c.executionCount !== null);
        }"""
        return bool(self.page.evaluate(script))

    def wait_until_done(self) -> None:
        self.page.wait_for_function(
            """() => {
            const widget = window.jupyterapp.shell.currentWidget;
            const code = Array.from(widget.content.model.cells).filter(c => c.type === 'code');
            const failed = code.some(c => JSON.stringify(c.outputs.toJSON()).includes('"output_type":"error"'));
            const idle = widget.sessionContext.session.kernel.status === 'idle';
            return failed || idle && code.every(c => c.executionCount !== null);
        }""",
            timeout=LESSON_TIMEOUT_MS,
        )

    def kernel_id(self) -> str:
        return str(self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id"))

    def outputs(self) -> str:
        return str(
            self.page.evaluate(
                """() => JSON.stringify(Array.from(window.jupyterapp.shell.currentWidget.content.model.cells)
                .filter(c => c.type === 'code').flatMap(c => c.outputs.toJSON()))"""
            )
        )

    def picture_every_chart(self, name: str) -> int:
        """Scrolls through the notebook and takes every chart's picture as the browser draws it."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        cells = int(self.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length"))
        taken = 0
        for index in range(cells):
            self.page.evaluate(
                "async i => await window.jupyterapp.shell.currentWidget.content.scrollToItem(i, 'smart')", index
            )
            images = self.page.locator(f'.jp-Cell[data-windowed-list-index="{index}"] .jp-OutputArea-output img')
            for number in range(images.count()):
                image = images.nth(number)
                image.scroll_into_view_if_needed()
                assert image.get_attribute("alt"), f"cell {index} has a picture without a text"
                width = image.evaluate("i => i.complete && i.naturalWidth > 0 ? i.clientWidth : 0")
                assert width > 400, f"the picture in cell {index} is not drawn"
                image.screenshot(path=SHOTS / f"{name}-{index:03}-{number}.png")
                taken += 1
        return taken


def kernel_pids(kernel_id: str) -> list[int]:
    """The processes that have this kernel's connection file on their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"kernel-{kernel_id}.json".encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_start_here_runs_and_shows_its_chart(lab: tuple[str, str], page: Page) -> None:
    lesson = Lesson(page, *lab, "00-start-here")
    lesson.run_all()
    lesson.wait_until_done()
    assert '"output_type":"error"' not in lesson.outputs()
    assert lesson.picture_every_chart("00") >= 1
    page.screenshot(path=SHOTS / "00-page.png")


@pytest.mark.parametrize(("name", "steps_seen"), [("01-lock-contention", 3), ("02-process-pool", 1)])
def test_lesson_runs_with_charts_table_and_live_progress(
    lab: tuple[str, str], page: Page, name: str, steps_seen: int
) -> None:
    lesson = Lesson(page, *lab, name)
    # A bar that is seen half-way is live: it is in the page with a value below its end.
    page.evaluate(
        """() => { window.parlabSeen = new Set(); new MutationObserver(() => {
            for (const bar of document.querySelectorAll('progress'))
                if (bar.value > 0 && bar.value < bar.max) window.parlabSeen.add(bar.value);
        }).observe(document.body, {childList: true, subtree: true, attributes: true}); }"""
    )
    follow = """async () => { const nb = window.jupyterapp.shell.currentWidget.content;
        const runs = w => w.model.type === 'code' && w.model.executionState === 'running';
        const running = Array.from(nb.widgets).findIndex(runs);
        if (running >= 0) await nb.scrollToItem(running, 'smart'); }"""
    lesson.run_all()
    while not lesson.last_code_cell_ran() and '"output_type":"error"' not in lesson.outputs():
        page.evaluate(follow)  # a learner watches the cell that runs
        page.wait_for_timeout(300)
    lesson.wait_until_done()
    outputs = lesson.outputs()
    assert '"output_type":"error"' not in outputs, outputs[outputs.index('"output_type":"error"') :][:2000]
    assert len(page.evaluate("() => [...window.parlabSeen]")) >= steps_seen
    assert lesson.picture_every_chart(name[:2]) >= 8
    claims = page.locator(".jp-OutputArea-output table", has_text="Verdict")
    expect(claims.last).to_be_visible()
    claims.last.screenshot(path=SHOTS / f"{name[:2]}-claims.png")


@pytest.mark.skipif(not LINUX, reason="looks at processes through /proc")
def test_interrupt_and_restart_leave_nothing_behind(lab: tuple[str, str], page: Page) -> None:
    marker = f"PARLAB_TEST_LAB={lab[1]}"
    lesson = Lesson(page, *lab, "00-start-here")
    lesson.run_all()
    lesson.wait_until_done()
    endless = (
        "var forever = Pools.threads(2); Tasks.map(forever, List.of(1, 2), k -> crunch(Long.MAX_VALUE));"
        'parlab.twin.Twin.script("lock_contention.py").args("pools", "--rounds", 10000).run()'
    )
    run = """async code => { const s = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
        s.requestExecute({code}); }"""
    page.evaluate(run, endless)
    kernel_id = lesson.kernel_id()
    (pid,) = kernel_pids(kernel_id)
    before = cpu_seconds([pid])
    assert until(lambda: cpu_seconds([pid]) > before + 1, 30), "the cell does not compute"
    lesson.menu("Kernel", "Interrupt Kernel")
    lesson.wait_for_idle(5_000)
    page.wait_for_timeout(1000)
    before = cpu_seconds([pid])
    page.wait_for_timeout(1000)
    assert cpu_seconds([pid]) - before < 0.3, "the interrupted cell goes on computing"

    page.evaluate(run, endless.split(";")[-1])
    twin = "lock_contention.py"
    assert until(lambda: any(twin in line for line in processes_with(marker)), 30), "the twin does not run"
    lesson.menu("Kernel", "Restart Kernel")
    page.locator(".jp-Dialog button.jp-mod-accept").click()
    assert until(lambda: not any(twin in line for line in processes_with(marker)), 10), processes_with(marker)
    assert until(lambda: kernel_pids(kernel_id) not in ([], [pid]), 60), "no new kernel"
    lesson.wait_for_idle()
    page.evaluate(run, endless.split(";")[-1])
    assert until(lambda: any(twin in line for line in processes_with(marker)), 30), "the twin does not run"
    lesson.menu("Kernel", "Shut Down Kernel")
    assert until(lambda: not kernel_pids(kernel_id), 20), processes_with(marker)
    assert until(lambda: not any(twin in line for line in processes_with(marker)), 10), processes_with(marker)
