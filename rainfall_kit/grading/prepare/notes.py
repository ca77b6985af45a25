"""Notes about a submission, in its notebook's metadata: for the instructor, who reads them with the grade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rainfall_kit.grading.sandbox.job import FAILURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbformat import NotebookNode

_NO_NOTEBOOK = "no notebook"
NOT_A_NOTEBOOK = "not a notebook"
# The id of the cell that tells them in the graded notebook.
NOTES_CELL = "rainfall-notes"


def notes_of(nb: NotebookNode) -> list[str]:
    """The notes that stand in the metadata; append to the list to add one.

    Example:
        >>> from nbformat import v4
        >>> nb = v4.new_notebook()
        >>> notes_of(nb).append("a broken link was left out")
        >>> nb.metadata
        {'rainfall_kit': {'notes': ['a broken link was left out']}}
    """
    notes: list[str] = nb.metadata.setdefault("rainfall_kit", {}).setdefault("notes", [])
    return notes


def note_missing(nb: NotebookNode, name: str, names: Sequence[str]) -> None:
    """Note that an empty notebook stands in the place of one that was not handed in.

    Args:
        nb: the empty one.
        name: of the one that is missing.
        names: of all the assignment's notebooks: where there is one, it needs no name.
    """
    notes_of(nb).append(_NO_NOTEBOOK if len(names) == 1 else f"{_NO_NOTEBOOK} {name}")


def is_missing(nb: NotebookNode) -> bool:
    """True if `note_missing` was told of it."""
    return any(note.startswith(_NO_NOTEBOOK) for note in notes_of(nb))


def all_notes(nb: NotebookNode) -> list[str]:
    """The notes of a notebook that has been run, with the cells that did not run to their end, by the reason.

    Example:
        >>> from nbformat import v4
        >>> ended = v4.new_output("error", ename="DeadKernelError")
        >>> cells = [v4.new_code_cell(id=name, outputs=[ended]) for name in ("mse", "rmse")]
        >>> all_notes(v4.new_notebook(cells=cells))
        ['each of the cell mse and the cell rmse ended Python']
    """
    failed: dict[str, list[str]] = {}
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error" and output.ename in FAILURES:
                failed.setdefault(output.ename, []).append(_name(cell))
    # a student's own editor may have written anything into the list
    return [
        *map(str, notes_of(nb)),
        *(f"{_together(names)} {FAILURES[reason]}" for reason, names in failed.items()),
    ]


def _together(names: list[str]) -> str:
    return f"each of {', '.join(names[:-1])} and {names[-1]}" if names[1:] else names[0]


def failure_message(kind: str) -> str:
    """The words of the error that a cell shows which did not run to its end.

    Example:
        >>> failure_message("DeadKernelError")
        'this cell ended Python; the other cells were run without it'
    """
    ended = kind not in ("NotAskedError", "JudgingLimitError", "JudgingEndedError")
    others = "; the other cells were run without it" if ended else ""
    return f"this cell {FAILURES[kind]}{others}"


def _name(cell: Any) -> str:
    return (
        cell.metadata.get("nbgrader", {}).get("grade_id")
        or f"the cell {cell.get('id', 'without an id')}"
    )
