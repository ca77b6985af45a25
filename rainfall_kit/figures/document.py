"""Parts of a report, before they become HTML or text: lines, the five steps, tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Line:
    """A sentence with its symbol: ``"✓"``, ``"✗"``, ``"!"`` or none."""

    symbol: str = ""
    text: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """One of the five steps of gradient descent: its name and what happened in it."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A small table; the first cell of each row names it.

    Attributes:
        caption: what the table shows.
        header: one text for each column.
        rows: the cells.
        note: how to read it, or the empty text.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """All that the report of a run says.

    Attributes:
        title: how many steps, at which lr.
        loss: the loss before and after, in a sentence.
        remarks: what is out of the ordinary.
        parts: the five steps; empty when none was taken.
        tables: the numbers.
    """

    title: str
    loss: str
    remarks: tuple[Line, ...]
    parts: tuple[Part, ...]
    tables: tuple[Table, ...]
