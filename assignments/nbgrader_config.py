"""The course, as nbgrader and its formgrader read it. Start both in this folder."""

from pathlib import Path

c = get_config()  # noqa: F821  # traitlets gives it to every configuration file

c.CourseDirectory.course_id = "rainfall"
# This folder, whatever root your own settings give to another course.
c.CourseDirectory.root = str(Path(__file__).resolve().parent)

# What nbgrader would drop from the class is graded too: a file that is no notebook, a notebook
# with cells missing, copied or retyped, a cell that ends Python or never ends.
c.Autograde.exporter_class = "rainfall_kit.grading.submission.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "rainfall_kit.grading.mending.MendCells",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "rainfall_kit.grading.execution.ExecuteApart",
    "nbgrader.preprocessors.IgnorePattern",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Each day that has begun after the due date takes a tenth of the score. The due date is set with
# nbgrader db assignment add gradient_descent --duedate="2027-01-31 18:00 UTC"
c.AssignLatePenalties.plugin_class = "rainfall_kit.grading.lateness.DailyPenalty"

# Seconds that one cell may take.
c.Execute.timeout = 30
