"""Output of a graded cell, read back: its outcome, the message, the hint and the known mistakes."""

from __future__ import annotations

import re
import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from rainfall_kit.grading.sandbox.job import FAILURES
from rainfall_kit.records.outcomes import Outcome, read_check_text

if TYPE_CHECKING:
    from nbformat import NotebookNode

_OUTCOMES = "|".join(typing.get_args(Outcome))
# What `record.scoring` prints into a cell that is judged by values.
_SCORED = re.compile(rf"({_OUTCOMES}), [\d.e+]+ of [\d.e+]+ points(?:: (.*))?", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class CellOutput:
    """Message of a graded cell; a student's own process may have written any of it.

    Attributes:
        outcome: None where the cell does not say.
        message: what is the matter, or the empty text.
        hint: where to look, or the empty text.
        misconceptions: the ids of known mistakes.
    """

    outcome: Outcome | None = None
    message: str = ""
    hint: str = ""
    misconceptions: tuple[str, ...] = ()


def read_output(cell: NotebookNode) -> CellOutput:
    """Read a graded cell's outputs, as the engine or an ordinary kernel has left them.

    Example:
        >>> from nbformat import v4
        >>> cell = v4.new_code_cell("require('mse', mse)")
        >>> cell.outputs = [v4.new_output("error", ename="CheckFailed", evalue="mse is not right yet.",
        ...     traceback=[])]
        >>> read_output(cell)
        CellOutput(outcome='wrong', message='mse is not right yet.', hint='', misconceptions=())
    """
    outputs = cell.get("outputs", [])
    printed = "".join(output.text for output in outputs if output.output_type == "stream")
    scored = _SCORED.match(printed)
    outcome = typing.cast("Outcome", scored[1]) if scored else None
    errors = [output for output in outputs if output.output_type == "error"]
    if not errors:
        said = scored[2] if scored else None
        return CellOutput(outcome=outcome, message=(said or "").strip())
    error = errors[-1]
    if error.ename == "CheckFailed":
        message, hint, ids = read_check_text(str(error.evalue))
        return CellOutput(
            outcome=outcome or "wrong", message=message, hint=hint, misconceptions=ids
        )
    if error.ename in FAILURES:
        message = f"The graded cell {FAILURES[error.ename]}."
        return CellOutput(outcome="could not run", message=message)
    first = str(error.evalue).strip().partition("\n")[0]
    if not first and error.get("traceback"):  # a hidden test's: its own words are taken out
        first = click.unstyle(str(error.traceback[-1])).strip().removesuffix(":")
        return CellOutput(outcome="wrong", message=f"{first}.")
    return CellOutput(outcome="wrong", message=f"{error.ename}: {first}".removesuffix(": "))
