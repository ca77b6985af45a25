"""Writes a graded submission into nbgrader's folder ``autograded``, all of it or nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from nbformat import v4

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode


def write_graded(
    folder: Path,
    notebooks: Mapping[str, NotebookNode],
    files: Mapping[str, bytes],
    *,
    group_shared: bool = False,
) -> None:
    """Replace the folder by one that holds these notebooks and files.

    Args:
        folder: where nbgrader looks for one student's graded submission.
        notebooks: by their names.
        files: what lies beside them, by path.
        group_shared: whether a group of graders may write there.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as place:
        ...     write_graded(Path(place, "hw"), {}, {"data.csv": b"1,2"})
        ...     [path.name for path in Path(place, "hw").iterdir()]
        ['data.csv']
    """
    new, old = (folder.with_name(f".{folder.name}.{word}") for word in ("new", "old"))
    for leftover in (new, old):
        _remove(leftover)
    new.mkdir(parents=True)
    # as nbformat.writes, which looks for errors only to log them
    texts = {
        f"{name}.ipynb": v4.writes_json(nb).encode(errors="replace")
        for name, nb in notebooks.items()
    }
    for name, content in {**files, **texts}.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o664 if group_shared else 0o444)
    if group_shared:
        for place in (folder.parent, new, *(each for each in new.rglob("*") if each.is_dir())):
            place.chmod(place.stat().st_mode | 0o2770)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    _remove(old)


def _remove(folder: Path) -> None:
    if not folder.exists():
        return
    for root, _, _ in os.walk(folder):
        Path(root).chmod(0o700)
    shutil.rmtree(folder)
