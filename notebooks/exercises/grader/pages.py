"""Pages that show what a student wrote, in the formgrader and as feedback. Making one is work on hostile text.

Colouring and Markdown take time that grows with the square of some texts, and fail on others. Such a text is shown
as it is. Each page of feedback is made in a process of its own with limits; where that fails, a plain one says why.
"""

from __future__ import annotations

import html
import multiprocessing
import re
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bleach
import nbformat
from bleach.css_sanitizer import CSSSanitizer
from nbconvert.filters import highlight, markdown2html
from nbgrader.preprocessors import NbGraderPreprocessor

from . import course
from .reading import PICTURE

PAGE_SECONDS = 60
PAGE_BYTES = 2_000_000_000

# Bounds within which both take milliseconds; tests try texts that are known to be slow.
MOST_CODE = 20_000
LONGEST_RUN = 600  # letters between two that end a word run; Pygments' Java takes their square
MOST_WORDS = 30_000
MOST_MARKS = 1_500  # letters that mean something in Markdown
DEEPEST = 12  # quotes or lists within each other

_RUN = re.compile(rf"[\w\s.\[\]$<>?]{{{LONGEST_RUN},}}")
_MARK = re.compile(r"[<\[*_`>~$\\|#&!]")
_QUOTES_AND_LISTS = rf"^[ \t]*(?:(?:>|[-*+]|\d+[.)])[ \t]*){{{DEEPEST},}}|^[ ]{{{2 * DEEPEST},}}[-*+]"
_DEEP = re.compile(_QUOTES_AND_LISTS, re.MULTILINE)

# What the pages, which people open who are logged in, show of Markdown and HTML. Whatever else a student writes becomes
# visible text.
_TAGS = {
    *bleach.ALLOWED_TAGS,
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "pre", "div", "span", "del", "details", "summary", "img"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def _allowed(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return True
    if tag == "img":
        return name == "alt" or (name == "src" and bool(PICTURE.fullmatch(value)))
    if tag == "a":
        return name == "title" or (name == "href" and value.lower().startswith(("http://", "https://", "#")))
    return name == "id" and tag in {"h1", "h2", "h3", "h4"}


def clean_html(source: str) -> str:
    """Stands for nbconvert's filter of this name, which knows no header cells and shows their tags as text."""
    protocols = {"http", "https", "data"}  # of data, pictures alone: see _allowed
    return str(
        bleach.clean(source, tags=_TAGS, attributes=_allowed, protocols=protocols, css_sanitizer=CSSSanitizer([]))
    )


def markdown_to_html(source: str) -> str:
    """Markdown as HTML that is clean, which it is not in nbgrader's pages; as plain text where that would take long."""
    words = PICTURE.sub("", source)
    if len(words) > MOST_WORDS or len(_MARK.findall(words)) > MOST_MARKS or _DEEP.search(words):
        return _as_it_is(words, "This text is shown as it is: it is too long or too deep for Markdown.")
    try:
        return clean_html(markdown2html(source))
    except Exception as e:  # whatever a text does to the parser, the page is made
        return _as_it_is(words, f"This text is shown as it is: as Markdown it fails ({type(e).__name__}).")


def _as_it_is(text: str, why: str) -> str:
    return f"<p><em>{html.escape(why)}</em></p><pre>{html.escape(text[:MOST_WORDS])}</pre>"


def bound_colouring() -> None:
    """Lets nbconvert colour such code alone as takes no time; it sets this filter itself, past all settings."""
    original = highlight.Highlight2HTML.__call__

    def bounded(self: Any, source: str, language: str | None = None, metadata: Any = None) -> str:
        if len(source) <= MOST_CODE and not _RUN.search(source):
            return str(original(self, source, language, metadata))
        return f'<div class="highlight"><pre>{html.escape(source)}</pre></div>'

    highlight.Highlight2HTML.__call__ = bounded


class HideTests(NbGraderPreprocessor):  # type: ignore[misc]
    """Takes the hidden tests out of the cells that have them; markers that a student writes mean nothing."""

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        for cell in nb.cells:
            mark = cell.metadata.get("nbgrader", {})
            if mark.get("grade") and not mark.get("solution"):
                cell.source = course.outside(cell.source, course.BEGIN_TESTS, course.END_TESTS)
        return nb, resources


def make(write: Callable[[], dict[str, Any]], folder: Path, graded: Path) -> str:
    """Makes a page of feedback in a process of its own. Returns what went wrong, in words, or an empty string; then a
    plain page stands in the folder."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_write, args=(write, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        problem = str(ours.recv()) if ours.poll(PAGE_SECONDS) else f"it takes longer than {PAGE_SECONDS} s"
    except EOFError:
        problem = "the memory that it may take was used up"
    finally:
        process.kill()
        process.join()
        ours.close()
    if problem:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{graded.stem}.html").write_text(plain(graded, problem), encoding="utf-8")
    return problem


def _write(write: Callable[[], dict[str, Any]], answer: Any) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (PAGE_BYTES, PAGE_BYTES))
    try:
        done = write()
        answer.send("" if done["success"] else str(done.get("log") or done.get("error") or "no reason given"))
    except BaseException as e:
        answer.send(f"{type(e).__name__}: {e}"[:2000])


def plain(graded: Path, problem: str) -> str:
    """The page of a submission whose page cannot be made: the tests, and the cells as text."""
    notebook = nbformat.read(graded, as_version=4)
    kept = notebook.metadata.get("parlab", {})
    parts = [f"<p>This page is a plain one: {html.escape(problem[-500:])}</p>"]
    for task, tests in kept.get("tests", {}).items():
        rows = "".join(
            f"<li>{0 if test['problem'] else test['points']:g} of {test['points']:g}: {html.escape(test['title'])}"
            f"{': ' if test['problem'] else ''}{html.escape(test['problem'])}</li>"
            for test in tests
        )
        parts.append(f"<h2>{html.escape(task)}</h2><ul>{rows}</ul>")
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader", {})
        if not (mark.get("grade") and not mark.get("solution")):  # the hidden tests are in these
            parts.append(f"<pre>{html.escape(PICTURE.sub('(picture)', cell.source)[:MOST_WORDS])}</pre>")
    title = html.escape(graded.stem)
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}</title></head><body><h1>{title}</h1>" + (
        "".join(parts) + "</body></html>"
    )
