"""Runs a job behind the walls: a function from the bytes of a job to the bytes of a result.

It talks with the child in lockstep, so that the child never holds more of the job than it has come
to; what is secret comes last. A cell that ends Python, or never ends, is left out, and the notebook is
run again without it.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from rainfall_kit.grading.job import Ask, Job, JobCell, Result, ResultCell

if TYPE_CHECKING:
    from rainfall_kit.grading.isolation import Child, WarmProcess

__all__ = ["execute"]

_MOST_RUNS = 5  # after the first
_GRACE_SECONDS = 1.0
_START_SECONDS = 30.0
_MOST_BYTES = 16 << 20
# What all the cells of a notebook may show together: writing it down is the trusted side's work.
_MOST_SHOWN = 8 << 20
_NOT_SHOWN = [{"output_type": "stream", "name": "stdout", "text": "... Output truncated ...\n"}]


class _Ended(Exception):  # it is an event
    """The child is gone; the argument is the name of what a cell's error is called."""


def execute(job_bytes: bytes, warm: WarmProcess) -> bytes:
    """Run one job in a child of the warm process.

    Args:
        job_bytes: the JSON of a `Job`.
        warm: forks the children.

    Returns:
        The JSON of a `Result`, whatever the student's code did.

    Raises:
        RecordError: the bytes are no job.
    """
    job = Job.from_json(job_bytes.decode())
    run = _Runs(job, warm)
    return run.result().to_json().encode()


class _Runs:
    """The runs of one job, each without the cells that ended the runs before it."""

    def __init__(self, job: Job, warm: WarmProcess) -> None:
        self._job, self._warm = job, warm
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
            tier=self._warm.tier,
            cpu_seconds=round(self._cpu_seconds, 4),
            wall_seconds=round(time.monotonic() - self._began, 4),
        )

    def _left(self) -> float:
        return max(self._until - time.monotonic(), 0)

    def _run(self) -> tuple[tuple[ResultCell, ...], tuple[int, str] | None]:
        """The cells that were done, and which cell ended the run, if one did."""
        child = self._warm.fork(self._job.limits)
        talk = _Talk(child)
        self._room = _MOST_SHOWN
        done: list[ResultCell] = []
        last: list[JobCell] = []
        seen: dict[tuple[int, Ask], tuple[str, ...]] = {}
        ended: tuple[int, str] | None = None
        number = -1
        try:
            files = [file.to_json() for file in self._job.files]
            talk.say({"folder": self._job.folder, "files": files}, _START_SECONDS)
            for cell in self._job.cells:
                number = cell.number
                if number in self._left_out:
                    done.append(self._without(cell, self._left_out[number]))
                elif cell.last:
                    talk.say({"mark": number}, _START_SECONDS)
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
        except _Ended as end:
            ended = number, str(end)
        finally:
            told = child.end()
            self._cpu_seconds += float(told.get("cpu", 0.0))
        for cell in last:
            answers = [seen[cell.number, ask] for ask in cell.asks if (cell.number, ask) in seen]
            if len(answers) == len(cell.asks):
                done.append(ResultCell(number=cell.number, seen=tuple(answers)))
        if ended is not None and told.get("why") == "memory":
            ended = number, "MemoryLimitError"
        return tuple(done), ended

    def _cell(self, talk: _Talk, cell: JobCell) -> ResultCell:
        limits = self._job.limits
        answer = talk.say({"run": cell.source}, min(limits.cell_seconds, self._left()))
        outputs, count = answer.get("outputs"), answer.get("count")
        if isinstance(outputs, str) and len(outputs) > self._room:
            outputs = json.dumps(_NOT_SHOWN)
        elif isinstance(outputs, str):
            self._room -= len(outputs)
        return ResultCell(
            number=cell.number,
            count=count if type(count) is int and 0 <= count < 1 << 31 else None,
            outputs=outputs if isinstance(outputs, str) else "[]",
            problem="interrupted" if talk.interrupted else "",
        )

    def _ask(self, talk: _Talk, cell: JobCell) -> ResultCell:
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
        >>> from rainfall_kit.grading.job import Ask, Given
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


class _Talk:
    """One question, one answer, each a line of JSON."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._rest = b""
        self.interrupted = False

    def say(self, command: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a command and wait for its answer: so long, then interrupt, then a little longer."""
        self.interrupted = False
        channel = self._child.channel
        try:
            channel.settimeout(_START_SECONDS)
            channel.sendall(json.dumps(command).encode() + b"\n")
            try:
                line = self._line(time.monotonic() + seconds)
            except TimeoutError:
                self.interrupted = True
                self._child.interrupt()
                line = self._line(time.monotonic() + _GRACE_SECONDS)
            answer = json.loads(line)
        except TimeoutError:
            raise _Ended("CellTimeoutError") from None
        except (OSError, ValueError, RecursionError):
            raise _Ended("DeadKernelError") from None
        if not isinstance(answer, dict):
            raise _Ended("DeadKernelError")
        return answer

    def _line(self, until: float) -> bytes:
        parts, size = [self._rest], len(self._rest)
        while b"\n" not in parts[-1]:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._child.channel.settimeout(left)
            part = self._child.channel.recv(1 << 16)
            size += len(part)
            if not part or size > _MOST_BYTES:
                raise ConnectionError
            parts.append(part)
        line, _, self._rest = b"".join(parts).partition(b"\n")
        return line
