"""Job builder: from a submission, jobs for the sandbox that need nothing else of the course."""

from __future__ import annotations

import base64
import copy
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from nbformat import NotebookNode
from traitlets.config import Config

from rainfall_kit.checks.questions.own_data import own_case
from rainfall_kit.checks.questions.question import Seed, seeds_of
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.course_preprocessors import course_preprocessors, preprocess
from rainfall_kit.grading.prepare.kernel import find_kernel
from rainfall_kit.grading.prepare.notebook_reader import NEW_CELL
from rainfall_kit.grading.prepare.notes import is_missing, notes_of
from rainfall_kit.grading.prepare.repair.repair import repair
from rainfall_kit.grading.sandbox.job import Ask, File, Given, Job, JobCell
from rainfall_kit.lesson.own_orchard import FILE, OrchardKey, seed_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rainfall_kit.checks.observations import Case
    from rainfall_kit.grading.prepare.assignment import Assignment
    from rainfall_kit.grading.prepare.assignment_notebook import AssignmentNotebook, SourceCell
    from rainfall_kit.grading.prepare.submission import Submission
    from rainfall_kit.handing_in.require_calls import Required

# A student's code can remember what it was called with. Each submission gets one of so many sets of
# inputs, by what it holds, so that what one has seen is worth little to the next.
_INPUT_SETS = 8


@dataclass(frozen=True, kw_only=True)
class PreparedNotebook:
    """One notebook of a submission, ready to run.

    Attributes:
        source: as the instructor wrote it.
        nb: the repaired notebook, without outputs.
        job: what to run.
        cases: for each cell that asks, by its number, the cases of each ask.
    """

    source: AssignmentNotebook
    nb: NotebookNode
    job: Job
    cases: Mapping[int, tuple[tuple[Case, ...], ...]]

    @property
    def handed_in(self) -> bool:
        """False for a notebook that stands in the place of one that was not handed in."""
        return not is_missing(self.nb)


class JobBuilder:
    """Makes prepared notebooks of the submissions to one assignment.

    Args:
        assignment: what is to be graded.
        shares_files: whether the assignment's large files are there where the jobs run.
    """

    def __init__(self, assignment: Assignment, *, shares_files: bool = False) -> None:
        self._assignment = assignment
        shared = assignment.large_files if shares_files else {}
        copied = {path: text for path, text in assignment.files.items() if path not in shared}
        self._files = {
            **_as_files(copied),
            **{path: File(path=path, shared=True) for path in shared},
        }
        self._preprocessors = course_preprocessors(assignment.folders, "sanitize_preprocessors")
        self._templates = {
            notebook.name: notebook.template(assignment.released.get(notebook.name))
            for notebook in assignment.notebooks
        }
        self._drawn: dict[tuple[str, Seed], _Drawn] = {}

    def build(
        self, submission: Submission, only: Sequence[str] = ()
    ) -> tuple[PreparedNotebook, ...]:
        """One prepared notebook for each of the assignment's, whatever was handed in.

        Args:
            submission: what was handed in.
            only: the names of the notebooks to prepare; all if empty.
        """
        own = {path: text for path, text in submission.files.items() if path not in self._files}
        files = tuple({**_as_files(own), **self._files, **self._orchard(submission)}.values())
        names = tuple(source.name for source in self._assignment.notebooks)
        return tuple(
            self._prepare(source, submission.notebook(source.name, names), files, submission)
            for source in self._assignment.notebooks
            if not only or source.name in only
        )

    def setup_jobs(self) -> tuple[Job, ...]:
        """For each notebook that was given out, the code above all that students are to write.

        None where it may read a student's own orchard: it runs once for all. In another language nothing but
        the kernel, with own orchards, too: none of its cells can be run ahead.
        """
        files = tuple(self._files.values())
        released = self._assignment.released
        jobs = (
            Job(
                id=source.name,
                folder=self._assignment.name,
                cells=tuple(self._setup_cells(source, released[source.name])),
                files=files,
                limits=self._assignment.limits,
                kernel=self._assignment.kernels.get(source.name),
            )
            for source in self._assignment.notebooks
            if source.name in released
        )
        return tuple(job for job in jobs if job.cells or job.kernel)

    def _setup_cells(self, source: AssignmentNotebook, released: NotebookNode) -> Iterator[JobCell]:
        if self._assignment.orchard_key:
            return
        nb = copy.deepcopy(released)
        self._restore(nb, source)
        known = dict(source.cells_in(nb))
        for number, cell in enumerate(nb.cells):
            if number in known and (known[number].solution or known[number].points is not None):
                return
            if cell.cell_type == "code":
                yield JobCell(number=number, source=cell.source)

    def _restore(
        self, nb: NotebookNode, source: AssignmentNotebook, *, something_left_out: bool = False
    ) -> None:
        repair(nb, self._templates[source.name], something_left_out=something_left_out)
        _overwrite(nb, source)

    def _prepare(
        self,
        source: AssignmentNotebook,
        nb: NotebookNode,
        files: tuple[File, ...],
        submission: Submission,
    ) -> PreparedNotebook:
        notes_of(nb).extend(submission.notes)
        self._restore(nb, source, something_left_out=submission.misses_a_notebook)
        preprocess(
            self._preprocessors, nb, self._assignment.resources(submission.student, source.name)
        )
        asks, cases, last = {}, {}, set()
        input_set = self._input_set(submission)
        for number, cell in source.cells_in(nb):
            required = cell.required
            if required:
                drawn = [
                    self._own(one, submission)
                    if one.own_orchard
                    else self._draw(source, cell, place, input_set)
                    for place, one in enumerate(required)
                ]
                cases[number] = tuple(one.cases for one in drawn)
                asks[number] = tuple(map(_ask, required, repeat(source), drawn))
                # Where secret inputs, or right answers, come into the student's process, they come
                # when all cells have run: no cell then finds them.
                if cell.hidden or any(given_for(one, source) for one in required):
                    last.add(number)
        cells = tuple(
            JobCell(number=number, asks=asks[number], last=number in last)
            if number in asks
            else JobCell(number=number, source=cell.source)
            for number, cell in enumerate(nb.cells)
            if cell.cell_type == "code"
        )
        job = Job(
            id=f"{submission.student}/{self._assignment.name}/{source.name}",
            folder=self._assignment.name,
            cells=cells,
            files=_beside(files, nb),
            limits=self._assignment.limits,
            kernel=self._assignment.kernels.get(source.name),
        )
        return PreparedNotebook(source=source, nb=nb, job=job, cases=cases)

    def _orchard(self, submission: Submission) -> dict[str, File]:
        """The file that says which orchard is this student's, in the place of what was handed in under its name."""
        key = self._assignment.orchard_key
        if not key:
            return {}
        text = OrchardKey(key=key, student=submission.student).to_json()
        return _as_files({FILE: text.encode()})

    def _own(self, required: Required, submission: Submission) -> _Drawn:
        """The case of an ask about the student's own orchard."""
        key = self._assignment.orchard_key
        seed = seed_of(key, submission.student) if key else None
        case = own_case(find_question(required.question), seed)
        return _Drawn((case,), (case.to_json(),))

    def _input_set(self, submission: Submission) -> int:
        # The word is a part of every seed: with another one all classes' inputs change.
        seed = self._assignment.secret.seed("lot", submission.student, submission.digest)
        return seed % _INPUT_SETS

    def _draw(
        self, source: AssignmentNotebook, cell: SourceCell, place: int, input_set: int
    ) -> _Drawn:
        """The cases of one ask: from the secret for a hidden cell, as written for one in sight."""
        required = cell.required[place]
        seed = required.seed
        if cell.hidden:
            names = self._assignment.name, source.name, cell.name, str(place), str(input_set)
            seed = tuple(
                self._assignment.secret.seed(*names, str(number))
                for number in range(len(seeds_of(seed)))
            )
        key = required.question, seed
        if key not in self._drawn:
            cases = find_question(required.question).cases(seed)
            self._drawn[key] = _Drawn(cases, tuple(case.to_json() for case in cases))
        return self._drawn[key]


def _as_files(contents: Mapping[str, bytes]) -> dict[str, File]:
    return {
        path: File(path=path, content=base64.b64encode(content).decode())
        for path, content in contents.items()
    }


def _beside(files: tuple[File, ...], nb: NotebookNode) -> tuple[File, ...]:
    """Files beside a notebook that runs: other notebooks only if a cell names one, as ``%run`` does."""
    if any(".ipynb" in cell.source for cell in nb.cells if cell.cell_type == "code"):
        return files
    return tuple(file for file in files if not file.path.endswith(".ipynb"))


class _Drawn(NamedTuple):
    """The cases of one ask and their JSON, which many submissions share."""

    cases: tuple[Case, ...]
    texts: tuple[str, ...]


def given_for(required: Required, source: AssignmentNotebook) -> tuple[str, ...]:
    """The names of the right functions that stand in for the student's own while an answer is judged.

    For an answer about the own orchard that is the question's own, too, but only where the notebook asks for
    such a function: else its name, which stands in the test, would be the answer.
    """
    if required.given is not None:
        return required.given
    builds_on = find_question(required.question).builds_on
    is_own = required.own_orchard and any(
        one.question == required.question and not one.own_orchard
        for cell in source.cells
        for one in cell.required
    )
    return (required.question, *builds_on) if is_own else builds_on


def _ask(required: Required, source: AssignmentNotebook, drawn: _Drawn) -> Ask:
    return Ask(
        question=required.question,
        name=required.name,
        given=tuple(
            Given(name=name, program=find_question(name).program)
            for name in given_for(required, source)
        ),
        cases=drawn.texts,
        own_orchard=required.own_orchard,
    )


def _refuse_other_languages(notebook: str, kernelspec: Mapping[str, Any]) -> None:
    """Where the assignment names no kernel it is run as Python; what is not is this one submission's trouble."""
    try:
        kernel = find_kernel(notebook, kernelspec, Config())
    except CourseError as problem:
        raise ValueError(str(problem)) from None
    if kernel is not None:
        raise ValueError(
            f"the notebook {notebook!r} is for the kernel {kernel.name!r}, and the assignment names none"
        )


def _overwrite(nb: NotebookNode, source: AssignmentNotebook) -> None:
    """Put back what a student may not change: the text of locked cells, and what a cell is."""
    if source.kernelspec:
        nb.metadata.kernelspec = NotebookNode(source.kernelspec)
    elif isinstance(nb.metadata.get("kernelspec"), dict):  # then the student's counts
        _refuse_other_languages(source.name, nb.metadata.kernelspec)
    for number, cell in source.cells_in(nb):
        submitted = nb.cells[number]
        if cell.locked:
            submitted.source = cell.source
        if submitted.cell_type != cell.cell_type:
            new = NEW_CELL[cell.cell_type]
            nb.cells[number] = new(submitted.source, id=submitted.id, metadata=submitted.metadata)
