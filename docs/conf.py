"""Sphinx's configuration. tools/book.py copies this folder, adds the lessons and the data, and runs Sphinx there."""

import json
import re
import sys
from html import escape, unescape
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BOOK = json.loads((HERE / "book.json").read_text(encoding="utf-8"))
sys.path.insert(0, BOOK["tools"])
import book_pages  # noqa: E402

project = "ParLab"
author = "the ParLab authors"
copyright = "2026, the ParLab authors. Text: CC BY 4.0. Code: Apache 2.0"
extensions = ["myst_nb"]
exclude_patterns = ["extra", ".doctrees"]

nb_execution_mode = "off"
nb_render_markdown_format = "gfm"
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
nb_number_source_lines = False
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
suppress_warnings = ["mystnb.unknown_mime_type"]

html_theme = "sphinx_book_theme"
html_title = "ParLab"
html_baseurl = BOOK["address"]
html_static_path = ["static", "convoy.png"]
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_favicon = "static/favicon.svg"
html_extra_path = ["extra"]
html_show_sourcelink = False
html_copy_source = False
html_use_index = False
html_theme_options: dict[str, Any] = {
    "home_page_in_toc": True,
    "use_download_button": False,
    "show_toc_level": 2,
    "show_navbar_depth": 1,
    "navbar_persistent": [],  # the sidebar has a search button
    "toc_title": "On this page",
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "footer_content_items": ["copyright.html"],
}


def buttons(name: str) -> str:
    """Where a lesson can be run or had."""
    notebook = f"notebooks/{name}.ipynb"
    elsewhere = book_pages.addresses(BOOK["repository"], notebook)
    links = [f'<a href="{escape(url)}">{title}</a>' for title, url in elsewhere.items()]
    links.append(f'<a href="{notebook}" download>Download the notebook</a>')
    if BOOK["repository"]:
        links.append(f'<a href="https://github.com/{BOOK["repository"]}/blob/HEAD/{notebook}">Source</a>')
    if f"exercises-{name}" in BOOK["pages"]:
        links.append(f'<a href="exercises-{name}.html">Exercises</a>')
    return f'<nav class="buttons" aria-label="This lesson elsewhere">{"".join(links)}</nav>'


def with_api(body: str) -> str:
    """Links each type's first use in a lesson's code to its documentation."""
    seen: set[str] = set()

    def link(match: re.Match[str]) -> str:
        name = match[2]
        if name in seen or name not in BOOK["types"]:
            return match[0]
        seen.add(name)
        return f'{match[1]}<a class="api" href="{BOOK["types"][name]}" title="What {name} is">{name}</a></span>'

    return re.sub(r'(<span class="n[a-z]?">)([A-Z]\w+)</span>', link, body)


def add_to_page(_app: Any, page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Adds to a page what Sphinx does not know of, before it goes into the theme's template."""
    about = BOOK["pages"].get(page)
    if about:
        context["body"] = with_api(context["body"])
        if (HERE / "extra" / "notebooks" / f"{page}.ipynb").is_file():
            context["body"] = context["body"].replace("</h1>", f"</h1>{buttons(page)}", 1)
        text, image = about["description"], about["image"]
    else:
        text, image = (context.get("meta") or {}).get("description", ""), ""
    text = text or BOOK["description"]
    title = unescape(re.sub(r"<[^>]+>", "", context.get("title") or project))
    tags = {"og:title": title, "og:description": text, "og:type": "article"}
    if BOOK["address"]:  # a preview wants whole addresses
        tags |= {
            "og:url": f"{BOOK['address']}{page}.html",
            "og:image": BOOK["address"] + (image or "_static/convoy.png"),
        }
        tags |= {"twitter:card": "summary_large_image"}
    metas = "".join(f'<meta property="{name}" content="{escape(value)}"/>' for name, value in tags.items())
    if 'name="description"' not in context.get("metatags", ""):
        metas += f'<meta name="description" content="{escape(text)}"/>'
    context["metatags"] = context.get("metatags", "") + metas


def setup(app: Any) -> None:
    app.connect("html-page-context", add_to_page)
