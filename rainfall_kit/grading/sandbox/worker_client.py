"""What the trusted side says to a child, and what it hears: one line of JSON each, in lockstep."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from rainfall_kit.grading.sandbox.job import ResultCell

if TYPE_CHECKING:
    from rainfall_kit.grading.sandbox.isolation import Child
    from rainfall_kit.grading.sandbox.job import Job, JobCell

# What is no student code's work may take this long.
START_SECONDS = 30.0
_GRACE_SECONDS = 1.0
_MOST_BYTES = 16 << 20


class Ended(Exception):  # it is an event
    """The child is gone; the argument is the name of what a cell's error is called."""


class Talk:
    """One question, one answer, each a line of JSON."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._rest = b""
        self._marks: list[int] = []
        self.interrupted = False

    def mark(self, number: int) -> None:
        """Have the child remember how things are before the next command, for an ask of that number."""
        self._marks.append(number)

    def say(self, command: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a command and wait for its answer: so long, then interrupt, then a little longer."""
        self.interrupted = False
        if self._marks:
            command = {**command, "marks": self._marks}
            self._marks = []
        channel = self._child.channel
        try:
            channel.settimeout(START_SECONDS)
            channel.sendall(json.dumps(command).encode() + b"\n")
            try:
                line = self._line(time.monotonic() + seconds)
            except TimeoutError:
                self.interrupted = True
                self._child.interrupt()
                line = self._line(time.monotonic() + _GRACE_SECONDS)
            answer = json.loads(line)
        except TimeoutError:
            raise Ended("CellTimeoutError") from None
        except (OSError, ValueError, RecursionError):
            raise Ended("DeadKernelError") from None
        if not isinstance(answer, dict):
            raise Ended("DeadKernelError")
        return answer

    def settle_in(self, job: Job) -> None:
        """Have the child go to the job's folder, with the job's files in it."""
        files = [file.to_json() for file in job.files]
        self.say({"folder": job.folder, "files": files}, START_SECONDS)

    def run(self, cell: JobCell, seconds: float) -> ResultCell:
        """Run one cell, for so long."""
        answer = self.say({"run": cell.source}, seconds)
        outputs, count = answer.get("outputs"), answer.get("count")
        return ResultCell(
            number=cell.number,
            count=count if type(count) is int and 0 <= count < 1 << 31 else None,
            outputs=outputs if isinstance(outputs, str) else "[]",
            problem="interrupted" if self.interrupted else "",
        )

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
