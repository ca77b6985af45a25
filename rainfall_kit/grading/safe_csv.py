"""CSV tables that spreadsheets open: what looks like a formula stays text."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What a spreadsheet takes for the beginning of a formula, as OWASP lists it (ASVS 1.2.10, and "CSV injection"), and
# the wide forms of these signs, which East Asian keyboards give.
_SIGNS = r"[=+\-@\uff1d\uff0b\uff0d\uff20\t\n\0]"
_FORMULA = re.compile(_SIGNS)
_GUARDED = re.compile(f"^'(?={_SIGNS})")


def write_csv(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV; a text that begins as a formula gets an apostrophe, which spreadsheets do not show.

    Numbers stay numbers, None becomes an empty cell.

    Example:
        >>> print(write_csv([["name", "points"], ['=HYPERLINK("x")', -1.5], [None, 2.0]]), end="")
        name,points
        "'=HYPERLINK(""x"")",-1.5
        ,2
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(one) for one in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {None: "", True: "yes", False: "no"}[value]
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    text = str(value).replace("\r", " ")  # csv would not quote it, and nobody could read the table
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text


def read_csv(text: str) -> list[list[str]]:
    r"""Rows of CSV, by comma, semicolon or tab as its first line has it; guards against formulas come off.

    Example:
        >>> read_csv("id;name\n1;'=A\n")
        [['id', 'name'], ['1', '=A']]
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter)
    return [[_GUARDED.sub("", cell) for cell in row] for row in rows if any(row)]
