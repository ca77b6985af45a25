"""Grades an assignment: prepare, execute, record, and go on after any interruption.

Students' code runs in jobs, behind walls. What comes back is judged here, and only here is anything
written.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from nbgrader.preprocessors import IgnorePattern, LimitOutput
from sqlalchemy.exc import SQLAlchemyError

from rainfall_kit import installation
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.course import (
    cell_seconds,
    code_to_run,
    imported_modules,
    instructors_files,
    released_notebooks,
    submissions,
)
from rainfall_kit.grading.prepare.job_builder import JobBuilder, PreparedNotebook, Submission
from rainfall_kit.grading.prepare.secret import Secret
from rainfall_kit.grading.record.autograded_folder import write_graded
from rainfall_kit.grading.record.gradebook import AssignmentGradebook, notes_in, open_course
from rainfall_kit.grading.record.journal import CellEntry, Entry, Journal, course_lock
from rainfall_kit.grading.record.scoring import mark
from rainfall_kit.grading.sandbox.dask_runner import DaskRunner
from rainfall_kit.grading.sandbox.fork_server import ForkServer
from rainfall_kit.grading.sandbox.isolation import choose_isolation
from rainfall_kit.grading.sandbox.job import Limits, Result
from rainfall_kit.grading.sandbox.local_runner import LocalRunner
from rainfall_kit.grading.sandbox.redact_answers import needs_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nbformat import NotebookNode

    from rainfall_kit.grading.record.gradebook import CellScore
    from rainfall_kit.grading.sandbox.isolation import Isolation
    from rainfall_kit.grading.sandbox.local_runner import Runner

# What is about the course, its folder or its gradebook, and about no single submission.
_OF_THE_COURSE = (CourseError, OSError, SQLAlchemyError)


@dataclass(frozen=True)
class Graded:
    """What became of one submission.

    Attributes:
        entry: its grade.
        before: its grade of an earlier run, or None.
        why: what had changed since then, in words.
        skipped: whether nothing had, so that it was left as it was.
    """

    entry: Entry
    before: Entry | None = None
    why: tuple[str, ...] = ()
    skipped: bool = False


def grade_assignment(
    course: Path,
    assignment: str,
    *,
    jobs: int = 2,
    students: Sequence[str] = (),
    force: bool = False,
    isolation: Isolation | None = "namespaces",
    scheduler: str | None = None,
    early: ForkServer | None = None,
    on_start: Callable[[int], None] = lambda _: None,
    on_graded: Callable[[Graded], None] = lambda _: None,
) -> tuple[Graded, ...]:
    """Grade whatever stands in the course's folder of submissions.

    Args:
        course: the folder in which nbgrader is started.
        assignment: the assignment's name.
        jobs: how many submissions to run at a time.
        students: whose; everybody's if empty.
        force: whether to grade again what has not changed.
        isolation: what stands around students' code.
        scheduler: the address of a Dask cluster that runs the jobs, instead of this machine.
        early: one that was started while this module was imported; used if it fits.
        on_start: called with how many submissions there are.
        on_graded: called after each one.

    Returns:
        One entry for each submission, sorted by student.

    Raises:
        CourseError: the course cannot be read, is being graded already, or has no such submission.

    Example:
        >>> from pathlib import Path
        >>> grade_assignment(Path("nowhere"), "gradient_descent")
        Traceback (most recent call last):
        rainfall_kit.errors.CourseError: nowhere is not a folder. Try: the folder that holds nbgrader_config.py
    """
    folders = open_course(course)
    with ExitStack() as stack:
        gradebook = stack.enter_context(AssignmentGradebook(folders, assignment))
        stack.enter_context(course_lock(Path(folders.root)))
        grading = stack.enter_context(Grading(folders, assignment, gradebook))
        handed_in = grading.find(students)
        on_start(len(handed_in))
        done = {}
        todo = []
        for student in handed_in:
            if (same := None if force else grading.unchanged(student)) is not None:
                done[student] = same
                on_graded(same)
            else:
                todo.append(student)
        if todo:
            at_work = (
                grading.cluster_runner(scheduler, isolation)
                if scheduler
                else grading.local_runner(min(jobs, len(todo)), isolation, early)
            )
            stack.callback(at_work.close)
            for graded in grading.run(todo, at_work):
                done[graded.entry.student] = graded
                on_graded(graded)
    return tuple(done[student] for student in handed_in)


class Grading:
    """One assignment of one course, being graded.

    Args:
        folders: the course, as `open_course` gives it.
        assignment: the assignment's name.
        gradebook: its gradebook, open.
    """

    def __init__(self, folders: Any, assignment: str, gradebook: AssignmentGradebook) -> None:
        self._folders, self._assignment, self._book = folders, assignment, gradebook
        root = Path(folders.root)
        self._released = released_notebooks(folders, assignment)
        self._extra = instructors_files(folders, assignment)
        self._sheets = gradebook.sheets(self._released)
        self._code = code_to_run(self._released, self._sheets)
        self._secret = Secret(root)
        self._journal = Journal(root, assignment)
        self._due_dates = gradebook.due_dates()
        self._limits = Limits(cell_seconds=cell_seconds(folders.config))
        self._facts = [
            asdict(self._limits),
            [sheet.version for sheet in self._sheets],
            [(name, hashlib.sha256(text).hexdigest()) for name, text in self._extra.items()],
        ]
        self._tidy = [IgnorePattern(config=folders.config), LimitOutput(config=folders.config)]
        self._preparation = JobBuilder(
            assignment,
            self._sheets,
            self._released,
            self._secret,
            extra=self._extra,
            limits=self._limits,
        )
        self.notebooks: dict[str, NotebookNode] = {}  # of the last one that was graded

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()

    def find(self, students: Sequence[str]) -> list[str]:
        """Who has handed in, of those asked for.

        Raises:
            CourseError: somebody who was asked for has not, or nobody has.
        """
        places = submissions(self._folders, self._assignment)
        place = self._folders.format_path(self._folders.submitted_directory, "*", self._assignment)
        if not places:
            raise CourseError(
                f"nobody has handed in {self._assignment!r}: nothing is in {place}. "
                f"Try: nbgrader collect {self._assignment}"
            )
        missing = sorted(set(students) - places.keys())
        if missing:
            raise CourseError(
                f"{missing[0]} has not handed in {self._assignment!r}; "
                f"{', '.join(list(places)[:5])} have. Try one of those in {place}"
            )
        self._places = places
        return [student for student in places if not students or student in students]

    def local_runner(
        self, jobs: int, isolation: Isolation | None, early: ForkServer | None = None
    ) -> Runner:
        """What runs jobs on this machine."""
        hidden = (Path(self._folders.root),)
        answers = needs_answers(self._code)
        if early is not None and early.made_for == (isolation, hidden, answers):
            warm = early
        else:
            if early is not None:
                early.close()
            chosen = choose_isolation(isolation)
            assert chosen is not None  # else kernels grade, and not this
            warm = ForkServer(chosen, hidden=hidden, answers=answers)
        modules = imported_modules(self._code)
        return LocalRunner(jobs, warm, modules, self._preparation.setup_jobs())

    def cluster_runner(self, address: str, isolation: Isolation | None) -> Runner:
        """What runs jobs on a Dask cluster."""
        return DaskRunner(
            address,
            isolation,
            modules=imported_modules(self._code),
            answers=needs_answers(self._code),
            setup_jobs=self._preparation.setup_jobs(),
        )

    def unchanged(self, student: str) -> Graded | None:
        """The grade that the student has already, if nothing that it depends on has changed."""
        before = self._journal.entries.get(student)
        if before is None or not self._is_written(student):
            return None
        handed_in = Submission.read(student, self._places[student])
        same = before.key == self._key(handed_in)
        return Graded(before, before, skipped=True) if same else None

    def _is_written(self, student: str) -> bool:
        """Whether nbgrader has the grade, too: somebody may have deleted it, or restored a backup."""
        folder = self._graded_folder(student)
        return student in self._due_dates and all(
            (folder / f"{sheet.name}.ipynb").is_file() for sheet in self._sheets
        )

    def run(
        self, students: Sequence[str], runner: Runner, *, write_files: bool = True
    ) -> Iterator[Graded]:
        """Grade these submissions, and give each as soon as it is recorded.

        Args:
            students: whose.
            runner: runs the jobs.
            write_files: whether to write the folder ``autograded``; nbgrader itself may do it.
        """
        waiting = iter(students)
        running: dict[Future[bytes], str] = {}
        papers: dict[str, tuple[Submission, tuple[PreparedNotebook, ...]]] = {}
        results: dict[str, dict[str, Result]] = {}

        def start(handed_in: Submission) -> None:
            student = handed_in.student
            papers[student], results[student] = self._prepared(handed_in), {}
            for paper in papers[student][1]:
                running[runner.submit(paper.job.to_json().encode())] = student

        more = True
        while more or running:
            while more and len(running) < 2 * runner.jobs:
                student = next(waiting, None)
                if student is None:
                    more = False
                    break
                start(Submission.read(student, self._places[student]))
            _load_the_judge()  # while the first ones run
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                student = running.pop(future)
                result = Result.from_json(future.result().decode())
                results[student][result.id] = result
                if len(results[student]) == len(papers[student][1]):
                    handed_in, own = papers.pop(student)
                    try:
                        graded = self._record(handed_in, own, results.pop(student), write_files)
                    except _OF_THE_COURSE:
                        raise
                    except Exception as problem:
                        if handed_in.stands_for is not None:
                            raise
                        self._book.undo()
                        start(handed_in.emptied(problem))
                    else:
                        yield graded

    def _prepared(self, handed_in: Submission) -> tuple[Submission, tuple[PreparedNotebook, ...]]:
        """The papers of a submission, or of an empty one in its place, and which of the two."""
        try:
            return handed_in, self._preparation.build(handed_in)
        except _OF_THE_COURSE:
            raise
        except Exception as problem:  # noqa: BLE001  # no submission stops the others
            emptied = handed_in.emptied(problem)
            return emptied, self._preparation.build(emptied)

    def _record(
        self,
        handed_in: Submission,
        papers: tuple[PreparedNotebook, ...],
        results: dict[str, Result],
        write_files: bool,
    ) -> Graded:
        """Judge what came back, and write it: the notebooks, then the gradebook, then the journal."""
        student = handed_in.student
        cells: list[CellEntry] = []
        notes: list[str] = []
        scores: dict[str, dict[str, CellScore]] = {}
        for paper in papers:
            result = results[paper.job.id]
            marks, scores[paper.sheet.name] = mark(paper, result)
            for tidy in self._tidy:
                tidy.preprocess(paper.nb, {})
            notes += notes_in(paper.nb)
            paper.nb.metadata.setdefault("rainfall_kit", {})["isolation"] = result.isolation
            cells += [_cell_entry(paper.sheet.name, each) for each in marks]
        self.notebooks = {paper.sheet.name: paper.nb for paper in papers}
        if write_files:
            self._write_files(handed_in)
        grade = self._book.write(student, handed_in.timestamp, scores)
        submission, assignment, kit, secret = self._key(handed_in)
        entry = Entry(
            student=student,
            submission=submission,
            assignment=assignment,
            kit=kit,
            secret=secret,
            tier=", ".join(sorted({each.isolation for each in results.values()})),
            score=grade.score,
            max_score=grade.max_score,
            needs_manual_grade=grade.needs_manual_grade,
            note="; ".join([*([grade.note] if grade.note else []), *notes]),
            cells=tuple(cells),
            cpu_seconds=sum(each.cpu_seconds for each in results.values()),
        )
        before = self._journal.entries.get(student)
        self._journal.add(entry)
        return Graded(entry, before, before.changed(entry.key) if before else ())

    def _write_files(self, handed_in: Submission) -> None:
        beside = {**handed_in.files, **self._extra}
        write_graded(
            self._graded_folder(handed_in.student),
            self.notebooks,
            {name: each for name, each in beside.items() if not name.endswith(".ipynb")},
            group_shared=self._folders.groupshared,
        )

    def _key(self, handed_in: Submission) -> tuple[str, str, str, str]:
        due = self._due_dates.get(handed_in.student, self._due_dates[""])
        facts = json.dumps([due, *self._facts], sort_keys=True)
        version = hashlib.sha256(facts.encode()).hexdigest()
        return handed_in.digest, version, installation.VERSION, self._secret.fingerprint

    def _graded_folder(self, student: str) -> Path:
        place = self._folders.autograded_directory
        return Path(self._folders.format_path(place, student, self._assignment))


@functools.cache
def _load_the_judge() -> None:
    """Import what right answers are computed with, which takes a second."""
    importlib.import_module("torch")


def _cell_entry(notebook: str, cell: Any) -> CellEntry:
    return CellEntry(
        notebook=notebook,
        name=cell.name,
        points=cell.points,
        most=cell.most,
        outcome=cell.outcome,
        how=cell.how,
        misconceptions=cell.misconceptions,
    )
