"""Notebook file of the kernel: where it lies, and what a grader will see of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from IPython.lib.pretty import RepresentationPrinter

    from rainfall_kit.handing_in.preview import Preview

# Jupyter's server tells its kernels whose they are, and so does VS Code, in the notebook's names.
_OF_JUPYTER, _OF_VSCODE = "JPY_SESSION_NAME", "__vsc_ipynb_file__"


class BeforeHandingIn:
    """Preview of what a grader will see, as a notebook shows it.

    Attributes:
        lines: its lines.
        is_fine: whether nothing is missing.
    """

    def __init__(self, lines: tuple[str, ...], *, is_fine: bool) -> None:
        self.lines = lines
        self.is_fine = is_fine

    @property
    def _symbol(self) -> str:
        return "✓" if self.is_fine else "!"

    def _repr_html_(self) -> str:
        from rainfall_kit.notebook.report.check_report import lines_html

        return lines_html(self._symbol, self.lines)

    def _repr_pretty_(self, printer: RepresentationPrinter, _cycle: bool) -> None:
        from rainfall_kit.notebook.report.check_report import lines_text

        printer.text(lines_text(self._symbol, self.lines, printer.max_width))


def before_handing_in(names: Mapping[str, Any], told: str | None) -> BeforeHandingIn:
    """Preview of what a grader will see of the notebook, or that its file was not found.

    Args:
        names: of the notebook.
        told: the file's path, where the student has given it.
    """
    from rainfall_kit.handing_in.preview import preview

    where = _where(names, told)
    path = Path(where).expanduser()
    if path.suffix != ".ipynb" or not path.is_file():
        what = f"there is no notebook {path.name}" if where else "its file was not found"
        line = (
            f"What the grader will see of this notebook was not looked at: {what} where its kernel "
            "looked. Try: %gd_check --notebook NAME.ipynb"
        )
        return BeforeHandingIn((line,), is_fine=False)
    try:
        seen = preview(path, names)
    except OSError as problem:
        line = (
            f"{path.name} cannot be read: {problem.strerror}. Try: %gd_check --notebook NAME.ipynb"
        )
        return BeforeHandingIn((line,), is_fine=False)
    return BeforeHandingIn(_lines(seen), is_fine=not seen.problems)


def asked_in_the_file(names: Mapping[str, Any], told: str | None) -> frozenset[str]:
    """The questions that the notebook tests; none where its file is not found.

    Args:
        names: of the notebook.
        told: the file's path, where the student has given it.
    """
    from rainfall_kit.handing_in.preview import asked_in

    return asked_in(Path(_where(names, told)).expanduser())


def _where(names: Mapping[str, Any], told: str | None) -> str:
    return told or os.environ.get(_OF_JUPYTER) or str(names.get(_OF_VSCODE, ""))


def _lines(seen: Preview) -> tuple[str, ...]:
    found = _and(seen.found)
    lines = [
        f"Before handing in: what the grader will see of {seen.file}, as saved at {seen.saved}."
    ]
    if found:
        lines.append(f"An answer is there for {found}.")
    lines += seen.problems or (
        "Nothing else is missing, and it was run from top to bottom."
        if found
        else "No test of the kit and nothing to write was found in it.",
    )
    return tuple(lines)


def _and(names: tuple[str, ...]) -> str:
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), *names[-1:]])
