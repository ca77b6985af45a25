"""Nbgrader exporter that grades with the engine, for `nbgrader autograde` and formgrader's button.

    c.Autograde.exporter_class = "rainfall_kit.grading.exporter.EngineExporter"

nbgrader reads each notebook twice through its exporter: to put right what the student may not change, and to
run it. Here the second reading gives the notebook that the engine has graded.
"""

from __future__ import annotations

import weakref
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from nbconvert.exporters import NotebookExporter
from traitlets import Enum

from rainfall_kit.grading.backend import LocalBackend
from rainfall_kit.grading.engine import open_grading
from rainfall_kit.grading.prepare.notebook_reader import read_notebook
from rainfall_kit.grading.sandbox.isolation import choose_isolation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

    from rainfall_kit.grading.prepare.assignment import Assignment
    from rainfall_kit.grading.prepare.submission import Submission
    from rainfall_kit.grading.sandbox.isolation import Isolation

# nbgrader's preprocessors in its two readings, for grading with ordinary kernels.
_SANITIZE = (
    "rainfall_kit.grading.plugins.preprocessors.RepairCells",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
)
_AUTOGRADE = (
    "rainfall_kit.grading.plugins.preprocessors.ExecuteEveryCell",
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
        self._open: dict[str, _OpenAssignment] = {}
        wanted: Any = self.isolation
        # None: with ordinary kernels, as nbgrader grades by itself
        self._isolation: Isolation | None = (
            None if wanted == "kernels" else choose_isolation(wanted)
        )

    def from_file(
        self, file_stream: Any, resources: dict[str, Any] | None = None, **kw: Any
    ) -> Any:
        """Read a submission; in nbgrader's second reading, as the engine has graded it."""
        assert resources is not None
        sanitizing = self._autograde._sanitizing  # noqa: SLF001  nbgrader tells in no other way
        self._preprocessors: list[
            Any
        ] = []  # nbgrader has registered its own; the engine has its own
        if self._isolation is None:
            for preprocessor in _SANITIZE if sanitizing else _AUTOGRADE:
                self.register_preprocessor(preprocessor, enabled=True)  # type: ignore[no-untyped-call]
        nb = read_notebook(file_stream)
        if self._isolation is not None and not sanitizing:
            nb = self._graded(resources["nbgrader"], self._isolation)
        return self.from_notebook_node(nb, resources, **kw)  # type: ignore[no-untyped-call]

    def _graded(self, facts: dict[str, str], isolation: Isolation) -> NotebookNode:
        assignment = facts["assignment"]
        if assignment not in self._open:
            self._open[assignment] = _OpenAssignment(
                self._autograde.coursedir, assignment, isolation
            )
            # nbgrader does not say when it is done with its exporter
            weakref.finalize(self, self._open[assignment].close)
        return self._open[assignment].notebook(facts["student"], facts["notebook"])


class _OpenAssignment:
    """The engine, ready for one assignment's submissions, one after another."""

    def __init__(self, folders: Any, assignment: str, isolation: Isolation) -> None:
        self._stack = ExitStack()
        self._grading = self._stack.enter_context(open_grading(folders, assignment, self._keep))
        self._runner = self._grading.start(LocalBackend(isolation=isolation), 1)
        self._stack.callback(self._runner.close)
        self._student = ""
        self._notebooks: dict[str, NotebookNode] = {}

    def _keep(
        self, _: Assignment, submission: Submission, notebooks: Mapping[str, NotebookNode]
    ) -> None:
        """Keep graded notebooks for nbgrader, which writes them itself."""
        self._student, self._notebooks = submission.student, dict(notebooks)

    def notebook(self, student: str, name: str) -> NotebookNode:
        """One graded notebook; the first that is asked for grades the student's others, too."""
        if self._student != student or name not in self._notebooks:
            found = self._grading.assignment.find_submissions([student])
            for _ in self._grading.run(found.items(), self._runner):
                pass  # `_keep` has got its notebooks
        return self._notebooks.pop(name)

    def close(self) -> None:
        """End the fork server, and let the course go."""
        self._stack.close()
