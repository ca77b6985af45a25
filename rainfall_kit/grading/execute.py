"""Runs a job behind the walls: a function from the bytes of a job to the bytes of a result.

It talks with the child in lockstep, so that the child never holds more of the job than it has come
to. A cell that ends Python, or never ends, is left out, and the notebook is run again without it.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from rainfall_kit.grading.job import Job, JobCell, Result, ResultCell

if TYPE_CHECKING:
    from rainfall_kit.grading.isolation import Child, WarmProcess

__all__ = ["execute"]

_MOST_RUNS = 6
_GRACE_SECONDS = 1.0
_START_SECONDS = 30.0
_MOST_BYTES = 16 << 20


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
        self._left_out: dict[int, str] = {}
        self._cpu_seconds = 0.0

    def result(self) -> Result:
        done: tuple[ResultCell, ...] = ()
        problem = ""
        for _ in range(_MOST_RUNS):
            done, ended = self._run()
            if ended is None:
                break
            number, problem = ended
            self._left_out[number] = problem
            if self._left() <= 0:
                break
        there = {cell.number for cell in done}
        missing = [cell for cell in self._job.cells if cell.number not in there]
        rest = [self._without(cell, problem or "DeadKernelError") for cell in missing]
        return Result(
            id=self._job.id,
            cells=(*done, *rest),
            tier=self._warm.tier,
            cpu_seconds=round(self._cpu_seconds, 4),
            wall_seconds=round(time.monotonic() - self._began, 4),
        )

    def _left(self) -> float:
        return self._job.limits.wall_seconds - (time.monotonic() - self._began)

    def _run(self) -> tuple[tuple[ResultCell, ...], tuple[int, str] | None]:
        """The cells that were done, and which cell ended the run, if one did."""
        child = self._warm.fork(self._job.limits)
        talk = _Talk(child)
        done: list[ResultCell] = []
        ended: tuple[int, str] | None = None
        number = -1
        try:
            files = [file.to_json() for file in self._job.files]
            talk.say({"folder": self._job.folder, "files": files}, _START_SECONDS)
            for cells in _together(self._job.cells):
                number = cells[0].number
                if number in self._left_out:
                    done += [self._without(cell, self._left_out[number]) for cell in cells]
                elif cells[0].asks:
                    done += self._ask(talk, cells)
                else:
                    done.append(self._cell(talk, cells[0]))
        except _Ended as end:
            ended = number, str(end)
        finally:
            told = child.end()
            self._cpu_seconds += float(told.get("cpu", 0.0))
        if ended is not None and told.get("why") == "memory":
            ended = number, "MemoryLimitError"
        return tuple(done), ended

    def _cell(self, talk: _Talk, cell: JobCell) -> ResultCell:
        limits = self._job.limits
        answer = talk.say({"run": cell.source}, min(limits.cell_seconds, self._left()))
        outputs, count = answer.get("outputs"), answer.get("count")
        return ResultCell(
            number=cell.number,
            count=count if type(count) is int and 0 <= count < 1 << 31 else None,
            outputs=outputs if isinstance(outputs, str) else "[]",
            problem="interrupted" if talk.interrupted else "",
        )

    def _ask(self, talk: _Talk, cells: list[JobCell]) -> list[ResultCell]:
        """Ask what cells in a row ask, in one go."""
        asks = [ask for cell in cells for ask in cell.asks]
        seconds = self._job.limits.ask_seconds
        command = {
            "asks": [ask.to_json() for ask in asks],
            "seconds": seconds,
            "apart": cells[0].apart,
        }
        # the child has a clock of its own for this, and a little more
        answer = talk.say(command, min(len(asks) * (2 * seconds + 1) + 1, self._left())).get("seen")
        seen = iter(answer if isinstance(answer, list) else [])
        return [
            ResultCell(number=cell.number, seen=tuple(_texts(next(seen, None)) for _ in cell.asks))
            for cell in cells
        ]

    @staticmethod
    def _without(cell: JobCell, problem: str) -> ResultCell:
        return ResultCell(number=cell.number, problem=problem)


def _together(cells: tuple[JobCell, ...]) -> list[list[JobCell]]:
    """The cells one by one, but those in a row that only ask, and may be asked together, together.

    What one of them is given, such as a right model, must not be at hand in another, and what is secret
    must be called apart.

    Example:
        >>> [len(row) for row in _together((JobCell(number=1), JobCell(number=2)))]
        [1, 1]
    """
    rows: list[list[JobCell]] = []
    for cell in cells:
        before = rows[-1][0] if rows else None
        if cell.asks and before is not None and before.asks and _way(cell) == _way(before):
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return rows


def _way(cell: JobCell) -> tuple[bool, set[str]]:
    return cell.apart, {each.name for ask in cell.asks for each in ask.given}


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
