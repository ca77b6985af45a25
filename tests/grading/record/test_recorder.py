"""A grade is recorded everywhere, and one that is missing somewhere is made again."""

import pytest
from nbgrader.api import Gradebook

from rainfall_kit.grading.dry_run import open_dry_run
from rainfall_kit.grading.engine import Grading, grade_assignment
from rainfall_kit.grading.record.gradebook import read_grades
from rainfall_kit.grading.report import changes

pytestmark = pytest.mark.usefixtures("shared_server")


def test_a_grade_that_nbgrader_has_lost_is_made_again(course):
    grade_assignment(course, "hw", students=["ann"])
    (course / "autograded/ann/hw/hw.ipynb").unlink()
    (again,) = grade_assignment(course, "hw", students=["ann"])
    assert not again.skipped


def test_a_score_that_a_person_changed_is_told_and_runs_nobodys_code(course, monkeypatch):
    before = {one.entry.student: one.entry for one in grade_assignment(course, "hw")}
    monkeypatch.setattr(Grading, "start", None)  # nothing can run
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        book.find_grade("abs", "hw", "hw", "ben").manual_score = 0.5
        book.find_grade("seen", "hw", "hw", "ann").extra_credit = 2
        book.find_grade("abs", "hw", "hw", "cleo").needs_manual_grade = True
        book.db.commit()
    told = [
        "ann: 7 -> 9 (seen 1 -> 3) (changed: scores by a person)",
        "ben: 0 -> 0.5 (abs 0 -> 0.5) (changed: scores by a person)",
        "cleo: 7, as before (changed: gradebook)",
    ]
    shown = grade_assignment(course, "hw", opened=open_dry_run)
    assert changes(shown) == told
    again = grade_assignment(course, "hw")
    assert changes(again) == told
    assert [one.entry.score for one in again] == [
        grade.score for grade in read_grades(course, "hw")
    ]
    assert [one.entry.needs_manual_grade for one in again] == [False, False, True]
    assert all(one.skipped for one in grade_assignment(course, "hw"))
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        book.find_grade("abs", "hw", "hw", "ben").manual_score = None
        book.db.commit()
    ben = grade_assignment(course, "hw")[1]
    assert ben.entry.cells == before["ben"].cells
    assert ben.why == ("scores by a person",)
