"""The course's own preprocessors take part, and none that runs students' code."""

import pytest
from nbformat import v4
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearOutput, Execute, IgnorePattern, NbGraderPreprocessor
from traitlets.config import Config

from rainfall_kit.grading.prepare.course_preprocessors import course_preprocessors, preprocess


class Stamp(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        nb.metadata.stamp = resources["stamp"]
        return nb, resources


class CarelessExecute(Execute):
    pass


def listed(trait, *preprocessors, **sections):
    config = Config({"Autograde": {trait: list(preprocessors)} if preprocessors else {}})
    config.merge(Config(sections))
    found = course_preprocessors(CourseDirectory(config=config), trait)
    return [type(preprocessor).__name__ for preprocessor in found]


def test_without_a_list_of_the_courses_own_there_are_nbgraders_filters_of_outputs():
    assert listed("sanitize_preprocessors") == []
    assert listed("autograde_preprocessors") == ["LimitOutput"]
    swapped = {"IgnorePattern": {"enabled": True}, "LimitOutput": {"enabled": False}}
    assert listed("autograde_preprocessors", **swapped) == ["IgnorePattern"]


@pytest.mark.parametrize("trait", ["sanitize_preprocessors", "autograde_preprocessors"])
def test_what_the_engine_does_itself_is_left_out(trait):
    given = Execute, CarelessExecute, ClearOutput, IgnorePattern, Stamp
    on = {"IgnorePattern": {"enabled": True}}
    assert listed(trait, *given, "nbgrader.preprocessors.LimitOutput", **on) == [
        "IgnorePattern",
        "Stamp",
        "LimitOutput",
    ]


def test_a_notebook_is_changed_in_place():
    nb = v4.new_notebook()
    other = v4.new_notebook(cells=[v4.new_code_cell("x")])
    preprocess([Stamp(), lambda _, resources: (other, resources)], nb, {"stamp": 1})
    assert (nb.metadata, [cell.source for cell in nb.cells]) == ({}, ["x"])
