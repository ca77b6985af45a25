"""An assignment knows who has handed in, and what the grade of a submission depends on."""

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.engine import grade_assignment


@pytest.mark.parametrize("name", ["nobody", "../ann"])
def test_a_student_who_has_not_handed_in_is_told(course, name):
    with pytest.raises(CourseError, match="has not handed in"):
        grade_assignment(course, "hw", students=[name])


def test_an_empty_course_is_told(hw, tmp_path):
    with pytest.raises(CourseError, match="nobody has handed in"):
        grade_assignment(hw.copy(tmp_path), "hw")
