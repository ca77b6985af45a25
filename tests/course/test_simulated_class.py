"""A simulated student makes the mistake that the table names, and no other."""

import pytest

from rainfall_kit.checks.checking import check
from rainfall_kit.course.simulated_class import hand_in, make_class
from rainfall_kit.errors import CourseError


def functions_of(student):
    """What the student's cells define, by grade id."""
    import torch

    names = {"torch": torch}
    for grade_id in ("model", "mse", "gd_step", "train"):
        exec(student.cells[grade_id], names)
    return {grade_id: names[grade_id] for grade_id in ("model", "mse", "gd_step", "train")}


DONE = [student for student in make_class(19) if "train" in student.cells]


@pytest.mark.parametrize("student", DONE, ids=lambda student: student.answer)
def test_only_the_cell_with_the_mistake_is_wrong(student):
    mistaken = student.answer.partition(":")[0]
    right = student.answer.startswith("right")
    functions = functions_of(student)
    correct = functions_of(make_class(1)[0])
    for grade_id, function in functions.items():
        # A mistake in one cell shows in the cells that call it, so they get right ones here.
        function.__globals__.update({**correct, grade_id: function})
        outcome = check(grade_id, function).outcome
        assert (outcome == "right") == (right or grade_id != mistaken), grade_id


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
