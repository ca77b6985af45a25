"""Nbgrader preprocessors for grading with ordinary kernels: notebook repair, and execution of every cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, v4
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute, NbGraderPreprocessor

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.notebook_reader import read_released
from rainfall_kit.grading.prepare.notes import failure_message
from rainfall_kit.grading.prepare.repair.repair import repair


class RepairCells(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no annotations
    """`repair` as the first of ``Autograde.sanitize_preprocessors``."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Repair a submission by the notebook in the course's release folder."""
        facts = resources["nbgrader"]
        course = CourseDirectory(parent=self)
        folder = course.format_path(course.release_directory, ".", facts["assignment"])
        path = Path(folder, f"{facts['notebook']}.ipynb")
        if not path.is_file():
            raise CourseError(
                f"{path} is not there; a submission is compared with what was given out. "
                f"Try: nbgrader generate_assignment {facts['assignment']}"
            )
        return repair(nb, read_released(path)), resources


class ExecuteEveryCell(Execute):  # type: ignore[misc]
    """Takes the place of nbgrader's Execute in ``Autograde.autograde_preprocessors``.

    When a cell ends Python, or runs on and ignores the interrupt, nbgrader drops the submission. Here
    that one cell gets an error, and the notebook is run again without it.

    Configured as nbgrader's own: ``c.Execute.timeout`` is the seconds that one cell may take.
    """

    _left_out: set[int]
    _running: int | None

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Execute each code cell in place.

        Raises:
            DeadKernelError: Python did not even start.
        """
        self._left_out = set()
        while True:
            self._running = None
            try:
                return super().preprocess(nb, resources, km)  # type: ignore[no-any-return]
            except (DeadKernelError, CellTimeoutError) as problem:
                if self._running is None:
                    raise
                self._leave_out(nb.cells[self._running], type(problem).__name__)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Execute one cell, unless it was left out."""
        if index in self._left_out:
            return cell, resources
        self._running = index
        return super().preprocess_cell(cell, resources, index)  # type: ignore[no-any-return]

    def _leave_out(self, cell: NotebookNode, kind: str) -> None:
        assert self._running is not None
        self._left_out.add(self._running)
        message = failure_message(kind)
        cell.outputs = [
            v4.new_output(
                "error",
                ename=kind,
                evalue=message,
                traceback=[f"\x1b[0;31m{kind}\x1b[0m: {message}"],
            )
        ]
