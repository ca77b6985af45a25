r"""Preview: what a grader will see of a notebook file, as far as the file and the names here tell.

>>> import tempfile
>>> cells = ["def mse(preds, targets):\n    raise NotImplementedError()", "require('mse', mse)"]
>>> with tempfile.TemporaryDirectory() as folder:
...     path = Path(folder, "loss.ipynb")
...     _ = path.write_text(json.dumps(
...         {"cells": [{"cell_type": "code", "source": text, "execution_count": None} for text in cells]}
...     ))
...     preview(path, {}).problems
('mse is still to be written.', 'No cell has been run since its output was cleared.')
"""

from __future__ import annotations

import functools
import inspect
import itertools
import json
import os
import textwrap
import time
import types
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rainfall_kit.handing_in.definitions import definitions, in_any_letters, unfinished
from rainfall_kit.handing_in.limits import (
    MOST_BYTES,
    MOST_CELLS,
    MOST_CODE,
    MOST_FILES,
    MOST_NOTEBOOK_BYTES,
)
from rainfall_kit.handing_in.require_calls import required
from rainfall_kit.handing_in.saved_outputs import without_outputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rainfall_kit.handing_in.definitions import Kind

# Folders that nbgrader leaves behind when a notebook's folder is handed in.
_LEFT_BEHIND = (".ipynb_checkpoints", "__pycache__", ".pytest_cache")
_NO_WORDS_YET = "YOUR ANSWER HERE"
_RUN_ALL = "Try: Restart Kernel and Run All Cells, then save."


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Preview of a notebook file as a grader will see it.

    Attributes:
        file: its name.
        saved: when it was written, such as ``"14:03"``.
        found: the functions asked for that have an answer in it, right or wrong.
        problems: what is missing or not as it should be, each a sentence or two.
    """

    file: str
    saved: str
    found: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def preview(path: Path, names: Mapping[str, Any]) -> Preview:
    """Look at a notebook file as a grader will.

    What is asked for is known by the tests in the notebook, ``require("mse", mse)``, and by what is still
    to be written in it.

    Args:
        path: of the file, as it was saved last.
        names: of the kernel in which it is run, to tell what is only there.

    Raises:
        OSError: the file cannot be read.
    """
    size, seconds = path.stat().st_size, path.stat().st_mtime
    file, saved = path.name, time.strftime("%H:%M", time.localtime(seconds))
    if size > MOST_NOTEBOOK_BYTES:
        problem = f"It is larger than {_mib(MOST_NOTEBOOK_BYTES)}, so it will not be read. Clear its outputs."
        return Preview(file=file, saved=saved, problems=(problem,))
    content = without_outputs(path.read_bytes())
    try:
        cells = [*map(_Cell.read, json.loads(content)["cells"])]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        problem = "It cannot be read as a notebook. Try: save it anew"
        return Preview(file=file, saved=saved, problems=(problem,))
    code = [cell for cell in cells if cell.is_code and cell.source.strip()]
    look = _Look(code, names)
    newer = look.newer_here()
    if newer:
        problem = (
            f"It does not yet hold what you have written in {', '.join(newer)}. Save the notebook, then "
            "ask again."
        )
        return Preview(file=file, saved=saved, problems=(problem,))
    problems = [*look.problems(), *_unwritten_words(cells), *_not_in_order(code)]
    if len(cells) > MOST_CELLS:
        problems.append(
            f"It has {len(cells)} cells, of which only the first {MOST_CELLS} are read."
        )
    if sum(len(cell.source) for cell in code) > MOST_CODE:
        problems.append(
            f"It has more than {MOST_CODE:,} characters of code: cells past that are not read."
        )
    problems += _left_out(path, len(content))
    return Preview(file=file, saved=saved, found=tuple(look.found), problems=tuple(problems))


def asked_in(path: Path) -> frozenset[str]:
    """The questions that a notebook file tests, as in ``require("mse", mse)``; none where it cannot be read."""
    try:
        if path.stat().st_size > MOST_NOTEBOOK_BYTES:
            return frozenset()
        cells = [*map(_Cell.read, json.loads(without_outputs(path.read_bytes()))["cells"])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return frozenset()
    return frozenset(
        call.question for cell in cells if cell.is_code for call in required(cell.source)
    )


@dataclass(frozen=True, kw_only=True)
class _Cell:
    is_code: bool
    source: str
    count: int | None
    grade_id: str

    @classmethod
    def read(cls, cell: dict[str, Any]) -> _Cell:
        source = cell["source"]
        marks = cell.get("metadata", {}).get("nbgrader", {})
        return cls(
            is_code=cell["cell_type"] == "code",
            source=source if isinstance(source, str) else "".join(source),
            count=cell.get("execution_count"),
            grade_id=str(marks.get("grade_id", "")) if marks.get("solution") else "",
        )

    @functools.cached_property
    def names(self) -> dict[str, Kind]:
        return definitions(self.source)

    @property
    def first_line(self) -> str:
        line = next(line.strip() for line in self.source.splitlines() if line.strip())
        return line if len(line) <= 40 else f"{line[:37]}..."

    @property
    def is_a_look(self) -> bool:
        """True for a cell with nothing but comments, or with the line that asks for this look."""
        lines = [line.strip() for line in self.source.splitlines() if line.strip()]
        return any(line.startswith("%gd_check") for line in lines) or all(
            line.startswith("#") for line in lines
        )


class _Look:
    """The functions that are asked for, and where they are."""

    def __init__(self, cells: list[_Cell], names: Mapping[str, Any]) -> None:
        self._cells = cells
        self._names = names
        self.found: list[str] = []

    def problems(self) -> Iterator[str]:
        for name in self._asked():
            problem = self._problem(name)
            if problem:
                yield problem
            else:
                self.found.append(name)
                yield from self._remarks(name)

    def newer_here(self) -> list[str]:
        """The functions that are still to be written in the file, and have been written here."""
        return [name for name in self._asked() if self._is_newer_here(name)]

    def _is_newer_here(self, name: str) -> bool:
        cells = [cell for cell in self._cells if name in cell.names]
        return any(_is_other_text(self._names.get(name), cell.source) for cell in cells) and all(
            cell.names[name] == "stub" or name in unfinished(cell.source) for cell in cells
        )

    def _asked(self) -> dict[str, None]:
        """The names that the tests ask for, and those that are still to be written."""
        defined = {name for cell in self._cells for name in cell.names}
        calls = [call for cell in self._cells for call in required(cell.source)]
        # a test whose name was changed is put back by the grader
        tested = [call.name if call.name in defined else call.question for call in calls]
        stubs = [
            name for cell in self._cells for name, kind in cell.names.items() if kind == "stub"
        ]
        return dict.fromkeys([*tested, *(name for name in stubs if self._is_function(name))])

    def _is_function(self, name: str) -> bool:
        return any(f"def {name}" in cell.source for cell in self._cells)

    def _written(self, name: str) -> list[_Cell]:
        return [cell for cell in self._cells if cell.names.get(name, "stub") != "stub"]

    def _problem(self, name: str) -> str:
        """Why the grader will find no answer under a name; the empty text where it finds one."""
        written = self._written(name)
        if not written and any(name in cell.names for cell in self._cells):
            return f"{name} is still to be written."
        if not written:
            return self._missing(name)
        if all(name in unfinished(cell.source) for cell in written):
            return (
                f"The line raise NotImplementedError() still stands in {name}: nothing below that line "
                "is run."
            )
        return ""

    def _missing(self, name: str) -> str:
        for cell in self._cells:
            for other, kind in cell.names.items():
                if kind == "function" and in_any_letters(other) == in_any_letters(name):
                    return f"{name} is not defined; {other} will be taken for it. Better call it {name}."
        given_out = next((cell for cell in self._cells if cell.grade_id == name), None)
        others = (
            [of for of, kind in given_out.names.items() if kind == "function"] if given_out else []
        )
        if others:
            return f"No cell defines {name}; its cell defines {' and '.join(others)}. Is that its new name?"
        if isinstance(self._names.get(name), types.FunctionType) and not _is_the_kits(
            self._names[name]
        ):
            return (
                f"{name} is defined here, and in no cell of the file, which is what will be graded. Was "
                "its cell deleted, or the notebook not saved since?"
            )
        return f"No cell defines {name}."

    def _remarks(self, name: str) -> Iterator[str]:
        written = self._written(name)
        if len(written) > 1:
            yield f"{len(written)} cells define {name}. Keep the one that you mean."
        elif _is_other_text(self._names.get(name), written[0].source):
            yield (
                f"{name} in the file is not the one that ran last. Save the notebook, or run its cell "
                "again."
            )


def _is_the_kits(thing: types.FunctionType) -> bool:
    return thing.__module__.startswith(f"{__name__.partition('.')[0]}.")


def _is_other_text(function: Any, source: str) -> bool:
    """True if a function was defined by other lines than these."""
    if not isinstance(function, types.FunctionType) or function.__name__ == "<lambda>":
        return False
    try:
        ran = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError, IndentationError):
        return False
    return _plain(ran) not in _plain(textwrap.dedent(source))


def _plain(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _unwritten_words(cells: list[_Cell]) -> Iterator[str]:
    if any(not cell.is_code and _NO_WORDS_YET in cell.source for cell in cells):
        yield f"An answer in words is still to be written: it says {_NO_WORDS_YET}."


def _not_in_order(code: list[_Cell]) -> Iterator[str]:
    """That the saved notebook was not run from top to bottom."""
    counted = [cell for cell in code if not cell.is_a_look]
    if counted and all(cell.count is None for cell in counted):
        yield "No cell has been run since its output was cleared."
        return
    left = [cell for cell in counted if cell.count is None]
    if left:
        cells = "A cell was" if len(left) == 1 else f"{len(left)} cells were"
        first = "it" if len(left) == 1 else "the first"
        yield f"{cells} not run; {first} begins with {left[0].first_line}. {_RUN_ALL}"
    ran = [cell for cell in counted if cell.count is not None]
    for above, below in itertools.pairwise(ran):
        assert above.count is not None
        assert below.count is not None
        if below.count < above.count:
            yield (
                "It was not run from top to bottom: the cell that begins with "
                f"{below.first_line} ran before the one above it. {_RUN_ALL}"
            )
            return


def _left_out(path: Path, size: int) -> Iterator[str]:
    """The files of the notebook's folder that are more than a submission may hold."""
    files = [*itertools.islice(_files_below(path.parent), MOST_FILES + 1)]
    if len(files) > MOST_FILES:
        yield (
            f"More than {MOST_FILES} files lie in its folder and below: if all of it is handed in, those in "
            "the folders below are left out."
        )
        files = [file for file in files if file.parent == path.parent][:MOST_FILES]
    whole = size
    if whole > MOST_BYTES:
        yield (
            f"Without its outputs it is larger than {_mib(MOST_BYTES)}, so it will not be read, "
            "unless your course allows more."
        )
        return
    # notebooks come first, as the grader reads them
    for file in sorted(files, key=lambda file: (file.suffix != ".ipynb", file)):
        if file == path:
            continue
        more = file.stat().st_size if file.is_file() else 0
        if whole + more > MOST_BYTES:
            yield (
                f"{file.relative_to(path.parent)} will be left out: all files together may have "
                f"{_mib(MOST_BYTES)}, without the outputs of notebooks, unless your course allows more."
            )
        else:
            whole += more


def _files_below(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_BEHIND]
        yield from (Path(root, name) for name in names)


def _mib(size: int) -> str:
    return f"{size >> 20} MiB"
