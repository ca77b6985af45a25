"""Runner of jobs on this machine, several at a time: bytes in, bytes out."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, Self

from rainfall_kit.grading.sandbox.run_job import run_job
from rainfall_kit.grading.sandbox.setup_snapshot import take_snapshots

if TYPE_CHECKING:
    from rainfall_kit.grading.sandbox.fork_server import ForkServer
    from rainfall_kit.grading.sandbox.job import Job
    from rainfall_kit.grading.sandbox.setup_snapshot import SetupSnapshot


class Runner(Protocol):
    """A place that turns jobs into results."""

    @property
    def jobs(self) -> int:
        """The number of jobs that it does at a time."""
        ...

    def submit(self, job: bytes) -> Future[bytes]:
        """Begin a job; the future gives the bytes of its `Result`."""
        ...

    def wait_until_ready(self) -> None:
        """Wait until jobs can run, so that whatever is in their way is told before there are any."""
        ...

    def close(self) -> None:
        """End whatever still runs."""
        ...


class LocalRunner:
    """Runs jobs on this machine.

    Args:
        jobs: how many at a time.
        server: forks a worker for each; closed with the runner.
        modules: what the assignment imports.
        setup_jobs: the first cells of its notebooks.
    """

    def __init__(
        self,
        jobs: int,
        server: ForkServer,
        modules: tuple[str, ...] = (),
        setup_jobs: tuple[Job, ...] = (),
    ) -> None:
        self.jobs = jobs
        self._server = server
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="rainfall-job")
        self._started = self._pool.submit(self._start, modules, setup_jobs)

    def _start(
        self, modules: tuple[str, ...], setup_jobs: tuple[Job, ...]
    ) -> tuple[SetupSnapshot, ...]:
        self._server.wait_until_ready(modules)
        return take_snapshots(setup_jobs, self._server)

    def wait_until_ready(self) -> None:
        """Wait until the fork server has started, and the first cells have run.

        Raises:
            CourseError: it does not start.
        """
        self._started.result()

    def submit(self, job: bytes) -> Future[bytes]:
        """Begin a job."""
        return self._pool.submit(self._run, job)

    def _run(self, job: bytes) -> bytes:
        # every job waits for the same start, and raises the same error where that has failed
        return run_job(job, self._server, self._started.result())

    def close(self) -> None:
        """Kill what still runs."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._server.close()
        self._pool.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
