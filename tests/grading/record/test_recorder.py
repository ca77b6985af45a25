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


def test_being_late_costs_a_share_of_what_a_person_gave_and_runs_nobodys_code(
    hw, tmp_path, monkeypatch
):
    penalty = "rainfall_kit.grading.plugins.late_penalty.DailyPenalty"
    course = hw.copy(tmp_path, f"c.AssignLatePenalties.plugin_class = {penalty!r}\n")
    hw.hand_in(course, "ann", hw.right)
    (course / "submitted/ann/hw/timestamp.txt").write_text("2026-01-01 12:00:00 UTC")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        book.update_or_create_assignment("hw", duedate="2026-01-01 00:00:00 UTC")
    (first,) = grade_assignment(course, "hw")
    assert first.entry.score == pytest.approx(0.9 * 7)
    monkeypatch.setattr(Grading, "start", None)  # nothing can run
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        book.find_grade("seen", "hw", "hw", "ann").extra_credit = 2
        book.db.commit()
    (again,) = grade_assignment(course, "hw")
    assert (again.entry.score, again.why) == (pytest.approx(0.9 * 9), ("scores by a person",))
    assert [grade.score for grade in read_grades(course, "hw")] == [again.entry.score]
    assert grade_assignment(course, "hw")[0].skipped
