"""Notebook checks without running anything: metadata, points, markers and outputs of an instructor's notebook."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from rainfall_kit.grading.verification.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

_SCHEMA = 3  # nbgrader's, of a cell's metadata
_ID = re.compile(r"[a-zA-Z0-9_\-]+")  # as nbgrader's own validator has it
_MARKERS = (
    ("### BEGIN SOLUTION", "### END SOLUTION"),
    ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"),
    ("=== BEGIN MARK SCHEME ===", "=== END MARK SCHEME ==="),
)
_SHORT = 25  # characters: less may stand in a lesson by chance


def check_source(nb: NotebookNode, name: str) -> Iterator[Finding]:
    """What is wrong with a notebook as its instructor wrote it.

    Args:
        nb: the notebook.
        name: of the notebook.
    """
    known = [(cell, cell.metadata["nbgrader"]) for cell in nb.cells if "nbgrader" in cell.metadata]
    known = [(cell, about) for cell, about in known if _is_used(about)]
    counts = Counter(str(about.get("grade_id", "")) for _, about in known)
    for grade_id, count in counts.items():
        if count > 1:
            yield Finding(level="wrong", text=f"{name}: {count} cells have the id {grade_id!r}")
    for cell, about in known:
        for problem in _of_metadata(cell, about):
            yield Finding(
                level="wrong", text=f"{name}, cell {about.get('grade_id') or '?'}: {problem}"
            )
    for number, cell in enumerate(nb.cells, 1):
        place = cell.metadata.get("nbgrader", {}).get("grade_id") or f"number {number}"
        for begin, end in _MARKERS:
            if cell.source.count(begin) != cell.source.count(end):
                text = f"{name}, cell {place}: {begin!r} and {end!r} do not come in pairs"
                yield Finding(level="wrong", text=text)
    if not any(about.get("points") for _, about in known):
        yield Finding(level="wrong", text=f"{name}: no cell earns a point")
    shown = sum(bool(cell.get("outputs")) for cell in nb.cells)
    if shown:
        yield Finding(
            level="odd",
            text=f"{name}: {shown} cells have outputs, which students will see. "
            "Try: nbstripout --keep-id",
        )


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


def check_released(source: NotebookNode, released: NotebookNode, name: str) -> Iterator[Finding]:
    """What a released notebook gives away.

    Args:
        source: as the instructor wrote it.
        released: as students get it.
        name: of the notebook.
    """
    for cell in released.cells:
        for begin, _ in _MARKERS:
            if begin in cell.source:
                yield Finding(level="wrong", text=f"{name}: {begin!r} is in the released version")
    text = "\n".join(_squeezed(cell.source) for cell in released.cells)
    for cell in source.cells:
        about = cell.metadata.get("nbgrader", {})
        for begin, end in _MARKERS:
            for hidden in re.findall(
                f"{re.escape(begin)}(.*?){re.escape(end)}", cell.source, re.DOTALL
            ):
                answer = _squeezed(hidden)
                if len(answer) >= _SHORT and answer in text:
                    place = about.get("grade_id", "?")
                    told = f"{name}, cell {place}: what stands between {begin!r} and its end is in the released version"
                    yield Finding(level="wrong", text=told)
    given_out = {
        cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in released.cells
    }
    for cell in source.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution") and given_out.get(about.get("grade_id")) == cell.source:
            told = f"{name}, cell {about['grade_id']}: students get it as it is in the source"
            yield Finding(level="odd", text=told)


def _squeezed(text: str) -> str:
    """A text without its indentation and empty lines."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
