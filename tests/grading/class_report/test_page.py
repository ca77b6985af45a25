"""The page's pictures and tables can be read however many questions there are."""

import re
from itertools import pairwise

from rainfall_kit.grading.class_report.page import page
from rainfall_kit.grading.class_report.report import ClassReport, QuestionRow
from rainfall_kit.grading.results.class_results import STATES

TITLE = re.compile(r'class="rk-question"><text x="[\d.]+" y="([\d.]+)">([^<]*)<')
COUNTS = (6, 0, 3, 0, 1, 0)


def report_of(questions):
    rows = [
        QuestionRow(
            title=f"{i + 1}. Of many", most=1.0, counts=COUNTS, mean=0.6, discrimination=None
        )
        for i in range(questions)
    ]
    return ClassReport(
        assignment="hw", max_score=float(questions), questions=tuple(rows),
        mistakes=(), pairs=(), unnamed=(), students=(),
    )  # fmt: skip


def test_the_titles_of_many_questions_do_not_touch():
    for questions in (1, 16, 17, 23, 60):
        drawn = page(report_of(questions)).split("How each question came out")[1:]
        panels = [TITLE.findall(panel) for panel in drawn]
        titles = [title for panel in panels for _, title in panel]
        assert titles == [f"{i + 1}. Of many" for i in range(questions)]
        for panel in panels:
            heights = [float(y) for y, _ in panel]
            assert all(below - above >= 14 for above, below in pairwise(heights))


def test_outcomes_that_nobody_had_have_no_column():
    html = page(report_of(2))
    named = [state for state in STATES if f">{state}</th>" in html]
    assert named == ["right", "wrong", "not tried"]
    cells = re.findall(r'<tr><th scope="row">1. Of many</th>(.*?)</tr>', html)
    assert re.findall(r">([^<]*)</td>", cells[0]) == ["6", "3", "1", "0.6 of 1", ""]
    assert "partly right" not in html
