"""Executes every cell of a submission, whatever the other cells do.

When a cell ends Python, or runs on and ignores the interrupt, nbgrader drops the submission. Here
that one cell gets an error, and the notebook is run again without it.
"""

from __future__ import annotations

from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, v4
from nbgrader.preprocessors import Execute

from rainfall_kit.grading.sandbox.job import FAILURES


class ExecuteApart(Execute):  # type: ignore[misc]  # nbgrader has no annotations
    """Takes the place of nbgrader's Execute in ``Autograde.autograde_preprocessors``.

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
        message = f"this cell {FAILURES[kind]}; the other cells were run without it"
        cell.outputs = [
            v4.new_output(
                "error",
                ename=kind,
                evalue=message,
                traceback=[f"\x1b[0;31m{kind}\x1b[0m: {message}"],
            )
        ]
