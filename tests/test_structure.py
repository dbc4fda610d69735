"""The rules of the house for a committed notebook, and for the files that must say the same thing."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from pathlib import Path

import book_pages
import cells
import nbformat
import pytest
from conftest import NOTEBOOKS, ROOT, lessons

NAMES = [path.name for path in lessons()]


def read(name: str) -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOKS / name, as_version=4)


def committed(name: str) -> nbformat.NotebookNode:
    """As git has it: whoever works in the lab has outputs in the file, and commits none of them."""
    command = ["git", "show", f":notebooks/{name}"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    return nbformat.reads(result.stdout, as_version=4) if result.returncode == 0 else read(name)


def test_the_lessons_exist() -> None:
    assert {
        "00-start-here.ipynb",
        "01-lock-contention.ipynb",
        "02-process-pool.ipynb",
        "03-native-kernel.ipynb",
        "04-model-worker.ipynb",
        "05-pipelines.ipynb",
        "06-beyond-one-machine.ipynb",
    } <= set(NAMES)


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_cells_are_in_the_common_form(path: Path) -> None:
    count = cells.count(path)
    assert count.over == 0, f"lines of more than {cells.LONGEST_LINE} characters: see make cells"
    assert statistics.median(count.cells) <= 8
    assert count.maps == 0, "a chart takes a table and the names of its columns"
    assert count.ternaries == 0, "a sentence that depends on a figure is a finding"
    assert count.figures == [], "a finding's figures are computed: placeholders in the text, values behind it"


def test_no_two_lessons_declare_the_same_name() -> None:
    assert cells.declared_twice({path.stem: cells.count(path) for path in lessons()}) == set()


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ('finding("It took 5 ms.")', "figures"),
        ('finding("a").when(x > 1, "More than 2 of %s.", x).otherwise("")', "figures"),
        ('String s = "a" + (x ? "it was quicker" : "it was not quicker");', "ternaries"),
        ("var m = new LinkedHashMap<String, Estimate>();", "maps"),
        ("x".ljust(101, "y"), "over"),
    ],
)
def test_what_cells_must_not_hold_is_found(tmp_path: Path, source: str, what: str) -> None:
    good = 'finding("**%.1f** of %d in UTF-8, `x[3]`", 1.5, 3).when(b, "c").otherwise("d")\nint n = b ? 1 : 2;'
    for number, text in enumerate((source, good)):
        path = tmp_path / f"{number}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text)]), path)
        found = getattr(cells.count(path), what)
        assert bool(found) == (number == 0), found


@pytest.mark.parametrize("name", NAMES)
def test_notebook_is_valid_and_has_cell_ids(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    ids = [cell["id"] for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", NAMES)
def test_notebook_is_committed_without_outputs(name: str) -> None:
    for cell in committed(name).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("name", NAMES)
def test_notebook_asks_for_the_java_kernel(name: str) -> None:
    metadata = committed(name).metadata
    assert metadata.kernelspec.name == "java"
    assert metadata.kernelspec.language == "java"
    assert "ParLab" in metadata.kernelspec.display_name
    assert metadata.language_info.name == "java"


@pytest.mark.parametrize("name", NAMES)
def test_notebook_has_one_title(name: str) -> None:
    titles = [
        line
        for cell in read(name).cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("# ")
    ]
    assert len(titles) == 1


@pytest.mark.parametrize("name", NAMES)
def test_first_code_cell_says_what_to_do_without_the_jar(name: str) -> None:
    first = next(cell for cell in read(name).cells if cell.cell_type == "code")
    assert first.source.startswith("//")
    assert "ParLab (Java)" in first.source
    assert "make setup" in first.source


@pytest.mark.parametrize("name", NAMES)
def test_cells_are_small(name: str) -> None:
    lengths = [len(cell.source.splitlines()) for cell in read(name).cells if cell.cell_type == "code"]
    assert statistics.median(lengths) < 10
    assert max(lengths) <= 60


@pytest.mark.parametrize("name", NAMES)
def test_links_and_pictures_resolve(name: str) -> None:
    for cell in read(name).cells:
        if cell.cell_type != "markdown":
            continue
        for picture, text, target in re.findall(r"(!?)\[([^\]]*)\]\(([^)\s]+)[^)]*\)", cell.source):
            assert text.strip(), f"a link or picture without words: {target}"
            if target.startswith(("https://", "attachment:")):
                assert not (picture and target.startswith("https://")), f"a picture from the network: {target}"
                continue
            path, _, anchor = target.partition("#")
            file = (NOTEBOOKS / path) if path else NOTEBOOKS / name
            assert file.exists(), f"{name} links to {target}"
            if anchor and file.suffix == ".ipynb":
                headings = re.findall(r"^#+ (.+)$", "\n".join(c.source for c in read(file.name).cells), re.MULTILINE)
                assert anchor in {heading.strip().replace(" ", "-") for heading in headings}, target


def test_no_verdict_is_written_by_hand() -> None:
    """A verdict in the text would stand there whatever the run says."""
    for name in NAMES:
        for cell in read(name).cells:
            if cell.cell_type == "code":
                assert not re.search(r'"(holds|does not hold)[^"]*"', cell.source), f"{name}: {cell.source}"


@pytest.mark.parametrize("number", [name[:2] for name in NAMES if not name.startswith("00")])
def test_a_claim_is_named_in_the_section_that_measures_it(number: str) -> None:
    """The ledger's links lead there."""
    claims = re.findall(rf'lesson: "{number}", id: (\w+)', (NOTEBOOKS / "claims.yml").read_text(encoding="utf-8"))
    notebook = read(next(name for name in NAMES if name.startswith(number)))
    section: dict[str, int] = {}
    for cell in notebook.cells:
        text = cell.source if cell.cell_type == "markdown" else ""
        section[cell["id"]] = max(section.values(), default=0) + len(re.findall("^## ", text, re.MULTILINE))
    (end,) = (section[cell["id"]] for cell in notebook.cells if re.match("## Claims$", cell.source, re.MULTILINE))
    places = {name: section[place] for place, names in book_pages.anchors(notebook, claims).items() for name in names}
    for claim in claims:
        place = places[book_pages.anchor(claim)]
        assert 0 < place < end, claim
        measuring = [section[cell["id"]] for cell in notebook.cells if f'until("{claim}"' in cell.source]
        assert set(measuring) <= {place}, claim


def test_binder_has_a_true_copy_of_the_conda_environment() -> None:
    here = (ROOT / "environment.yml").read_text(encoding="utf-8")
    binder = ROOT / "binder/environment.yml"
    assert not binder.is_symlink()
    assert binder.read_text(encoding="utf-8") == here.replace("-r requirements.txt", "-r ../requirements.txt")


def test_every_requirement_is_pinned() -> None:
    for folder in (ROOT, ROOT / "docs"):
        for line in (folder / "requirements.txt").read_text(encoding="utf-8").splitlines():
            assert re.match(r"^[A-Za-z0-9_.-]+(\[[a-z,]+\])?==[^ ;]+( ;.*)?$", line), line


@pytest.mark.parametrize("folder", [ROOT, ROOT / "docs"], ids=["course", "book"])
def test_requirements_cover_what_was_asked_for(folder: Path) -> None:
    locked = (folder / "requirements.txt").read_text(encoding="utf-8")
    for line in (folder / "requirements.in").read_text(encoding="utf-8").splitlines():
        wanted = line.split("#")[0].strip()
        if wanted:
            name, _, version = wanted.replace(">=", "==").partition("==")
            pattern = rf"^{re.escape(name)}==" + (re.escape(version) + r"( |$)" if "==" in wanted else "")
            assert re.search(pattern, locked, re.MULTILINE), wanted


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_names_every_dependency_with_its_reason() -> None:
    text = readme()
    pom = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("lib/*/pom.xml"))
    artifacts = set(re.findall(r"<artifactId>([^<]+)</artifactId>", pom))
    ours_or_build = {
        "parlab",
        "parlab-parent",
        "parlab-processes",
        "parlab-kernels",
        "parlab-models",
        "parlab-pipelines",
        "parlab-cluster",
        "parlab-exercises",
        "parlab-bench",
        "*",
    }
    ours_or_build |= {artifact for artifact in artifacts if artifact.startswith("maven-")}
    for artifact in artifacts - ours_or_build - {"jmh-generator-annprocess"}:
        assert f"`{artifact}`" in text, f"README.md does not name {artifact}"
    for wanted in (ROOT / "requirements.in", ROOT / "docs/requirements.in"):
        for line in wanted.read_text(encoding="utf-8").splitlines():
            name = re.split(r"[=><#\s]", line)[0]
            assert not name or f"`{name}`" in text, f"README.md does not name {name}"


def test_readme_links_resolve_and_it_is_short() -> None:
    text = readme()
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if workflow := re.fullmatch(r"(?:\.\./){2}actions/workflows/([a-z]+\.yml)(?:/badge\.svg)?", target):
            assert (ROOT / ".github" / "workflows" / workflow[1]).exists(), target  # a page of the repository on GitHub
        elif not target.startswith("https://"):
            assert (ROOT / target).exists(), target
    assert len(text.splitlines()) <= 100


def test_no_path_of_a_builders_machine_is_committed() -> None:
    for path in [*ROOT.glob("*.*"), *(ROOT / "tools").glob("*"), *NOTEBOOKS.rglob("*"), *ROOT.glob("lib/*/src/**/*")]:
        if path.is_file() and path.suffix in {".py", ".java", ".ipynb", ".md", ".xml", ".yml", ".toml", ".txt"}:
            text = path.read_text(encoding="utf-8")
            home = Path.home()
            if len(home.parts) > 2:
                assert str(home) not in text, path


def test_repo2docker_accepts_the_tree_and_plans_what_we_mean() -> None:
    """Without a Docker engine: the Dockerfile that it would build."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300)
    plan = result.stdout + result.stderr
    assert result.returncode == 0, plan
    update = re.search(r'env update -p \S+ --file "binder/environment.yml"', plan)
    copied = re.search(r"^COPY \S+ src/ ", plan, re.MULTILINE)
    assert update is not None, plan
    assert copied is not None, plan
    # The pip part refers to a file of the repository, so that must be there before the environment is made.
    assert copied.start() < update.start()
    assert "RUN ./binder/postBuild" in plan
    assert "binder/start" in plan
