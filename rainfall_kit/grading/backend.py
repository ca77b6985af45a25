"""Backends: the places where jobs can run, this machine or a Dask cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rainfall_kit.checks.questions.registry import question_folders
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.sandbox.dask_runner import DaskRunner
from rainfall_kit.grading.sandbox.fork_server import ForkServer
from rainfall_kit.grading.sandbox.isolation import choose_isolation
from rainfall_kit.grading.sandbox.local_runner import LocalRunner

if TYPE_CHECKING:
    from rainfall_kit.grading.prepare.assignment import Assignment
    from rainfall_kit.grading.sandbox.isolation import Isolation
    from rainfall_kit.grading.sandbox.job import Job
    from rainfall_kit.grading.sandbox.local_runner import Runner


class Backend(Protocol):
    """A place where jobs can run."""

    @property
    def shares_files(self) -> bool:
        """True if the course's large files are there once for all jobs; else each job brings them along."""
        ...

    def start(self, assignment: Assignment, setup_jobs: tuple[Job, ...], jobs: int) -> Runner:
        """Start a runner; called once, when it is known that something has to run.

        Args:
            assignment: whose submissions will be run.
            setup_jobs: the first cells of its notebooks.
            jobs: how many to run at a time, where the place does not decide that.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class LocalBackend:
    """This machine.

    Attributes:
        isolation: what stands around students' code.
        fork_server: one that was started already, to save the time; used if it fits, else closed.
    """

    isolation: Isolation = "namespaces"
    fork_server: ForkServer | None = None

    @property
    def shares_files(self) -> bool:
        """True in a sandbox: without one, what one submission writes is there for the next."""
        return self.isolation == "namespaces"

    def start(self, assignment: Assignment, setup_jobs: tuple[Job, ...], jobs: int) -> Runner:
        """Start a runner with a fork server that cannot see the course."""
        hidden, answers = (assignment.root,), assignment.needs_answers
        shared = assignment.large_files if self.shares_files else {}
        kernels = tuple(assignment.kernels.values())
        wanted = self.isolation, hidden, answers, shared, kernels, question_folders()
        server = self.fork_server
        if server is None or server.made_for != wanted:
            if server is not None:
                server.close()
            isolation = choose_isolation(self.isolation)
            assert isolation is not None  # as it is where nobody asks for the strongest
            server = ForkServer(
                isolation, hidden=hidden, answers=answers, shared=shared, kernels=kernels
            )
        return LocalRunner(jobs, server, assignment.modules, setup_jobs)


@dataclass(frozen=True, kw_only=True)
class DaskBackend:
    """A Dask cluster.

    Attributes:
        address: of its scheduler, such as ``"tcp://10.0.0.1:8786"``.
        isolation: what stands around students' code; None means the strongest that each worker has.
    """

    address: str
    isolation: Isolation | None = None

    @property
    def shares_files(self) -> bool:
        """False: its workers see no files of the course."""
        return False

    def start(self, assignment: Assignment, setup_jobs: tuple[Job, ...], jobs: int) -> Runner:  # noqa: ARG002  # the cluster has its own number
        """Connect to the scheduler.

        Raises:
            CourseError: nobody answers there, or a notebook is in another language than Python.
        """
        if assignment.kernels:
            name = next(iter(assignment.kernels.values())).name
            raise CourseError(
                f"a cluster has no other kernels than Python's, and {assignment.name!r} is for {name!r}. "
                "Try: without --scheduler"
            )
        return DaskRunner(
            self.address,
            self.isolation,
            modules=assignment.modules,
            answers=assignment.needs_answers,
            setup_jobs=setup_jobs,
        )
