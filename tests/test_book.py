"""The book: built from small notebooks that have run, and read in a browser that reaches no other host.

PARLAB_TEST_BOOK names a book that was built already, to look at that one instead.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import book
import nbformat
import parlab
import pytest
import run_notebooks
from conftest import BROWSER_REQUIRED, BUSY_SECONDS, NO_BROWSER, ROOT, browser_path
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

AXE = "axe-playwright-python==0.1.8"  # its package holds axe-core 4.12.1 as one script
SHOTS = ROOT / "build" / "test" / "screenshots"
LESSON = "01-lock-contention"
READY = os.environ.get("PARLAB_TEST_BOOK")


def numbers(value: float, low: float, high: float) -> dict[str, object]:
    return {"value": value, "low": low, "high": high, "unit": "x", "confidence": 0.97, "samples": 6}


def claim(name: str, verdict: str, **more: object) -> dict[str, object]:
    words = {"claim": f"What {name} says", "article": "3.2 x", "jvm": "1.9 x [1.8, 2.0]", "cpython": "1.0 x [0.9, 1.1]"}
    return {"id": name, **words, "rule": "speed over serial > 1.5 x", "verdict": verdict, "reason": "", **more}


CLAIMS = [
    claim("A2", "holds on the JVM only", jvm_numbers=numbers(1.9, 1.8, 2.0), cpython_numbers=numbers(1, 0.9, 1.1)),
    claim(
        "E5", "undecided here", reason="CPython: the interval reaches to both sides", others={"Other": "1.8 x: holds"}
    ),
]


def notebook() -> nbformat.NotebookNode:
    """Each kind of cell and output that a page has to cope with."""
    picture = BytesIO()
    Image.new("RGB", (1600, 700), "white").save(picture, "PNG")
    data = base64.b64encode(picture.getvalue()).decode()
    chart = f'<img alt="Bars: two" width="800" height="350" style="max-width:100%" src="data:image/png;base64,{data}">'
    cells = "".join(f"<td style='text-align:right'>a wide column {i}</td>" for i in range(20))
    table = f"<table><caption>Wide</caption><thead><tr><th>n</th></tr></thead><tr>{cells}</tr></table>"
    sentence = "A *sentence*: | pipe\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    outputs = [
        new_output("display_data", {"text/html": chart, "image/png": data, "text/plain": "Bars: two"}),
        new_output("display_data", {"text/html": table}),
        new_output("display_data", {"text/markdown": sentence}),
        new_output("stream", name="stdout", text="a line of output " * 20),
    ]
    links = "[The twin](twins/lock_contention.py), [runs](recorded/README.md), [below](#The-convoy)"
    opening = f"# 01 Lock contention\n\n*What a lock costs.*\n\n{links}"
    on_purpose = new_output("error", traceback=["\x1b[31mRefused\x1b[0m"])
    parts = [
        new_markdown_cell(opening),
        new_code_cell("import parlab.timing.*;", metadata={"jupyter": {"source_hidden": True}}),
        new_markdown_cell("## The convoy\n\nIt costs a core (claim A2).\n\n### Claims"),
        new_code_cell("var cores = Trials.of(6); // " + "long " * 40, outputs=outputs),
        new_code_cell('lesson.claim("A2", cores);', outputs=[on_purpose], metadata={"tags": ["raises-exception"]}),
        new_markdown_cell("More of `E5` below."),
    ]
    return new_notebook(cells=parts, metadata={"language_info": {"name": "java"}})


@pytest.fixture(scope="module")  # a browser of its own must end before other tests open theirs
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book's folder."""
    if READY:
        return ROOT / READY
    folder = tmp_path_factory.mktemp("book")
    executed = folder / "executed"
    executed.mkdir()
    nbformat.write(notebook(), executed / f"{LESSON}.ipynb")
    (executed / "claims.json").write_text(json.dumps({LESSON: CLAIMS}), encoding="utf-8")
    package = folder / "api" / "parlab" / "timing"
    package.mkdir(parents=True)
    for page in (package.parents[1] / "index.html", package / "package-summary.html", package / "Trials.html"):
        page.write_text("<!DOCTYPE html><html lang='en'><title>Javadoc</title>", encoding="utf-8")
    made = book.Book(executed, out=folder / "site", api=folder / "api", repository="owner/course")
    book.build(made)
    return made.out


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not browser_path():
        pytest.fail(NO_BROWSER) if BROWSER_REQUIRED else pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
        yield playwright.chromium.launch(executable_path=browser_path(), args=options)


class Reader:
    """Somebody who reads the site, on a screen of some width, and can reach no other host."""

    def __init__(self, browser: Browser, address: str, width: int = 1280, theme: str = "light") -> None:
        self.address = address
        self.elsewhere: list[str] = []
        self.errors: list[str] = []
        scheme: Any = theme
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        self.context.route("**/*", self._answer)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(1000 * BUSY_SECONDS)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _answer(self, route: Route) -> None:
        if route.request.url.startswith((self.address, "data:")):
            route.continue_()
        else:
            self.elsewhere.append(route.request.url)
            route.abort()

    def open(self, name: str) -> Page:
        self.page.goto(f"{self.address}/{name}", wait_until="load")
        return self.page


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def reader(chromium: Browser, address: str) -> Iterator[Reader]:
    reader = Reader(chromium, address)
    yield reader
    reader.context.close()


def names(site: Path) -> list[str]:
    """The pages; of the exercises, which are all of one kind, the first."""
    return sorted(path.name for path in site.glob("*.html") if not re.match("exercises-0[2-9]", path.name))


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core's script, fetched once; nothing where that fails."""
    folder = ROOT / "build" / AXE
    script = folder / "axe_playwright_python" / "axe.min.js"
    if not script.is_file():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), AXE]
        if subprocess.run(pip, capture_output=True).returncode:
            return ""
    return script.read_text(encoding="utf-8")


def barriers(page: Page, axe: str) -> list[object]:
    """What axe-core finds serious; colours that cannot be told apart are among it."""
    page.evaluate(axe)
    # A cell that has just been opened fades in: until it has, its colours are paler than they are.
    page.evaluate("() => document.getAnimations().forEach(animation => animation.finish())")
    # A lesson has thousands of coloured words, which axe-core looks at one by one: those of some cells will do.
    page.evaluate(
        "() => document.querySelectorAll('.cell_input').forEach((c, i) => c.classList.toggle('like-others', i > 4))"
    )
    found = page.evaluate("async () => (await axe.run({exclude: ['.like-others']})).violations")
    return [
        (violation["id"], [node["html"][:150] for node in violation["nodes"][:3]])
        for violation in found
        if violation["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_every_page_fits_the_screen_and_everybody(
    chromium: Browser, address: str, site: Path, axe: str, width: int, theme: str
) -> None:
    reader = Reader(chromium, address, width, theme)
    SHOTS.mkdir(parents=True, exist_ok=True)
    problems: dict[str, object] = {}
    for name in names(site):
        page = reader.open(name)
        assert page.evaluate("() => document.documentElement.dataset.theme") == theme
        page.screenshot(path=SHOTS / f"book-{name.removesuffix('.html')}-{width}-{theme}.png")
        page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
        too_wide = """() => Array.from(document.querySelectorAll('.bd-article *'))
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('pre, .output, table'))
            .map(e => e.outerHTML.slice(0, 200))"""
        problems[f"{name}: too wide"] = page.evaluate(too_wide)
        problems[f"{name}: scrolls"] = max(0, page.evaluate("() => document.documentElement.scrollWidth - innerWidth"))
        problems[f"{name}: barriers"] = barriers(page, axe) if axe else []
    assert {what: found for what, found in problems.items() if found} == {}
    assert reader.elsewhere == []
    assert reader.errors == []
    reader.context.close()
    if not axe:
        pytest.skip("all but barriers was looked at: axe-core cannot be fetched")


def test_no_script_delays_the_first_paint(site: Path) -> None:
    for name in names(site):
        scripts = re.findall(r"<script[^>]* src=[^>]*>", (site / name).read_text(encoding="utf-8"))
        assert scripts, name
        assert [script for script in scripts if not re.search(r"\b(defer|async)\b", script)] == [], name


def test_ledger_shows_what_is_chosen(reader: Reader) -> None:
    page = reader.open("ledger.html")
    rows = page.locator("#ledger tbody tr:visible")
    if not READY:
        expect(rows.nth(1)).to_contain_text("Other: 1.8 x: holds")
    verdicts = rows.evaluate_all("rows => rows.map(r => r.dataset.verdict)")
    chosen = min(verdicts, key=verdicts.count)
    page.get_by_label("Verdict").select_option(chosen)
    shown = rows.evaluate_all("rows => rows.map(r => r.dataset.verdict)")
    assert shown == [chosen] * verdicts.count(chosen)
    expect(page.locator("form output")).to_have_text(re.compile(rf"^{len(shown)} claims?$"))
    page.get_by_label("Verdict").select_option("")
    page.get_by_label("Run").select_option(index=1)
    assert set(rows.evaluate_all("rows => rows.map(r => r.dataset.run)")) == {"1"}


def test_claim_leads_to_the_place_that_measured_it(reader: Reader) -> None:
    page = reader.open("ledger.html")
    page.locator("#ledger tr:visible a", has_text=re.compile("^A2$")).click()
    page.wait_for_url(re.compile(rf"/{LESSON}\.html#claim-a2$"))
    if not READY:
        code = page.locator("#claim-a2").locator("xpath=following::div[contains(@class, 'cell_input')][1]")
        expect(code).to_contain_text("var cores")


def test_collapsed_cell_opens(reader: Reader) -> None:
    page = reader.open(f"{LESSON}.html")
    collapsed = page.locator("details.hide").first
    expect(collapsed.locator(".cell_input")).not_to_be_visible()
    collapsed.locator("summary").click()
    expect(collapsed.locator(".cell_input")).to_be_visible()


def test_figure_has_alt_text_and_can_be_enlarged(reader: Reader) -> None:
    page = reader.open(f"{LESSON}.html")
    figure = page.locator("a.figure").first
    figure.scroll_into_view_if_needed()
    image = figure.locator("img")
    assert image.get_attribute("alt")
    drawn = image.evaluate("async i => { await i.decode(); return i.clientWidth; }")
    figure.click()
    assert page.evaluate("() => document.images[0].naturalWidth") > drawn


def test_first_use_of_a_type_leads_to_its_documentation(reader: Reader) -> None:
    page = reader.open(f"{LESSON}.html")
    link = page.locator("a.api").first
    name = link.inner_text()
    assert page.locator("a.api", has_text=re.compile(f"^{name}$")).count() == 1
    link.click()
    expect(page).to_have_url(re.compile(rf"/api/parlab/\w+/{name}\.html$"))


def test_what_lessons_import_is_documented() -> None:
    code = [cell.source for path in run_notebooks.NOTEBOOKS.glob("0*.ipynb") for cell in nbformat.read(path, 4).cells]
    imported = set(re.findall(r"^import (?:static )?(parlab\.[a-z]+)\.", "\n".join(code), re.MULTILINE))
    documented = {
        f"parlab.{path.name}" for jar in book.JARS for path in (ROOT / f"lib/{jar}/src/main/java/parlab").iterdir()
    }
    assert imported
    assert imported <= documented


def test_search_finds_the_convoy(reader: Reader) -> None:
    page = reader.open("search.html?q=convoy")
    expect(page.locator("#search-results li a", has_text="Lock contention").first).to_be_visible()


def test_lesson_can_be_run_and_had(site: Path) -> None:
    text = (site / f"{LESSON}.html").read_text(encoding="utf-8")
    repository = re.escape(os.environ["GITHUB_REPOSITORY"] if READY else "owner/course")
    for address in ("https://mybinder.org/v2/gh/", "https://codespaces.new/"):
        assert re.search(f'href="{address}{repository}', text)
    assert re.search(rf'href="https://github\.com/{repository}/blob/HEAD/notebooks/{LESSON}\.ipynb"', text)
    assert (site / "notebooks" / f"{LESSON}.ipynb").is_file()


def test_exercises_come_without_solutions(site: Path) -> None:
    for path in sorted(parlab.EXERCISES.glob("source/*/*.ipynb")):
        text = (site / f"exercises-{path.stem}.html").read_text(encoding="utf-8")
        assert "not implemented" in text
        assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN|MARK)|Expect\b|Draw\b", text)


def test_pages_say_what_they_are(site: Path) -> None:
    for name in set(names(site)) - {"search.html"}:
        text = (site / name).read_text(encoding="utf-8")
        for tag in (r'<meta name="description"', r'<meta property="og:title"', r'<meta property="og:image"'):
            assert re.search(tag + r' content="[^"]{5,}"', text), (name, tag)
        assert f"/{name}</loc>" in (site / "sitemap.xml").read_text(encoding="utf-8")


def test_what_is_wrong_with_a_page_is_found(tmp_path: Path) -> None:
    (tmp_path / "big.png").write_bytes(bytes(book.MAX_PAGE_BYTES))
    parts = ["<script src='https://cdn.example/a.js'></script>", "<img src='gone.png'>", "<img src='big.png'>"]
    links = ["<a href='gone.html'>x</a>", "<a href='#gone'>x</a>", "<a href='#here' id='here'>x</a>"]
    (tmp_path / "a.html").write_text("".join(parts + links), encoding="utf-8")
    said = [re.sub(r"^a\.html:? ", "", problem) for problem in book.problems(tmp_path)]
    assert said == [
        "https://cdn.example/a.js is on another host",
        "gone.png is missing",
        "weighs 3.0 MB",
        "the link gone.html leads nowhere",
        "the link #gone has no anchor there",
    ]


def test_lessons_that_changed_or_failed_are_run_again(tmp_path: Path) -> None:
    every = [path.stem for path in run_notebooks.select([])]
    assert book.outdated(tmp_path) == every
    for name in every:
        nbformat.write(new_notebook(), tmp_path / f"{name}.ipynb")
    assert book.outdated(tmp_path) == []
    os.utime(tmp_path / f"{every[0]}.ipynb", (0, 0))
    broken = new_code_cell("x", outputs=[new_output("error", traceback=[])])
    nbformat.write(new_notebook(cells=[broken]), tmp_path / f"{every[1]}.ipynb")
    assert book.outdated(tmp_path) == every[:2]


def test_without_a_repository_nothing_leads_there(tmp_path: Path) -> None:
    """And without lessons: there is a book, if a thin one."""
    made = book.Book(tmp_path, recorded=tmp_path, out=tmp_path / "site", api=None, repository="")
    book.build(made)
    assert not (made.out / "sitemap.xml").exists()
    text = (made.out / "index.html").read_text(encoding="utf-8")
    assert "REPOSITORY" in text
    assert not re.search(r"https://(github\.com|codespaces\.new|mybinder\.org/v2)", text)
    licence = re.search(r'href="(files/LICENSE)"', (made.out / "about.html").read_text(encoding="utf-8"))
    assert licence is not None
    assert (made.out / licence[1]).read_bytes() == (ROOT / "LICENSE").read_bytes()
