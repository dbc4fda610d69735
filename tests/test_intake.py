"""What students hand in, as classes really do: files, names, encodings, lost marks; and what is made of it."""

from __future__ import annotations

import csv
import io
import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import answers
import hostile
import pytest
from grader import course, finding, intake, names, pages, reading, table
from grader.finding import handed_in
from grader.reading import UnreadableError

FIRST, SECOND = course.names()[:2]
Notebook = dict[str, Any]


def right(name: str = FIRST) -> Notebook:
    """The reference solution as a student hands it in."""
    return answers.right(name)


def put(folder: Path, path: str, content: bytes | Notebook) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return file


def rebuilt(notebook: Notebook, name: str = FIRST) -> intake.Submission:
    return intake.rebuild(course.read(name), reading.content_of(notebook))


def answers_of(submission: intake.Submission) -> dict[str, str]:
    return {step.cell.name: step.source for step in submission.steps if step.cell and step.cell.answered}


# ------------------------------------------------------------------------------------------------------ reading


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_notebook_is_read_in_any_encoding(encoding: str) -> None:
    notebook = right()
    content = reading.parse(json.dumps(notebook, ensure_ascii=False).encode(encoding))
    assert [cell.source for cell in content.cells] == [cell["source"] for cell in notebook["cells"]]
    assert bool(content.remarks) == (not encoding.startswith("utf-8"))


def test_line_ends_of_windows_and_old_macs_are_line_ends() -> None:
    notebook = right()
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].replace("\n", "\r\n").splitlines(keepends=True)
    submission = rebuilt(notebook)
    assert submission == rebuilt(right())


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "empty"), (b"PK\x03\x04x", "an archive"), (b"%PDF-1.7", "a PDF"),
     (b"<html>", "a web page"), (b"[]", "no cells"), (b"null", "no cells"), (b'{"cells": {}}', "no cells"),
     (b"[" * 100_000, "not a notebook")],
)  # fmt: skip
def test_what_is_no_notebook_is_said_to_be_what_it_is(content: bytes, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        reading.parse(content)


@pytest.mark.parametrize(
    "cells",
    [[[], {"cell_type": "code", "metadata": []}], [{"cell_type": "code", "source": 7}, 3, None],
     [{"cell_type": "code", "source": ["\ud800", 5]}], [{"cell_type": "raw", "attachments": {"x": 7}}], []],
)  # fmt: skip
def test_whatever_has_cells_becomes_a_notebook(cells: list[Any]) -> None:
    submission = rebuilt({"cells": cells})
    assert [step.cell for step in submission.steps if step.cell] == list(course.read(FIRST).cells)


def test_outputs_of_any_size_do_not_matter(tmp_path: Path) -> None:
    notebook = right()
    notebook["cells"][4]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 30_000_000}]
    content = reading.load(put(tmp_path, "large.ipynb", notebook))
    assert content == reading.content_of(right())


def test_hostile_nesting_in_a_large_file_is_left_to_a_person(tmp_path: Path) -> None:
    file = put(tmp_path, "deep.ipynb", b'{"cells": ' + b"[" * 5_000_000)
    with pytest.raises(UnreadableError):
        reading.load(file)


def test_links_pipes_and_folders_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    put(tmp_path, "secret.ipynb", right())
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "secret.ipynb")
    for name in ("pipe.ipynb", "folder.ipynb", "link.ipynb", "missing.ipynb"):
        with pytest.raises(UnreadableError):
            reading.load(tmp_path / name)


# ------------------------------------------------------------------------------------------- cells without marks


@pytest.mark.parametrize("name", course.names())
@pytest.mark.parametrize("lost", ["ids", "metadata", "both"])
def test_cells_that_lost_their_marks_are_known_by_text_and_order(name: str, lost: str) -> None:
    notebook = right(name)
    for cell in notebook["cells"]:
        if lost != "metadata":
            cell.pop("id", None)
        if lost != "ids":
            cell["metadata"] = {}
    submission = rebuilt(notebook, name)
    assert answers_of(submission) == answers_of(rebuilt(right(name), name))
    assert [step.cell for step in submission.steps] == list(course.read(name).cells), "nothing is there twice"


def test_an_own_cell_beside_an_answer_without_marks_is_not_taken_for_it() -> None:
    notebook = right()
    for cell in notebook["cells"]:
        cell.pop("id", None)
        cell["metadata"] = {}
    at = next(i for i, cell in enumerate(notebook["cells"]) if "LongestWait" in cell["source"])
    notebook["cells"].insert(at, hostile.code("int tries = 3;"))
    submission = rebuilt(notebook)
    assert answers_of(submission) == answers_of(rebuilt(right()))
    assert [step.source for step in submission.steps if step.cell is None] == ["int tries = 3;"]


@pytest.mark.parametrize("kind", ["code", "raw"])
def test_an_essay_in_a_cell_of_another_kind_is_read(kind: str) -> None:
    notebook = right()
    essay = notebook["cells"][hostile.place(notebook, "convoy")]
    essay["cell_type"] = kind
    submission = rebuilt(notebook)
    assert answers_of(submission)["convoy"] == essay["source"]
    assert any("another kind" in remark for remark in submission.remarks)


def test_code_in_a_text_cell_counts() -> None:
    notebook = right()
    notebook["cells"][hostile.place(notebook, "stripes-answer")]["cell_type"] = "markdown"
    assert answers_of(rebuilt(notebook)) == answers_of(rebuilt(right()))


def test_an_essay_beside_its_cell_is_read_with_its_picture() -> None:
    notebook = right()
    at = hostile.place(notebook, "convoy")
    notebook["cells"][at]["source"] = "YOUR ANSWER HERE"
    picture = {"x.png": {"image/png": "iVBORw0KGgo="}}
    own = {"cell_type": "markdown", "metadata": {}, "source": "My text ![x](attachment:x.png)", "attachments": picture}
    notebook["cells"].insert(at + 1, own)
    essay = answers_of(rebuilt(notebook))["convoy"]
    assert essay == "My text ![x](data:image/png;base64,iVBORw0KGgo=)"
    assert '<img src="data:image/png;base64,iVBORw0KGgo=" alt="x">' in pages.markdown_to_html(essay).replace(
        'alt="x" src="data:image/png;base64,iVBORw0KGgo="', 'src="data:image/png;base64,iVBORw0KGgo=" alt="x"'
    )


# ------------------------------------------------------------------------------------------------------ finding


def taken(folder: Path, scratch: Path) -> dict[str, tuple[str, str, str]]:
    files, _ = handed_in(folder, scratch)
    return {f.student: (f.assignment, Path(f.file).name, "; ".join(f.remarks)) for f in files}


def zipped(folder: Path, files: dict[str, bytes | Notebook]) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return folder


def test_notebook_is_found_under_any_name_and_depth(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    put(folder, f"ada/{FIRST}/{FIRST}.ipynb", right())
    put(folder, f"bob/{FIRST}/{FIRST}.ipynb.json", right())
    put(folder, f"cem/{FIRST}/{FIRST.upper()}.IPYNB", right())
    put(folder, f"dan/{FIRST}/a/b/mine.ipynb.txt", right())
    put(folder, "eve/loose.ipynb", right())
    zipped(folder / "fay" / FIRST / "work.zip", {"x/y/lock.ipynb": right()})
    zipped(folder / "gil.zip", {"mine.ipynb": right()})
    found = taken(folder, tmp_path / "scratch")
    assert set(found) == {"ada", "bob", "cem", "dan", "eve", "fay", "gil"}
    assert {assignment for assignment, _, _ in found.values()} == {FIRST}
    assert found["ada"][2] == ""
    assert found["eve"] == (FIRST, "loose.ipynb", "the notebook is called loose.ipynb")


@pytest.mark.parametrize(
    "hidden", ["._mine.ipynb", ".solution.ipynb", "__MACOSX/mine.ipynb", ".ipynb_checkpoints/m.ipynb"]
)
def test_hidden_files_do_not_count(tmp_path: Path, hidden: str) -> None:
    put(tmp_path / "in", f"ada/{FIRST}/mine.ipynb", right())
    put(tmp_path / "in", f"ada/{FIRST}/{hidden}", b"\0\5\26\7")
    assert taken(tmp_path / "in", tmp_path / "s") == {"ada": (FIRST, "mine.ipynb", "the notebook is called mine.ipynb")}


def test_of_several_notebooks_one_is_graded_and_the_others_are_named(tmp_path: Path) -> None:
    put(tmp_path / "in", f"ada/{FIRST}/{FIRST}.ipynb", right())
    put(tmp_path / "in", f"ada/{FIRST}/{FIRST} (1).ipynb", right())
    put(tmp_path / "in", f"ada/{SECOND}/copy.ipynb", right(SECOND))
    files, _ = handed_in(tmp_path / "in", tmp_path / "s")
    assert [(file.assignment, Path(file.file).name) for file in files] == [
        (FIRST, f"{FIRST}.ipynb"),
        (SECOND, "copy.ipynb"),
    ]
    assert files[0].remarks == [f"several notebooks were handed in: {FIRST}.ipynb is graded, not {FIRST} (1).ipynb"]


def test_what_can_not_be_read_has_a_line_that_names_the_file(tmp_path: Path) -> None:
    put(tmp_path / "in", f"ada/{FIRST}/{FIRST}.ipynb", right())
    put(tmp_path / "in", f"bob/{FIRST}/essay.pdf", b"%PDF-1.7")
    put(tmp_path / "in", f"cem/{FIRST}/{FIRST}.ipynb", b"{")
    (tmp_path / "in" / "dan" / FIRST).mkdir(parents=True)
    put(tmp_path / "in", "readme.txt", b"hello")
    files, left_out = handed_in(tmp_path / "in", tmp_path / "s")
    told = {file.student: (file.content is None, file.assignment, " ".join(file.remarks)) for file in files}
    assert told["bob"] == (True, FIRST, "no notebook was found; there is: essay.pdf")
    assert told["cem"] == (True, FIRST, f"{FIRST}.ipynb: the file is not a notebook (no JSON): not read")
    assert told["dan"] == (True, FIRST, "nothing was handed in")
    assert left_out == ["readme.txt: not a folder of a student"]


def test_moodles_export_is_taken_as_it_comes(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "w.zip", {"a.ipynb": right()}).read_bytes()
    export = zipped(tmp_path / "export.zip", {
        "Zoë Müller_4711_assignsubmission_file/exercise.ipynb": right(),
        "Đặng Thị Hoa_4712_assignsubmission_file_/work.zip": inner,
        "O'Brien & Söhne_4713_assignsubmission_file_lock.ipynb": right(),
        "Ida_4714_assignsubmission_onlinetext/onlinetext.html": b"<p>I forgot</p>",
    })  # fmt: skip
    files, left_out = handed_in(export, tmp_path / "s")
    assert not left_out
    told = {file.student: (file.identifier, file.assignment, file.content is not None) for file in files}
    assert told == {
        "Zoë Müller": ("4711", FIRST, True),
        "Đặng Thị Hoa": ("4712", FIRST, True),
        "O'Brien & Söhne": ("4713", FIRST, True),
        "Ida": ("4714", FIRST, False),
    }


def test_canvas_export_is_taken_as_it_comes(tmp_path: Path) -> None:
    put(tmp_path / "in", "muelleranna_12345_678_lock-1.ipynb", right())
    put(tmp_path / "in", f"brienpat_LATE_12346_679_{FIRST}-1.ipynb", right())
    put(tmp_path / "in", f"brienpat_LATE_12346_680_{FIRST}-2.ipynb", right())
    files, left_out = handed_in(tmp_path / "in", tmp_path / "s")
    assert not left_out
    assert [(file.student, file.identifier) for file in files] == [("brienpat", "12346"), ("muelleranna", "12345")]
    several = f"several notebooks were handed in: {FIRST}-2.ipynb is graded, not {FIRST}-1.ipynb"
    assert files[0].remarks == [several, "handed in late, says the platform"]
    assert files[0].origin == f"brienpat_LATE_12346_680_{FIRST}-2.ipynb", "where the feedback goes back to"
    assert files[1].remarks == ["the notebook is called lock-1.ipynb"]
    assert [file.time for file in files] == [0, 0]


def test_nbgraders_exchange_is_taken_as_it_comes(tmp_path: Path) -> None:
    put(tmp_path / "in", f"ada+{FIRST}+2026-11-20 10:00:00 UTC+ab12/{FIRST}.ipynb", right())
    put(tmp_path / "in", f"bob/{FIRST}/{FIRST}.ipynb", right())
    put(tmp_path / "in", f"bob/{FIRST}/timestamp.txt", b"2026-11-20 10:00:00 UTC")
    assert taken(tmp_path / "in", tmp_path / "s") == dict.fromkeys(("ada", "bob"), (FIRST, f"{FIRST}.ipynb", ""))


def test_of_what_was_handed_in_twice_the_latest_counts_by_nbgraders_own_time(tmp_path: Path) -> None:
    times = ("2026-11-19 10:00:00.000000 UTC", "2026-11-21 10:00:00.000000 UTC", "2026-11-20 10:00:00.000000 UTC")
    for number, when in enumerate(times):
        put(tmp_path / "in", f"ada+{FIRST}+{when}+{number}/{FIRST}.ipynb", right())
    put(tmp_path / "in", f"bob/{FIRST}/{FIRST}.ipynb", right())
    put(tmp_path / "in", f"bob/{FIRST}/timestamp.txt", b"2026-11-20 10:00:00 UTC\n")
    put(tmp_path / "in", f"eve/{FIRST}/{FIRST}.ipynb", right())
    put(tmp_path / "in", f"eve/{FIRST}/timestamp.txt", b"\xff yesterday")
    ada, bob, eve = handed_in(tmp_path / "in", tmp_path / "s")[0]
    assert "2026-11-21" in ada.file
    assert ada.remarks == [f"it was handed in 3 times: the latest of {FIRST}.ipynb is graded"]
    assert ada.time - bob.time == 24 * 3600
    assert abs(eve.time - time.time()) < 3600


def test_an_archive_stays_within_its_folder_and_its_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zipped(tmp_path / "x.zip", {"../../evil.txt": b"x", "/abs.txt": b"y", "in.txt": b"z"})
    finding.unpack(archive, tmp_path / "a" / "b")
    assert {path.relative_to(tmp_path / "a" / "b").as_posix() for path in (tmp_path / "a").rglob("*.txt")} == {
        "evil.txt",
        "abs.txt",
        "in.txt",
    }
    monkeypatch.setattr(finding, "UNPACKED_BYTES", 1000)
    with pytest.raises(UnreadableError, match="more than"):
        finding.unpack(zipped(tmp_path / "bomb.zip", {"zeros": bytes(100_000)}), tmp_path / "c")
    with pytest.raises(UnreadableError, match="cannot be unpacked"):
        finding.unpack(put(tmp_path, "no.zip", b"PK\x03\x04"), tmp_path / "d")


def test_folders_of_the_course_itself_are_refused(tmp_path: Path) -> None:
    own = tmp_path / "submitted"
    (own / "ada").mkdir(parents=True)
    (tmp_path / "handed-in").mkdir()
    for folder in (own, own / "ada", tmp_path):
        assert finding.overlapping(folder, [own]) == own
    assert finding.overlapping(tmp_path / "handed-in", [own]) is None


# -------------------------------------------------------------------------------------------------------- names

NAMES = [
    "Anna Maria", "O'Brien", "Zoe\u0308", "Zo\u00eb", "प्रिया", "สมชาย", "d\u2019Arc", "A & B", "~tilde", "#1", "-rf",
    "a[b]*?", "ada@example.org", "..", "=1+1", "x" * 300, os.fsdecode(b"caf\xe9"), "name ", "a/b",
]  # fmt: skip


def test_every_name_has_a_key_of_its_own_that_a_pattern_can_live_with() -> None:
    keys = [names.key(name) for name in NAMES]
    assert len(set(keys)) == len(NAMES)
    for name, key in zip(NAMES, keys, strict=True):
        assert not set(key) & set("*?[]/\\"), name
        assert key[0] not in "-.=+~#", name
        assert len(key.encode()) <= 200, name
        key.encode()  # is UTF-8
    assert [names.key(name) for name in NAMES[:4]] == NAMES[:4]


def test_every_name_can_be_printed() -> None:
    for name in NAMES:
        names.shown(name).encode()
    assert names.shown(os.fsdecode(b"caf\xe9")) == "caf\\xe9"


# ------------------------------------------------------------------------------------------------------- tables


def line(student: str, identifier: str, points: float, state: str = "graded") -> table.Line:
    record = table.Record(student, FIRST, f"{student}_{identifier}_assignsubmission_file", identifier, state=state)
    return table.Line(record, points, 25, False, {"hot-lock": 3}, ["a remark"])


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_the_table_holds_a_line_for_each_and_no_formula(tmp_path: Path) -> None:
    table.write(
        tmp_path / "grades.csv", [line("=HYPERLINK(1)", "1", 22), line(os.fsdecode(b"\xe9"), "2", 0)], excel=False
    )
    rows = rows_of(tmp_path / "grades.csv")
    assert [row[0] for row in rows] == ["student", "'=HYPERLINK(1)", "\\xe9"]
    assert rows[1][rows[0].index(f"{FIRST}: hot-lock")] == "3"
    assert not [column for column in rows[0] if column.startswith(SECOND)], "of which nothing was handed in"
    table.write(tmp_path / "excel.csv", [line("a", "1", 22)], excel=True)
    assert (tmp_path / "excel.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_moodle_and_canvas_get_files_that_they_import(tmp_path: Path) -> None:
    lines = [line("Zoë", "4711", 22.5), line("Ida", "4712", 0, state="unread")]
    (moodle,) = table.write_import(tmp_path, lines, "moodle", excel=False)
    rows = rows_of(moodle)
    grade = rows[0].index("Grade")
    assert [(row[0], row[1], row[grade]) for row in rows[1:]] == [
        ("Participant 4711", "Zoë", "22.50"),
        ("Participant 4712", "Ida", ""),
    ]
    (canvas,) = table.write_import(tmp_path, lines, "canvas", excel=False)
    rows = rows_of(canvas)
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", FIRST]
    assert [row[1] + row[5] for row in rows[2:]] == ["4712", "471122.5"]


def test_feedback_goes_back_in_the_folders_of_the_export(tmp_path: Path) -> None:
    put(tmp_path, f"feedback/Zoë/{FIRST}/{FIRST}.html", b"page")
    table.pack_feedback(tmp_path / "f.zip", tmp_path / "feedback", [line("Zoë", "4711", 1), line("Ida", "2", 1)])
    with zipfile.ZipFile(tmp_path / "f.zip") as archive:
        assert archive.namelist() == [f"Zoë_4711_assignsubmission_file/{FIRST}.html"]


def test_records_outlive_a_grading_whatever_the_name(tmp_path: Path) -> None:
    for name in NAMES:
        table.Records(tmp_path).put(table.Record(name, FIRST, state="unread", remarks=["x"]))
    assert {record.student for record in table.Records(tmp_path)} == set(NAMES)


# -------------------------------------------------------------------------------------------------------- pages


SLOW_TEXTS = [
    *(letters * (100_000 // len(letters)) for letters in ("a ", ">", "[", "* ", "`", "- ", "![](", "\\", "_*", "x|")),
    "<b class=1><p>" * 7_000,
    "  " * 400 + "- x",
]


def test_no_text_makes_a_page_slow_or_fail() -> None:
    """Compared with a text of the same length that is as harmless as can be, and not with a clock."""
    from nbconvert.filters.highlight import Highlight2HTML

    pages.bound_colouring()
    colour = Highlight2HTML(pygments_lexer="java")

    def seconds(text: str) -> float:
        start = time.process_time()
        assert pages.markdown_to_html(text)
        assert colour(text)
        return time.process_time() - start

    harmless = max(seconds("int x = 3;\n" * 1_800) for _ in range(3))
    for text in SLOW_TEXTS:
        assert seconds(text) < 20 * harmless + 1, text[:20]


def test_a_page_that_can_not_be_made_is_a_plain_one(tmp_path: Path) -> None:
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    notebook = new_notebook(cells=[new_code_cell("<b>mine</b>")])
    notebook.metadata["parlab"] = {"tests": {"hot-lock": [{"points": 3, "title": "<i>finds</i>", "problem": "wrong"}]}}
    graded = tmp_path / f"{FIRST}.ipynb"
    nbformat.write(notebook, graded)

    def fails() -> dict[str, Any]:
        raise RecursionError("too deep")

    assert "too deep" in pages.make(fails, tmp_path / "feedback", graded)
    page = (tmp_path / "feedback" / f"{FIRST}.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;mine" in page
    assert "0 of 3: &lt;i&gt;finds&lt;/i&gt;: wrong" in page
    assert pages.make(lambda: {"success": True}, tmp_path / "none", graded) == ""


def test_a_page_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat
    from nbformat.v4 import new_notebook

    graded = tmp_path / f"{FIRST}.ipynb"
    nbformat.write(new_notebook(), graded)
    monkeypatch.setattr(pages, "PAGE_SECONDS", 0.2)

    def hangs() -> dict[str, Any]:
        while True:
            pass

    assert "takes longer" in pages.make(hangs, tmp_path / "feedback", graded)


def test_release_leaves_a_folder_alone_that_it_has_not_made(tmp_path: Path) -> None:
    from grader.publish import MADE, _empty

    put(tmp_path, "thesis.txt", b"mine")
    with pytest.raises(course.CourseError, match=r"thesis\.txt"):
        _empty(tmp_path)
    put(tmp_path, "old/notes.txt", b"ours")
    put(tmp_path, MADE, json.dumps(["old/notes.txt", "../outside.txt"]).encode())
    put(tmp_path.parent, "outside.txt", b"not ours")
    _empty(tmp_path)
    assert (tmp_path / "thesis.txt").read_bytes() == b"mine"
    assert not (tmp_path / "old").exists()
    assert (tmp_path.parent / "outside.txt").is_file()
