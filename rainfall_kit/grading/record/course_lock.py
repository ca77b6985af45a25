"""Course lock: keeps a second run out of a course that is being graded."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.private_folder import PrivateFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def course_lock(
    root: Path, *, group_shared: bool = False, name: str = "lock", what: str = "graded"
) -> Iterator[None]:
    """Hold the course's lock; the system lets it go when this process ends, however it ends.

    Args:
        root: the course's folder.
        group_shared: whether the course's group may take it, too.
        name: of the lock's file: one name keeps out who asks for the same.
        what: is done to the course by who holds it.

    Raises:
        CourseError: another run holds it.
    """
    folder = PrivateFolder(root, group_shared=group_shared)
    path = folder.path / name
    # In a file of its own: whoever only asks for the lock empties the lock's file.
    holder = path.with_suffix(".pid")
    # It may be let go in another thread than took it.
    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise CourseError(
            f"{root} is being {what} already, by process {_read(holder) or 'unknown'}. "
            "Try again when that is done"
        ) from None
    try:
        folder.write(holder, str(os.getpid()).encode())
        folder.protect(path)
        yield
    finally:
        lock.release()


def _read(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text().strip()
    return ""
