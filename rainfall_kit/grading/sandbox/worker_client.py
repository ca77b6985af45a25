"""Client of a worker: commands to the forked process that runs student code, one at a time."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

from rainfall_kit.errors import RecordError
from rainfall_kit.grading.sandbox.job import ResultCell
from rainfall_kit.grading.sandbox.protocol import (
    INTERRUPT,
    KILL,
    CallFunctions,
    Command,
    EnterFolder,
    ListSideEffects,
    RunCell,
    SideEffects,
    WorkerEnd,
)
from rainfall_kit.records.json_record import Record

if TYPE_CHECKING:
    import socket

    from rainfall_kit.grading.sandbox.cgroups.cgroup import Cgroup
    from rainfall_kit.grading.sandbox.job import Job, JobCell

# What is no student code's work may take this long.
START_SECONDS = 30.0
_GRACE_SECONDS = 1.0
# An ask's limit is of CPU time: calls that wait have longer, and a limit that is put off begins anew.
_ASK_WAITING = 8
_END_SECONDS = 10.0
_MOST_BYTES = 16 << 20
_MOST_PARTS = 4096  # of one reply; a worker of the kit's sends parts of many KiB
# Quotes and brackets of what answers an ask: each stands for some work, and a right answer's has 3,000.
_MOST_MARKS = 50_000
_MOST_COUNT = 1 << 31  # a cell can set it, and it goes into a notebook

R = TypeVar("R", bound=Record)


class WorkerEnded(Exception):  # it is an event
    """The worker is of no more use; `problem` is one of `FAILURES`."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Worker:
    """One worker, seen from the trusted side. Each command waits for its reply.

    Args:
        channel: to the worker itself; what comes from it is student code's word.
        supervisor: to its supervisor, which runs no student code.
        cgroup: which it is in; removed in the end.

    Attributes:
        in_cgroup: whether it is in one.
    """

    def __init__(
        self, channel: socket.socket, supervisor: socket.socket, cgroup: Cgroup | None = None
    ) -> None:
        self._channel, self._supervisor, self._cgroup = channel, supervisor, cgroup
        self.in_cgroup = cgroup is not None
        self._received = b""
        self._to_save: list[int] = []
        self._was_interrupted = False

    def enter_folder(self, job: Job) -> str:
        """Have it work in the job's folder, with the job's files in it; why its kernel does not start, or nothing."""
        command = EnterFolder(folder=job.folder, files=job.files, kernel=job.kernel)
        return self._send(command, START_SECONDS).problem

    def run(self, cell: JobCell, seconds: float) -> ResultCell:
        """Run one cell, for so long."""
        done = self._send(RunCell(source=cell.source), seconds)
        is_count = done.count is not None and 0 <= done.count < _MOST_COUNT
        return ResultCell(
            number=cell.number,
            count=done.count if is_count else None,
            outputs=done.outputs,
            problem="interrupted" if self._was_interrupted else "",
            cpu_seconds=done.cpu_seconds,
        )

    def call_functions(self, cell: JobCell, seconds: float) -> ResultCell:
        """Ask what a cell asks: so long for each ask, by the worker's own clock, and a little more."""
        restore = cell.number if cell.last else None
        command = CallFunctions(asks=cell.asks, seconds=seconds, restore=restore)
        done = self._send(command, len(cell.asks) * (_ASK_WAITING * seconds + 1) + 1)
        wanted = len(cell.asks)
        seen = (*done.seen, *[()] * wanted)[:wanted]
        return ResultCell(number=cell.number, seen=seen, cpu_seconds=done.cpu_seconds)

    def save_state(self, number: int) -> None:
        """Have it keep the notebook's state before the next command, for the cell of that number."""
        self._to_save.append(number)

    def side_effects(self) -> SideEffects:
        """Have it say what it has beside its memory."""
        return self._send(ListSideEffects(), START_SECONDS)

    def try_out(self) -> None:
        """Have it run nothing: a worker that answers has its sandbox."""
        self._send(RunCell(source=""), START_SECONDS)

    def _send(self, command: Command[R], seconds: float) -> R:
        """Send a command and wait for its reply: so long, then interrupt, then a little longer.

        Raises:
            WorkerEnded: there is none, or it is none.
        """
        self._was_interrupted = False
        if self._to_save:
            command = replace(command, save=tuple(self._to_save))
            self._to_save = []
        try:
            # a worker that reads nothing must not hold up whoever sends
            self._channel.settimeout(START_SECONDS)
            self._channel.sendall(command.to_json().encode() + b"\n")
            try:
                line = self._read_line(time.monotonic() + seconds)
            except TimeoutError:
                # most cells end at that, and the notebook goes on with what they have shown
                self._was_interrupted = True
                self._interrupt()
                line = self._read_line(time.monotonic() + _GRACE_SECONDS)
            if self._cgroup is not None and self._cgroup.is_out_of_memory():
                # one process was killed, which in version 1 need not be the worker itself
                raise WorkerEnded("MemoryLimitError")
            if isinstance(command, CallFunctions):
                _check_marks(line)
            return cast("R", command.reply.from_json(line.decode()))
        except TimeoutError:
            raise WorkerEnded("CellTimeoutError") from None
        except (OSError, UnicodeError, RecordError, RecursionError):  # a hostile line, or no line
            raise WorkerEnded("DeadKernelError") from None

    def _read_line(self, until: float) -> bytes:
        parts, size = [self._received], len(self._received)
        while b"\n" not in parts[-1]:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._channel.settimeout(left)
            part = self._channel.recv(1 << 16)
            size += len(part)
            parts.append(part)
            # a line without end would fill this side's memory, and one byte at a time takes its time
            if not part or size > _MOST_BYTES or len(parts) > _MOST_PARTS:
                raise ConnectionError
        line, _, self._received = b"".join(parts).partition(b"\n")
        return line

    def _interrupt(self) -> None:
        """Send the worker what Ctrl-C sends."""
        with contextlib.suppress(OSError):
            self._supervisor.send(INTERRUPT)

    def close_channel(self) -> None:
        """Send no more commands; it may go on, as a template process does."""
        self._channel.close()

    def close(self) -> None:
        """Let go of it; its supervisor then kills it, unheard."""
        self._channel.close()
        self._supervisor.close()

    def end(self) -> WorkerEnd:
        """Kill whatever is left of it; how it ended, as its supervisor says, and its cgroup."""
        self._channel.close()
        with contextlib.suppress(OSError):
            self._supervisor.send(KILL)
        end = self._end()
        if self._cgroup is not None:
            if self._cgroup.is_out_of_memory():
                end = replace(end, reason="memory")
            self._cgroup.remove()
        return end

    def _end(self) -> WorkerEnd:
        try:
            self._supervisor.settimeout(_END_SECONDS)
            return WorkerEnd.from_json(self._supervisor.recv(1 << 16).decode())
        except (OSError, UnicodeError, RecordError):
            return WorkerEnd()
        finally:
            self._supervisor.close()


def _check_marks(line: bytes) -> None:
    if line.count(b'"') + line.count(b"[") + line.count(b"{") > _MOST_MARKS:
        raise ConnectionError
