"""A class is read from the gradebook with one query a table, and comes out as nbgrader itself has it."""

import shutil
from datetime import timedelta

import pytest
from made_class import DUE, NAME, make_course
from nbgrader.api import Gradebook

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.plugins.late_penalty import DailyPenalty
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.record.grade_tables import read_class
from rainfall_kit.grading.record.gradebook import read_grades


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    points = {"test-mse": 1.0, "test-mse-hidden": 0.0, "test-rmse": 3.0, "words": None}
    late = {"ben": DUE + timedelta(hours=30)}
    grades = {"ann": points, "ben": points, "cleo": points}
    roster = [{"id": "ann", "first_name": "Ann", "last_name": "Lee"}, {"id": "zoe"}]
    folder = make_course(
        tmp_path_factory.mktemp("course") / "c", grades, roster=roster, timestamps=late
    )
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        read = gradebook.find_grade("words", NAME, NAME, "cleo")
        read.manual_score, read.extra_credit, read.needs_manual_grade = 2.5, 0.5, False
        gradebook.find_comment("words", NAME, NAME, "cleo").manual_comment = "Well put."
        gradebook.find_comment("mse", NAME, NAME, "ann").auto_comment = "No response."
        gradebook.find_submission_notebook(NAME, NAME, "ben").late_submission_penalty = 0.8
        gradebook.find_submission(NAME, "cleo").extension = timedelta(days=2)
        gradebook.db.commit()
    return folder


def test_points_and_lateness_are_those_that_nbgrader_tells(course):
    tables = read_class(open_course(course), NAME)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        theirs = {one.student_id: one for one in gradebook.assignment_submissions(NAME)}
        assert tables.submissions.keys() == theirs.keys()
        for student, ours in tables.submissions.items():
            stock = theirs[student]
            assert ours.score == stock.score - stock.late_submission_penalty
            assert ours.max_score == stock.max_score
            assert ours.unread == stock.needs_manual_grade
            assert ours.seconds_late == stock.total_seconds_late
            assert ours.due == stock.duedate


def test_with_extra_hours_a_students_due_date_is_later_and_nothing_is_late_before_it(
    course, tmp_path
):
    course = shutil.copytree(course, tmp_path / "c")
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(
            f"c.AssignLatePenalties.plugin_class = '{DailyPenalty.__module__}.DailyPenalty'\n"
        )
        config.write("c.DailyPenalty.extra_hours = {'ben': 29, 'cleo': 24}\n")
    found = read_class(open_course(course), NAME).submissions
    assert {who: one.due - DUE for who, one in found.items()} == {
        "ann": timedelta(), "ben": timedelta(hours=29), "cleo": timedelta(days=3),
    }  # fmt: skip
    assert found["ben"].seconds_late == 3600
    assert _noted_late(course) == ["ben"]
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("c.DailyPenalty.extra_hours = {'ben': 30}\n")
    assert read_class(open_course(course), NAME).submissions["ben"].seconds_late == 0
    assert _noted_late(course) == []


def _noted_late(course):
    return [one.student for one in read_grades(course, NAME) if one.note.startswith("late")]


def test_comments_are_a_persons_alone(course):
    found = read_class(open_course(course), NAME).submissions
    assert {student: dict(one.comments) for student, one in found.items()} == {
        "ann": {}, "ben": {}, "cleo": {(NAME, "words"): "Well put."},
    }  # fmt: skip


def test_whoever_handed_nothing_in_is_a_student_all_the_same(course):
    students = read_class(open_course(course), NAME).students
    assert [one.name for one in students] == ["Ann Lee", "ben", "cleo", "zoe"]


def test_one_students_part_is_read_alone(course):
    whole, part = (read_class(open_course(course), NAME, who) for who in ((), ["cleo"]))
    assert part.submissions == {"cleo": whole.submissions["cleo"]}


def test_an_unknown_assignment_is_told(course):
    with pytest.raises(CourseError, match="the gradebook has no assignment 'other'"):
        read_class(open_course(course), "other")
