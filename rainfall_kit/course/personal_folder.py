"""Personal folder of a student without a teacher: start page, tour and assignments, copied and kept new.

What is changed in the folder is the student's. A file of the kit is put there when it is missing, and put
anew when the kit has another one and the student has not changed the cells of the old one.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from rainfall_kit.course.assignments import bundled_assignments
from rainfall_kit.course.bundled_course import find_course
from rainfall_kit.course.progress import TOUR, progress
from rainfall_kit.course.start_page import start_page
from rainfall_kit.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START = "start.ipynb"

_TOUR = Path(__file__).with_name(TOUR)
_KEPT = Path(
    ".rainfall", "lab.json"
)  # what was put there, by name: the kit's version and the cells


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Changes that were made to a folder.

    Attributes:
        fresh: the files that were put there.
        newer: those that the student had not changed, and that are the kit's new ones now.
        kept: those that the student has changed, and of which the kit has a newer one.
    """

    fresh: tuple[str, ...]
    newer: tuple[str, ...]
    kept: tuple[str, ...]


def prepare_folder(folder: Path) -> Prepared:
    """Put the start page, the tour and the assignments into a folder; nothing of the student's is lost.

    Args:
        folder: made when it is not there.

    Raises:
        CourseError: there is a file in the folder's place.
        OSError: the folder cannot be written; no half of a file is left behind.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as parent:
        ...     prepare_folder(Path(parent, "mine")).fresh[:2]
        ...     prepare_folder(Path(parent, "mine")).fresh
        ('tour.ipynb', 'tensors/tensors.ipynb')
        ()
    """
    was_there = folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise CourseError(f"{folder} is not a folder. Try: rainfall lab {folder}-tour") from None
    try:
        return _prepare(folder)
    except OSError:
        if not was_there:
            shutil.rmtree(folder)
        raise


def _prepare(folder: Path) -> Prepared:
    put = _read_kept(folder)
    done: dict[str, list[str]] = {"fresh": [], "newer": [], "kept": []}
    for name, version, text in _files():
        path, was_put = folder / name, put.get(name)
        if not path.exists():
            content = text()
            _write_new(path, content)
            done["fresh"].append(name)
        elif was_put is None or was_put["version"] == version:
            continue  # the student's own, or as new as can be
        elif _cells_of(path) == was_put["cells"]:
            content = text()
            _write_over(path, content)
            done["newer"].append(name)
        else:
            done["kept"].append(name)
            continue
        put[name] = {"version": version, "cells": _digest(_sources(content))}
        _write_over(folder / _KEPT, json.dumps(put, indent=1))
    _put_start_page(folder, put)
    return Prepared(**{what: tuple(names) for what, names in done.items()})


def _files() -> Iterator[tuple[str, str, Callable[[], str]]]:
    """Each file of the kit: its name, its version, and its text, which may take seconds to make."""
    tour = _TOUR.read_text(encoding="utf-8")
    yield TOUR, _digest(tour), lambda: tour
    for assignment in bundled_assignments():
        name = assignment.name
        source = find_course() / "source" / name / f"{name}.ipynb"
        yield f"{name}/{name}.ipynb", _digest(source.read_text("utf-8")), _release_of(source)


def _release_of(source: Path) -> Callable[[], str]:
    def release() -> str:
        # Nbgrader takes two seconds to import, and most days nothing is released.
        from rainfall_kit.course.release import released

        return released(source)

    return release


def _put_start_page(folder: Path, put: dict[str, dict[str, str]]) -> None:
    """Write the start page with what is done now, unless the student has changed it."""
    path, text = folder / START, start_page(progress(folder))
    was_put = put.get(START)
    if path.exists() and (was_put is None or _cells_of(path) != was_put["cells"]):
        return
    _write_over(path, text)
    put[START] = {"version": "", "cells": _digest(_sources(text))}
    _write_over(folder / _KEPT, json.dumps(put, indent=1))


def _read_kept(folder: Path) -> dict[str, dict[str, str]]:
    try:
        kept = json.loads((folder / _KEPT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {
        name: entry
        for name, entry in (kept.items() if isinstance(kept, dict) else ())
        if isinstance(entry, dict) and {"version", "cells"} <= entry.keys()
    }


def _cells_of(path: Path) -> str | None:
    """The digest of what a notebook's cells say, whatever running them has shown; None without a notebook."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return _digest(_sources(path.read_text(encoding="utf-8")))
    return None


def _sources(text: str) -> str:
    cells = json.loads(text)["cells"]
    return json.dumps([[cell["cell_type"], "".join(cell["source"])] for cell in cells])


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _write_new(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # "x" makes the file or fails, so that not even a copy made just now is overwritten.
    with path.open("x", encoding="utf-8") as copy:
        try:
            copy.write(text)
        except OSError as problem:
            path.unlink()
            raise OSError(problem.errno, problem.strerror, str(path)) from None


def _write_over(path: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        raise OSError(problem.errno, problem.strerror, str(path)) from None
