"""Assignments of the bundled course: title, functions, written answers and points of each notebook."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rainfall_kit.course.bundled_course import find_course
from rainfall_kit.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The one that a demo goes through unless told otherwise.
DEFAULT = "gradient_descent"

_TITLE = re.compile(r"# (?P<title>.+)\n\n\*Assignment (?P<place>\d+)\b")
_SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)\n### END SOLUTION", re.DOTALL)
_REGION_LINE = re.compile(r"^ *### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)
_MARKS = re.compile(r"\s*\*\([^()]*\)\*")


@dataclass(frozen=True, kw_only=True)
class BundledAssignment:
    """One assignment, as its notebook has it.

    Attributes:
        name: of its folder and its notebook.
        place: in the course, from 1.
        title: the question that it opens with.
        functions: what the student writes, in the notebook's order; each is the name of a question, or one
            of `own`.
        own: the functions about the student's own orchard: what stands in them in the solution.
        written: the answers in words, by grade id: what the marking scheme says is right.
        points: of all its cells together.
        worth: of the tests of each function, by its name.
    """

    name: str
    place: int
    title: str
    functions: tuple[str, ...]
    own: Mapping[str, str]
    written: Mapping[str, str]
    points: int
    worth: Mapping[str, int]


def assignment_names() -> tuple[str, ...]:
    """The names of the bundled assignments, in alphabetical order.

    Raises:
        CourseError: the course is missing from the package.

    Example:
        >>> "gradient_descent" in assignment_names()
        True
    """
    return tuple(sorted(path.stem for path in _notebooks()))


def bundled_assignments() -> tuple[BundledAssignment, ...]:
    """All of them, in the course's order.

    Raises:
        CourseError: the course is missing from the package.
    """
    found = (_read(path) for path in _notebooks())
    return tuple(sorted(found, key=lambda assignment: assignment.place))


def find_assignment(name: str) -> BundledAssignment:
    """The assignment of that name.

    Raises:
        CourseError: there is none; the message lists those that are.

    Example:
        >>> find_assignment("gradient_descent").functions
        ('model', 'mse', 'gd_step', 'train', 'own_loss')
    """
    for path in _notebooks():
        if path.stem == name:
            return _read(path)
    raise CourseError(
        f"there is no assignment {name!r}; there is {', '.join(assignment_names())}. "
        f"Try: rainfall demo --assignment {DEFAULT}"
    )


def _notebooks() -> list[Path]:
    folders = (find_course() / "source").iterdir()
    paths = (folder / f"{folder.name}.ipynb" for folder in folders)
    return [path for path in paths if path.is_file()]


def _read(path: Path) -> BundledAssignment:
    # as JSON: nbformat takes most of a second to import
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    opening = _TITLE.match(_source(cells[0]))
    if opening is None:
        raise CourseError(
            f"{path} opens without its title and its place in the course. "
            "Try: # A question?, an empty line, and *Assignment 1 of the course.*"
        )
    known = [(cell, cell["metadata"]["nbgrader"]) for cell in cells if _is_known(cell)]
    solutions = [(cell, about) for cell, about in known if about["solution"]]
    about_own = {
        about["grade_id"].removeprefix("test-")
        for cell, about in known
        if "own_orchard=True" in _source(cell)
    }
    return BundledAssignment(
        name=path.stem,
        place=int(opening["place"]),
        title=opening["title"],
        functions=tuple(
            about["grade_id"] for cell, about in solutions if cell["cell_type"] == "code"
        ),
        own={
            about["grade_id"]: _REGION_LINE.sub("", _source(cell))
            for cell, about in solutions
            if about["grade_id"] in about_own
        },
        written={
            about["grade_id"]: _said(_source(cell))
            for cell, about in solutions
            if cell["cell_type"] == "markdown"
        },
        points=sum(about.get("points", 0) for _, about in known),
        worth=_worth([about for _, about in known if about["grade"] and not about["solution"]]),
    )


def _worth(tests: list[Mapping[str, Any]]) -> dict[str, int]:
    """The points of the tests called ``test-NAME`` and ``test-NAME-hidden``, by NAME."""
    worth: dict[str, int] = {}
    for about in tests:
        name = about["grade_id"].removeprefix("test-").removesuffix("-hidden")
        worth[name] = worth.get(name, 0) + about["points"]
    return worth


def _is_known(cell: Mapping[str, Any]) -> bool:
    return "nbgrader" in cell["metadata"]


def _source(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])


def _said(answer: str) -> str:
    """The words of a marking scheme, without how many points each of them is worth."""
    found = _SOLUTION.search(answer)
    return _MARKS.sub("", found[1] if found else answer)
