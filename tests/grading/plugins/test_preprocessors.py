"""Grading with ordinary kernels repairs a submission, or says why it cannot."""

import pytest
from nbformat import v4
from nbgrader.coursedir import CourseDirectory

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.plugins.preprocessors import RepairCells


def test_nothing_is_put_back_into_a_course_that_was_not_released(tmp_path):
    preprocessor = RepairCells(parent=CourseDirectory(root=str(tmp_path)))
    facts = {"nbgrader": {"assignment": "a", "notebook": "a"}}
    with pytest.raises(CourseError, match="Try: nbgrader generate_assignment a"):
        preprocessor.preprocess(v4.new_notebook(), facts)
