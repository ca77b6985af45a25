"""Bundled course: the folder that comes with the kit, and copies of it to work in."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from rainfall_kit import installation
from rainfall_kit.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PARTS = ("GUIDE.md", "nbgrader_config.py", "source")


def find_course() -> Path:
    """The folder of the bundled course: inside the installed package, or beside it in a checkout.

    Raises:
        CourseError: it is in neither place.

    Example:
        >>> (find_course() / "source" / "gradient_descent").is_dir()
        True
    """
    package = installation.FOLDER
    for folder in (package / "assignments", package.parent / "assignments"):
        if all((folder / part).exists() for part in _PARTS):
            return folder
    raise CourseError(
        f"the assignments are missing from {package}. "
        "Try: pip install --force-reinstall rainfall-kit"
    )


def copy_course(folder: Path) -> None:
    """Copy the course to a folder, for nbgrader to work in.

    Args:
        folder: a new folder, or an empty one.

    Raises:
        CourseError: something is there already; it stays as it is.
        OSError: the folder cannot be written; nothing of the copy is left in it.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as parent:
        ...     copy_course(Path(parent, "course"))
        ...     sorted(path.name for path in Path(parent, "course").iterdir())
        ['GUIDE.md', 'nbgrader_config.py', 'source']
    """
    course = find_course()
    was_there = folder.exists()
    if was_there and not (folder.is_dir() and not any(folder.iterdir())):
        other = f"{folder}-2" if folder.name else folder / "course"
        raise CourseError(
            f"{folder} is there already, and nothing is overwritten. "
            f"Try a new or empty folder: {other}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for file in _files(course):
            _copy(course / file, folder / file)
    except OSError:
        for made in folder.iterdir() if was_there else [folder]:
            shutil.rmtree(made) if made.is_dir() else made.unlink()
        raise


def _files(course: Path) -> Iterator[Path]:
    """The course's own files; what nbgrader makes beside them stays behind."""
    yield from map(Path, ("GUIDE.md", "nbgrader_config.py"))
    for path in sorted((course / "source").rglob("*")):
        inside = path.relative_to(course)
        if path.is_file() and not any(part.startswith(".") for part in inside.parts):
            yield inside


def _copy(file: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(file, copy)  # without its mode: an installed package may be read-only
    except OSError as problem:
        raise OSError(problem.errno, problem.strerror, str(copy)) from None
