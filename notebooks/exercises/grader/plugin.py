"""What nbgrader runs instead of its own steps: the notebook is put together anew, and graded in a sandbox.

The marks that nbgrader then finds in the cells are written by this program. Nothing that an answer printed, returned or
wrote into its file is read as a mark.
"""

from __future__ import annotations

import html
import os
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum

from . import course, sandbox
from .intake import Step, Submission, rebuild
from .judge import Grade, Judge
from .reading import content_of
from .session import Tested, Toolbox

LIBRARY = Path(__file__).resolve().parents[3] / "build" / "kernel" / "lib"
UNPROTECTED = "PARLAB_GRADE_UNPROTECTED"


def toolbox() -> Toolbox:
    """The JVM of this clone; refuses where answers could not be kept from the teacher's files."""
    java_home = Path(os.environ["JAVA_HOME"])
    protected = os.environ.get(UNPROTECTED) != "1"
    reason = sandbox.why_not(java_home) if protected else ""
    if reason:
        raise sandbox.NoSandboxError(
            f"Not graded: {reason}.\nWithout a sandbox an answer can read the hidden tests, the other submissions and "
            f"the gradebook, and write to them. If you accept that, set UNPROTECTED=1."
        )
    module = LIBRARY / "parlab-exercises.jar"
    jars = sorted(jar for jar in LIBRARY.glob("*.jar") if jar != module)
    return Toolbox(java_home, module, jars, protected)


@cache
def judge(name: str) -> Judge:
    """The judge of an assignment."""
    tools = toolbox()
    assignment = course.read(name)
    return Judge(assignment, course.compile_tests(assignment, tools.java_home, tools.module, tools.jars), tools)


def notebook(name: str, submission: Submission) -> Any:
    """A submission as a notebook that nbgrader understands, whatever was handed in."""
    source = nbformat.read(course.SOURCE / name / f"{name}.ipynb", as_version=4)
    metadata = {"kernelspec": source.metadata.kernelspec, "language_info": source.metadata.get("language_info", {})}
    made = new_notebook(metadata={**metadata, "parlab": {"remarks": submission.remarks}})
    marks = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader for cell in source.cells if "nbgrader" in cell.metadata
    }
    for number, step in enumerate(submission.steps):
        make = new_code_cell if step.kind == "code" else new_markdown_cell
        cell = make(step.source, id=f"cell-{number}")
        if step.cell is not None and step.cell.name in marks:
            cell.metadata["nbgrader"] = dict(marks[step.cell.name])
            cell.metadata["nbgrader"]["cell_type"] = step.kind
            cell.metadata["nbgrader"]["checksum"] = compute_checksum(_with_source(cell, step.cell.released))
        elif step.cell is not None:
            cell.metadata["parlab"] = step.cell.name
        made.cells.append(cell)
    return made


def _with_source(cell: Any, source: str) -> Any:
    return nbformat.from_dict({**cell, "source": source})


class Rebuild(NbGraderPreprocessor):  # type: ignore[misc]
    """Puts the notebook together from the source and the student's answers."""

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        name = resources["nbgrader"]["assignment"]
        submission = rebuild(course.read(name), content_of(nb))
        earlier = nb.metadata.get("parlab", {}).get("remarks", [])
        return notebook(name, Submission(submission.steps, [*earlier, *submission.remarks])), resources


class GradeInSandbox(NbGraderPreprocessor):  # type: ignore[misc]
    """Runs the cells and the hidden tests, and writes into the notebook what came of them."""

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        name = resources["nbgrader"]["assignment"]
        known = {cell.name: cell for cell in course.read(name).cells}
        steps = []
        for cell in nb.cells:
            mark = cell.metadata.get("nbgrader", {}).get("grade_id") or cell.metadata.get("parlab")
            steps.append(Step(cell.cell_type, cell.source, known.get(mark)))
        grade = judge(name).grade(Submission(steps, list(nb.metadata.parlab.remarks)))
        self._write(nb, steps, grade)
        return nb, resources

    def _write(self, nb: Any, steps: list[Step], grade: Grade) -> None:
        for number, (cell, step) in enumerate(zip(nb.cells, steps, strict=True)):
            if step.kind != "code":
                continue
            cell.outputs = []
            ran = grade.cells.get(number)
            if ran and ran.printed:
                cell.outputs.append(new_output("stream", name="stdout", text=ran.printed))
            if step.cell is not None and step.cell.tests:
                points = grade.points(step.cell.name)
                table = report(grade.tests[step.cell.name])
                data = {"text/plain": f"{points:g}", "text/html": table}
                cell.outputs.append(new_output("execute_result", data=data, execution_count=number + 1))
            elif ran and ran.problem:
                cell.outputs.append(new_output("stream", name="stdout", text=f"This cell {ran.problem}\n"))
        nb.metadata.parlab = {
            "remarks": grade.remarks,
            "tests": {task: [vars(test) for test in tests] for task, tests in grade.tests.items()},
        }


def report(tests: list[Tested]) -> str:
    """The tests of a task, as a table; what an answer had to say is text in it and nothing else."""
    rows = "".join(
        f"<tr><td>{'✓' if test.passed else '✗'}</td><td>{test.points if test.passed else 0:g} of {test.points:g}</td>"
        f"<td>{html.escape(test.title)}</td><td>{html.escape(test.problem)}</td></tr>"
        for test in tests
    )
    head = "<tr><th></th><th>points</th><th>test</th><th>what is wrong</th></tr>"
    return f'<table class="table table-condensed"><thead>{head}</thead><tbody>{rows}</tbody></table>'
