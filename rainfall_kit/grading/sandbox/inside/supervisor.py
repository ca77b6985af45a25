"""Supervisor of forked processes: passes an interrupt on, ends them, and reports how each one ended.

The process that forked them does it. A line leads from each to the trusted side, which sends orders over it
and hears of the end.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import signal
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rainfall_kit.grading.sandbox.protocol import INTERRUPT, WorkerEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# How a worker ends that the system refused its sandbox. Later on, student code may end it in the same way.
REFUSED = os.EX_OSERR
_LOOK_SECONDS = 0.1


class Supervisor:
    """Watches the processes that this one has forked and that have not ended.

    Args:
        with_descendants: whether what a process has started counts as its own. Without a sandbox it
            could leave.

    Example:
        >>> hearing, line = os.pipe()
        >>> supervisor = Supervisor()
        >>> supervisor.add(os.fork() or os._exit(0), line)
        >>> while supervisor.is_needed:
        ...     _ = supervisor.wait()
        >>> with open(hearing) as told:
        ...     WorkerEnd.from_json(told.read()).reason
        'ended'
    """

    def __init__(self, *, with_descendants: bool = True) -> None:
        self._counted = _with_descendants if with_descendants else _alone
        self._watched: list[_Watched] = []
        self._looked = 0.0

    def add(self, pid: int, line_fd: int, most_kib: int | None = None) -> None:
        """Watch one more.

        Args:
            pid: of the fork.
            line_fd: the file descriptor of the line to the trusted side; closed in the end.
            most_kib: what it and all that it starts may hold together.
        """
        self._watched.append(_Watched(pid, line_fd, most_kib))

    @property
    def is_needed(self) -> bool:
        """True while a process is left."""
        return bool(self._watched)

    def wait(self, control_fd: int | None = None) -> bool:
        """Wait until something happens, and do what is to be done; whether `control_fd` can be read."""
        poll = select.poll()
        fds = [] if control_fd is None else [control_fd]
        for fd in itertools.chain(fds, *(process.waits_for() for process in self._watched)):
            poll.register(fd, select.POLLIN)
        # nothing wakes a process when another's memory grows
        is_limited = any(process.most_kib is not None for process in self._watched)
        ready = {fd for fd, _ in poll.poll(_LOOK_SECONDS * 1000 if is_limited else None)}
        for process in self._watched:
            process.obey(ready)
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            for process in self._watched:
                process.check_memory(self._counted)
            self._looked = time.monotonic()
        self._watched = [process for process in self._watched if not process.has_ended(ready)]
        return control_fd in ready

    def close(self) -> None:
        """Close all that leads to them; a fork of this process must not have it."""
        for process in self._watched:
            process.close()
        self._watched.clear()


class _Watched:
    """One process that is watched."""

    def __init__(self, pid: int, line_fd: int, most_kib: int | None) -> None:
        self._pid, self._line_fd, self.most_kib = pid, line_fd, most_kib
        # a pid may belong to another process by the time that it is used; this cannot
        self._ended_fd = os.pidfd_open(pid)
        self._killed: Literal["", "killed", "memory"] = ""

    def waits_for(self) -> tuple[int, ...]:
        return (self._ended_fd,) if self._killed else (self._ended_fd, self._line_fd)

    def close(self) -> None:
        os.close(self._ended_fd)
        os.close(self._line_fd)

    def obey(self, ready: set[int]) -> None:
        if self._line_fd not in ready or self._ended_fd in ready:
            return
        order = b""
        with contextlib.suppress(OSError):
            order = os.read(self._line_fd, 1)
        if order == INTERRUPT:
            os.kill(self._pid, signal.SIGINT)
        else:  # or the trusted side has closed its end, or died
            self._kill("killed")

    def check_memory(self, counted: Callable[[int], Iterable[int]]) -> None:
        if self.most_kib is None or self._killed:
            return
        places = [Path("/proc", str(pid)) for pid in counted(self._pid)]
        # the exact count takes a millisecond for each process
        if all(sum(map(kib, places)) > self.most_kib for kib in (resident_kib, _exact_kib)):
            self._kill("memory")

    def has_ended(self, ready: set[int]) -> bool:
        """True once it has ended; then the other side is told."""
        if self._ended_fd not in ready:
            return False
        _, status, usage = os.wait4(self._pid, 0)
        refused = os.WIFEXITED(status) and os.WEXITSTATUS(status) == REFUSED
        _report(
            self._line_fd,
            WorkerEnd(
                reason=self._killed or "ended",
                refusal="the system refused the worker its sandbox" if refused else "",
                cpu_seconds=usage.ru_utime + usage.ru_stime,
            ),
        )
        self.close()
        return True

    def _kill(self, why: Literal["killed", "memory"]) -> None:
        self._killed = why
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)


def report_refusal(line_fd: int, why: str) -> None:
    """Tell the trusted side that a process could not even be forked.

    Args:
        line_fd: the line to it.
        why: what the system said, in its last line.
    """
    _report(line_fd, WorkerEnd(refusal=why))


def _report(line_fd: int, end: WorkerEnd) -> None:
    with contextlib.suppress(OSError):
        os.write(line_fd, end.to_json().encode())


def _alone(pid: int) -> Iterable[int]:
    return (pid,)


def _with_descendants(pid: int) -> Iterator[int]:
    """A process and all below it. Where it is the first of its own pids, none of them can leave it."""
    below = defaultdict(list)
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                # the name before it may hold any bytes, brackets included
                parent = int((place / "stat").read_bytes().rpartition(b")")[2].split()[1])
                below[parent].append(int(place.name))
    left = [pid]
    while left:
        found = left.pop()
        left += below[found]
        yield found


def resident_kib(place: Path) -> int:
    """Memory that a process holds, pages that it shares included.

    Args:
        place: its folder in ``/proc``.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((place / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    return 0


def _exact_kib(place: Path) -> int:
    """Memory that a process holds, a page that several share counted in parts.

    A process can bar others from reading that: then every page counts in full.
    """
    try:
        for line in (place / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        return resident_kib(place)
    return 0
