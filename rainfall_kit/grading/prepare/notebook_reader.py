"""Notebook reader: a valid notebook, whatever a student handed in as one.

nbgrader gives up on a file that is not a notebook and takes it out of the class. Here it becomes an
empty notebook with a note, so that it is graded, and answered, like any other.
"""

from __future__ import annotations

import itertools
import json
from typing import IO, TYPE_CHECKING, Any

import nbformat
from nbformat import NotebookNode, v4

from rainfall_kit.grading.prepare.notes import NOT_A_NOTEBOOK, NOTES_CELL, notes_of
from rainfall_kit.grading.safe_json import Pruner, read_json
from rainfall_kit.handing_in.limits import MOST_CELLS, MOST_CODE
from rainfall_kit.handing_in.saved_outputs import without_outputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Of the metadata and the attachments of all cells, and of one list in them; a lesson has a few hundred. Nbformat
# takes half a millisecond to validate an attachment, and holds each tag of a cell against each other.
_MOST_VALUES, _MOST_TOGETHER = 10_000, 200
_NO_ID = "rainfall-no-id"  # until `_make_ids_unique` gives one: nbformat 4.5 has brought them
# By nbformat's cell types.
NEW_CELL: dict[str, Callable[..., NotebookNode]] = {
    "code": v4.new_code_cell,
    "markdown": v4.new_markdown_cell,
    "raw": v4.new_raw_cell,
}


def read_notebook(stream: IO[str]) -> NotebookNode:
    """The notebook in a file, with what every tool can read and nothing else.

    Sources and metadata are kept; outputs and whatever does not belong in a notebook are not.

    Args:
        stream: the file, open for reading.

    Returns:
        A valid notebook. One without cells, and with a note, when the file was none.

    Example:
        >>> import io
        >>> nb = read_notebook(io.StringIO("Dear teacher, ..."))
        >>> len(nb.cells), notes_of(nb)
        (0, ['not a notebook'])
    """
    # A file that is open as text has its bytes behind it, whose encoding may be another one.
    return read_notebook_bytes(getattr(stream, "buffer", stream).read())


def decoded(content: bytes) -> str:
    r"""The text of a file in UTF-8, UTF-16 or UTF-32, with a byte order mark or without.

    Example:
        >>> decoded("\ufeffé".encode("utf-16-le")), decoded(b"\xef\xbb\xbf{}")
        ('é', '{}')
    """
    text = content.decode(json.detect_encoding(content), errors="replace")
    return text.removeprefix("\ufeff")


def read_notebook_bytes(content: bytes | str, *, with_notes: bool = True) -> NotebookNode:
    """The notebook in a file's content, as `read_notebook` reads one from a file.

    Args:
        content: what the file holds.
        with_notes: whether notes in its metadata are kept. In what a student handed in, nobody but the
            student has written them.
    """
    text = content if isinstance(content, str) else decoded(without_outputs(content))
    try:
        given = read_json(text.removeprefix("\ufeff"))
        count = _cut_cells(given)
        broken = _leave_out_broken(given)
        cut = _cut_metadata(given)
        if given["nbformat"] < v4.nbformat:
            given = nbformat.convert(nbformat.reader.reads(json.dumps(given)), v4.nbformat)
            for cell in given["cells"]:
                cell.pop("id", None)  # made up at random
        known = [_fields(cell) for cell in given["cells"] if cell["cell_type"] in NEW_CELL]
        small = _short_enough(known)
        cells = _clean_all(small) or [_clean(cell) for cell in small]
    except Exception:  # noqa: BLE001  # anything at all may be in that file
        nb: NotebookNode = v4.new_notebook()
        notes_of(nb).append(NOT_A_NOTEBOOK)
        return nb
    _make_ids_unique(cells)
    metadata = given["metadata"]
    notes = metadata.pop("rainfall_kit", {})
    if (
        with_notes and isinstance(notes, dict) and isinstance(notes.get("notes"), list)
    ):  # written by `repair`
        metadata["rainfall_kit"] = notes
    try:
        nb = v4.new_notebook(metadata=metadata)
    except nbformat.ValidationError:
        nb = v4.new_notebook()
    nb.cells = cells  # validated above; new_notebook would do so again, cell by cell
    if broken:
        notes_of(nb).append(f"is damaged: {broken} of its cells could not be read, or not in full")
    if len(small) < len(known):
        notes_of(nb).append(
            f"has more than {MOST_CODE} characters of code: {len(known) - len(small)} of its cells "
            "were not read"
        )
    if cut:
        notes_of(nb).append(
            f"has too much metadata, or attachments: {cut} of its cells lost theirs"
        )
    if count > MOST_CELLS:
        notes_of(nb).append(f"has {count} cells, of which the first {MOST_CELLS} were read")
    return nb


def read_released(path: Path) -> NotebookNode:
    """The notebook that an instructor has given out, in whatever format; each cell has an id."""
    given = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    old = given.nbformat < v4.nbformat
    nb: NotebookNode = nbformat.convert(given, v4.nbformat)
    for number, cell in enumerate(nb.cells):
        if old:
            cell.pop("id", None)  # made up at random
        # by the place: the same from run to run, and of no cell that a student hands in
        cell.setdefault("id", f"released-{number}")
    nb.nbformat_minor = max(nb.nbformat_minor, v4.nbformat_minor)  # older formats know no ids
    return nb


def _sheets(given: dict[str, Any]) -> list[dict[str, Any]]:
    return given.get("worksheets") or [given]  # older formats have sheets


def _cut_cells(given: dict[str, Any]) -> int:
    """Leave the first cells, before anything is done with each of them; how many there were."""
    sheets = _sheets(given)
    count = sum(len(sheet["cells"]) for sheet in sheets)
    left = MOST_CELLS
    for sheet in sheets:
        del sheet["cells"][left:]
        left -= len(sheet["cells"])
    return count


def _leave_out_broken(given: dict[str, Any]) -> int:
    """Leave out what is no cell, and of a source what is no text; how many cells have lost something."""
    broken = 0
    for sheet in _sheets(given):
        cells = [
            cell
            for cell in sheet["cells"]
            if isinstance(cell, dict) and isinstance(cell.get("cell_type"), str)
        ]
        broken += len(sheet["cells"]) - len(cells)
        for cell in cells:
            for name in {"source", "input"} & cell.keys():  # older formats have an input
                parts = cell[name] if isinstance(cell[name], list) else [cell[name]]
                texts = [part for part in parts if isinstance(part, str)]
                if len(texts) < len(parts):
                    cell[name] = "".join(texts)
                    broken += 1
        sheet["cells"] = cells
    return broken


def _cut_metadata(given: dict[str, Any]) -> int:
    """Leave out metadata and attachments of more values than anybody writes, before each is validated.

    Returns:
        How many cells have lost some.
    """
    cut_cells = 0
    pruned = Pruner(_MOST_VALUES, _MOST_TOGETHER)
    for cell in itertools.chain.from_iterable(sheet["cells"] for sheet in _sheets(given)):
        given_cell = {
            name: cell.pop(name) for name in ("metadata", "attachments") if cell.get(name)
        }
        before = pruned.cut
        kept = {name: pruned(values) for name, values in given_cell.items()}
        cut_cells += pruned.cut > before
        cell |= {"metadata": {}} | {name: values for name, values in kept.items() if values}
    metadata = given.get("metadata")
    given["metadata"] = (Pruner()(metadata) or {}) if isinstance(metadata, dict) else {}
    return cut_cells


def _short_enough(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cells without those of code that have no room any more."""
    kept, left = [], MOST_CODE
    for cell in cells:
        size = len(cell["source"]) if cell["cell_type"] == "code" else 0
        if size <= left:
            kept.append(cell)
            left -= size
    return kept


def _clean_all(cells: list[dict[str, Any]]) -> list[NotebookNode]:
    """The cells, or none if anything is wrong with any."""
    # One validation of all together is ten times as fast as one for each; and nbformat's own isvalid
    # copies them first, and refuses ids that stand twice, which are made unique later.
    errors = nbformat.validator.iter_validate({**v4.new_notebook(), "cells": cells})
    if next(iter(errors), None) is not None:
        return []
    return [nbformat.from_dict(cell) for cell in cells]


def _clean(fields: dict[str, Any]) -> NotebookNode:
    new = NEW_CELL[fields["cell_type"]]
    try:
        return new(**fields)
    except Exception:  # noqa: BLE001  # one bad entry should not cost the cell its name
        metadata = fields["metadata"]
        known = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        kept = {"nbgrader": known} if isinstance(known, dict) else {}
        return new(fields["source"], metadata=kept, id=_NO_ID)


def _fields(given: dict[str, Any]) -> dict[str, Any]:
    """The fields that are kept of a cell, with those that every cell of its kind has."""
    kind, source = given["cell_type"], given.get("source", "")
    kept = ("id", "metadata", "attachments") if kind == "markdown" else ("id", "metadata")
    fields = {name: given[name] for name in kept if name in given}
    fields.setdefault("id", _NO_ID)
    if kind == "code":
        fields |= {"outputs": [], "execution_count": None}
    return fields | {
        "cell_type": kind,
        "source": source if isinstance(source, str) else "".join(source),
    }


def _make_ids_unique(cells: list[NotebookNode]) -> None:
    """Give an id to each cell without one, or with an earlier cell's: the same from run to run."""
    taken = {cell["id"] for cell in cells}
    seen = {_NO_ID, NOTES_CELL}
    for number, cell in enumerate(cells):
        if cell["id"] in seen:
            fresh = (f"submitted-{number}{'-' * more}" for more in itertools.count())
            cell["id"] = next(name for name in fresh if name not in taken)
            taken.add(cell["id"])
        seen.add(cell["id"])
