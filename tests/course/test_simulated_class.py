"""A simulated student makes the mistake that the table names, and no other."""

import functools

import pytest

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.course.assignments import assignment_names, find_assignment
from rainfall_kit.course.simulated_class import hand_in, make_class
from rainfall_kit.errors import CourseError

NAMES = assignment_names()


def programs_of(student):
    """The text of each function of the student's, beside the right functions of the others."""
    right = make_class(1, student.assignment)[0].cells
    asked = find_assignment(student.assignment)
    for name in (one for one in asked.functions if one not in asked.own):
        others = [text for other, text in right.items() if other != name and "def " in text]
        # A mistake in one cell shows in the cells that call it, so they get right ones here.
        yield name, "\n".join([*others, student.cells[name]])


@functools.cache  # most of a class have most functions right, in the same words
def outcome(name, text):
    return check(name, build(text, name)).outcome


DONE = [
    pytest.param(student, id=f"{name}-{student.answer}")
    for name in NAMES
    for student in make_class(19, name)
    if find_assignment(name).functions[-1] in student.cells
]


@pytest.mark.parametrize("student", DONE)
def test_only_the_cell_with_the_mistake_is_wrong(student):
    mistaken = student.answer.partition(":")[0]
    right = student.answer.startswith("right")
    for name, text in programs_of(student):
        assert (outcome(name, text) == "right") == (right or name != mistaken), name


@pytest.mark.parametrize("name", NAMES)
def test_a_class_makes_mistakes_in_every_function_and_all_write_a_text_of_their_own(name):
    asked = find_assignment(name)
    students = make_class(60, name)
    mistaken = {student.answer.partition(":")[0] for student in students}
    assert mistaken >= set(asked.functions) - asked.own.keys()
    for grade_id in asked.written:
        text = students[0].cells[grade_id]
        assert text
        assert "SOLUTION" not in text
        assert "point" not in text


def test_a_class_has_all_kinds_from_three_students_on_and_no_two_with_one_name():
    kinds = [student.answer for student in make_class(3)]
    assert kinds[0].startswith("right:")
    assert kinds[1].startswith("gd_step:")
    assert kinds[2] == "blank"
    names = [student.id for student in make_class(500)]
    assert len(set(names)) == 500
    assert make_class(500)[:3] == make_class(3)


def test_handing_in_before_the_assignment_is_generated_says_what_to_type(tmp_path):
    with pytest.raises(CourseError, match="nbgrader generate_assignment gradient_descent"):
        hand_in(make_class(1)[0], tmp_path)
