"""nbgrader's settings for this course, for `make grade`, `make release` and the formgrader alike."""

import os
import sys
import sysconfig
from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, GetGrades, SaveAutoGrades

COURSE = Path(__file__).resolve().parent
sys.path.insert(0, str(COURSE))
# nbgrader calls the alembic of its own environment by its bare name.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])

from grader.course import STUB  # noqa: E402
from grader.pages import HideTests, bound_colouring, clean_html, markdown_to_html  # noqa: E402
from grader.plugin import GradeInSandbox, Rebuild  # noqa: E402

c = get_config()  # type: ignore[name-defined]  # noqa: F821  (nbgrader runs this file with it)
c.CourseDirectory.course_id = "parlab"
c.CourseDirectory.root = os.environ.get("PARLAB_COURSE", str(COURSE))
c.CourseDirectory.source_directory = str(COURSE / "source")

# A bare comment, which is nbgrader's stub for Java, does not compile in a method that returns something.
c.ClearSolutions.code_stub = {"java": STUB}

c.Autograde.sanitize_preprocessors = [Rebuild]
c.Autograde.autograde_preprocessors = [GradeInSandbox, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata]

# Feedback goes to students: they see what a test found, not the test. What they wrote themselves is no script.
c.GenerateFeedback.preprocessors = [GetGrades, HideTests, CSSHTMLHeaderPreprocessor]
c.HTMLExporter.sanitize_html = True  # which leaves Markdown as it is in nbgrader's pages
c.HTMLExporter.filters = {"markdown2html": markdown_to_html, "clean_html": clean_html}
bound_colouring()

# What a late hand-in costs is yours to say: this line takes all points of what comes after `make grade DUE=...`.
# c.LateSubmissionPlugin.penalty_method = "zero"
