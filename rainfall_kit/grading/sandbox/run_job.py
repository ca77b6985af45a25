"""Run of a job in the sandbox: a function from the bytes of a job to the bytes of a result.

It talks with the worker in lockstep, so that the worker never holds more of the job than it has come
to; what is secret comes last. A cell that ends Python, or never ends, is left out, and the notebook is
run again without it: but never once a secret has been shown, for what has seen it could leave a note.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from rainfall_kit.grading.sandbox.isolation import no_sandbox
from rainfall_kit.grading.sandbox.job import Ask, Job, JobCell, Result, ResultCell
from rainfall_kit.grading.sandbox.worker_client import WorkerEnded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rainfall_kit.grading.sandbox.fork_server import ForkServer
    from rainfall_kit.grading.sandbox.setup_snapshot import SetupSnapshot
    from rainfall_kit.grading.sandbox.worker_client import Worker

_BEFORE_ALL = -1  # the number of no cell
_MOST_RUNS = 5  # after the first
# What all the cells of a notebook may show together: writing it down is the trusted side's work.
_MOST_SHOWN = 8 << 20
# What all the asks of a notebook may give together: judging it is the trusted side's work.
_MOST_SEEN = 16 << 20
_NOTHING_SEEN = ResultCell(number=_BEFORE_ALL, seen=((),))
_NOT_SHOWN = [{"output_type": "stream", "name": "stdout", "text": "... Output truncated ...\n"}]


def run_job(job_bytes: bytes, server: ForkServer, snapshots: Sequence[SetupSnapshot] = ()) -> bytes:
    """Run one job in a worker.

    Args:
        job_bytes: the JSON of a `Job`.
        server: forks the worker.
        snapshots: those of the assignment's notebooks; a job that begins like one goes on from there.

    Returns:
        The JSON of a `Result`, whatever the student's code did.

    Raises:
        RecordError: the bytes are no job.
        CourseError: the system refuses a worker what it needs.
    """
    job = Job.from_json(job_bytes.decode())
    return _Runs(job, server, snapshots).result().to_json().encode()


class _Stop(NamedTuple):
    """The cell that ended a run, the name of its error, and whether a secret had been shown by then."""

    number: int
    problem: str
    is_final: bool


class _Runs:
    """The runs of one job, each without the cells that ended the runs before it."""

    def __init__(self, job: Job, server: ForkServer, snapshots: Sequence[SetupSnapshot]) -> None:
        self._job, self._server = job, server
        self._snapshot = next((snapshot for snapshot in snapshots if snapshot.fits(job)), None)
        self._left_out: dict[int, str] = {}
        self._asking = _Allowance(job.limits.wall_seconds)
        self._cpu_seconds = 0.0
        self._in_cgroup = True

    def result(self) -> Result:
        began = time.monotonic()
        until = began + self._job.limits.wall_seconds
        done, stop = self._run(until)
        for _ in range(_MOST_RUNS):
            if stop is None or stop.is_final or time.monotonic() >= until:
                break
            self._left_out[stop.number] = stop.problem  # it would end the next run, too
            done, stop = self._run(until)
        if stop is not None and not stop.is_final:
            # What stands above that cell and is asked last has not been asked yet. It gets as much
            # time again: whatever comes later in a notebook must cost nothing of what it earned.
            for cell in self._job.cells:
                if cell.number >= stop.number:
                    self._left_out[cell.number] = stop.problem
            done, stop = self._run(until + time.monotonic() - began)
        cells = {cell.number: cell for cell in done}
        return Result(
            id=self._job.id,
            cells=tuple(
                cells.get(cell.number) or _not_done(cell.number, stop) for cell in self._job.cells
            ),
            isolation=", ".join(self._isolation()),
            cpu_seconds=round(self._cpu_seconds, 4),
        )

    def _isolation(self) -> Iterator[str]:
        """Isolation that stood around the student's code in all of the runs."""
        yield self._server.isolation
        if self._server.sandboxed:
            yield "memory limited by a cgroup" if self._in_cgroup else "memory counted"
        if self._job.kernel is not None:
            yield f"kernel {self._job.kernel.name}"

    def _run(self, until: float) -> tuple[list[ResultCell], _Stop | None]:
        """Run once: the cells that were done, and the one that ended the run, if one did."""
        snapshot = self._snapshot
        worker = self._server.fork(self._job.limits, snapshot.template if snapshot else None)
        self._in_cgroup &= worker.in_cgroup
        run = _Run(self._job, worker, self._left_out, until, self._asking)
        problem = ""
        try:
            run.go(snapshot.results_for(self._job) if snapshot else [])
        except WorkerEnded as ended:
            problem = ended.problem
        finally:  # whatever happens, no worker lives longer than its run
            end = worker.end()
            self._cpu_seconds += end.cpu_seconds
        if run.number == _BEFORE_ALL and end.refusal:  # no student code has run
            raise no_sandbox(end.refusal)
        if problem and end.reason == "memory":
            problem = "MemoryLimitError"
        if problem == "DeadKernelError" and self._job.kernel is not None:
            problem = "KernelEndedError"
        return run.done, _Stop(run.number, problem, run.has_shown_secrets) if problem else None


class _Allowance:
    """Time that all asks of a job may take together, its runs one after the other."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    @property
    def is_used_up(self) -> bool:
        return self._left <= 0

    @contextlib.contextmanager
    def used(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self._left -= time.monotonic() - began


class _Run:
    """One run, in one worker.

    Attributes:
        number: of the cell that is being run or asked.
        done: what was seen of each cell that was done.
        has_shown_secrets: whether an ask has gone out that comes last.
    """

    def __init__(
        self,
        job: Job,
        worker: Worker,
        left_out: dict[int, str],
        until: float,
        asking: _Allowance,
    ) -> None:
        self._job, self._worker, self._left_out, self._until = job, worker, left_out, until
        self._asking = asking
        self._room, self._room_for_seen = _MOST_SHOWN, _MOST_SEEN
        self.number = _BEFORE_ALL
        self.done: list[ResultCell] = []
        self.has_shown_secrets = False

    def go(self, done: list[ResultCell]) -> None:
        """Run every cell, and ask at last what is to be asked last.

        Args:
            done: what was seen of the cells that have run already.

        Raises:
            WorkerEnded: a cell ended the worker.
        """
        self.done = [self._in_the_room_left(cell) for cell in done]
        if self._worker.enter_folder(self._job):
            raise WorkerEnded("DeadKernelError")
        last: list[JobCell] = []
        states: dict[int, int] = {}
        for cell in self._job.cells[len(done) :]:
            self.number = cell.number
            if cell.number in self._left_out:
                problem = self._left_out[cell.number]
                self.done.append(ResultCell(number=cell.number, problem=problem))
            elif cell.last:  # asked now, its cases would be in memory while later cells run
                self._worker.save_state(cell.number)
                last.append(cell)
                states[cell.number] = len(self.done)  # no cell is run between two of the same state
            else:
                self.done.append(self._run_or_ask(cell))
        self._ask_last(last, states)

    def _run_or_ask(self, cell: JobCell) -> ResultCell:
        if cell.asks:  # cells that took all the time there is have not taken this
            return self._call_functions(cell)
        left = self._until - time.monotonic()
        if left <= 0:
            return ResultCell(number=cell.number, problem="CellTimeoutError")
        done = self._worker.run(cell, min(self._job.limits.cell_seconds, left))
        return self._in_the_room_left(done)

    def _call_functions(self, cell: JobCell) -> ResultCell:
        if self._asking.is_used_up:
            return ResultCell(number=cell.number, problem="CellTimeoutError")
        with self._asking.used():
            done = self._worker.call_functions(cell, self._job.limits.ask_seconds)
        self._room_for_seen -= sum(len(text) for texts in done.seen for text in texts)
        return done if self._room_for_seen >= 0 else replace(done, seen=((),) * len(cell.asks))

    def _ask_last(self, cells: list[JobCell], states: Mapping[int, int]) -> None:
        """Ask what these cells ask; one whose asks were not all answered is not done.

        What a function gave is not asked for again in the same state: most cells that are asked last
        come in pairs, one in sight and one hidden, which share their public cases.
        """
        seen: dict[tuple[int, Ask], tuple[str, ...]] = {}
        seconds = dict.fromkeys((cell.number for cell in cells), 0.0)
        known: dict[tuple[int, Ask], dict[str, str]] = defaultdict(dict)
        try:
            for number, ask in _in_turn(cells):
                self.number = number
                self.has_shown_secrets = True
                given_before = known[states[number], replace(ask, cases=())]
                new = tuple(case for case in ask.cases if case not in given_before)
                answered = self._answer(number, replace(ask, cases=new)) if new else _NOTHING_SEEN
                (texts,) = answered.seen
                seen[number, ask] = tuple(_in_order(ask.cases, given_before, texts))
                seconds[number] += answered.cpu_seconds
                if len(texts) == len(new):
                    given_before.update(zip(new, texts, strict=True))
        finally:
            for cell in cells:
                numbered = [(cell.number, ask) for ask in cell.asks]
                if seen.keys() >= set(numbered):
                    answers = tuple(seen[ask] for ask in numbered)
                    self.done.append(
                        ResultCell(
                            number=cell.number, seen=answers, cpu_seconds=seconds[cell.number]
                        )
                    )

    def _answer(self, number: int, ask: Ask) -> ResultCell:
        answered = self._call_functions(JobCell(number=number, asks=(ask,), last=True))
        if answered.problem:
            raise WorkerEnded(answered.problem)
        return answered

    def _in_the_room_left(self, done: ResultCell) -> ResultCell:
        if len(done.outputs) > self._room:
            return replace(done, outputs=json.dumps(_NOT_SHOWN))
        self._room -= len(done.outputs)
        return done


def _not_done(number: int, stop: _Stop | None) -> ResultCell:
    if stop is None:
        return ResultCell(number=number, problem="DeadKernelError")
    unasked = stop.is_final and number != stop.number
    return ResultCell(number=number, problem="NotAskedError" if unasked else stop.problem)


def _in_order(
    cases: tuple[str, ...], known: Mapping[str, str], texts: tuple[str, ...]
) -> Iterator[str]:
    """An observation for each case, known or of the new texts, up to the first for which there is none.

    Example:
        >>> [*_in_order(("a", "b", "c", "d"), {"b": "B"}, ("A", "C"))]
        ['A', 'B', 'C']
    """
    new = iter(texts)
    for case in cases:
        text = known[case] if case in known else next(new, None)
        if text is None:
            return
        yield text


def _in_turn(cells: list[JobCell]) -> list[tuple[int, Ask]]:
    """The asks of these cells in the order to ask them in, with the number of each one's cell.

    Asks that give nothing come first, and what an ask gives is no longer asked for after it. Else a
    student's function could keep the right model that it was given, for the ask for a model. Asks that
    are given each other's answers have no such order.

    Example:
        >>> from rainfall_kit.grading.sandbox.job import Ask, Given
        >>> model, given = Ask(question="model", name="model"), (Given(name="model", program=""),)
        >>> step = Ask(question="gd_step", name="gd_step", given=given)
        >>> [ask.question for _, ask in _in_turn([JobCell(number=1, asks=(step, model))])]
        ['model', 'gd_step']
    """
    left = [(cell.number, ask) for cell in cells for ask in cell.asks]
    left.sort(key=lambda numbered: bool(numbered[1].given))
    row = []
    while left:
        free = (
            numbered
            for numbered in left
            if not _given(numbered[1])
            & {other[1].question for other in left if other is not numbered}
        )
        row.append(next(free, left[0]))
        left.remove(row[-1])
    return row


def _given(ask: Ask) -> set[str]:
    return {given.name for given in ask.given}
