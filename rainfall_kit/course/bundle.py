"""Finds the course that comes with the kit, so that everybody can have a copy of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import rainfall_kit
from rainfall_kit.errors import CourseError

__all__ = ["copy_course", "find_course"]

# All that the course is; what nbgrader makes beside it stays behind.
_PARTS = ("nbgrader_config.py", "source")


def find_course() -> Path:
    """The folder of the bundled course: inside the installed package, or beside it in a checkout.

    Raises:
        CourseError: it is in neither place.

    Example:
        >>> (find_course() / "source" / "gradient_descent").is_dir()
        True
    """
    package = Path(rainfall_kit.__file__).parent
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
        ['nbgrader_config.py', 'source']
    """
    course = find_course()
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise CourseError(
            f"{folder} is there already, and nothing is overwritten. "
            f"Try a new or empty folder: {folder.with_name(folder.name + '-2')}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    try:
        # Files only, without their modes: an installed package may be read-only.
        shutil.copyfile(course / "nbgrader_config.py", folder / "nbgrader_config.py")
        shutil.copytree(
            course / "source",
            folder / "source",
            ignore=shutil.ignore_patterns(".*"),
            copy_function=shutil.copyfile,
        )
    except (OSError, shutil.Error) as problem:
        (folder / "nbgrader_config.py").unlink(missing_ok=True)
        shutil.rmtree(folder / "source", ignore_errors=True)
        raise _first_problem(problem) from None


def _first_problem(problem: OSError) -> OSError:
    """What really went wrong: copytree collects all its problems in the arguments of one Error."""
    if not isinstance(problem, shutil.Error):
        return problem
    _, file, reason = problem.args[0][0]
    return OSError(f"{file}: {reason}")
