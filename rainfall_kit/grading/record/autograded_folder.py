"""Autograded folder of nbgrader's: a graded submission is written there, all of it or nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from nbformat import v4

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode


def write_autograded(
    folder: Path,
    notebooks: Mapping[str, NotebookNode],
    files: Mapping[str, bytes],
    *,
    permissions: int = 0o444,
    group_shared: bool = False,
) -> None:
    """Replace the folder by one that holds these notebooks and files.

    Args:
        folder: where nbgrader looks for one student's graded submission.
        notebooks: by their names.
        files: what lies beside them, by path.
        permissions: of each file.
        group_shared: whether a group of graders may write there.
    """
    new, old = (folder.with_name(f".{folder.name}.{word}") for word in ("new", "old"))
    for leftover in (new, old):
        _remove(leftover)
    made = [place for place in new.parents if not place.exists()]
    new.mkdir(parents=True)
    # Not nbformat.writes: that validates each notebook, only to log what is wrong.
    texts = {
        f"{name}.ipynb": v4.writes_json(nb).encode(errors="replace")
        for name, nb in notebooks.items()
    }
    for name, content in {**files, **texts}.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(permissions)
    if group_shared:
        inside = [path for path in new.rglob("*") if path.is_dir()]
        for place in (*made, folder.parent, new, *inside):
            _permit(place, place.stat().st_mode | 0o2770)
    # Two renames and no copy: whoever reads meanwhile finds the old folder or the new one, whole.
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    _remove(old)


def can_write(folder: Path) -> bool:
    """True if a folder with a file in it can be made in this folder, or in the nearest above it that is there.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as course:
        ...     can_write(Path(course, "autograded")), can_write(Path(course, "x", "y"))
        (True, True)
        >>> can_write(Path("/proc/autograded"))
        False
    """
    while not folder.is_dir():
        folder = folder.parent
    try:
        with tempfile.TemporaryDirectory(prefix=".probe-", dir=folder) as place:
            file = os.open(Path(place, "probe"), os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.write(file, bytes(1 << 16))
                os.fsync(file)  # where there is no room, some file systems say so only now
            finally:
                os.close(file)
    except OSError:
        return False
    return True


def _remove(folder: Path) -> None:
    if not folder.exists():
        return
    # nbgrader makes what it has graded read-only, folders too
    for root, _, _ in os.walk(folder):
        _permit(Path(root), 0o700)
    shutil.rmtree(folder)


def _permit(folder: Path, mode: int) -> None:
    with contextlib.suppress(
        PermissionError
    ):  # it is another grader's, and the group may write there
        folder.chmod(mode)
