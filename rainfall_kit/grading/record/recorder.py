"""Recorder: scores what came back from the sandbox, and writes it down.

First the graded notebooks, then the gradebook, then the journal: a run that is stopped in between does
that submission once more, and whatever is in the journal is everywhere.
"""

from __future__ import annotations

import dataclasses
import functools
import heapq
import math
import operator
from typing import TYPE_CHECKING, Protocol, Self

from rainfall_kit.grading.judging.judge import Judge
from rainfall_kit.grading.prepare.course import graded_permissions
from rainfall_kit.grading.prepare.course_preprocessors import course_preprocessors, preprocess
from rainfall_kit.grading.prepare.notes import all_notes
from rainfall_kit.grading.record.autograded_folder import write_autograded
from rainfall_kit.grading.record.grade_tables import read_class
from rainfall_kit.grading.record.gradebook import LATE
from rainfall_kit.grading.record.journal import CellEntry, Entry, Graded, Journal, UnwrittenJournal
from rainfall_kit.grading.record.scoring import errors_elsewhere, score_notebook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from nbformat import NotebookNode

    from rainfall_kit.grading.prepare.assignment import Assignment
    from rainfall_kit.grading.prepare.assignment_notebook import AssignmentNotebook
    from rainfall_kit.grading.prepare.job_builder import PreparedNotebook
    from rainfall_kit.grading.prepare.submission import Submission
    from rainfall_kit.grading.record.grade_tables import SubmissionRow
    from rainfall_kit.grading.record.gradebook import AssignmentGradebook, Given
    from rainfall_kit.grading.record.scoring import CellScore
    from rainfall_kit.grading.sandbox.job import Result

_SLOWEST = 3  # cells whose time is kept


class NotebookWriter(Protocol):
    """Whatever takes a submission's graded notebooks."""

    def __call__(
        self,
        assignment: Assignment,
        submission: Submission,
        notebooks: Mapping[str, NotebookNode],
        /,
    ) -> None:
        """Take them, by their names; called before anything is written of their grade."""
        ...


def write_to_autograded(
    assignment: Assignment, submission: Submission, notebooks: Mapping[str, NotebookNode]
) -> None:
    """Write graded notebooks where nbgrader looks for them, with the files that lay beside them."""
    beside = {**submission.files, **assignment.files}
    write_autograded(
        assignment.autograded_folder(submission.student),
        notebooks,
        {name: content for name, content in beside.items() if not name.endswith(".ipynb")},
        permissions=graded_permissions(assignment.folders),
        group_shared=assignment.folders.groupshared,
    )


class Recorder:
    """Writes the grades of one assignment, and knows those of earlier runs.

    Args:
        assignment: what is graded.
        gradebook: its gradebook, open.
        write_notebooks: takes the graded notebooks.
        journal: where entries go; the assignment's own if left out.

    Attributes:
        judge: judges what comes back; its process ends with the recorder.
    """

    def __init__(
        self,
        assignment: Assignment,
        gradebook: AssignmentGradebook,
        write_notebooks: NotebookWriter = write_to_autograded,
        journal: UnwrittenJournal | None = None,
    ) -> None:
        self._assignment, self._gradebook = assignment, gradebook
        self._write_notebooks = write_notebooks
        self._journal = journal or Journal(
            assignment.root, assignment.name, group_shared=assignment.folders.groupshared
        )
        self.judge = Judge(assignment.limits.judging_seconds)
        self._preprocessors = course_preprocessors(assignment.folders, "autograde_preprocessors")
        # those whose graded notebooks, or grades, are not there any more
        self._gone: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()
        self.judge.close()

    def find_grade(self, submission: Submission) -> Graded | None:
        """The grade that nothing need run for: nothing has changed but a due date or a person's score."""
        before = self._journal.entries.get(submission.student)
        if before is None:
            return None
        if not self._is_written(submission.student):
            self._gone.add(submission.student)
            return None
        key = self._assignment.key(submission)
        if before.key == key:
            return self._with_scores_by_a_person(before)
        same_work = before.key._replace(assignment=key.assignment) == key
        if same_work and before.content == self._assignment.content:
            return self._with_lateness(before, submission)
        return None

    def _with_scores_by_a_person(self, before: Entry) -> Graded:
        """The same grade, with what a person has given since then, less what being late costs of it."""
        row = self._rows[before.student]
        given = {place: (cell.manual, cell.extra) for place, cell in row.cells.items()}
        cells = _with_given(before.cells, given)
        # a database adds in its own order
        same_score = math.isclose(row.score, before.score, abs_tol=1e-9)
        same_cells = cells == before.cells or not before.parts  # an old journal has no such scores
        if same_score and same_cells and row.unread == before.needs_manual_grade:
            return Graded(before, before, skipped=True)
        grade = self._gradebook.apply_due_date(before.student)
        entry = dataclasses.replace(
            before, cells=cells, score=grade.score, needs_manual_grade=grade.needs_manual_grade
        )
        self._journal.add(entry)
        return Graded(entry, before, before.changed(entry) or ("gradebook",))

    def _why(self, before: Entry | None, entry: Entry) -> tuple[str, ...]:
        if before is None:
            return ()
        gone = ("graded notebook",) if entry.student in self._gone else ()
        return before.changed(entry) or gone

    @functools.cached_property
    def _rows(self) -> Mapping[str, SubmissionRow]:
        """The grades as this run finds them: those of the whole class are read at once."""
        return read_class(self._assignment.folders, self._assignment.name).submissions

    def _with_lateness(self, before: Entry, submission: Submission) -> Graded:
        """The same grade, with what is now taken off for lateness."""
        grade = self._gradebook.apply_due_date(submission.student)
        told = [note for note in before.note.split("; ") if note != LATE]
        entry = dataclasses.replace(
            before,
            cells=self._cells_with_given(submission.student, before.cells),
            **self._assignment.key(submission)._asdict(),
            score=grade.score,
            needs_manual_grade=grade.needs_manual_grade,
            note=_joined(grade.note, *told),
            parts=self._assignment.parts(submission.student),
        )
        self._journal.add(entry)
        return Graded(entry, before, before.changed(entry))

    def _is_written(self, student: str) -> bool:
        # The journal is not enough: somebody may have deleted the grade in nbgrader, or restored a backup.
        folder = self._assignment.autograded_folder(student)
        return student in self._rows and all(
            (folder / f"{notebook.name}.ipynb").is_file() for notebook in self._assignment.notebooks
        )

    def record(
        self,
        submission: Submission,
        prepared: tuple[PreparedNotebook, ...],
        results: Mapping[str, Result],
    ) -> Graded:
        """Score a submission, and write its notebooks, its grade and its entry in the journal.

        Args:
            submission: what was handed in.
            prepared: its notebooks; changed in place.
            results: what came of their jobs, by the jobs' ids.
        """
        self.judge.begin_submission()
        cells: list[CellEntry] = []
        notes: list[str] = []
        scores: dict[str, dict[str, CellScore]] = {}
        errors: dict[tuple[str, str], str] = {}
        for notebook in prepared:
            result = results[notebook.job.id]
            entries, scores[notebook.source.name] = self._score(
                submission.student, notebook, result
            )
            cells += entries
            notes += all_notes(notebook.nb)
            for id_, said in errors_elsewhere(notebook).items():
                errors[notebook.source.name, id_] = said
        notebooks = {notebook.source.name: notebook.nb for notebook in prepared}
        self._write_notebooks(self._assignment, submission, notebooks)
        grade = self._gradebook.write(submission.student, submission.timestamp, scores)
        entry = Entry(
            student=submission.student,
            **self._assignment.key(submission)._asdict(),
            isolation=", ".join(sorted({result.isolation for result in results.values()})),
            score=grade.score,
            max_score=grade.max_score,
            needs_manual_grade=grade.needs_manual_grade,
            note=_joined(grade.note, *notes),
            cells=self._cells_with_given(submission.student, cells),
            cpu_seconds=sum(result.cpu_seconds for result in results.values()),
            content=self._assignment.content,
            parts=self._assignment.parts(submission.student),
        )
        before = self._journal.entries.get(submission.student)
        if len(prepared) == len(self._assignment.notebooks):
            self._journal.add(entry)  # else it would hold for notebooks that were not graded
        return Graded(
            entry,
            before,
            self._why(before, entry),
            unanswered=tuple(
                notebook.source.name
                for notebook in prepared
                if _is_unanswered(notebook.source, scores[notebook.source.name])
            ),
            slowest=dict(
                heapq.nlargest(
                    _SLOWEST,
                    (
                        taken
                        for notebook in prepared
                        for taken in _cpu_seconds(notebook, results[notebook.job.id])
                    ),
                    key=operator.itemgetter(1),
                )
            ),
            errors=errors,
        )

    def _cells_with_given(self, student: str, cells: Iterable[CellEntry]) -> tuple[CellEntry, ...]:
        return _with_given(cells, self._gradebook.given_by_a_person(student))

    def _score(
        self, student: str, notebook: PreparedNotebook, result: Result
    ) -> tuple[tuple[CellEntry, ...], dict[str, CellScore]]:
        entries, scores = score_notebook(notebook, result, self.judge)
        # As nbgrader's own after it has run a notebook; scored is what there was before they cut it.
        resources = self._assignment.resources(student, notebook.source.name)
        preprocess(self._preprocessors, notebook.nb, resources)
        notebook.nb.metadata.setdefault("rainfall_kit", {})["isolation"] = result.isolation
        return entries, scores

    def undo(self) -> None:
        """Take back what a `record` that failed half-way has begun to write into the gradebook."""
        self._gradebook.undo()


def _cpu_seconds(
    notebook: PreparedNotebook, result: Result
) -> Iterator[tuple[tuple[str, str], float]]:
    known = dict(notebook.source.cells_in(notebook.nb))
    for cell in result.cells:
        name = known[cell.number].name if cell.number in known else None
        name = name or str(notebook.nb.cells[cell.number].get("id", ""))
        yield (notebook.source.name, name), cell.cpu_seconds


def _is_unanswered(notebook: AssignmentNotebook, scores: Mapping[str, CellScore]) -> bool:
    answers = [cell.name for cell in notebook.cells if cell.solution and not cell.task]
    return bool(answers) and all(scores[name].unchanged for name in answers if name in scores)


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))


def _with_given(cells: Iterable[CellEntry], given: Given) -> tuple[CellEntry, ...]:
    """These cells, with what a person has given for them."""
    return tuple(
        dataclasses.replace(
            cell, given=_given(cell.points, *given.get((cell.notebook, cell.name), (None, 0.0)))
        )
        for cell in cells
    )


def _given(points: float | None, manual: float | None, extra: float) -> float | None:
    """Sum of a person's score and extra credit; None where there is neither.

    Example:
        >>> _given(2.0, None, 0.0), _given(2.0, None, 1.0), _given(2.0, 0.0, 1.0)
        (None, 3.0, 1.0)
    """
    if manual is None and not extra:
        return None
    return (manual if manual is not None else points or 0.0) + extra
