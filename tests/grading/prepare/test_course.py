"""A course is found and read as its configuration says, and what is wrong with it is told."""

import shutil

import pytest
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.course import (
    cell_seconds,
    graded_permissions,
    instructors_files,
    open_course,
    released_notebooks,
    submission_folders,
)
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


@pytest.mark.parametrize(("given", "seconds"), [("2", 2.0), ("None", 600.0), (-1, 600.0)])
def test_a_cells_time_may_come_from_the_command_line_or_have_no_end(given, seconds):
    assert cell_seconds(Config({"Execute": {"timeout": given}})) == seconds


@pytest.mark.parametrize(
    ("settings", "permissions"),
    [
        ({}, 0o444),
        ({"CourseDirectory": {"groupshared": True}}, 0o664),
        ({"BaseConverter": {"permissions": 640}}, 0o640),
        ({"Autograde": {"permissions": 600}, "BaseConverter": {"permissions": 640}}, 0o600),
    ],
)
def test_graded_files_have_the_permissions_that_nbgrader_would_give_them(settings, permissions):
    folders = CourseDirectory(config=Config(settings))
    assert graded_permissions(folders) == permissions
    assert permissions == int(
        str(Autograde(coursedir=folders, config=folders.config).permissions), 8
    )


def test_students_keep_the_files_that_the_course_leaves_to_them(tmp_path):
    for name in ("data.csv", "helper.py", "more/helper.py"):
        (tmp_path / "source/hw" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "source/hw" / name).write_text(name)
    (tmp_path / "nbgrader_config.py").write_text(
        "get_config().Autograde.exclude_overwriting = {'hw': ['more/helper.py'], 'x': ['data.csv']}"
    )
    assert instructors_files(open_course(tmp_path), "hw") == {
        "data.csv": b"data.csv",
        "helper.py": b"helper.py",
    }


def test_a_course_whose_folder_has_brackets_in_its_name_has_its_submissions(tmp_path):
    course = tmp_path / "spring [2026]"
    for student in ("ash", "[b]racket"):
        (course / "submitted" / student / "hw").mkdir(parents=True)
    found = submission_folders(CourseDirectory(root=str(course)), "hw")
    assert [*found] == ["[b]racket", "ash"]


def test_what_was_given_out_is_made_of_the_source_again_where_it_is_gone(short, tmp_path):
    folders = open_course(short.copy(tmp_path))
    given_out = released_notebooks(folders, "hw")["hw"]
    shutil.rmtree(tmp_path / "hw-course/release/hw")
    again = released_notebooks(folders, "hw")["hw"]
    assert [(cell.id, cell.source) for cell in again.cells] == [
        (cell.id, cell.source) for cell in given_out.cells
    ]
    assert "((preds - targets) ** 2)" not in str(again)
