"""Nbgrader exporter that grades with the engine, for `nbgrader autograde` and formgrader's button.

    c.Autograde.exporter_class = "rainfall_kit.grading.exporter.EngineExporter"

nbgrader reads each notebook twice through its exporter: to put right what the student may not change, and to
run it. Here the second reading gives the notebook that the engine has graded.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from traitlets import Bool, Enum, TraitError

from rainfall_kit.checks.questions.registry import open_course_questions
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.backend import LocalBackend
from rainfall_kit.grading.early_stop import EarlyStop
from rainfall_kit.grading.engine import open_assignment
from rainfall_kit.grading.plugins.preprocessors import ExecuteEveryCell, RepairCells
from rainfall_kit.grading.prepare.course import name_warnings
from rainfall_kit.grading.prepare.folder_names import match_by_name
from rainfall_kit.grading.prepare.notebook_reader import read_notebook
from rainfall_kit.grading.record.course_lock import course_lock
from rainfall_kit.grading.record.gradebook import AssignmentGradebook
from rainfall_kit.grading.sandbox.isolation import ORDINARY_KERNELS, choose_isolation
from rainfall_kit.grading.trial import has_passed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

    from rainfall_kit.grading.prepare.assignment import Assignment
    from rainfall_kit.grading.prepare.submission import Submission
    from rainfall_kit.grading.sandbox.isolation import Isolation
    from rainfall_kit.grading.sandbox.local_runner import Runner

match_by_name(Autograde)


class EngineExporter(NotebookExporter):
    """Takes the place of nbgrader's exporter in ``Autograde.exporter_class``."""

    isolation = Enum(
        ["namespaces", "none"],
        default_value=None,
        allow_none=True,
        help="What stands around students' code; None means the strongest that there is.",
    ).tag(config=True)

    kernels = Bool(
        False, help="Whether to grade with nbgrader's own kernels: slowly, and without a sandbox."
    ).tag(config=True)

    trial = Bool(
        True, help="Whether to run the solution and a blank copy before the first submission."
    ).tag(config=True)

    keep_going = Bool(
        False,
        help="Whether to go on where the first submissions all fail the same cell in the same way.",
    ).tag(config=True)

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)  # type: ignore[no-untyped-call]
        autograde: Any = self.parent
        self._autograde = autograde
        self._executes = Execute(parent=self).enabled  # not with `nbgrader autograde --no-execute`
        self._isolation: Isolation | None = None  # None: with ordinary kernels
        self._open: dict[str, _OpenAssignment] = {}
        self._stopped = ""
        # nbgrader does not tell its exporter where a call begins and ends, nor before it removes
        # an old grade: these two do.
        autograde.convert_notebooks = self._convert_notebooks
        autograde.init_destination = self._init_destination

    def _convert_notebooks(self) -> None:
        """Grade what nbgrader has found; the course is locked, and processes live, for so long."""
        autograde = self._autograde
        folders = _with_whole_config(autograde)
        with ExitStack() as stack:
            try:
                open_course_questions(Path(folders.root))
                self._isolation = self._choose()
                if self._isolation is not None:
                    stack.enter_context(
                        course_lock(Path(folders.root), group_shared=folders.groupshared)
                    )
                    for name in self._assignments():
                        for warning in name_warnings(folders, name):
                            autograde.log.warning(warning)
                        opened = _OpenAssignment(folders, name, self._isolation)
                        self._open[name] = stack.enter_context(opened)
                        if self.trial:
                            opened.try_out()
            except (CourseError, TraitError) as problem:  # nothing has been removed yet
                autograde.log.error(str(problem))  # noqa: TRY400  it is told in words
                raise NbGraderException(str(problem)) from None
            stack.callback(self._open.clear)
            self._stopped = ""
            type(autograde).convert_notebooks(autograde)
            if self._stopped:
                raise NbGraderException(self._stopped)

    def _choose(self) -> Isolation | None:
        wanted: Any = self.isolation
        return choose_isolation(wanted) if self._executes and not self.kernels else None

    def _assignments(self) -> set[str]:
        """The assignments that nbgrader has found submissions to: one, where it names no pattern."""
        found = self._autograde.assignments.items()
        resources = [
            self._autograde.init_single_notebook_resources(notebooks[0]) for _, notebooks in found
        ]
        return {of_one["nbgrader"]["assignment"] for of_one in resources}

    def _init_destination(self, assignment: str, student: str) -> bool:
        """Start what may refuse to, before nbgrader removes what it has graded earlier."""
        if self._has_to_stop(assignment):
            return False
        if assignment in self._open and self._replaces(assignment, student):
            self._open[assignment].start().wait_until_ready()
        done: bool = type(self._autograde).init_destination(self._autograde, assignment, student)
        return done

    def _has_to_stop(self, assignment: str) -> bool:
        """True where the first submissions have all failed the same cell, and somebody is still to be graded."""
        if self._stopped:
            return True
        named = self._autograde.coursedir.student_id != "*"
        if assignment in self._open and not (self.keep_going or named):
            self._stopped = self._open[assignment].early_stop.problem
            if self._stopped:
                self._autograde.log.error(self._stopped)
        return bool(self._stopped)

    def _replaces(self, assignment: str, student: str) -> bool:
        autograde, course = self._autograde, self._autograde.coursedir
        old = course.format_path(course.autograded_directory, student, assignment)
        new = course.format_path(course.submitted_directory, student, assignment)
        if not Path(old).is_dir():
            return False
        before, now = course.get_existing_timestamp(old), course.get_existing_timestamp(new)
        return bool(autograde.force or (before and now and now > before))

    def from_file(
        self, file_stream: Any, resources: dict[str, Any] | None = None, **kw: Any
    ) -> Any:
        """Read a submission; in nbgrader's second reading, as the engine has graded it."""
        assert resources is not None
        if not self._executes:  # then nbgrader's own way runs no student code either
            return super().from_file(file_stream, resources, **kw)
        sanitizing = self._autograde._sanitizing  # noqa: SLF001  nbgrader tells in no other way
        nb = read_notebook(file_stream)
        # nbgrader has registered those of the course
        if self._isolation is None:
            self._preprocessors = self._for_kernels(sanitizing=sanitizing)
            if not sanitizing:
                nb.metadata.setdefault("rainfall_kit", {})["isolation"] = ORDINARY_KERNELS
        else:
            self._preprocessors = []
            if not sanitizing:
                nb = self._graded(resources["nbgrader"])
        return self.from_notebook_node(nb, resources, **kw)  # type: ignore[no-untyped-call]

    def _for_kernels(self, *, sanitizing: bool) -> list[Any]:
        """The course's preprocessors, with those that the engine has instead of nbgrader's."""
        if sanitizing:
            return [RepairCells(parent=self), *self._preprocessors]
        return [
            ExecuteEveryCell(parent=self) if type(preprocessor) is Execute else preprocessor
            for preprocessor in self._preprocessors
        ]

    def _graded(self, facts: dict[str, str]) -> NotebookNode:
        pattern = self._autograde.coursedir.notebook_id
        names = (
            () if pattern == "*" else tuple(Path(path).stem for path in self._autograde.notebooks)
        )
        return self._open[facts["assignment"]].notebook(facts["student"], facts["notebook"], names)


def _with_whole_config(autograde: Any) -> CourseDirectory:
    """nbgrader's course, with the whole configuration: its own has what was known when it was made."""
    course = autograde.coursedir
    own = {name: getattr(course, name) for name in course.trait_names(config=True)}
    return CourseDirectory(config=autograde.config, **own)


class _OpenAssignment(ExitStack):
    """The engine, ready for one assignment's submissions, one after another.

    Attributes:
        early_stop: has counted those that were graded.
    """

    def __init__(self, folders: CourseDirectory, assignment: str, isolation: Isolation) -> None:
        super().__init__()
        self._backend = LocalBackend(isolation=isolation)
        self._runner: Runner | None = None
        gradebook = self.enter_context(AssignmentGradebook(folders, assignment))
        self._grading = self.enter_context(
            open_assignment(folders, assignment, gradebook, self._keep)
        )
        self.early_stop = EarlyStop("c.EngineExporter.keep_going = True in nbgrader_config.py")
        self._student = ""
        self._notebooks: dict[str, NotebookNode] = {}

    def _keep(
        self, _: Assignment, submission: Submission, notebooks: Mapping[str, NotebookNode]
    ) -> None:
        """Keep graded notebooks for nbgrader, which writes them itself."""
        self._student, self._notebooks = submission.student, dict(notebooks)

    def start(self) -> Runner:
        """The runner; started when the first submission needs it."""
        if self._runner is None:
            self._runner = self._grading.start(self._backend, 1)
            self.callback(self._runner.close)
        return self._runner

    def try_out(self) -> None:
        """Run the solution and a blank copy, unless both have passed: a runner starts for that alone."""
        if not has_passed(self._grading.assignment):
            self._grading.try_out(
                self.start(), "c.EngineExporter.trial = False in nbgrader_config.py"
            )

    def notebook(self, student: str, name: str, names: tuple[str, ...]) -> NotebookNode:
        """One graded notebook; the first that is asked for grades the student's others, too.

        Args:
            student: whose.
            name: the notebook's.
            names: of the only notebooks to grade; all of the assignment's if empty.
        """
        if self._student != student or name not in self._notebooks:
            found = self._grading.assignment.find_submissions([student])
            for graded in self._grading.run(found.items(), self.start(), only=names):
                self.early_stop.add(graded)  # `_keep` has got its notebooks
        return self._notebooks.pop(name)
