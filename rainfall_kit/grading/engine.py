"""Grading engine: prepares submissions, runs them in a sandbox and records their grades.

Student code runs only in the sandbox. What comes back from there is judged here, and only here is
anything written; a run that was interrupted goes on where it was.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.backend import LocalBackend
from rainfall_kit.grading.early_stop import EarlyStop
from rainfall_kit.grading.prepare.assignment import Assignment
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.prepare.job_builder import JobBuilder, PreparedNotebook
from rainfall_kit.grading.prepare.submission import Submission
from rainfall_kit.grading.record.autograded_folder import can_write
from rainfall_kit.grading.record.course_lock import course_lock
from rainfall_kit.grading.record.database import GradebookError
from rainfall_kit.grading.record.gradebook import AssignmentGradebook
from rainfall_kit.grading.record.recorder import Recorder, write_to_autograded
from rainfall_kit.grading.sandbox.job import Result
from rainfall_kit.grading.trial import try_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from nbgrader.coursedir import CourseDirectory

    from rainfall_kit.grading.backend import Backend
    from rainfall_kit.grading.record.journal import Graded, UnwrittenJournal
    from rainfall_kit.grading.record.recorder import NotebookWriter
    from rainfall_kit.grading.sandbox.job import Job
    from rainfall_kit.grading.sandbox.local_runner import Runner

    Opener = Callable[[CourseDirectory, str], AbstractContextManager["Grading"]]

_ON_THIS_MACHINE = LocalBackend()
_LOOK_SECONDS = 1.0


def grade_assignment(
    course: Path,
    assignment: str,
    *,
    backend: Backend = _ON_THIS_MACHINE,
    jobs: int = 2,
    students: Sequence[str] = (),
    force: bool = False,
    trial: bool = True,
    keep_going: bool = True,
    opened: Opener | None = None,
    on_start: Callable[[int], None] = lambda _: None,
    on_graded: Callable[[Graded], None] = lambda _: None,
) -> tuple[Graded, ...]:
    """Grade whatever stands in the course's folder of submissions.

    Args:
        course: the folder in which nbgrader is started.
        assignment: the assignment's name.
        backend: where the jobs run, and in what isolation.
        jobs: how many submissions to run at a time.
        students: whose; everybody's if empty.
        force: whether to grade again what has not changed.
        trial: whether to run the solution and a blank copy first.
        keep_going: False stops where the first submissions all fail the same cell in the same way, unless
            students were named.
        opened: opens the course, as `open_grading` does where it is left out.
        on_start: called with how many submissions there are.
        on_graded: called after each one.

    Returns:
        One entry for each submission, sorted by student.

    Raises:
        CourseError: the course cannot be read, is being graded already, or has no such submission; or
            a trial fails; or, unless `keep_going`, the first submissions all fail the same cell.
    """
    early_stop = EarlyStop(f"rainfall grade {assignment} --keep-going")
    done: dict[str, Graded] = {}

    def add(graded: Graded) -> None:
        done[graded.entry.student] = graded
        on_graded(graded)

    with (opened or open_grading)(open_course(course), assignment) as grading:
        found = grading.assignment.find_submissions(students)
        on_start(len(found))
        changed = []
        for student, folder in found.items():
            known = None if force else grading.find_grade(student, folder)
            if known is None:
                changed.append((student, folder))
            else:
                add(known)
        if changed:
            with contextlib.closing(grading.start(backend, min(jobs, len(changed)))) as runner:
                if trial:
                    grading.try_out(runner, f"rainfall grade {assignment} --no-trial")
                for graded in grading.run(changed, runner):
                    add(graded)
                    early_stop.add(graded)
                    is_last = len(done) == len(found)
                    if early_stop.problem and not (keep_going or students or is_last):
                        raise CourseError(early_stop.problem)
    return tuple(done[student] for student in found)


@contextlib.contextmanager
def open_grading(folders: CourseDirectory, assignment: str) -> Iterator[Grading]:
    """Open an assignment's gradebook and journal, and hold the course's lock.

    Raises:
        CourseError: the gradebook does not know the assignment, or the course is being graded.
    """
    # The lock comes second: a folder that is no course is told so, and nothing is made in it.
    with (
        AssignmentGradebook(folders, assignment) as gradebook,
        course_lock(Path(folders.root), group_shared=folders.groupshared),
        open_assignment(folders, assignment, gradebook, write_to_autograded) as grading,
    ):
        yield grading


@contextlib.contextmanager
def open_assignment(
    folders: CourseDirectory,
    assignment: str,
    gradebook: AssignmentGradebook,
    write_notebooks: NotebookWriter,
    journal: UnwrittenJournal | None = None,
) -> Iterator[Grading]:
    """Open an assignment's journal, where somebody has its gradebook open and holds the course's lock."""
    read = Assignment.read(folders, assignment, gradebook)
    with Recorder(read, gradebook, write_notebooks, journal) as recorder:
        yield Grading(read, recorder)


@dataclass
class _Running:
    """A submission whose jobs run."""

    submission: Submission
    prepared: tuple[PreparedNotebook, ...]
    results: dict[str, Result] = field(default_factory=dict)


class Grading:
    """The course of grading one assignment: submissions in, recorded grades out.

    Args:
        assignment: what is graded.
        recorder: writes the grades.
    """

    def __init__(self, assignment: Assignment, recorder: Recorder) -> None:
        self.assignment = assignment
        self._recorder = recorder
        self._builder = JobBuilder(assignment)

    def start(self, backend: Backend, jobs: int) -> Runner:
        """Start the runner that is to run this assignment's jobs."""
        self._recorder.judge.start()  # a fork, made before the runner has threads
        return backend.start(self.assignment, self.setup_jobs(backend), jobs)

    def setup_jobs(self, backend: Backend) -> tuple[Job, ...]:
        """The jobs that a runner of this backend begins with; from now on jobs are prepared for it."""
        self._builder = JobBuilder(self.assignment, shares_files=backend.shares_files)
        return self._builder.setup_jobs()

    def try_out(self, runner: Runner, otherwise: str) -> None:
        """Run the solution and a blank copy: see `trial.try_out`."""
        try_out(self.assignment, self._builder, runner, self._recorder.judge, otherwise)

    def find_grade(self, student: str, folder: Path) -> Graded | None:
        """The student's grade, if nothing need run for it: see `Recorder.find_grade`."""
        return self._recorder.find_grade(self._read(student, folder))

    def _read(self, student: str, folder: Path) -> Submission:
        assignment = self.assignment
        return Submission.read(student, folder, assignment.files.keys(), assignment.limits)

    def run(
        self,
        submissions: Iterable[tuple[str, Path] | None],
        runner: Runner,
        *,
        only: Sequence[str] = (),
    ) -> Iterator[Graded]:
        """Grade these submissions, and give each as soon as it is recorded.

        Args:
            submissions: students, with the folders of what they handed in; None where there is no other yet,
                while earlier ones run, and the iterator is to be asked again soon.
            runner: runs the jobs.
            only: the names of the notebooks to grade; all of the assignment's if empty.
        """
        waiting = iter(submissions)
        running: dict[Future[bytes], _Running] = {}
        more = True
        while more or running:
            # Twice as many as run at a time: none waits for the trusted side to prepare the next.
            while more and len(running) < 2 * runner.jobs:
                try:
                    following = next(waiting)
                except StopIteration:
                    more = False
                    break
                if following is None:
                    break
                running |= self._submit(self._read(*following), runner, only)
            # one that takes long makes room for another before any has finished
            patience = _LOOK_SECONDS if more else None
            finished, _ = wait(running, patience, return_when=FIRST_COMPLETED)
            for future in finished:
                one = running.pop(future)
                result = Result.from_json(future.result().decode())
                one.results[result.id] = result
                if len(one.results) == len(one.prepared):
                    graded = self._record(one)
                    if isinstance(graded, Submission):
                        running |= self._submit(graded, runner, only)
                    else:
                        yield graded

    def _submit(
        self, submission: Submission, runner: Runner, only: Sequence[str]
    ) -> dict[Future[bytes], _Running]:
        one = self._prepare(submission, only)
        return {runner.submit(notebook.job.to_json().encode()): one for notebook in one.prepared}

    def _prepare(self, submission: Submission, only: Sequence[str]) -> _Running:
        """The submission with its prepared notebooks, or an empty one in its place."""
        try:
            return _Running(submission, self._builder.build(submission, only))
        except Exception as problem:
            if self._is_the_courses(problem):
                raise
            empty = submission.empty_replacement(problem)
            return _Running(empty, self._builder.build(empty, only))

    def _record(self, one: _Running) -> Graded | Submission:
        """The recorded grade, or an empty submission to be graded in the place of one that fails."""
        try:
            return self._recorder.record(one.submission, one.prepared, one.results)
        except Exception as problem:
            # an empty one fails by the grader's own fault
            if one.submission.replaces is not None or self._is_the_courses(problem):
                raise
            self._recorder.undo()
            return one.submission.empty_replacement(problem)

    def _is_the_courses(self, problem: Exception) -> bool:
        """True if the trouble is the course's own, and no other submission could be graded either.

        What the file system refuses may be either's, such as a full disk, or a name that is too long.
        Then it is tried whether another file can be written where graded notebooks are.
        """
        if isinstance(problem, OSError):
            return not can_write(self.assignment.autograded_folder("").parent)
        return isinstance(problem, CourseError | GradebookError)
