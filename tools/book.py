"""Builds the book, a web site, in build/book: the executed notebooks, the ledger of claims, the jars' documentation.

Usage: book.py [--serve]. Notebooks that were not run, or have changed since, are run first. Nothing in a page comes
from another host: `problems` looks at every page that was built, and the build fails if it finds something.
"""

from __future__ import annotations

import argparse
import base64
import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import book_pages
import nbformat
import parlab
import run_notebooks

sys.path.insert(0, str(parlab.EXERCISES))

from grader import course

ROOT = parlab.ROOT
DOCS = ROOT / "docs"
BOOK = parlab.BUILD / "book"
API = parlab.BUILD / "api"
ENV = parlab.BUILD / "book-env"
JARS = tuple(jar for jar in parlab.JARS if jar != "exercises")  # what a lesson may import
MAX_PAGE_BYTES = 3_000_000
ADDRESS = ("127.0.0.1", "8000")

IMG = re.compile(r'<img\b([^>]*?) src="data:image/(png|svg\+xml);base64,([^"]+)"([^>]*)>')
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Book:
    """What a book is made from, and where it goes."""

    executed: Path = run_notebooks.OUT
    recorded: Path = run_notebooks.NOTEBOOKS / "recorded"
    out: Path = BOOK
    api: Path | None = API
    repository: str = field(default_factory=lambda: os.environ.get("GITHUB_REPOSITORY", ""))

    @property
    def source(self) -> Path:
        return self.out.with_name(f"{self.out.name}-source")

    @property
    def address(self) -> str:
        """Where GitHub shows it; empty where the repository is not known."""
        owner, _, name = self.repository.partition("/")
        return f"https://{owner.lower()}.github.io/{name}/" if name else ""

    def file_address(self, path: Path) -> str:
        """Where a reader finds a file of the repository: on GitHub or, where that is not known, in the book."""
        name = quote(path.relative_to(ROOT).as_posix())
        return f"https://github.com/{self.repository}/blob/HEAD/{name}" if self.repository else f"files/{name}"


# ------------------------------------------------------------------------------------------- what it is made from


def outdated(executed: Path = run_notebooks.OUT) -> list[str]:
    """The lessons to run: those that were not run, have changed since, or failed."""
    found = []
    for path in run_notebooks.select([]):
        run = executed / path.name
        if not run.is_file() or run.stat().st_mtime < path.stat().st_mtime or failed(run):
            found.append(path.stem)
    return found


def failed(executed: Path) -> bool:
    cells = [cell for cell in nbformat.read(executed, as_version=4).cells if cell.cell_type == "code"]
    allowed = "raises-exception"
    return any(
        output.output_type == "error" and allowed not in cell.metadata.get("tags", [])
        for cell in cells
        for output in cell.outputs
    )


def environment() -> Path:
    """The interpreter that has Sphinx: an environment of its own, so that `make setup` does without it."""
    python = ENV / ("Scripts/python.exe" if parlab.WINDOWS else "bin/python")
    wanted = DOCS / "requirements.txt"
    stamp = parlab.Stamp(ENV / ".parlab-requirements", parlab.digest([wanted, sys.version]))
    if not (stamp.fresh() and python.is_file()):
        parlab.say("The book: Sphinx, in build/book-env (once) ...")
        parlab.check([sys.executable, "-m", "venv", "--clear", ENV], "making the book's environment")
        pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        parlab.check([*pip, "-r", wanted], "installing Sphinx")
        stamp.write()
    return python


def make_api() -> None:
    """The Javadoc of what lessons may import, in build/api."""
    sources = parlab.files(*(f"lib/{jar}/src/main/java/**/*.java" for jar in JARS))
    stamp = parlab.Stamp(API.with_suffix(".stamp"), parlab.digest(sources))
    if stamp.fresh():
        return
    shutil.rmtree(API, ignore_errors=True)
    roots = os.pathsep.join(str(ROOT / "lib" / jar / "src" / "main" / "java") for jar in JARS)
    tool = Path(os.environ["JAVA_HOME"]) / "bin" / ("javadoc.exe" if parlab.WINDOWS else "javadoc")
    options = ["-quiet", "-notimestamp", "-Xdoclint:none", "-encoding", "UTF-8", "-windowtitle", "ParLab"]
    # The other kernel's interfaces are not on a kernel's class path; what uses them is not public.
    options += ["--ignore-source-errors", "--add-modules", "jdk.incubator.vector", "-noqualifier", "java.*"]
    options += ["-sourcepath", roots, "-subpackages", "parlab", "-classpath", str(parlab.KERNEL / "lib" / "*")]
    parlab.check([tool, *options, "-d", API], "javadoc")
    stamp.write()


def types(api: Path) -> dict[str, str]:
    """The address of each public type's page, by its simple name; a name that two packages use is left out."""
    found: dict[str, list[str]] = {}
    for path in api.glob("parlab/**/*.html"):
        if re.fullmatch(r"[A-Z]\w*\.html", path.name):
            found.setdefault(path.stem, []).append(path.relative_to(api.parent).as_posix())
    return {name: paths[0] for name, paths in found.items() if len(paths) == 1}


# ------------------------------------------------------------------------------------------------- Sphinx's source


def stage(book: Book) -> None:
    """Writes what Sphinx reads: the pages of docs/, those that are made of data, and the lessons."""
    shutil.rmtree(book.source, ignore_errors=True)
    shutil.copytree(DOCS, book.source)
    extra = book.source / "extra"
    (extra / "figures").mkdir(parents=True)
    if book.api:
        shutil.copytree(book.api, extra / "api")
    runs = book_pages.runs(book.executed / "claims.json", book.recorded)
    pages: dict[str, dict[str, str]] = {}
    places: dict[str, set[str]] = {}
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in lessons_in(book.executed)}
    for name, notebook in notebooks.items():
        original = run_notebooks.NOTEBOOKS / f"{name}.ipynb"
        if original.is_file():
            (extra / "notebooks").mkdir(exist_ok=True)
            shutil.copy2(original, extra / "notebooks" / original.name)
        claims = {claim["id"] for run in runs for claim in run.lessons.get(name, [])}
        anchors = book_pages.anchors(notebook, sorted(claims))
        places[name] = {anchor for some in anchors.values() for anchor in some}
        pages[name] = lesson(book, name, notebook, anchors)
    for name in course.names():
        base = parlab.EXERCISES / name  # where students have it
        pages[f"exercises-{name}"] = lesson(book, f"exercises-{name}", students(name), {}, base)
    ledger = book_pages.Ledger(runs, places)
    values = {
        "OPENING": opening(readme()),
        "LESSONS": section(readme(), "Lessons"),
        "BROWSER": book_pages.browser(book.repository),
        "CLONE": f"https://github.com/{book.repository}" if book.repository else "REPOSITORY",
        "LEDGER": ledger.table(),
        "FIVE": ledger.five(DOCS / "five.txt"),
        "MACHINE": machine(notebooks),
        "TEACHERS": links(book, (parlab.EXERCISES / "README.md").read_text(encoding="utf-8"), parlab.EXERCISES),
        "LICENCE": section(readme(), "Licence"),
        "CITATION": (ROOT / "CITATION.cff").read_text(encoding="utf-8"),
        "API": book_pages.api(book.api),
        "TOC": "\n".join(notebooks),
        "EXERCISES": "\n".join(f"exercises-{name}" for name in course.names()),
    }
    for page in book.source.glob("*.md"):
        text = re.sub(r"@@([A-Z]+)@@", lambda m: values[m[1]], page.read_text(encoding="utf-8"))
        page.write_text(links(book, text, ROOT), encoding="utf-8")
    about = {
        "tools": str(ROOT / "tools"),
        "description": description(opening(readme())),
        "repository": book.repository,
        "address": book.address,
        "types": types(book.api) if book.api else {},
        "pages": pages,
    }
    (book.source / "book.json").write_text(json.dumps(about), encoding="utf-8")


def lessons_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9][0-9]-*.ipynb"))


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def opening(text: str) -> str:
    """What stands before the README's first section, without its title and badges."""
    before = text.split("\n## ", 1)[0]
    kept = "\n".join(line for line in before.splitlines() if not line.startswith(("# ", "[!")))
    return kept.replace("](docs/", "](")


def section(text: str, title: str) -> str:
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def links(book: Book, text: str, base: Path) -> str:
    """Lets links to files of the repository lead to a page of the book where there is one, else to the file."""

    def link(match: re.Match[str]) -> str:
        words, target = match[1], match[2]
        path, hash_, anchor = target.partition("#")
        anchor = re.sub(r"[^\w-]", "", anchor.lower())  # as Sphinx writes what JupyterLab calls The-first-"heading"
        file = (base / path).resolve()
        if not path:
            return f"[{words}](#{anchor})"
        if "://" in path or not file.exists():
            return match[0]
        if file.parent == run_notebooks.NOTEBOOKS and file.suffix == ".ipynb":
            return f"[{words}]({file.name}{hash_}{anchor})" if (book.executed / file.name).is_file() else words
        if file.parent.parent == course.SOURCE:
            return f"[{words}](exercises-{file.name})"
        page = {parlab.EXERCISES / "README.md": "teachers.md", book.recorded / "README.md": "ledger.md"}.get(file)
        if page:
            return f"[{words}]({page})"
        if not book.repository:
            if file.is_dir():
                return words  # without GitHub nobody shows it
            copy = book.source / "extra" / "files" / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
        return f'<a href="{book.file_address(file)}">{words}</a>'

    return LINK.sub(link, text)


def students(name: str) -> nbformat.NotebookNode:
    """An assignment as students get it, without solutions and hidden tests."""
    notebook = nbformat.read(course.SOURCE / name / f"{name}.ipynb", as_version=4)
    released = {cell.name: cell.released for cell in course.read(name).cells}
    for cell in notebook.cells:
        cell.source = released.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    return notebook


def lesson(
    book: Book,
    name: str,
    notebook: nbformat.NotebookNode,
    anchors: Mapping[str, Sequence[str]],
    base: Path = run_notebooks.NOTEBOOKS,
) -> dict[str, str]:
    """Writes one notebook for Sphinx; returns what search engines and chats show of it."""
    figures = Figures(book.source / "extra" / "figures", name)
    cells = []
    for cell in notebook.cells:
        spans = [f'<span id="{anchor}"></span>' for anchor in anchors.get(cell["id"], [])]
        if spans:
            cells.append(nbformat.v4.new_markdown_cell("\n".join(spans)))
        if cell.cell_type == "markdown":
            cell.source = links(book, cell.source, base)
        elif cell.cell_type == "code":
            hidden = cell.metadata.get("jupyter", {}).get("source_hidden")
            cell.metadata = {"tags": ["hide-input"] if hidden else []}
            cell.outputs = [shown for output in cell.outputs for shown in rendering(output, figures)]
        cells.append(cell)
    notebook.cells = cells
    nbformat.write(notebook, book.source / f"{name}.ipynb")
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    return {"description": description("\n\n".join(texts)), "image": figures.first}


def rendering(output: nbformat.NotebookNode, figures: Figures) -> Iterator[nbformat.NotebookNode]:
    """The one form of an output that a page shows, its pictures in files of their own."""
    data = output.get("data")
    if output.output_type == "error":  # on purpose: a lesson that fails is run again
        text = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(output.traceback))
        yield nbformat.v4.new_output("stream", name="stderr", text=text)
    elif data is None:
        yield output
    elif mime := next((mime for mime in ("text/html", "text/markdown", "text/plain") if mime in data), None):
        text = "".join(data[mime])
        if mime == "text/markdown":  # a diagram would want a script of another host
            text = text.replace("```mermaid", "```text")
        yield nbformat.v4.new_output("display_data", {mime: figures.extract(text)})


class Figures:
    """The pictures of one lesson."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.count = 0
        self.first = ""

    def extract(self, text: str) -> str:
        """Writes the pictures in an HTML text into files; there they can be enlarged, and are loaded when needed."""
        return IMG.sub(self._extract, text)

    def _extract(self, match: re.Match[str]) -> str:
        before, kind, data, after = match.groups()
        file = f"{self.name}-{self.count:02}.{kind.removesuffix('+xml')}"
        self.count += 1
        (self.folder / file).write_bytes(base64.b64decode(data))
        self.first = self.first or f"figures/{file}"
        lazy = f'<img{before} loading="lazy" src="figures/{file}"{after}>'
        return f'<a class="figure" href="figures/{file}" title="Enlarge">{lazy}</a>'


def description(markdown: str) -> str:
    """The first sentences of a page, without marks, in the length that search engines show."""
    for paragraph in re.split(r"\n\s*\n", markdown):
        text = " ".join(paragraph.split())
        if text and not re.match(r"[#|<>`!\-\d(]|\* ", text):
            text = re.sub(r"[*`]|\[([^\]]*)\]\([^)]*\)", lambda m: m[1] or "", html.unescape(text))
            return text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + " ..."
    return ""


def machine(notebooks: Mapping[str, nbformat.NotebookNode]) -> str:
    """What the first lesson said of the machine that it ran on."""
    for notebook in notebooks.values():
        for cell in notebook.cells:
            if cell.cell_type == "code" and re.search(r"Machine\.here\(\)$|Lesson\.open\(", cell.source):
                for output in cell.outputs:
                    data = output.get("data", {})
                    if "text/html" in data:
                        return f"```{{raw}} html\n{data['text/html']}\n```"
    return "No lesson says what machine it ran on."


# ---------------------------------------------------------------------------------------------------------- build


def build(book: Book) -> None:
    """Makes the whole site; fails on the first warning, dead link, or thing that another host would have to send."""
    python = environment()
    stage(book)
    shutil.rmtree(book.out, ignore_errors=True)
    command: list[str | Path] = [python, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    parlab.check([*command, "-d", book.source / ".doctrees", book.source, book.out], "Sphinx")
    static = book.out / "_static"
    for unused in [static / "scripts" / "fontawesome.js", *static.glob("*/*.map")]:  # the icons' font is there, too
        unused.unlink()
    options = (static / "documentation_options.js").read_text(encoding="utf-8")
    pages = sorted(book.out.glob("*.html"))
    for page in pages:
        page.write_text(deferred(page.read_text(encoding="utf-8"), options), encoding="utf-8")
    if book.address:
        listed = [page.name for page in pages if page.name not in {"genindex.html", "search.html"}]
        listed += ["api/index.html"] if book.api else []
        urls = "".join(f"<url><loc>{book.address}{name}</loc></url>" for name in listed)
        sitemap = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        (book.out / "sitemap.xml").write_text(f"{sitemap}{urls}</urlset>\n", encoding="utf-8")
        (book.out / "robots.txt").write_text(f"Sitemap: {book.address}sitemap.xml\n", encoding="utf-8")
    if found := list(problems(book.out)):
        raise parlab.SetupError("The book is not right:\n" + "\n".join(found))


def deferred(page: str, options: str) -> str:
    """Lets no script stand in the way of the first paint: what others build on is in the page, the rest comes later."""
    head, end, body = page.partition("</head>")
    head = re.sub(r'<script [^>]*src="[^"]*fontawesome\.js[^>]*></script>', "", head)
    head = re.sub(r'<script src="[^"]*documentation_options\.js[^>]*></script>', f"<script>{options}</script>", head)
    return re.sub(r"<script (?=[^>]*src=)(?![^>]*(?:defer|async))", "<script defer ", head) + end + body


class Page(HTMLParser):
    """The anchors, links and parts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.parts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given["rel"] in {"stylesheet", "preload", "icon"}:
            self.parts.append(given["href"])
        elif "src" in given:
            self.parts.append(given["src"])


@cache
def parsed(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def problems(site: Path) -> Iterator[str]:
    """Dead links and anchors, parts that are missing or come from elsewhere, pages that are too heavy."""
    parsed.cache_clear()
    for path in sorted(site.glob("*.html")):
        page = parsed(path)
        weight = path.stat().st_size
        for part in dict.fromkeys(page.parts):
            file = path.parent / unquote(urlsplit(part).path)
            if part.startswith("data:"):
                continue
            if urlsplit(part).netloc:
                yield f"{path.name}: {part} is on another host"
            elif not file.is_file():
                yield f"{path.name}: {part} is missing"
            else:
                weight += file.stat().st_size
        if weight > MAX_PAGE_BYTES:
            yield f"{path.name} weighs {weight / 1e6:.1f} MB"
        for link in dict.fromkeys(page.links):
            address = urlsplit(link)
            if address.scheme or address.netloc:
                continue
            file = (path.parent / unquote(address.path)) if address.path else path
            if not file.is_file():
                yield f"{path.name}: the link {link} leads nowhere"
            elif address.fragment and file.suffix == ".html" and unquote(address.fragment) not in parsed(file).ids:
                yield f"{path.name}: the link {link} has no anchor there"
    for style in site.glob("_static/**/*.css"):
        if re.search(r"(url\(|@import\s+)['\"]?(https?:)?//", style.read_text(encoding="utf-8")):
            yield f"{style.name} wants something from another host"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="book", description=__doc__)
    parser.add_argument("--serve", action="store_true", help="show it on this machine afterwards")
    options = parser.parse_args(arguments)
    if missing := outdated():
        parlab.say(f"The book: lessons to run first: {', '.join(missing)}")
        run: list[str | Path] = [sys.executable, ROOT / "tools" / "run_notebooks.py", *missing]
        if subprocess.run(run, cwd=ROOT).returncode:
            return 1
    try:
        make_api()
        build(Book())
    except parlab.SetupError as e:
        parlab.say(str(e))
        return 1
    parlab.say(f"The book is in {BOOK.relative_to(ROOT)}: open index.html there, or: make book SERVE=1")
    if options.serve:
        host, port = ADDRESS
        parlab.say(f"http://{host}:{port}")
        server: list[str | Path] = [sys.executable, "-m", "http.server", port, "--bind", host, "--directory", BOOK]
        parlab.become(server, dict(os.environ), ROOT)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
