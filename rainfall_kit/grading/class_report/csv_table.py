"""Class report as CSV: one row for each student."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.grading.safe_csv import write_csv

if TYPE_CHECKING:
    from rainfall_kit.grading.class_report.report import ClassReport


def csv_table(report: ClassReport) -> str:
    """Who handed in, the score, and of each question how it came out and its points."""
    header: list[object] = ["student", "name", "handed_in", "hours_late", "score", "max_score"]
    for question in report.questions:
        header += [question.title, f"{question.title} (points)"]
    rows: list[list[object]] = [[*header, "mistakes", "look"]]
    for line in report.students:
        row: list[object] = [line.student, line.name, line.handed_in, line.seconds_late / 3600]
        row += [line.score, report.max_score]
        for place in range(len(report.questions)):
            there = place < len(line.states)
            row += [line.states[place], line.points[place]] if there else [None, None]
        rows.append([*row, " ".join(line.mistakes), line.look])
    return write_csv(rows, ids=("student",))
