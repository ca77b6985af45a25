"""Release: what students get is what `nbgrader generate_assignment` makes."""

import nbformat
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

from rainfall_kit.course.bundled_course import copy_course
from rainfall_kit.course.release import released


def test_it_is_stock_nbgraders_release(tmp_path):
    copy_course(tmp_path / "course")
    config = Config()
    config.CourseDirectory.root = str(tmp_path / "course")
    made = NbGraderAPI(config=config).generate_assignment("gradients")
    assert made["success"], made["log"]
    name = "gradients/gradients.ipynb"
    stock = nbformat.read(tmp_path / "course" / "release" / name, as_version=4)
    ours = nbformat.reads(released(tmp_path / "course" / "source" / name), as_version=4)
    assert [dict(cell) for cell in ours.cells] == [dict(cell) for cell in stock.cells]
