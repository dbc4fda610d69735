"""The book's pages that are made of data: the ledger of claims, five of them with their charts, the ways to begin."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat

ARTICLES = {
    "A": "CPython's GIL and thread optimisation",
    "B": "Process pools for model inference",
    "C": "Threads and processes together",
    "D": "300 minutes to 3",
    "E": "A beginner's guide",
}
UNDECIDED = "undecided here"
SIDES = {"jvm": "JVM", "cpython": "CPython"}


@dataclass(frozen=True)
class Run:
    """The claims of every lesson as one run decided them."""

    title: str
    lessons: Mapping[str, list[dict[str, Any]]]

    def claims(self) -> Iterable[tuple[str, dict[str, Any]]]:
        return [(lesson, claim) for lesson, claims in sorted(self.lessons.items()) for claim in claims]


def runs(last: Path, recorded: Path) -> list[Run]:
    """The run that the book is made from, and those of other machines, the one with the fewest processors first."""
    here = json.loads(last.read_text(encoding="utf-8")) if last.is_file() else {}
    found = [Run("This run", here)] if here else []
    others = [json.loads(path.read_text(encoding="utf-8")) for path in recorded.glob("claims-*-processors.json")]
    for run in sorted(others, key=lambda run: int(run["processors"])):
        count = int(run["processors"])
        machine = str(run["machine"]).split(",")[0]
        found.append(Run(f"{count} processor{'s' * (count != 1)}: {machine}, recorded", run["lessons"]))
    return found


def anchor(claim: str) -> str:
    return f"claim-{claim.lower()}"


def anchors(notebook: nbformat.NotebookNode, claims: Iterable[str]) -> dict[str, list[str]]:
    """The anchors to set before cells, by their ids: a claim's is where the text names it first.

    That is the text before what measures it: a test holds the lessons to it.
    """
    found: dict[str, list[str]] = {}
    for claim in claims:
        texts = (cell for cell in notebook.cells if cell.cell_type == "markdown")
        if place := next((cell for cell in texts if re.search(rf"\b{claim}\b", cell.source)), None):
            found.setdefault(place["id"], []).append(anchor(claim))
    return found


def options(values: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in values)


def select(name: str, values: Iterable[tuple[str, str]], every: str = "") -> str:
    first = f'<option value="">{every}</option>' if every else ""
    return f'<label>{name.capitalize()} <select name="{name}">{first}{options(values)}</select></label>'


def verdict(claim: dict[str, Any]) -> str:
    kind = {"holds": "yes", "does not hold": "no", UNDECIDED: "open"}.get(claim["verdict"], "partly")
    reason = f" <small>{escape(claim['reason'])}</small>" if claim["reason"] else ""
    return f'<span class="verdict {kind}">{escape(claim["verdict"])}</span>{reason}'


def further(claim: dict[str, Any]) -> str:
    """What was found on other sides than these two, each of which has a verdict of its own."""
    others = claim.get("others", {}).items()
    return "".join(f" <small>{escape(side)}: {escape(text)}</small>" for side, text in others)


def raw(text: str) -> str:
    return f"```{{raw}} html\n{text}\n```"


@dataclass(frozen=True)
class Ledger:
    """The claims of all runs, and the anchors that each lesson's page has."""

    runs: list[Run]
    places: Mapping[str, set[str]]

    def link(self, lesson: str, claim: str, text: str) -> str:
        there = anchor(claim) in self.places.get(lesson, ())
        return f'<a href="{lesson}.html#{anchor(claim)}">{text}</a>' if there else text

    def table(self) -> str:
        """Every claim of every run; the page shows one run, and of it what the filters leave."""
        every = [(number, *pair) for number, run in enumerate(self.runs) for pair in run.claims()]
        articles = sorted({claim["id"][0] for _, _, claim in every})
        filters = [
            select("run", [(str(number), run.title) for number, run in enumerate(self.runs)]),
            select("verdict", [(text, text) for text in sorted({claim["verdict"] for _, _, claim in every})], "all"),
            select("article", [(letter, f"{letter}: {ARTICLES.get(letter, letter)}") for letter in articles], "all"),
            select("lesson", [(name, title(name)) for name in sorted({lesson for _, lesson, _ in every})], "all"),
        ]
        columns = ("Claim", "Article", *SIDES.values(), "Holds where", "Verdict")
        head = "".join(f'<th scope="col">{name}</th>' for name in columns)
        rows = "".join(self.row(number, lesson, claim) for number, lesson, claim in every)
        return raw(
            f'<form class="filters pst-js-only" data-filters="ledger">{"".join(filters)}<output></output></form>'
            f'<table id="ledger"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        )

    def row(self, run: int, lesson: str, claim: dict[str, Any]) -> str:
        cells = {
            "Claim": f"{self.link(lesson, claim['id'], claim['id'])} {escape(claim['claim'])}",
            "Article": escape(claim["article"]),
            "JVM": escape(claim["jvm"]),
            "CPython": escape(claim["cpython"]) + further(claim),
            "Holds where": escape(claim["rule"]),
            "Verdict": verdict(claim),
        }
        data = {"run": str(run), "verdict": claim["verdict"], "article": claim["id"][0], "lesson": lesson}
        marks = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
        line = "".join(f'<td data-label="{name}"><div>{text}</div></td>' for name, text in cells.items())
        return f"<tr{marks}{' hidden' * (run > 0)}>{line}</tr>"

    def five(self, chosen: Path) -> str:
        """The claims that a file names, each with its chart: of the first run that decides on it, or of the first."""
        cards: list[str] = []
        verdicts: Counter[str] = Counter()
        for line in chosen.read_text(encoding="utf-8").splitlines():
            number, _, name = line.partition(" ")
            found = [
                (run, lesson, claim)
                for run in self.runs
                for lesson, claim in run.claims()
                if lesson.startswith(number) and claim["id"] == name
            ]
            decided = [entry for entry in found if entry[2]["verdict"] != UNDECIDED]
            for run, lesson, claim in (decided or found)[:1]:
                verdicts[claim["verdict"]] += 1
                source = "" if run is self.runs[0] else f"{escape(run.title)}. "
                place = self.link(lesson, name, f"Lesson {lesson[:2]}, claim {name}")
                cards.append(
                    f"<article><h2>{escape(claim['claim'])}</h2><p>The article: {escape(claim['article'])}</p>"
                    f"{chart(claim)}<p>{verdict(claim)}{further(claim)}</p><p><small>{source}{place}</small></p></article>"
                )
        counts = "; ".join(f"{text}: {count}" for text, count in verdicts.most_common())
        return raw(f'<p><strong>Of {len(cards)}, {counts}.</strong></p><div class="cards">{"".join(cards)}</div>')


def title(lesson: str) -> str:
    return "lesson " + lesson.replace("-", " ")


def threshold(rule: str) -> tuple[float, ...]:
    """The numbers that a rule compares with: the last one or, of a range, two."""
    match = re.search(r"(?:[<>] |from | )([\d.]+)(?: to ([\d.]+))?(?: \S+)?$", rule)
    return tuple(float(number) for number in match.groups() if number) if match else ()


def chart(claim: dict[str, Any]) -> str:
    """Both sides' figures as bars with their intervals, and the rule's limit as a dashed line."""
    numbers = {side: claim[f"{side}_numbers"] for side in SIDES if f"{side}_numbers" in claim}
    rule = f"It holds where: {escape(claim['rule'])}"
    if not numbers:
        said = "".join(f"<p>{title}: {escape(claim[side])}</p>" for side, title in SIDES.items())
        return f"{said}<p><small>{rule}.</small></p>"
    limits = threshold(claim["rule"])
    most = max([*limits, *(figure["high"] for figure in numbers.values())])
    left, width = 70, 280

    def x(value: float) -> float:
        return round(left + width * max(value, 0) / (1.04 * most or 1), 1)

    parts = []
    for row, (side, title) in enumerate(SIDES.items()):
        y = 8 + 44 * row
        parts.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{title}</text>')
        if side in numbers:
            figure = numbers[side]
            parts.append(f'<rect class="{side}" x="{left}" y="{y}" width="{x(figure["value"]) - left}" height="18"/>')
            low, high = x(figure["low"]), x(figure["high"])
            parts.append(f'<path class="interval" d="M{low} {y + 9}H{high}M{low} {y + 5}v8M{high} {y + 5}v8"/>')
        parts.append(f'<text class="figure" x="{left}" y="{y + 33}">{escape(short(claim[side]))}</text>')
    parts += [f'<path class="limit" d="M{x(limit)} 2V92"/>' for limit in limits]
    label = f"JVM: {claim['jvm']}. CPython: {claim['cpython']}. It holds where {claim['rule']}."
    return (
        f'<svg role="img" aria-label="{escape(label)}" viewBox="0 0 360 94">{"".join(parts)}</svg>'
        f"<p><small>{rule} (dashed).</small></p>"
    )


def short(text: str) -> str:
    return text if len(text) <= 40 else text[:38].rsplit(" ", 1)[0] + " ..."


def addresses(repository: str, notebook: str) -> dict[str, str]:
    """Where a notebook runs in the browser; nowhere if the repository's address is not known."""
    if not repository:
        return {}
    tree = quote(f"lab/tree/{notebook}", safe="")
    return {
        "Run on Binder": f"https://mybinder.org/v2/gh/{repository}/HEAD?urlpath={tree}",
        "Open in Codespaces": f"https://codespaces.new/{repository}?quickstart=1",
    }


def browser(repository: str) -> str:
    links = addresses(repository, "notebooks/00-start-here.ipynb")
    if not links:
        return "Give the repository's address to [Binder](https://mybinder.org), or choose *Codespaces* on GitHub."
    return "; or ".join(f"[{title}]({address})" for title, address in links.items()) + "."


def api(folder: Path | None) -> str:
    """The packages of the Javadoc."""
    if folder is None:
        return "It is not part of this build."
    packages = sorted(path.parent.relative_to(folder) for path in folder.glob("parlab/**/package-summary.html"))
    names = [(path.as_posix(), path.as_posix().replace("/", ".")) for path in packages]
    links = [f'<a href="api/{path}/package-summary.html"><code>{name}</code></a>' for path, name in names]
    items = "".join(f"<li>{link}</li>" for link in links)
    return raw(f'<p><a href="api/index.html">Search and overview</a>, and each package:</p><ul>{items}</ul>')
