"""Watches over forked processes: passes an interrupt on, ends them, and tells how each one ended.

The process that forked them does it. A line leads from each to the trusted side, which sends it orders and
hears of the end.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import select
import signal
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# How a child ends that could not be confined. Later on, student code may end it in the same way.
REFUSED = 71
_LOOK_SECONDS = 0.1
_INTERRUPT = b"i"


class Guard:
    """Those that a process has forked and that have not ended.

    Args:
        families: whether what a child has started counts as its own. Without walls it could leave.

    Example:
        >>> hearing, line = os.pipe()
        >>> guard = Guard()
        >>> guard.add(os.fork() or os._exit(0), line)
        >>> while guard.is_needed:
        ...     _ = guard.wait()
        >>> with open(hearing) as told:
        ...     json.load(told)["why"]
        'ended'
    """

    def __init__(self, *, families: bool = True) -> None:
        self._families = families
        self._children: list[_Child] = []
        self._looked = 0.0

    def add(self, pid: int, line: int, most_kib: int | None = None) -> None:
        """Watch over one more.

        Args:
            pid: of the fork.
            line: the file descriptor of the line to the trusted side; closed in the end.
            most_kib: what it and all that it starts may hold together.
        """
        self._children.append(_Child(pid, line, most_kib))

    @property
    def is_needed(self) -> bool:
        """Whether there is anybody left."""
        return bool(self._children)

    def wait(self, asking: int | None = None) -> bool:
        """Wait until something happens, and do what is to be done; whether `asking` can be read."""
        poll = select.poll()
        numbers = [] if asking is None else [asking]
        for number in itertools.chain(numbers, *(child.waits_for() for child in self._children)):
            poll.register(number, select.POLLIN)
        is_limited = any(child.most_kib is not None for child in self._children)
        ready = {number for number, _ in poll.poll(_LOOK_SECONDS * 1000 if is_limited else None)}
        for child in self._children:
            child.obey(ready)
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            for child in self._children:
                child.look(_family if self._families else _alone)
            self._looked = time.monotonic()
        self._children = [child for child in self._children if not child.has_ended(ready)]
        return asking in ready

    def close(self) -> None:
        """Close all that leads to them; a fork of this process must not have it."""
        for child in self._children:
            child.close()
        self._children.clear()


class _Child:
    def __init__(self, pid: int, line: int, most_kib: int | None) -> None:
        self._pid, self._line, self.most_kib = pid, line, most_kib
        self._ended = os.pidfd_open(pid)
        self._why = ""

    def waits_for(self) -> tuple[int, ...]:
        return (self._ended,) if self._why else (self._ended, self._line)

    def close(self) -> None:
        os.close(self._ended)
        os.close(self._line)

    def obey(self, ready: set[int]) -> None:
        if self._line not in ready or self._ended in ready:
            return
        order = b""
        with contextlib.suppress(OSError):
            order = os.read(self._line, 1)
        if order == _INTERRUPT:
            os.kill(self._pid, signal.SIGINT)
        else:
            self._kill("told to")

    def look(self, counted: Callable[[int], Iterable[int]]) -> None:
        if self.most_kib is None or self._why:
            return
        places = [Path("/proc", str(pid)) for pid in counted(self._pid)]
        # the exact count takes a millisecond for each process
        if all(sum(map(kib, places)) > self.most_kib for kib in (resident_kib, _exact_kib)):
            self._kill("memory")

    def has_ended(self, ready: set[int]) -> bool:
        """Whether it has ended; then the other side is told."""
        if self._ended not in ready:
            return False
        _, status, usage = os.wait4(self._pid, 0)
        refused = os.WIFEXITED(status) and os.WEXITSTATUS(status) == REFUSED
        tell(
            self._line,
            why=self._why or "ended",
            trouble="the system refused the child its walls" if refused else "",
            cpu=usage.ru_utime + usage.ru_stime,
            peak_mib=usage.ru_maxrss / 1024,
        )
        self.close()
        return True

    def _kill(self, why: str) -> None:
        self._why = why
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)


def tell(line: int, **told: Any) -> None:
    """Tell the trusted side how somebody ended."""
    with contextlib.suppress(OSError):
        os.write(line, json.dumps(told).encode())


def _alone(pid: int) -> Iterable[int]:
    return (pid,)


def _family(pid: int) -> Iterator[int]:
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
        each = left.pop()
        left += below[each]
        yield each


def resident_kib(place: Path) -> int:
    """What a process holds, pages that it shares included.

    Args:
        place: its folder in ``/proc``.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((place / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    return 0


def _exact_kib(place: Path) -> int:
    """What a process holds, a page that several share counted in parts."""
    with contextlib.suppress(OSError):
        for line in (place / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
