"""Release of an assignment as students get it: nbgrader's own steps, in memory and without a gradebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

if TYPE_CHECKING:
    from pathlib import Path

# In the order of `nbgrader generate_assignment`, which saves the cells in a gradebook besides.
_STEPS = (
    LockCells,
    ClearSolutions,
    ClearOutput,
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
)


def released(source: Path) -> str:
    """The notebook without solutions, hidden tests and marking schemes, as text.

    Args:
        source: the instructor's notebook.

    Example:
        >>> from rainfall_kit.course.bundled_course import find_course
        >>> text = released(find_course() / "source" / "tensors" / "tensors.ipynb")
        >>> "BEGIN SOLUTION" in text, "raise NotImplementedError()" in text
        (False, True)
    """
    notebook = nbformat.read(source, as_version=4)
    resources: dict[str, object] = {}
    for step in _STEPS:
        notebook, resources = step().preprocess(notebook, resources)
    return str(nbformat.writes(notebook)) + "\n"
