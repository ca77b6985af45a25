"""Files of a class report: the page, CSV and JSON, in a folder of the course."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rainfall_kit.grading.class_report.csv_table import csv_table
from rainfall_kit.grading.class_report.last_report import changes_since_last
from rainfall_kit.grading.class_report.page import page
from rainfall_kit.grading.class_report.report import make_report
from rainfall_kit.grading.results.class_results import read_results

if TYPE_CHECKING:
    from rainfall_kit.grading.class_report.report import ClassReport


def write_report(
    course: Path, assignment: str, *, folder: Path | None = None, names: bool = False
) -> tuple[ClassReport, Path]:
    """Make the report of an assignment, and write its files.

    Args:
        course: the folder in which nbgrader is started.
        assignment: the assignment's name.
        folder: where the files go; ``report`` in the course's folder if left out.
        names: whether students are called by their ids and names.

    Returns:
        The report, and where its page is.

    Raises:
        CourseError: the course or its gradebook is not there, or does not know the assignment.
        OSError: the files cannot be written.
    """
    results = read_results(course, assignment)
    report = make_report(results, names=names, changes=changes_since_last(results))
    folder = Path(results.folders.root, "report") if folder is None else folder
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{assignment}.html"
    path.write_text(page(report), encoding="utf-8")
    path.with_suffix(".csv").write_text(csv_table(report), encoding="utf-8")
    path.with_suffix(".json").write_text(report.to_json() + "\n", encoding="utf-8")
    return report, path
