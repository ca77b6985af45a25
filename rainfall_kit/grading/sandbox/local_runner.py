"""Runner of jobs on this machine, several at a time: bytes in, bytes out."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, Self

from rainfall_kit.grading.sandbox.run_job import run_job
from rainfall_kit.grading.sandbox.setup_snapshot import take_snapshots

if TYPE_CHECKING:
    from rainfall_kit.grading.sandbox.fork_server import ForkServer
    from rainfall_kit.grading.sandbox.job import Job
    from rainfall_kit.grading.sandbox.setup_snapshot import SetupSnapshot


# A job that takes longer, as one that sleeps does, lets the next one begin beside it.
SLOW_SECONDS = 10.0
_MOST_SLOW = 3  # for each of the jobs that are to run at a time


class Runner(Protocol):
    """A place that turns jobs into results."""

    @property
    def jobs(self) -> int:
        """The number of jobs that it does at a time; it may grow and shrink."""
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
        jobs: how many at a time, beside those that have taken long already.
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
        self._jobs, self._running, self._slow = jobs, 0, 0
        self._server = server
        self._waiting: deque[tuple[bytes, Future[bytes]]] = deque()
        self._lock = threading.Lock()
        most = jobs * (1 + _MOST_SLOW)
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="rainfall-job")
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

    @property
    def jobs(self) -> int:
        """The number of jobs that it does at a time: one more for each that has taken long already."""
        return self._jobs + min(self._slow, self._jobs * _MOST_SLOW)

    def submit(self, job: bytes) -> Future[bytes]:
        """Begin a job, or let it wait for those before it."""
        result: Future[bytes] = Future()
        with self._lock:
            self._waiting.append((job, result))
            self._begin_next()
        return result

    def _begin_next(self) -> None:
        while self._waiting and self._running < self.jobs:
            self._running += 1
            self._pool.submit(self._run, *self._waiting.popleft())

    def _run(self, job: bytes, result: Future[bytes]) -> None:
        result.set_running_or_notify_cancel()
        is_slow = False

        def let_another_begin() -> None:
            nonlocal is_slow
            with self._lock:
                if not result.done():
                    is_slow = True
                    self._slow += 1
                    self._begin_next()

        timer = threading.Timer(SLOW_SECONDS, let_another_begin)
        timer.daemon = True
        try:
            # every job waits for the same start, and raises the same error where that has failed
            snapshots = self._started.result()
            timer.start()
            done = run_job(job, self._server, snapshots)
        except BaseException as problem:  # noqa: BLE001  # whoever waits shall see it
            result.set_exception(problem)
        else:
            result.set_result(done)
        timer.cancel()
        with self._lock:
            self._running -= 1
            self._slow -= is_slow
            self._begin_next()

    def close(self) -> None:
        """Kill what still runs."""
        with self._lock:
            waiting = [*self._waiting]
            self._waiting.clear()
        for _, result in waiting:
            result.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._server.close()
        self._pool.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
