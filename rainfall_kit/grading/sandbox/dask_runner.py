"""Runs jobs on a Dask cluster: bytes out, bytes back, and no file system in common.

Each worker keeps a warm process behind walls of its own. A worker that is lost takes nothing along: its
jobs are run again elsewhere, and only the side that asked writes anything.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.sandbox.isolation import ForkServer, Isolation, choose
from rainfall_kit.grading.sandbox.job import Job
from rainfall_kit.grading.sandbox.run_job import execute
from rainfall_kit.grading.sandbox.setup_snapshot import take_snapshots

if TYPE_CHECKING:
    from distributed import Future as DaskFuture

    from rainfall_kit.grading.sandbox.setup_snapshot import SetupSnapshot

_CONNECT_SECONDS = 20
# How often a job may be lost with its worker before the run stops.
_MOST_TRIES = 5

_warm: dict[tuple[object, ...], tuple[ForkServer, tuple[SetupSnapshot, ...]]] = {}
_lock = threading.Lock()


def run_on_worker(
    job: bytes,
    isolation: Isolation | None,
    modules: tuple[str, ...],
    answers: bool,
    setup_jobs: tuple[str, ...],
) -> bytes:
    """What a worker does: run one job in a child of its warm process.

    Args:
        job: the JSON of a `Job`.
        isolation: which walls; None means the strongest that the worker has.
        modules: what the assignment imports.
        answers: whether the kit's own answers are there.
        setup_jobs: each the JSON of a `Job`: the first cells of one of the assignment's notebooks.

    Raises:
        CourseError: the worker has no walls, and nobody asked for none.

    Example:
        >>> run_on_worker(b"{}", "kernels", (), False, ())
        Traceback (most recent call last):
        rainfall_kit.errors.CourseError: a cluster has no ordinary kernels. Try: --isolation=none
    """
    key = isolation, modules, answers, setup_jobs
    with _lock:
        if key not in _warm:  # else its walls have been tried already
            chosen = choose(isolation)
            if chosen == "kernels":
                raise CourseError("a cluster has no ordinary kernels. Try: --isolation=none")
            warm = ForkServer(chosen, answers=answers)
            warm.wait(modules)
            begun = take_snapshots([Job.from_json(text) for text in setup_jobs], warm)
            _warm[key] = warm, begun  # one that did not start is not kept
    return execute(job, *_warm[key])


class DaskRunner:
    """Takes the place of `LocalRunner`.

    Args:
        address: of the scheduler, such as ``"tcp://10.0.0.1:8786"``.
        isolation: which walls; None means the strongest that each worker has.
        modules: what the assignment imports.
        answers: whether the kit's own answers are there.
        setup_jobs: the first cells of the assignment's notebooks.

    Raises:
        CourseError: dask is not installed, or no scheduler answers there.
    """

    def __init__(
        self,
        address: str,
        isolation: Isolation | None,
        *,
        modules: tuple[str, ...] = (),
        answers: bool = False,
        setup_jobs: tuple[Job, ...] = (),
    ) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise CourseError(
                "--scheduler needs Dask. Try: pip install 'rainfall-kit[cluster]'"
            ) from None
        try:
            self._client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as problem:
            raise CourseError(
                f"no Dask scheduler answers at {address}: {problem}. "
                "Try: dask scheduler, and dask worker for each machine"
            ) from problem
        texts = tuple(each.to_json() for each in setup_jobs)
        self._arguments = isolation, modules, answers, texts
        self.jobs = max(sum(self._client.nthreads().values()), 1)

    def submit(self, job: bytes) -> Future[bytes]:
        """Begin a job on any worker."""
        result: Future[bytes] = Future()
        self._try(job, result, 1)
        return result

    def _try(self, job: bytes, result: Future[bytes], number: int) -> None:
        task = self._client.submit(run_on_worker, job, *self._arguments, pure=False)

        def done(task: DaskFuture[bytes]) -> None:
            from distributed import KilledWorker

            try:
                result.set_result(bytes(task.result()))
            except KilledWorker:  # its workers died, for a reason that need not be the job's
                if number < _MOST_TRIES:
                    self._try(job, result, number + 1)
                else:
                    result.set_exception(CourseError("a job was lost with its worker, every time"))
            except BaseException as problem:  # noqa: BLE001  # whoever waits shall see it
                if not result.done():
                    result.set_exception(problem)

        task.add_done_callback(done)

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()
