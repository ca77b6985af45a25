"""Runs a job behind the walls: a function from the bytes of a job to the bytes of a result.

It talks with the child in lockstep, so that the child never holds more of the job than it has come
to; what is secret comes last. A cell that ends Python, or never ends, is left out, and the notebook is
run again without it.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rainfall_kit.grading.sandbox.isolation import no_walls
from rainfall_kit.grading.sandbox.job import Ask, Job, JobCell, Result, ResultCell
from rainfall_kit.grading.sandbox.worker_client import Ended, Talk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.grading.sandbox.isolation import ForkServer
    from rainfall_kit.grading.sandbox.setup_snapshot import SetupSnapshot

_BEFORE_ALL = -1  # the number of no cell
_MOST_RUNS = 5  # after the first
# What all the cells of a notebook may show together: writing it down is the trusted side's work.
_MOST_SHOWN = 8 << 20
_NOT_SHOWN = [{"output_type": "stream", "name": "stdout", "text": "... Output truncated ...\n"}]


def execute(job_bytes: bytes, warm: ForkServer, snapshots: Sequence[SetupSnapshot] = ()) -> bytes:
    """Run one job in a child of the warm process.

    Args:
        job_bytes: the JSON of a `Job`.
        warm: forks the children.
        snapshots: those of the assignment's notebooks; a job that begins like one goes on from there.

    Returns:
        The JSON of a `Result`, whatever the student's code did.

    Raises:
        RecordError: the bytes are no job.
        CourseError: the system refuses a child what it needs.
    """
    job = Job.from_json(job_bytes.decode())
    run = _Runs(job, warm, snapshots)
    return run.result().to_json().encode()


class _Runs:
    """The runs of one job, each without the cells that ended the runs before it."""

    def __init__(self, job: Job, warm: ForkServer, snapshots: Sequence[SetupSnapshot]) -> None:
        self._job, self._warm = job, warm
        self._beginning = next((each for each in snapshots if each.fits(job)), None)
        self._began = time.monotonic()
        self._until = self._began + job.limits.wall_seconds
        self._left_out: dict[int, str] = {}
        self._cpu_seconds = 0.0

    def result(self) -> Result:
        done, ended = self._run()
        for _ in range(_MOST_RUNS):
            if ended is None or self._left() <= 0:
                break
            self._left_out.update([ended])
            done, ended = self._run()
        if ended is not None:  # for what stands before that cell, and is asked last
            number, problem = ended
            rest = [cell.number for cell in self._job.cells if cell.number >= number]
            self._left_out.update(dict.fromkeys(rest, problem))
            self._until += time.monotonic() - self._began
            done, ended = self._run()
        cells = {cell.number: cell for cell in done}
        problem = "DeadKernelError" if ended is None else ended[1]
        return Result(
            id=self._job.id,
            cells=tuple(
                cells.get(cell.number) or self._without(cell, problem) for cell in self._job.cells
            ),
            isolation=self._warm.tier,
            cpu_seconds=round(self._cpu_seconds, 4),
            wall_seconds=round(time.monotonic() - self._began, 4),
        )

    def _left(self) -> float:
        return max(self._until - time.monotonic(), 0)

    def _run(self) -> tuple[tuple[ResultCell, ...], tuple[int, str] | None]:
        """The cells that were done, and which cell ended the run, if one did."""
        begun = self._beginning
        child = self._warm.fork(self._job.limits, begun.branch if begun else None)
        talk = Talk(child)
        self._room = _MOST_SHOWN
        done = [self._in_the_room_left(each) for each in begun.done_in(self._job)] if begun else []
        last: list[JobCell] = []
        seen: dict[tuple[int, Ask], tuple[str, ...]] = {}
        ended: tuple[int, str] | None = None
        number = _BEFORE_ALL
        try:
            talk.settle_in(self._job)
            for cell in self._job.cells[len(done) :]:
                number = cell.number
                if number in self._left_out:
                    done.append(self._without(cell, self._left_out[number]))
                elif cell.last:
                    talk.mark(number)
                    last.append(cell)
                elif cell.asks:
                    done.append(self._ask(talk, cell))
                elif self._left():
                    done.append(self._cell(talk, cell))
                else:
                    done.append(self._without(cell, "CellTimeoutError"))
            for number, ask in _in_turn(last):
                part = JobCell(number=number, asks=(ask,), last=True)
                seen[number, ask] = self._ask(talk, part).seen[0]
        except Ended as end:
            ended = number, str(end)
        finally:
            told = child.end()
            self._cpu_seconds += float(told.get("cpu", 0.0))
        for cell in last:
            answers = [seen[cell.number, ask] for ask in cell.asks if (cell.number, ask) in seen]
            if len(answers) == len(cell.asks):
                done.append(ResultCell(number=cell.number, seen=tuple(answers)))
        if number == _BEFORE_ALL and told.get("trouble"):  # no student code has run
            raise no_walls(told)
        if ended is not None and told.get("why") == "memory":
            ended = number, "MemoryLimitError"
        return tuple(done), ended

    def _cell(self, talk: Talk, cell: JobCell) -> ResultCell:
        done = talk.run(cell, min(self._job.limits.cell_seconds, self._left()))
        return self._in_the_room_left(done)

    def _in_the_room_left(self, done: ResultCell) -> ResultCell:
        if len(done.outputs) > self._room:
            return replace(done, outputs=json.dumps(_NOT_SHOWN))
        self._room -= len(done.outputs)
        return done

    def _ask(self, talk: Talk, cell: JobCell) -> ResultCell:
        """Ask what a cell asks; cells that took all the time there is have not taken this."""
        seconds = self._job.limits.ask_seconds
        command = {
            "asks": [ask.to_json() for ask in cell.asks],
            "seconds": seconds,
            "at": cell.number if cell.last else None,
        }
        # the child has a clock of its own for this, and a little more
        answer = talk.say(command, len(cell.asks) * (2 * seconds + 1) + 1).get("seen")
        seen = iter(answer if isinstance(answer, list) else [])
        return ResultCell(
            number=cell.number, seen=tuple(_texts(next(seen, None)) for _ in cell.asks)
        )

    @staticmethod
    def _without(cell: JobCell, problem: str) -> ResultCell:
        return ResultCell(number=cell.number, problem=problem)


def _in_turn(cells: list[JobCell]) -> list[tuple[int, Ask]]:
    """What these cells ask, in the order to ask it in, with the number of each one's cell.

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
    left.sort(key=lambda one: bool(one[1].given))
    row = []
    while left:
        free = (
            one
            for one in left
            if not _given(one[1]) & {other[1].question for other in left if other is not one}
        )
        row.append(next(free, left[0]))
        left.remove(row[-1])
    return row


def _given(ask: Ask) -> set[str]:
    return {each.name for each in ask.given}


def _texts(thing: Any) -> tuple[str, ...]:
    good = isinstance(thing, list) and all(isinstance(each, str) for each in thing)
    return tuple(thing) if good else ()
