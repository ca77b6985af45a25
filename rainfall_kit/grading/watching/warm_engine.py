"""Warm engine: a runner that stays between grading sessions, while the assignment is the same."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Self

from rainfall_kit.grading.engine import open_grading
from rainfall_kit.grading.prepare.course import open_course

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rainfall_kit.grading.backend import Backend
    from rainfall_kit.grading.engine import Grading
    from rainfall_kit.grading.sandbox.local_runner import Runner


class WarmEngine:
    """The engine for one assignment; a context manager, which ends its processes.

    These live from session to session, the course's lock no longer than one.

    Args:
        course: the folder in which nbgrader is started.
        assignment: its name.
        backend: where the jobs run.
        jobs: how many submissions to run at a time.
        trial: whether to run the solution and a blank copy before anybody's.
    """

    def __init__(
        self, course: Path, assignment: str, *, backend: Backend, jobs: int, trial: bool
    ) -> None:
        self._course, self._assignment = course, assignment
        self._backend, self._jobs, self._trial = backend, jobs, trial
        self._runner: Runner | None = None
        self._made_for: object = None

    @contextlib.contextmanager
    def session(self) -> Iterator[tuple[Grading, Runner]]:
        """Open the assignment as it is now, and hold the course's lock.

        Raises:
            CourseError: the course is being graded, the assignment cannot be read, or a trial fails.
        """
        with open_grading(open_course(self._course), self._assignment) as grading:
            try:
                yield grading, self._started(grading)
            except BaseException:
                self.close()  # whatever is wrong with it, the next session begins with a new one
                raise

    def _started(self, grading: Grading) -> Runner:
        assignment = grading.assignment
        # also makes this session's jobs fit the runner
        setup = grading.setup_jobs(self._backend)
        wanted = setup, assignment.content, assignment.modules, assignment.needs_answers
        if self._runner is None or self._made_for != wanted:
            self.close()
            self._runner = grading.start(self._backend, self._jobs)
            self._made_for = wanted
            import torch  # noqa: F401  once, for the judging process of each session that follows

            if self._trial:
                grading.try_out(self._runner, f"rainfall watch {self._assignment} --no-trial")
            self._runner.wait_until_ready()
        return self._runner

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        if self._runner is not None:
            self._runner.close()
            self._runner = None
