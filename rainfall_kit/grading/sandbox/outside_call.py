"""Calls of the kit that a cell hands over: a picture or a report as data, to be drawn on the trusted side.

What computes a gradient is not in the sandbox. A report or an explorer needs one; so the cell shows this
record, and the record becomes a picture when the outputs are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rainfall_kit.records.json_record import Record

# Among a cell's outputs, the record stands under this name.
MIME = "application/vnd.rainfall-kit.outside-call"
# What can be drawn so beside a report, and what a cell may do with it before it is drawn.
EXPLORERS = ("bowl", "compare", "learning_rate", "one_input", "step_by_step", "weights")
ACTIONS = ("press", "step")


@dataclass(frozen=True, kw_only=True)
class Handed(Record):
    """One argument of the call, or one thing done with what it gave.

    Attributes:
        kind: ``"plain"`` or ``"run"`` for an argument; ``"set"`` for an attribute that was set, and
            ``"done"`` for a method that was called.
        name: of the argument, empty for one without a name; of the attribute or method.
        value: as JSON; the JSON of a `Run` for a run.
    """

    kind: Literal["plain", "run", "set", "done"]
    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class OutsideCall(Record):
    """Request for a drawing.

    Attributes:
        draws: ``"report"`` for the report of a run, or the name of an explorer.
        handed: the arguments, and then what was done.
    """

    draws: str
    handed: tuple[Handed, ...]
