"""Progress of a student without a teacher: what their own checks say, in the notebooks as they were saved."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rainfall_kit.course.assignments import BundledAssignment, bundled_assignments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TOUR = "tour.ipynb"


@dataclass(frozen=True, kw_only=True)
class Done:
    """How far one assignment is.

    Attributes:
        assignment: which one.
        right: the functions whose check was run and said that they are right.
        points: that the checks and hidden tests of these functions are worth together.
        most: the same for all of its functions; the rest is for answers in words.
    """

    assignment: BundledAssignment
    right: tuple[str, ...]
    points: int
    most: int


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Progress in a folder: done and not done; a notebook shows it as a table.

    Attributes:
        tour: how many cells of the tour were run, and how many there are.
        done: the assignments, in the course's order.
    """

    tour: tuple[int, int]
    done: tuple[Done, ...]

    def __repr__(self) -> str:
        tour = f"the tour: {self.tour[0]} of {self.tour[1]} cells run"
        return "\n".join([tour, *(f"{one.assignment.name}: {_told(one)}" for one in self.done)])

    def _repr_markdown_(self) -> str:
        run, cells = self.tour
        rows = [
            f"| {one.assignment.place} | [{one.assignment.name}]({one.assignment.name}/"
            f"{one.assignment.name}.ipynb): {one.assignment.title} | {_told(one)} | "
            f"{one.points} of {one.most} |"
            for one in self.done
        ]
        return "\n".join(
            [
                "| | | done | points |",
                "|---|---|---|---|",
                f"| | [The tour]({TOUR}): gradient descent in nine parts | {run} of {cells} cells run | |",
                *rows,
            ]
        )


def _told(done: Done) -> str:
    functions = done.assignment.functions
    left = [name for name in functions if name not in done.right]
    if not left:
        return f"✓ all {len(functions)} functions"
    return f"{len(done.right)} of {len(functions)} functions; next: `{left[0]}`"


def progress(folder: str | Path = ".") -> Progress:
    """How far the tour and the assignments of a folder are, by their notebooks as they were saved.

    Args:
        folder: where `rainfall lab` has put them.

    Example:
        >>> progress("an empty folder").done[0].right
        ()
    """
    root = Path(folder)
    tour = [cell for cell in _cells(root / TOUR) if cell["cell_type"] == "code"]
    return Progress(
        tour=(sum(map(_was_run, tour)), len(tour)),
        done=tuple(_done(assignment, root) for assignment in bundled_assignments()),
    )


def _done(assignment: BundledAssignment, root: Path) -> Done:
    cells = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell
        for cell in _cells(root / assignment.name / f"{assignment.name}.ipynb")
        if "grade_id" in cell.get("metadata", {}).get("nbgrader", {})
    }
    right = tuple(name for name in assignment.functions if _said_right(cells.get(f"test-{name}")))
    return Done(
        assignment=assignment,
        right=right,
        points=sum(assignment.worth[name] for name in right),
        most=sum(assignment.worth.values()),
    )


def _said_right(cell: Mapping[str, Any] | None) -> bool:
    """True if this test was run and raised nothing: `require` raises whatever is not right."""
    return (
        cell is not None
        and _was_run(cell)
        and all(output.get("output_type") != "error" for output in cell.get("outputs", ()))
    )


def _was_run(cell: Mapping[str, Any]) -> bool:
    return cell.get("execution_count") is not None


def _cells(path: Path) -> Iterable[dict[str, Any]]:
    """The cells of a notebook; none of one that is not there or cannot be read."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    cells = cells if isinstance(cells, list) else []
    return [cell for cell in cells if isinstance(cell, dict) and "cell_type" in cell]
