"""Assignment of a course, read once: notebooks, files, due dates and limits that its grades depend on."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from rainfall_kit import installation
from rainfall_kit.checks.questions.registry import QUESTIONS, added_question_files
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.course import (
    code_to_run,
    imported_modules,
    instructors_files,
    released_notebooks,
    submission_folders,
)
from rainfall_kit.grading.prepare.kernel import find_kernel
from rainfall_kit.grading.prepare.own_orchards import given_out_key
from rainfall_kit.grading.prepare.sandbox_limits import read_limits
from rainfall_kit.grading.prepare.secret import Secret
from rainfall_kit.grading.sandbox.allow_list.redact_answers import needs_answers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbformat import NotebookNode
    from nbgrader.coursedir import CourseDirectory

    from rainfall_kit.grading.prepare.assignment_notebook import AssignmentNotebook
    from rainfall_kit.grading.prepare.submission import Submission
    from rainfall_kit.grading.sandbox.job import Kernel, Limits


# A file of up to so many bytes is copied for each submission, which may write to it.
_LARGE_BYTES = 1 << 20

# Of what an assignment's grades depend on, as an instructor is told that it has changed; points are
# compared cell by cell.
PARTS = "tests", "other cells", "due date or late policy", "files", "limits"


class GradeKey(NamedTuple):
    """Everything that a grade depends on: while it is the same, the grade would be.

    Attributes:
        submission: changes with what was handed in.
        assignment: changes with the instructor's cells, files and dates.
        kit: the version of the kit.
        secret: tells which secret the hidden checks drew from.
    """

    submission: str
    assignment: str
    kit: str
    secret: str


class Gradebook(Protocol):
    """The gradebook, as far as an assignment is read from it."""

    def assignment_notebooks(
        self, released: Mapping[str, NotebookNode]
    ) -> tuple[AssignmentNotebook, ...]:
        """The assignment's notebooks, in the order of what was given out."""
        ...

    def due_dates(self) -> dict[str, str]:
        """By student; the empty name stands for whoever is not in the gradebook yet."""
        ...


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One assignment of one course.

    Attributes:
        name: as nbgrader knows it.
        folders: the course, as `open_course` gives it.
        notebooks: as the gradebook has them.
        released: the notebooks that were given out, by name.
        files: the instructor's, that lie beside every notebook, by their path.
        due_dates: by student; the empty name stands for all others.
        limits: what one notebook may use.
        secret: where hidden checks draw from.
        orchard_key: from which each student's own orchard follows; empty where all have the lesson's regions.
        kernels: of the notebooks in other languages than Python, by their names.
    """

    name: str
    folders: CourseDirectory
    notebooks: tuple[AssignmentNotebook, ...]
    released: Mapping[str, NotebookNode]
    files: Mapping[str, bytes]
    due_dates: Mapping[str, str]
    limits: Limits
    secret: Secret
    orchard_key: str = ""
    kernels: Mapping[str, Kernel] = field(default_factory=dict)

    @classmethod
    def read(cls, folders: CourseDirectory, name: str, gradebook: Gradebook) -> Self:
        """Read it from the course's folder and its gradebook."""
        released = released_notebooks(folders, name)
        notebooks = gradebook.assignment_notebooks(released)
        found = {
            notebook.name: find_kernel(notebook.name, notebook.kernelspec, folders.config)
            for notebook in notebooks
        }
        kernels = {name: kernel for name, kernel in found.items() if kernel is not None}
        files = instructors_files(folders, name)
        return cls(
            name=name,
            folders=folders,
            notebooks=notebooks,
            released=released,
            files=files,
            due_dates=gradebook.due_dates(),
            limits=read_limits(folders.config, files, other_languages=bool(kernels)),
            secret=Secret(Path(folders.root), group_shared=folders.groupshared),
            orchard_key=given_out_key(folders, name),
            kernels=kernels,
        )

    @property
    def root(self) -> Path:
        """The folder of the course."""
        return Path(self.folders.root)

    @functools.cached_property
    def large_files(self) -> Mapping[str, bytes]:
        """Those of the course's files that a sandbox shows to all submissions, read-only."""
        return {path: text for path, text in self.files.items() if len(text) > _LARGE_BYTES}

    @functools.cached_property
    def _code(self) -> list[str]:
        return code_to_run(self.released, self.notebooks)

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that its own cells import."""
        return imported_modules(self._code)

    @property
    def needs_answers(self) -> bool:
        """True where its own cells call on the kit's answers while they run."""
        return needs_answers(self._code)

    def autograded_folder(self, student: str) -> Path:
        """The folder in which nbgrader looks for a student's graded notebooks."""
        place = self.folders.autograded_directory
        return Path(self.folders.format_path(place, student, self.name))

    def find_submissions(self, students: Sequence[str] = ()) -> dict[str, Path]:
        """The folder of each student who has handed in, of those asked for; everybody's if none are.

        Raises:
            CourseError: somebody who was asked for has not handed in, or nobody has.
        """
        found = submission_folders(self.folders, self.name)
        for excluded in self.folders.student_id_exclude.split(","):
            found.pop(excluded, None)
        place = self.folders.format_path(self.folders.submitted_directory, "*", self.name)
        if not found:
            raise CourseError(
                f"nobody has handed in {self.name!r}: nothing is in {place}. "
                f"Try: nbgrader collect {self.name}"
            )
        missing = sorted(set(students) - found.keys())
        if missing:
            raise CourseError(
                f"{missing[0]} has not handed in {self.name!r}; "
                f"{', '.join(list(found)[:5])} have. Try one of those in {place}"
            )
        return {name: path for name, path in found.items() if not students or name in students}

    def resources(self, student: str, notebook: str) -> dict[str, Any]:
        """The facts that nbgrader's preprocessors are told with a notebook."""
        facts = {"student": student, "assignment": self.name, "notebook": notebook}
        return {
            "unique_key": notebook,
            "output_files_dir": f"{notebook}_files",
            "nbgrader": {**facts, "db_url": self.folders.db_url},
        }

    def key(self, submission: Submission) -> GradeKey:
        """Everything that the grade of a submission depends on."""
        due = self.due_dates.get(submission.student, self.due_dates[""])
        version = _digest([due, *self._facts])
        return GradeKey(submission.digest, version, installation.VERSION, self.secret.fingerprint)

    def parts(self, student: str) -> tuple[str, ...]:
        """Changes with each of `PARTS`, in their order."""
        tests, others, files, limits = self._parts
        due = _digest([self.due_dates.get(student, self.due_dates[""])])
        return tests, others, due, files, limits

    @functools.cached_property
    def _own_questions(self) -> list[tuple[str, str]]:
        """The names and digests of the course's own questions that it asks, and that these build on."""
        calls = [
            call for notebook in self.notebooks for cell in notebook.cells for call in cell.required
        ]
        left, asked = (
            [name for call in calls for name in (call.question, *(call.given or ()))],
            set(),
        )
        while left:
            name = left.pop()
            if name not in asked:
                asked.add(name)
                left += QUESTIONS[name].builds_on
        return [
            (question.name, hashlib.sha256(path.read_bytes()).hexdigest())
            for path, question in added_question_files().items()
            if question.name in asked
        ]

    @functools.cached_property
    def _parts(self) -> list[str]:
        limits, _, files, *questions = self._facts
        kernels = [[notebook.name, notebook.kernelspec] for notebook in self.notebooks]
        cells = [(notebook.name, cell) for notebook in self.notebooks for cell in notebook.cells]
        tests = [(name, cell.content) for name, cell in cells if cell.points is not None]
        others = [(name, cell.content) for name, cell in cells if cell.points is None]
        judged = [tests, *questions] if questions else tests
        return [_digest([facts]) for facts in (judged, [kernels, others], files, limits)]

    @functools.cached_property
    def content(self) -> str:
        """Changes with the instructor's cells and files, and with no due date."""
        return _digest(self._facts)

    @functools.cached_property
    def _facts(self) -> list[object]:
        # Names of fields are in it, too: another name for a limit has every class graded again.
        return [
            asdict(self.limits),
            [notebook.version for notebook in self.notebooks],
            [(name, hashlib.sha256(text).hexdigest()) for name, text in self.files.items()],
            *([self._own_questions] if self._own_questions else []),
            *([self.orchard_key] if self.orchard_key else []),
        ]


def _digest(facts: list[object]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
