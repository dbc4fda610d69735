"""What a learner does: `make lab`, open a lesson in a browser, run it, interrupt it, restart it, leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from browser import COPIES, Lab, Lesson
from conftest import FULL, LINUX, NO_BROWSER, NOTEBOOKS, Played, processes_with, until
from kernel import cpu_seconds
from playwright.sync_api import Page
from test_lessons import CRAMPED, NAMES, look_over, owned


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


@pytest.mark.parametrize("name", [name for name in NAMES if FULL or not LINUX or name not in CRAMPED])
def test_lesson_runs_with_charts_table_and_live_progress(played: Callable[[str], Played], name: str) -> None:
    notebook, shown = played(name)
    if shown is None:
        pytest.skip(NO_BROWSER)
    look_over(notebook)  # a chart that is missing says less than the cell that failed
    owns = owned(name)
    assert shown.steps >= owns.steps
    assert len(shown.pictures) >= owns.charts
    for picture in shown.pictures:
        assert picture.text, f"cell {picture.cell} has a picture without a text"
        assert picture.width > 400, f"the picture in cell {picture.cell} is not drawn"
    assert shown.claims == (1 if owns.claims else 0)


def test_a_guess_that_is_typed_is_marked_and_compared(lab: Lab, page: Page) -> None:
    name = "00-guessed"
    notebook = nbformat.read(NOTEBOOKS / "00-start-here.ipynb", as_version=4)
    last = next(number for number, cell in enumerate(notebook.cells) if cell.id == "guess-chart")
    notebook.cells[last + 1 :] = [nbformat.v4.new_code_cell("lesson.guesses();")]
    nbformat.write(notebook, COPIES / f"{name}.ipynb")
    lesson = Lesson(page, lab, name)
    cell = next(number for number, cell in enumerate(notebook.cells) if cell.id == "guess")
    lesson.scroll_to(cell)
    page.locator(f'.jp-Cell[data-windowed-list-index="{cell}"] .cm-line').click()
    page.keyboard.press("End")  # behind "___);"
    for key in 2 * ["ArrowLeft"] + 3 * ["Shift+ArrowLeft"]:
        page.keyboard.press(key)
    page.keyboard.type("30")
    lesson.run_all()
    texts = [picture.text or "" for picture in lesson.picture_every_chart()]
    saved = lesson.save()
    lesson.shut_down()
    look_over(saved)
    assert ", 30)" in saved.cells[cell].source
    assert any("Marked: your guess: 30 at 30" in text for text in texts), texts
    assert texts[-1].startswith("Bar chart: Your guesses, as multiples of what was measured"), texts[-1]
    said = [output.data.get("text/markdown", "") for output in saved.cells[last].outputs if "data" in output]
    assert any("too much, by a factor of" in text for text in said), said
    assert list(COPIES.glob("guesses-00.json")), "a guess is kept beside the notebook"


@pytest.mark.skipif(not LINUX, reason="looks at processes through /proc")
def test_interrupt_and_restart_leave_nothing_behind(lab: Lab, page: Page) -> None:
    name = "interrupted"  # in the copy that all tests look at there may be outputs, and an end of them to wait for
    notebook = nbformat.read(NOTEBOOKS / "00-start-here.ipynb", as_version=4)
    work = next(number for number, cell in enumerate(notebook.cells) if cell.id == "work")
    del notebook.cells[work + 1 :]  # what is interrupted is there, and the rest is played anyway
    nbformat.write(notebook, COPIES / f"{name}.ipynb")
    lesson = Lesson(page, lab, name)
    lesson.run_all()
    endless = (
        "var forever = Pools.threads(2); Tasks.map(forever, List.of(1, 2), k -> Busy.spin(Long.MAX_VALUE));"
        'parlab.twin.Twin.script("lock_contention.py").args("pools", "--rounds", 10000).run()'
    )
    run = """async code => { const s = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
        s.requestExecute({code}); }"""
    page.evaluate(run, endless)
    kernel_id = lesson.kernel_id()
    (pid,) = kernel_pids(kernel_id)
    before = cpu_seconds([pid])
    assert until(lambda: cpu_seconds([pid]) > before + 1), "the cell does not compute"
    lesson.menu("Kernel", "Interrupt Kernel")
    before = cpu_seconds([pid])
    lesson.wait_for_idle()
    assert cpu_seconds([pid]) - before < 10, "two threads computed for five seconds after the interrupt"
    page.wait_for_timeout(1000)
    before = cpu_seconds([pid])
    page.wait_for_timeout(1000)
    assert cpu_seconds([pid]) - before < 0.3, "the interrupted cell goes on computing"

    page.evaluate(run, endless.split(";")[-1])
    twin = "lock_contention.py"
    assert until(lambda: any(twin in line for line in processes_with(lab.marker))), "the twin does not run"
    lesson.menu("Kernel", "Restart Kernel")
    page.locator(".jp-Dialog button.jp-mod-accept").click()
    assert until(lambda: not any(twin in line for line in processes_with(lab.marker))), processes_with(lab.marker)
    assert until(lambda: kernel_pids(kernel_id) not in ([], [pid])), "no new kernel"
    lesson.wait_for_idle()
    page.evaluate(run, endless.split(";")[-1])
    assert until(lambda: any(twin in line for line in processes_with(lab.marker))), "the twin does not run"
    lesson.menu("Kernel", "Shut Down Kernel")
    assert until(lambda: not kernel_pids(kernel_id)), processes_with(lab.marker)
    assert until(lambda: not any(twin in line for line in processes_with(lab.marker))), processes_with(lab.marker)
