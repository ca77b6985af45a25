"""Feedback as it goes out: nbgrader's own pages for one student, or a notice that a submission is kept back."""

from __future__ import annotations

import functools
import glob
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader
from nbgrader.converters import GenerateFeedback
from nbgrader.exchange import ExchangeFactory
from nbgrader.utils import capture_log, temp_attrs
from traitlets.config import Config

from rainfall_kit.grading.sandbox.job import TIMESTAMP
from rainfall_kit.grading.watching.arrivals import LAST_FILE, raise_problem, size_of

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

    from rainfall_kit.grading.watching.arrivals import Arrival

NOTICE = "kept-back.html"
_MOST_BYTES = 4096  # of a time or a secret that nbgrader has written


class Feedback:
    """The feedback of one assignment.

    Args:
        folders: the course.
        assignment: its name.
        releases: whether feedback goes out to nbgrader's exchange; else it stays in the course's folder.
    """

    def __init__(self, folders: CourseDirectory, assignment: str, *, releases: bool) -> None:
        self._folders, self._assignment, self._releases = folders, assignment, releases

    def send(self, student: str) -> None:
        """Make a student's feedback pages, and release them.

        Raises:
            CourseError: nbgrader cannot.
        """
        # as nbgrader's API: HTMLExporter may have another template elsewhere
        template = Config({"HTMLExporter": {"template_name": "feedback"}})
        with temp_attrs(
            self._folders, assignment_id=self._assignment, student_id=glob.escape(student)
        ):
            generate = _GenerateFor(student, coursedir=self._folders, config=self._folders.config)
            generate.update_config(template)
            generate.force = True
            raise_problem(capture_log(generate), f"nbgrader makes no feedback for {student}")
        if self._releases:
            self._release(student)

    def tell_kept_back(self, arrival: Arrival, told: str) -> None:
        """Send a notice in the place of feedback.

        Args:
            arrival: what is kept back.
            told: why, and until when.

        Raises:
            CourseError: nbgrader cannot release it.
        """
        page = _templates().get_template("notice.html.j2")
        text = page.render(assignment=self._assignment, told=told)
        if not self._releases:
            place = self._page_folder(arrival.student)
            if place.is_dir():  # a new page takes its place, and the notice's
                (place / NOTICE).write_text(text, encoding="utf-8")
            return
        with (
            tempfile.TemporaryDirectory() as scratch,
            temp_attrs(self._folders, feedback_directory=scratch),
        ):
            place = self._page_folder(arrival.student)
            place.mkdir(parents=True)
            for notebook in arrival.folder.glob("*.ipynb"):
                (place / f"{notebook.stem}.html").write_text(text, encoding="utf-8")
            for name in (TIMESTAMP, LAST_FILE):
                if 0 < size_of(arrival.folder / name) <= _MOST_BYTES:
                    shutil.copyfile(arrival.folder / name, place / name)
            self._release(arrival.student)

    def _page_folder(self, student: str) -> Path:
        place = self._folders.feedback_directory
        return Path(self._folders.format_path(place, student, self._assignment))

    def _release(self, student: str) -> None:
        config = self._folders.config
        with temp_attrs(
            self._folders, assignment_id=self._assignment, student_id=glob.escape(student)
        ):
            release = ExchangeFactory(config=config).ReleaseFeedback(
                coursedir=self._folders, config=config
            )
            raise_problem(capture_log(release), f"nbgrader releases no feedback for {student}")


class _GenerateFor(GenerateFeedback):  # type: ignore[misc]  # nbgrader has no annotations
    """Nbgrader's own for one student: it takes the folder that it has found for a pattern, and so not for ``[b]``.

    Args:
        student: whose pages.
    """

    def __init__(self, student: str, **kw: Any) -> None:
        super().__init__(**kw)
        self._student = student

    def init_notebooks(self) -> None:
        """Find the student's graded notebooks."""
        folder = self._format_source(self.coursedir.assignment_id, self._student)
        pattern = f"{glob.escape(folder)}/{self.coursedir.notebook_id}.ipynb"
        self.assignments = {folder: glob.glob(pattern)}  # noqa: PTH207  as nbgrader has them


@functools.cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader(__package__, "template"), autoescape=True, trim_blocks=True
    )
