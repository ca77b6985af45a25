"""Notebook checks without running anything: metadata, points, markers and outputs of an instructor's notebook."""

from __future__ import annotations

import ast
import base64
import contextlib
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.questions.drawing import count_of
from rainfall_kit.grading.verification.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from nbformat import NotebookNode

_SCHEMA = 3  # nbgrader's, of a cell's metadata
_ID = re.compile(r"[a-zA-Z0-9_\-]+")  # as nbgrader's own validator has it
_CLOCK = re.compile(r"(.+\.)?(now|today|utcnow)|time\.\w+")
_SHORT = 25  # characters: less may stand in a lesson by chance
_LARGEST_FILE = 2**20  # bytes; larger ones are data


def check_source(
    nb: NotebookNode, name: str, delimiters: Sequence[tuple[str, str]]
) -> Iterator[Finding]:
    """Findings on a notebook as its instructor wrote it.

    Args:
        nb: the notebook.
        name: of the notebook.
        delimiters: what begins and ends a solution, hidden tests and a marking scheme.
    """
    known = [(cell, _about(cell)) for cell in nb.cells if _is_used(_about(cell))]
    counts = Counter(str(about.get("grade_id", "")) for _, about in known)
    for grade_id, count in counts.items():
        if count > 1:
            yield Finding(level="wrong", text=f"{name}: {count} cells have the id {grade_id!r}")
    for cell, about in known:
        for problem in _of_metadata(cell, about):
            yield Finding(
                level="wrong", text=f"{name}, cell {about.get('grade_id') or '?'}: {problem}"
            )
        if about.get("points") == 0 and (about.get("grade") or about.get("task")):
            told = f"{name}, cell {about.get('grade_id') or '?'}: it is graded, and earns 0 points"
            yield Finding(level="odd", text=told)
        for problem in _of_clock(cell, about):
            told = f"{name}, cell {about.get('grade_id') or '?'}: {problem}"
            yield Finding(level="odd", text=told)
    for number, cell in enumerate(nb.cells, 1):
        place = _id_of(cell) or f"number {number}"
        if _about(cell) != cell.metadata.get("nbgrader", {}):
            text = f"{name}, cell {place}: what nbgrader is to know of it is no table of names and values"
            yield Finding(level="wrong", text=text)
        for begin, end in delimiters:
            if cell.source.count(begin) != cell.source.count(end):
                text = f"{name}, cell {place}: {begin!r} and {end!r} do not come in pairs"
                yield Finding(level="wrong", text=text)
    shown = sum(bool(cell.get("outputs")) for cell in nb.cells)
    if shown:
        told = f"{name}: {count_of(shown, 'cell')} of the source {'has' if shown == 1 else 'have'} outputs. Try: nbstripout --keep-id"
        yield Finding(level="odd", text=told)


def _of_clock(cell: NotebookNode, about: dict[str, Any]) -> Iterator[str]:
    """The calls in a test that give another time, or day, each time, or that wait."""
    if cell.cell_type != "code" or not about.get("grade") or about.get("solution"):
        return
    with contextlib.suppress(SyntaxError, ValueError):
        for node in ast.walk(ast.parse(cell.source)):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called.rpartition(".")[2] == "sleep":
                yield f"it waits ({ast.unparse(node)}), and so does grading, for each student"
            elif _CLOCK.fullmatch(called) and not node.args and not node.keywords:
                yield f"it asks what time it is ({called}()), so what passes now may fail later"


def check_points(notebooks: Iterable[NotebookNode]) -> Iterator[Finding]:
    """An assignment of which nothing earns a point; one of its notebooks may be there to be read."""
    about = [_about(cell) for nb in notebooks for cell in nb.cells]
    if not any(one.get("points") for one in about if _is_used(one)):
        yield Finding(level="wrong", text="no cell earns a point")


def _is_used(about: dict[str, Any]) -> bool:
    return any(about.get(name) for name in ("grade", "solution", "locked", "task"))


def _of_metadata(cell: NotebookNode, about: dict[str, Any]) -> Iterator[str]:
    grade, solution, task = (bool(about.get(name)) for name in ("grade", "solution", "task"))
    if not _ID.fullmatch(str(about.get("grade_id") or "")):
        yield "its id is empty, or has other signs than letters, digits, _ and -"
    if about.get("schema_version") != _SCHEMA:
        yield f"its metadata is of version {about.get('schema_version')}. Try: nbgrader update"
    points = about.get("points")
    if grade or task:
        if isinstance(points, bool) or not isinstance(points, int | float):
            yield "it is graded, and says no points"
        elif points < 0:
            yield f"it has {points:g} points"
    if task and (grade or solution):
        yield "it is a task and an answer at the same time"
    if grade and not solution and cell.cell_type != "code":
        yield "it is a test, and no code"
    if about.get("cell_type") not in (None, cell.cell_type):
        yield f"it was a {about['cell_type']} cell, and is a {cell.cell_type} cell now"


def check_released(
    source: NotebookNode,
    released: NotebookNode,
    name: str,
    delimiters: Sequence[tuple[str, str]],
    texts: Mapping[str, str],
) -> Iterator[Finding]:
    """Findings on answers that what students get gives away.

    Args:
        source: as the instructor wrote it.
        released: as students get it.
        name: of the notebook.
        delimiters: what begins and ends a solution, hidden tests and a marking scheme.
        texts: all that students get, by place: see `read_texts`.
    """
    for cell in released.cells:
        for begin, _ in delimiters:
            if begin in cell.source:
                yield Finding(level="wrong", text=f"{name}: {begin!r} is in the released version")
    shown = sum(bool(cell.get("outputs")) for cell in released.cells)
    if shown:
        told = (
            f"{name}: students see outputs of {count_of(shown, 'cell')}. Try: nbstripout --keep-id"
        )
        yield Finding(level="odd", text=told)
    squeezed = {place: _squeezed(text) for place, text in texts.items()}
    given_out = {_id_of(cell): cell.source for cell in released.cells}
    for cell in source.cells:
        if _about(cell).get("solution") and given_out.get(_id_of(cell)) == cell.source:
            told = f"{name}, cell {_id_of(cell)}: students get it as it is in the source"
            yield Finding(level="odd", text=told)
            continue
        for secret in _secrets(cell, delimiters):
            for place, text in squeezed.items():
                if secret in text:
                    told = f"{name}, cell {_id_of(cell) or '?'}: what students are not to see of it stands in {place}, which they get"
                    yield Finding(level="wrong", text=told)


def _id_of(cell: NotebookNode) -> str:
    return str(_about(cell).get("grade_id") or "")


def _about(cell: NotebookNode) -> dict[str, Any]:
    """Metadata of a cell for nbgrader; nothing where it is broken."""
    about = cell.metadata.get("nbgrader")
    return about if isinstance(about, dict) else {}


def _secrets(cell: NotebookNode, delimiters: Sequence[tuple[str, str]]) -> set[str]:
    """The squeezed texts of a cell that students are not to see: long regions, and a whole answer."""
    regions = [
        hidden
        for begin, end in delimiters
        for hidden in re.findall(
            # from the line below the one to the line above the other
            f"{re.escape(begin)}[^\n]*\n(.*?)[^\n]*{re.escape(end)}",
            cell.source,
            re.DOTALL,
        )
    ]
    long = {squeezed for squeezed in map(_squeezed, regions) if len(squeezed) >= _SHORT}
    if not long and _about(cell).get("solution"):
        every = [sign for pair in delimiters for sign in pair]
        lines = cell.source.splitlines()
        whole = _squeezed(
            "\n".join(line for line in lines if not any(one in line for one in every))
        )
        return {whole} if "\n" in whole or len(whole) >= _SHORT else set()
    return long


def _squeezed(text: str) -> str:
    """A text without its indentation, its empty lines, and what makes a line a comment or a quotation."""
    lines = (line.strip().lstrip("#> ").strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def read_texts(folder: Path) -> dict[str, str]:
    """All texts of what is given out, by place: of a notebook its cells, their outputs, and the rest of it.

    Args:
        folder: the released assignment.
    """
    texts = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.stat().st_size > _LARGEST_FILE:
            continue
        name = path.relative_to(folder).as_posix()
        text = path.read_text(encoding="utf-8", errors="replace")
        texts[name] = text
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            if path.suffix == ".ipynb":
                whole = json.loads(text)
                parts = [
                    [cell.pop(part, "") for cell in whole["cells"]]
                    for part in ("source", "outputs")
                ]
                texts[name] = "\n".join(map(_joined, parts[0]))
                texts[f"the outputs of {name}"] = "\n".join(_texts_in(parts[1]))
                texts[f"the metadata and attachments of {name}"] = "\n".join(_texts_in(whole))
    return texts


def _texts_in(value: Any) -> Iterator[str]:
    """Every text in what was read as JSON; one in Base64, as attachments are, also as what it stands for."""
    if isinstance(value, str):
        yield value
        with contextlib.suppress(ValueError):
            yield base64.b64decode(value, validate=True).decode()
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts_in(part)
    elif isinstance(value, list):
        if all(isinstance(part, str) for part in value):  # the lines of one text, perhaps
            yield _joined(value)
        for part in value:
            yield from _texts_in(part)


def _joined(lines: str | list[str]) -> str:
    return "".join(lines)
