"""Assignment notebook: its cells as the instructor wrote them, with points and hidden tests."""

from __future__ import annotations

import copy
import functools
import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from nbformat import NotebookNode, v4

from rainfall_kit.grading.prepare.notebook_reader import NEW_CELL
from rainfall_kit.handing_in.require_calls import Required, required

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class SourceCell:
    """One cell that nbgrader knows, as the gradebook has it.

    Attributes:
        name: its grade id.
        cell_type: ``"code"``, ``"markdown"`` or ``"raw"``.
        source: the instructor's text: without solutions, with hidden tests.
        released: what students were given, where the released notebook has the cell.
        checksum: nbgrader's own, of the source.
        locked: whether a student's text is replaced by the source.
        points: None for a cell that earns none.
        solution: whether a student writes in it.
        task: whether it is a task that a person grades.
    """

    name: str
    cell_type: str
    source: str
    checksum: str
    locked: bool
    points: float | None = None
    solution: bool = False
    task: bool = False
    released: str | None = None

    @property
    def hidden(self) -> bool:
        """True where students were given less than its source."""
        return self.released != self.source

    @functools.cached_property
    def required(self) -> tuple[Required, ...]:
        """The questions that the cell asks of the kit, where that is all it does: judged by values."""
        graded = self.points is not None and not self.solution and self.cell_type == "code"
        return required(self.source) if graded else ()

    @property
    def content(self) -> dict[str, Any]:
        """All but its points, and nbgrader's checksum, which depends on them."""
        facts = asdict(self)
        return {name: facts[name] for name in facts if name not in {"points", "checksum"}}

    @property
    def nbgrader_metadata(self) -> dict[str, Any]:
        """The metadata by which nbgrader knows the cell."""
        metadata = {
            "grade": self.points is not None and not self.task,
            "grade_id": self.name,
            "locked": self.locked,
            "schema_version": 3,
            "solution": self.solution,
            "task": self.task,
            "checksum": self.checksum,
            "cell_type": self.cell_type,
        }
        return metadata if self.points is None else {**metadata, "points": self.points}


@dataclass(frozen=True, kw_only=True)
class AssignmentNotebook:
    """One notebook of an assignment, as the gradebook has it.

    Attributes:
        name: without ``.ipynb``.
        kernelspec: the instructor's, or nothing.
        cells: those that nbgrader knows, in their order.
    """

    name: str
    kernelspec: dict[str, Any]
    cells: tuple[SourceCell, ...]

    @property
    def version(self) -> str:
        """Changes with anything that a grade depends on."""
        # The journal compares it: a field of SourceCell with another name has every class graded again.
        facts = [asdict(cell) for cell in self.cells]
        text = json.dumps([self.name, self.kernelspec, facts], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @functools.cached_property
    def by_name(self) -> dict[str, SourceCell]:
        """The cells by their grade ids."""
        return {cell.name: cell for cell in self.cells}

    def cells_in(self, nb: NotebookNode) -> Iterator[tuple[int, SourceCell]]:
        """Those of its cells that stand in a notebook, each with its place there."""
        for number, cell in enumerate(nb.cells):
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if grade_id in self.by_name:
                yield number, self.by_name[grade_id]

    def template(self, released: NotebookNode | None) -> NotebookNode:
        """Cells that were given out, for `repair` to take from; every one of these is in it.

        Args:
            released: the notebook that was given out; what stands between the known cells is kept.
        """
        nb: NotebookNode = v4.new_notebook()
        # unchecked: a released id may be one that is made up below
        nb.cells = [
            self._with_marks(copy.deepcopy(cell))
            for cell in (released.cells if released is not None else [])
        ]
        there = _by_grade_id(nb)
        for number, cell in enumerate(self.cells):
            if cell.name not in there:
                made = NEW_CELL.get(cell.cell_type, NEW_CELL["raw"])(
                    cell.source, id=f"cell-{number}"
                )
                made.metadata.nbgrader = NotebookNode(cell.nbgrader_metadata)
                nb.cells.append(made)
        return nb

    def _with_marks(self, cell: NotebookNode) -> NotebookNode:
        """A released cell with the gradebook's own metadata, or none where the gradebook has no such cell."""
        known = cell.metadata.pop("nbgrader", {})
        if known.get("grade_id") in self.by_name:
            cell.metadata.nbgrader = NotebookNode(self.by_name[known["grade_id"]].nbgrader_metadata)
        return cell


def in_released_order(
    cells: list[SourceCell], released: NotebookNode | None
) -> tuple[SourceCell, ...]:
    """The cells in the order of what was given out, with its text; those that it lacks come last."""
    given_out = _by_grade_id(released)
    order = {name: place for place, name in enumerate(given_out)}
    known = [
        replace(cell, released=given_out[cell.name].source if cell.name in given_out else None)
        for cell in cells
    ]
    return tuple(sorted(known, key=lambda cell: (order.get(cell.name, len(order)), cell.name)))


def _by_grade_id(nb: NotebookNode | None) -> dict[str, NotebookNode]:
    cells = nb.cells if nb is not None else []
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in cells
        if "grade_id" in cell.metadata.get("nbgrader", {})
    }
