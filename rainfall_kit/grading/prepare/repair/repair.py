"""Notebook repair: every cell of the released notebook, once, with its metadata, in its order.

Students delete cells, copy them, change their type and lose their metadata. nbgrader restores the
text of a locked cell that is there; this sees to it that each is there.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from nbformat import NotebookNode, v4

from rainfall_kit.grading.prepare.notes import NOT_A_NOTEBOOK, NOTES_CELL, is_missing, notes_of
from rainfall_kit.grading.prepare.repair.answers import find_answers

if TYPE_CHECKING:
    from rainfall_kit.grading.prepare.repair.answers import Answers


def repair(
    nb: NotebookNode, released: NotebookNode, *, something_left_out: bool = False
) -> NotebookNode:
    """Give a submission every cell that nbgrader knows, once, with the released metadata.

    An answer is the cell that defines its function. A cell that is missing stands just before the next
    one that is there; one for an answer that was found elsewhere says so, and holds no stub. A
    written answer that has gone is left for a person to grade, who may find it elsewhere in the
    notebook.

    Args:
        nb: what was handed in; changed in place.
        released: what had been given out.
        something_left_out: whether more was handed in than could be read.

    Returns:
        The same notebook; `notes_of` it tells what was done.

    Example:
        >>> cell = v4.new_code_cell("require('mse', mse)", id="test")
        >>> cell.metadata.nbgrader = {"grade_id": "test", "grade": True, "solution": False}
        >>> nb = repair(v4.new_notebook(), v4.new_notebook(cells=[cell]))
        >>> [cell.id for cell in nb.cells][-1], notes_of(nb)
        ('test', ['not in what was handed in, so added: every cell'])
    """
    originals = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in released.cells
        if "nbgrader" in cell.metadata
    }
    anything_handed_in = bool(nb.cells) or something_left_out
    found = find_answers(nb.cells, released.cells)
    dropped = {id(cell) for cell in found.dropped}
    nb.cells = [cell for cell in nb.cells if id(cell) not in dropped]
    for cell in nb.cells:
        # Not even a tag stays: "skip-execution" on a test would earn it full marks.
        cell.metadata = NotebookNode()
    for grade_id, cell in found.chosen.items():
        cell.metadata = copy.deepcopy(originals[grade_id].metadata)
    _add_spelling(found)
    notes_of(nb).extend(found.notes)
    _add_missing(nb, originals, found, anything_handed_in=anything_handed_in)
    _put_in_order(nb, list(originals))
    _make_ids_unique(nb, originals)
    if notes_of(nb):
        told = "\n".join(f"- {note}" for note in notes_of(nb))
        nb.cells.insert(
            0, v4.new_markdown_cell(f"**About what was handed in**\n\n{told}", id=NOTES_CELL)
        )
    return nb


def _add_spelling(found: Answers) -> None:
    """Let a function that was found in other letters be known by the name that is asked for."""
    for one in found.spelled:
        one.cell.source += f"\n\n{one.asked} = {one.name}  # added when this was graded"


def _add_missing(
    nb: NotebookNode,
    originals: dict[str, NotebookNode],
    found: Answers,
    *,
    anything_handed_in: bool,
) -> None:
    """Put in the cells that are missing, each just before the next one that is there."""
    added = [name for name in originals if name not in found.chosen and name not in found.within]
    following: NotebookNode | None = None
    for grade_id, original in reversed(originals.items()):
        cell = found.chosen.get(grade_id)
        if cell is None:
            cell = copy.deepcopy(original)
            if grade_id in found.within:
                # A stub here would define the function anew, below its answer.
                cell.source = f"# The answer stands in the cell of {found.within[grade_id]}."
            elif anything_handed_in and original.metadata.nbgrader.get("grade"):
                _request_manual_grading(cell)
            place = len(nb.cells) if following is None else _index(nb.cells, following)
            nb.cells.insert(place, cell)
        following = cell
    # The student deleted it, or the instructor wrote it later: nothing tells which.
    if added and not is_missing(nb) and NOT_A_NOTEBOOK not in notes_of(nb):
        told = ", ".join(added) if found.chosen else "every cell"
        notes_of(nb).append(f"not in what was handed in, so added: {told}")


def _put_in_order(nb: NotebookNode, names: list[str]) -> None:
    """Let the known cells stand in the places that they have, in the order in which they were given out.

    A test that is run before its time could tell the cells behind it what it knows. The code that a
    student has put directly above an answer that moves goes with it: the answer may call it.
    """
    places = [i for i, cell in enumerate(nb.cells) if "nbgrader" in cell.metadata]
    here = [nb.cells[i].metadata.nbgrader.grade_id for i in places]
    if here == names:
        return
    notes_of(nb).append("cells were put in the order in which they were given out")
    blocks: dict[str, list[NotebookNode]] = {}
    row: list[str | NotebookNode] = []  # a name stands for a place
    highest = -1
    for cell in nb.cells:
        if "nbgrader" not in cell.metadata:
            row.append(cell)
            continue
        name = cell.metadata.nbgrader.grade_id
        block = [cell]
        if cell.metadata.nbgrader.get("solution") and names.index(name) < highest:
            while row and isinstance(row[-1], NotebookNode) and row[-1].cell_type == "code":
                block.insert(0, row.pop())
        highest = max(highest, names.index(name))
        blocks[name] = block
        row.append(name)
    in_turn = iter(names)
    nb.cells = [
        cell for one in row for cell in (blocks[next(in_turn)] if isinstance(one, str) else [one])
    ]


def _make_ids_unique(nb: NotebookNode, originals: dict[str, NotebookNode]) -> None:
    """Give a cell another id where one that was put back, or one that was copied, has it."""

    def is_foreign(cell: NotebookNode) -> int:
        if "nbgrader" not in cell.metadata:
            return 2
        return int(cell.id != originals[cell.metadata.nbgrader.grade_id].id)

    seen: set[str] = set()
    for cell in sorted(nb.cells, key=is_foreign):
        number, known = 2, cell.id
        while cell.id in seen:
            cell.id = f"{known[:50]}-{number}"  # the same from run to run
            number += 1
        seen.add(cell.id)


def _index(cells: list[NotebookNode], wanted: NotebookNode) -> int:
    return next(index for index, cell in enumerate(cells) if cell is wanted)


def _request_manual_grading(cell: NotebookNode) -> None:
    # nbgrader gives 0 to a written answer that equals the released text, without asking anybody.
    if cell.metadata.nbgrader.get("solution"):
        told = "(This cell was missing. Is the answer elsewhere in the notebook?)"
        cell.source += f"\n\n# {told}" if cell.cell_type == "code" else f"\n\n*{told}*"
