"""The bundled course travels whole: into a copy, and into the wheel."""

import zipfile
from pathlib import Path

import pytest

import rainfall_kit
from rainfall_kit.course.assignments import assignment_names
from rainfall_kit.course.bundled_course import copy_course, find_course
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.course import open_course

CHECKOUT = Path(rainfall_kit.__file__).parent.parent


def notebooks():
    """The notebook of each assignment, as a path inside the course."""
    return [f"source/{name}/{name}.ipynb" for name in assignment_names()]


def test_a_copied_course_is_the_bundled_one(tmp_path):
    copy_course(tmp_path / "course")
    bundled = find_course()
    for part in ("GUIDE.md", "nbgrader_config.py", *notebooks()):
        assert (tmp_path / "course" / part).read_bytes() == (bundled / part).read_bytes()
    with pytest.raises(CourseError, match="nothing is overwritten"):
        copy_course(tmp_path / "course")


def test_a_copied_course_keeps_to_its_own_folder_whatever_a_users_settings_say(
    tmp_path, monkeypatch
):
    settings = tmp_path / "nbgrader_config.py"
    settings.write_text("c = get_config()\nc.CourseDirectory.root = '/a/real/course'\n")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    copy_course(tmp_path / "course")
    assert open_course(tmp_path / "course").root == str(tmp_path / "course")


def test_the_wheel_holds_the_course_and_nothing_that_nbgrader_made(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "rainfall_kit/course/tour.ipynb" in names
    for part in ("explorer.js", "drawing.js", "weights.js", "explorer.css"):
        assert f"rainfall_kit/explorers/{part}" in names
    assert sorted(name for name in names if name.startswith("rainfall_kit/assignments/")) == [
        "rainfall_kit/assignments/GUIDE.md",
        "rainfall_kit/assignments/nbgrader_config.py",
        *(f"rainfall_kit/assignments/{path}" for path in notebooks()),
    ]
    assert not [name for name in names if name.endswith(".db") or "checkpoints" in name]
