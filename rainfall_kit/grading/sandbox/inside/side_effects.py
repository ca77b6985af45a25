"""Side effects of running cells: what a process has beside its memory.

It is what it started, opened, wrote or set. A fork lacks some of that, and shares the rest with every other.

>>> before = side_effects("")
>>> side_effects("") == before
True
>>> with open(os.devnull) as file:
...     side_effects("") == before
False
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from rainfall_kit.grading.sandbox.protocol import SideEffects

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROCESS = Path("/proc/self")
_SHARED_MEMORY = "/dev/shm"  # noqa: S108  looked at, and not used
_TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)


def side_effects(folder: str) -> SideEffects:
    """Look at each kind.

    Args:
        folder: whose files count, beside those in shared memory.
    """
    return SideEffects(
        threads=len([*(_PROCESS / "task").iterdir()]),
        has_children=_has_children(),
        open_files=tuple(_open_files()),
        shared_mappings=tuple(_shared_mappings()),
        files=(*_files(folder), *_files(_SHARED_MEMORY)),
        timers=tuple(signal.getitimer(timer)[0] > 0 for timer in _TIMERS),
        at_an_interrupt=repr(signal.getsignal(signal.SIGINT)),
    )


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _open_files() -> Iterator[str]:
    for number in sorted((_PROCESS / "fd").iterdir()):
        try:
            yield f"{number.name} {number.readlink()}"
        except OSError:  # the one that the list was read from
            continue


def _shared_mappings() -> Iterator[str]:
    for line in (_PROCESS / "maps").read_text().splitlines():
        if line.split()[1].endswith("s"):
            yield line


def _files(folder: str) -> Iterator[str]:
    for root, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(root, name)
            status = path.lstat()
            yield f"{path} {status.st_size} {status.st_mtime_ns}"
