"""What differs from stock nbgrader, README says: settings that do not count, and tests that do not pass."""

import re
import tomllib
from pathlib import Path

import pytest
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader import preprocessors
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import LateSubmissionPlugin

README = Path(__file__).parents[2] / "README.md"
DIFFERENCES = Path(__file__).parents[1] / "nbgrader_suite" / "differences.toml"
# The tests that show it stand in test_exporter.py, prepare/test_course.py and
# prepare/test_course_preprocessors.py.
PICKING = {"assignment_id", "notebook_id", "student_id"}
HONOURED = {
    CourseDirectory: set(CourseDirectory.class_traits(config=True)) - PICKING,
    Autograde: {
        *("autograde_preprocessors", "sanitize_preprocessors", "exclude_overwriting"),
        *("exporter_class", "force", "permissions"),
    },
    preprocessors.Execute: {"timeout", "enabled"},
    preprocessors.IgnorePattern: {"enabled", "pattern"},
    preprocessors.LimitOutput: {"enabled", "max_lines", "max_traceback"},
    preprocessors.AssignLatePenalties: {"enabled", "plugin_class"},
    LateSubmissionPlugin: {"penalty_method"},
    ClearMetadataPreprocessor: set(ClearMetadataPreprocessor.class_traits(config=True)),
}
ONLY_NBGRADERS_COMMAND = {
    Autograde: {"create_student", "post_convert_hook", "pre_convert_hook"},
    CourseDirectory: PICKING,
}

TAKING_PART = {
    *HONOURED,
    *Autograde.sanitize_preprocessors.default_args[0],
    *Autograde.autograde_preprocessors.default_args[0],
}


def name(setting_class):
    return setting_class.__name__


@pytest.mark.parametrize("setting_class", sorted(TAKING_PART, key=name), ids=name)
def test_a_setting_is_honoured_or_readme_says_that_it_is_not(setting_class):
    told = README.read_text().partition("The settings of nbgrader's configuration count")[2]
    rest = set(setting_class.class_traits(config=True)) - HONOURED.get(setting_class, set())
    only_there = rest & ONLY_NBGRADERS_COMMAND.get(setting_class, set())
    assert [trait for trait in only_there if f"`{trait}`" not in told] == []
    assert rest == only_there or f"`{name(setting_class)}`" in told


def test_readme_lists_each_of_nbgraders_tests_that_does_not_pass_with_its_reason():
    listed = [
        (sorted(test.rpartition(".")[2] for test in table["tests"]), table["reason"])
        for table in tomllib.loads(DIFFERENCES.read_text())["difference"]
    ]
    told = README.read_text().partition("these pass with stock nbgrader only:")[2]
    points = [" ".join(point.split()) for point in told.partition("\n## ")[0].split("\n- ")[1:]]
    heads = [point.partition(": ") for point in points]
    assert [(sorted(re.findall(r"`(.+?)`", tests)), reason) for tests, _, reason in heads] == listed
