"""Course lock: keeps a second run out of a course that is being graded."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from rainfall_kit.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def course_lock(root: Path) -> Iterator[None]:
    """Hold the course's lock; the system lets it go when this process ends, however it ends.

    Raises:
        CourseError: another run holds it.
    """
    path = root / ".rainfall" / "lock"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    # In a file of its own: whoever only asks for the lock empties the lock's file.
    holder = path.with_suffix(".pid")
    # nbgrader may drop its exporter, and with it this lock, in another thread than took it.
    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise CourseError(
            f"{root} is being graded already, by process {_read(holder) or 'unknown'}. "
            "Try again when that is done"
        ) from None
    try:
        holder.write_text(str(os.getpid()))
        yield
    finally:
        lock.release()


def _read(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text().strip()
    return ""
