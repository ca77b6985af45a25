"""Runs jobs, several at a time, on this machine: bytes in, bytes out."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, Self

from rainfall_kit.grading.execute import execute
from rainfall_kit.grading.isolation import Isolation, WarmProcess

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LocalRunner", "Runner"]


class Runner(Protocol):
    """Whatever turns jobs into results."""

    @property
    def jobs(self) -> int:
        """How many it does at a time."""
        ...

    def submit(self, job: bytes) -> Future[bytes]:
        """Begin a job; the future gives the bytes of its `Result`."""
        ...

    def close(self) -> None:
        """End whatever still runs."""
        ...


class LocalRunner:
    """Runs jobs behind walls on this machine.

    Args:
        jobs: how many at a time.
        isolation: which walls.
        hidden: folders that student code must not see.
        modules: what the assignment imports.
        answers: whether the kit's own answers are there.
    """

    def __init__(
        self,
        jobs: int,
        isolation: Isolation = "namespaces",
        *,
        hidden: tuple[Path, ...] = (),
        modules: tuple[str, ...] = (),
        answers: bool = False,
    ) -> None:
        self.jobs = jobs
        self._warm = WarmProcess(isolation, hidden=hidden, modules=modules, answers=answers)
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="rainfall-job")
        self._started = self._pool.submit(self._warm.wait)

    def submit(self, job: bytes) -> Future[bytes]:
        """Begin a job."""
        return self._pool.submit(self._run, job)

    def _run(self, job: bytes) -> bytes:
        self._started.result()
        return execute(job, self._warm)

    def close(self) -> None:
        """Kill what still runs."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._warm.close()
        self._pool.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
