"""Lets `nbgrader autograde` and formgrader's button grade with the engine: one line of configuration.

    c.Autograde.exporter_class = "rainfall_kit.grading.exporter.EngineExporter"

nbgrader reads each notebook twice through its exporter: to put right what the student may not change, and to
run it. Here the second reading gives what the engine made of the submission.
"""

from __future__ import annotations

import weakref
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.exporters import NotebookExporter
from traitlets import Enum

from rainfall_kit.grading.engine import Grading
from rainfall_kit.grading.prepare.notebook_reader import read_submission
from rainfall_kit.grading.record.gradebook import AssignmentGradebook, whole_database
from rainfall_kit.grading.record.journal import course_lock
from rainfall_kit.grading.sandbox.isolation import choose_isolation

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from rainfall_kit.grading.sandbox.local_runner import Runner

# What nbgrader does to a notebook where there are no walls, but ordinary kernels.
_SANITIZE = (
    "rainfall_kit.grading.prepare.repair.RepairCells",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
)
_AUTOGRADE = (
    "rainfall_kit.grading.plugins.preprocessors.ExecuteApart",
    "nbgrader.preprocessors.IgnorePattern",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
)


class EngineExporter(NotebookExporter):
    """Takes the place of nbgrader's exporter in ``Autograde.exporter_class``."""

    isolation = Enum(
        ["namespaces", "none", "kernels"],
        default_value=None,
        allow_none=True,
        help="What stands around students' code; None means the strongest that there is.",
    ).tag(config=True)

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)  # type: ignore[no-untyped-call]
        self._autograde: Any = self.parent
        wanted: Any = self.isolation
        self._open: dict[str, _OpenAssignment] = {}
        self._chosen = "kernels" if wanted == "kernels" else choose_isolation(wanted) or "kernels"

    def from_file(
        self, file_stream: Any, resources: dict[str, Any] | None = None, **kw: Any
    ) -> Any:
        """Read a submission; in nbgrader's second reading, what the engine made of it."""
        assert resources is not None
        sanitizing = self._autograde._sanitizing  # noqa: SLF001  nbgrader tells in no other way
        self._preprocessors: list[Any] = []
        if self._chosen == "kernels":
            for each in _SANITIZE if sanitizing else _AUTOGRADE:
                self.register_preprocessor(each, enabled=True)  # type: ignore[no-untyped-call]
        nb = read_submission(file_stream)
        if self._chosen != "kernels" and not sanitizing:
            nb = self._graded(resources["nbgrader"])
        return self.from_notebook_node(nb, resources, **kw)  # type: ignore[no-untyped-call]

    def _graded(self, facts: dict[str, str]) -> NotebookNode:
        assignment = facts["assignment"]
        if assignment not in self._open:
            folders = whole_database(self._autograde.coursedir)
            self._open[assignment] = _OpenAssignment(folders, assignment, self._chosen)
            weakref.finalize(self, self._open[assignment].close)
        return self._open[assignment].notebook(facts["student"], facts["notebook"])


class _OpenAssignment:
    """The engine, ready for one assignment's submissions, one after another."""

    def __init__(self, folders: Any, assignment: str, isolation: Any) -> None:
        self._stack = ExitStack()
        self._stack.enter_context(course_lock(Path(folders.root)))
        gradebook = self._stack.enter_context(AssignmentGradebook(folders, assignment))
        self._grading = self._stack.enter_context(Grading(folders, assignment, gradebook))
        self._runner: Runner = self._grading.local_runner(1, isolation)
        self._stack.callback(self._runner.close)
        self._student = ""
        self._notebooks: dict[str, NotebookNode] = {}

    def notebook(self, student: str, name: str) -> NotebookNode:
        """One graded notebook; the first that is asked for grades the student's others, too."""
        if self._student != student or name not in self._notebooks:
            self._grading.find([student])
            for _ in self._grading.run([student], self._runner, write_files=False):
                self._notebooks = dict(self._grading.notebooks)
            self._student = student
        return self._notebooks.pop(name)

    def close(self) -> None:
        """End the warm process, and let the course go."""
        self._stack.close()
