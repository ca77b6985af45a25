"""A course is found and read as its configuration says, and what is wrong with it is told."""

import pytest
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.course import cell_seconds, open_course
from rainfall_kit.grading.record.gradebook import read_grades


def test_a_configuration_that_is_not_python_is_told_in_one_sentence(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = ")
    with pytest.raises(CourseError, match="cannot be read"):
        open_course(tmp_path)


def test_a_course_that_is_not_there_is_told_in_one_sentence(tmp_path):
    with pytest.raises(CourseError, match=r"is not a folder\. Try: "):
        open_course(tmp_path / "nowhere")
    with pytest.raises(CourseError, match=r"no gradebook at .*Try: nbgrader generate_assignment a"):
        read_grades(tmp_path, "a")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("section", ["Execute", "ExecutePreprocessor", "NotebookClient"])
@pytest.mark.parametrize("seconds", [7, None])
def test_a_cells_time_is_the_one_that_nbgrader_would_give_it(section, seconds):
    config = Config({section: {"timeout": seconds}, "NotebookClient": {"timeout": 9}})
    config[section].timeout = seconds
    assert cell_seconds(config) == float(Execute(config=config).timeout or 600)
    assert cell_seconds(Config()) == Execute().timeout
