"""Notebook repair: every cell of the released notebook, once, with its metadata, in its order.

Students delete cells, copy them, change their type and lose their metadata. nbgrader restores the
text of a locked cell that is there; this sees to it that each is there.
"""

from __future__ import annotations

import copy

from nbformat import NotebookNode, v4

from rainfall_kit.grading.prepare.notes import NOTES_CELL, notes_of


def repair(nb: NotebookNode, released: NotebookNode) -> NotebookNode:
    """Give a submission every cell that nbgrader knows, once, with the released metadata.

    Of several copies of a cell, the last one that the student has changed counts; those that are as
    they were given out go. A cell that is missing stands just before the next one that is there. A
    written answer that has gone is left for a person to grade, who may find it elsewhere in the
    notebook.

    Args:
        nb: what was handed in; changed in place.
        released: what had been given out.

    Returns:
        The same notebook; `notes_of` it tells what was put back.

    Example:
        >>> cell = v4.new_code_cell("require('mse', mse)", id="test")
        >>> cell.metadata.nbgrader = {"grade_id": "test", "grade": True, "solution": False}
        >>> nb = repair(v4.new_notebook(), v4.new_notebook(cells=[cell]))
        >>> [cell.id for cell in nb.cells][-1], notes_of(nb)
        ('test', ['put back: every cell'])
    """
    originals = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in released.cells
        if "nbgrader" in cell.metadata
    }
    anything_handed_in = bool(nb.cells)
    chosen = _choose(nb, originals)
    for cell in nb.cells:
        # Not even a tag stays: "skip-execution" on a test would earn it full marks.
        cell.metadata = NotebookNode()
    for grade_id, cell in chosen.items():
        cell.metadata = copy.deepcopy(originals[grade_id].metadata)

    put_back = [grade_id for grade_id in originals if grade_id not in chosen]
    following: NotebookNode | None = None
    for grade_id, original in reversed(originals.items()):
        cell = chosen.get(grade_id)
        if cell is None:
            cell = copy.deepcopy(original)
            if anything_handed_in and original.metadata.nbgrader.get("grade"):
                _request_manual_grading(cell)
            place = len(nb.cells) if following is None else _index(nb.cells, following)
            nb.cells.insert(place, cell)
        following = cell
    _put_in_order(nb, list(originals))
    if put_back:
        notes_of(nb).append(f"put back: {', '.join(put_back) if chosen else 'every cell'}")
    if notes_of(nb):
        told = "\n".join(f"- {note}" for note in notes_of(nb))
        nb.cells.insert(
            0, v4.new_markdown_cell(f"**About what was handed in**\n\n{told}", id=NOTES_CELL)
        )
    return nb


def _choose(nb: NotebookNode, originals: dict[str, NotebookNode]) -> dict[str, NotebookNode]:
    """For each grade id that is there, the cell that counts; copies without an answer are taken out."""
    chosen: dict[str, NotebookNode] = {}
    dropped: set[int] = set()
    for grade_id, copies in _copies(nb.cells, originals).items():
        given_out = originals[grade_id].source
        changed = [cell for cell in copies if cell.source != given_out]
        chosen[grade_id] = (changed or copies)[-1]
        # Below the answer it would define the function anew, without one.
        dropped.update(id(cell) for cell in copies if cell.source == given_out)
        dropped.discard(id(chosen[grade_id]))
    nb.cells = [cell for cell in nb.cells if id(cell) not in dropped]
    return chosen


def _copies(
    cells: list[NotebookNode], originals: dict[str, NotebookNode]
) -> dict[str, list[NotebookNode]]:
    """For each grade id that is there, its cells in order."""
    by_cell_id = {cell.id: grade_id for grade_id, cell in originals.items()}
    copies: dict[str, list[NotebookNode]] = {}
    for cell in cells:
        known = cell.metadata.get("nbgrader")
        grade_id = known.get("grade_id") if isinstance(known, dict) else None
        if not isinstance(grade_id, str) or grade_id not in originals:
            grade_id = by_cell_id.get(cell.id)  # some editors drop metadata and keep ids
        if grade_id is not None:
            copies.setdefault(grade_id, []).append(cell)
    return copies


def _put_in_order(nb: NotebookNode, names: list[str]) -> None:
    """Let the known cells stand in the places that they have, in the order in which they were given out.

    A test that is run before its time could tell the cells behind it what it knows.
    """
    places = [i for i, cell in enumerate(nb.cells) if "nbgrader" in cell.metadata]
    known = {nb.cells[i].metadata.nbgrader.grade_id: nb.cells[i] for i in places}
    for place, name in zip(places, names, strict=True):
        nb.cells[place] = known[name]


def _index(cells: list[NotebookNode], wanted: NotebookNode) -> int:
    return next(index for index, cell in enumerate(cells) if cell is wanted)


def _request_manual_grading(cell: NotebookNode) -> None:
    # nbgrader gives 0 to a written answer that equals the released text, without asking anybody.
    if cell.metadata.nbgrader.get("solution"):
        cell.source += "\n\n*(This cell was missing. Is the answer elsewhere in the notebook?)*"
