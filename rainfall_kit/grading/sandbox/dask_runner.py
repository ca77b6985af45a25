"""Runner of jobs on a Dask cluster: bytes out, bytes back, and no file system in common.

Each Dask worker keeps a fork server in a sandbox of its own. A Dask worker that is lost takes nothing along:
its jobs are run again elsewhere, and only the side that asked writes anything.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.metadata
import tempfile
import threading
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import TYPE_CHECKING

from rainfall_kit import installation
from rainfall_kit.checks.questions.registry import added_question_files, question_folder
from rainfall_kit.errors import CourseError, RainfallError
from rainfall_kit.grading.sandbox.fork_server import ForkServer
from rainfall_kit.grading.sandbox.isolation import choose_isolation
from rainfall_kit.grading.sandbox.job import Job
from rainfall_kit.grading.sandbox.run_job import run_job
from rainfall_kit.grading.sandbox.setup_snapshot import take_snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client
    from distributed import Future as DaskFuture

    from rainfall_kit.grading.sandbox.isolation import Isolation
    from rainfall_kit.grading.sandbox.setup_snapshot import SetupSnapshot

_PACKAGE = "rainfall-kit"
_CONNECT_SECONDS = 20
# How often a job may be lost with its Dask worker before the run stops.
_MOST_TRIES = 5

_servers: dict[tuple[object, ...], tuple[ForkServer, tuple[SetupSnapshot, ...]]] = {}
_lock = threading.Lock()


def run_on_dask_worker(
    job: bytes,
    version: str,
    isolation: Isolation | None,
    modules: tuple[str, ...],
    answers: bool,
    setup_jobs: tuple[str, ...],
    questions: tuple[str, ...],
) -> bytes:
    """Run one job with this process's own fork server, which the first job starts.

    Args:
        job: the JSON of a `Job`.
        version: of the kit on the side that asks.
        isolation: which sandbox; None means the strongest that this machine has.
        modules: what the assignment imports.
        answers: whether the kit's own answers are there.
        setup_jobs: each the JSON of a `Job`: the first cells of one of the assignment's notebooks.
        questions: the texts of the files of the course's own questions.

    Raises:
        CourseError: this machine has no sandbox, and nobody asked for none; or another version.
    """
    if version != installation.VERSION:
        raise _other_kit(f"a Dask worker has {installation.VERSION}", version)
    key = isolation, modules, answers, setup_jobs, questions
    with _lock:  # a Dask worker may have several threads
        if key not in _servers:
            chosen = choose_isolation(isolation)
            if chosen is None:
                raise CourseError("a cluster has no ordinary kernels. Try: --isolation=none")
            with _known(questions):  # the fork server keeps what it needs of them
                server = ForkServer(chosen, answers=answers)
                server.wait_until_ready(modules)
            snapshots = take_snapshots([Job.from_json(text) for text in setup_jobs], server)
            _servers[key] = server, snapshots  # one that did not start is not kept
    return run_job(job, *_servers[key])


@contextlib.contextmanager
def _known(questions: tuple[str, ...]) -> Iterator[None]:
    """Know a course's own questions meanwhile, from files that are gone before any student's code runs."""
    if not questions:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="rainfall-questions-") as place:
        for number, text in enumerate(questions):
            Path(place, f"question_{number}.py").write_text(text, encoding="utf-8")
        with question_folder(Path(place)):
            yield


def connect(address: str, seconds: float) -> Client:
    """A client of the scheduler at an address.

    Args:
        address: such as ``"tcp://10.0.0.1:8786"``.
        seconds: to wait for it.

    Raises:
        ConnectionError: none answers there.
        ImportError: Dask is not installed.
    """
    from distributed import Client

    try:
        return Client(address, timeout=seconds, set_as_default=False)
    except (OSError, ValueError) as problem:
        said = str(problem)
    # What is left of a client closes itself when it is collected, and takes a lock for that: in the
    # middle of another client's start, which holds that lock, both would wait for ever.
    gc.collect()
    raise ConnectionError(said)


def workers_versions(client: Client) -> dict[str, str]:
    """The version of the kit that each Dask worker has, or the words for none, by the worker's address."""
    # A function of the standard library: the kit's own could not be asked for where it is missing.
    told = client.run(importlib.metadata.version, _PACKAGE, on_error="return")
    return {
        worker: f"none ({type(one).__name__})" if isinstance(one, Exception) else str(one)
        for worker, one in told.items()
    }


def _other_kit(what: str, own: str) -> CourseError:
    return CourseError(
        f"{what} of the kit, and this machine {own}: they may grade differently. "
        "Try: the same version everywhere"
    )


class DaskRunner:
    """Takes the place of `LocalRunner`.

    Args:
        address: of the scheduler, such as ``"tcp://10.0.0.1:8786"``.
        isolation: which sandbox; None means the strongest that each Dask worker has.
        modules: what the assignment imports.
        answers: whether the kit's own answers are there.
        setup_jobs: the first cells of the assignment's notebooks.

    Raises:
        CourseError: dask is not installed, no scheduler answers there, or one of its Dask workers has
            another version of the kit.
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
            self._client = connect(address, _CONNECT_SECONDS)
        except ImportError:
            raise CourseError(
                "--scheduler needs Dask. Try: pip install 'rainfall-kit[cluster]'"
            ) from None
        except ConnectionError as problem:
            raise CourseError(
                f"no Dask scheduler answers at {address}: {problem}. "
                "Try: dask scheduler, and dask worker for each machine"
            ) from problem
        self._address = address
        for worker, version in sorted(workers_versions(self._client).items()):
            if version != installation.VERSION:
                self._client.close()
                raise _other_kit(f"the Dask worker at {worker} has {version}", installation.VERSION)
        texts = tuple(setup_job.to_json() for setup_job in setup_jobs)
        # the Dask workers see no folder of the course
        questions = tuple(path.read_text(encoding="utf-8") for path in added_question_files())
        self._arguments = installation.VERSION, isolation, modules, answers, texts, questions
        self.jobs = max(sum(self._client.nthreads().values()), 1)

    def wait_until_ready(self) -> None:
        """Go on: each Dask worker starts a fork server of its own when its first job comes."""

    def submit(self, job: bytes) -> Future[bytes]:
        """Begin a job on any Dask worker."""
        result: Future[bytes] = Future()
        self._try(job, result, 1)
        return result

    def _gone(self) -> CourseError:
        return CourseError(
            f"the Dask scheduler at {self._address} went away. What was graded before is kept. "
            "Try: the same command again, once it answers"
        )

    def _try(self, job: bytes, result: Future[bytes], number: int) -> None:
        if self._client.status != "running":
            raise self._gone()
        task = self._client.submit(run_on_dask_worker, job, *self._arguments, pure=False)

        def done(task: DaskFuture[bytes]) -> None:
            from distributed import KilledWorker

            try:
                result.set_result(bytes(task.result()))
            except KilledWorker:  # its Dask workers died, for a reason that need not be the job's
                if number < _MOST_TRIES:
                    self._try(job, result, number + 1)
                else:
                    result.set_exception(CourseError("a job was lost with its worker, every time"))
            except CancelledError:
                result.set_exception(self._gone())
            except RainfallError as problem:
                result.set_exception(problem)
            except BaseException as problem:  # noqa: BLE001  # whoever waits shall see it
                if not result.done():
                    said = f"{type(problem).__name__}: {problem}".partition("\n")[0]
                    text = (
                        f"a Dask worker cannot run a job: {said}. Try: rainfall doctor --scheduler"
                    )
                    result.set_exception(CourseError(f"{text} {self._address}"))

        task.add_done_callback(done)

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()
