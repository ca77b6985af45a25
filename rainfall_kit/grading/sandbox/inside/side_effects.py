"""What a process has beside its memory: what it started, opened, wrote or set.

A fork lacks some of that, and shares the rest with every other.

>>> before = traces("")
>>> traces("") == before
True
>>> with open(os.devnull) as file:
...     traces("") == before
False
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROCESS = Path("/proc/self")
_SHARED_MEMORY = "/dev/shm"  # noqa: S108  looked at, and not used
_TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)


def traces(folder: str) -> dict[str, Any]:
    """What there is of each kind, as plain data: the same as long as nothing was added or taken away.

    Args:
        folder: whose files count, beside those in shared memory.
    """
    return {
        "threads": len([*(_PROCESS / "task").iterdir()]),
        "processes": _has_children(),
        "open files": [*_open_files()],
        "shared pages": [*_shared_pages()],
        "files": [*_files(folder), *_files(_SHARED_MEMORY)],
        "timers": [signal.getitimer(each)[0] > 0 for each in _TIMERS],
        "at an interrupt": repr(signal.getsignal(signal.SIGINT)),
    }


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _open_files() -> Iterator[tuple[str, str]]:
    for number in sorted((_PROCESS / "fd").iterdir()):
        try:
            yield number.name, str(number.readlink())
        except OSError:  # the one that the list was read from
            continue


def _shared_pages() -> Iterator[str]:
    for line in (_PROCESS / "maps").read_text().splitlines():
        if line.split()[1].endswith("s"):
            yield line


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    for root, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(root, name)
            status = path.lstat()
            yield str(path), status.st_size, status.st_mtime_ns
