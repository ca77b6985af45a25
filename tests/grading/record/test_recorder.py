"""A grade is recorded everywhere, and one that is missing somewhere is made again."""

from rainfall_kit.grading.engine import grade_assignment


def test_a_grade_that_nbgrader_has_lost_is_made_again(course):
    grade_assignment(course, "hw", students=["ann"])
    (course / "autograded/ann/hw/hw.ipynb").unlink()
    (again,) = grade_assignment(course, "hw", students=["ann"])
    assert not again.skipped
