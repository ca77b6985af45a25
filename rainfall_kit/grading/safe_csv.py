"""CSV tables that spreadsheets open: what looks like a formula stays text."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

# What a spreadsheet takes for the beginning of a formula, as OWASP lists it (ASVS 1.2.10, and "CSV injection"), and
# the wide forms of these signs, which East Asian keyboards give. One of them alone is no formula.
_SIGNS = r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\n\0]"
_FORMULA = re.compile(f"{_SIGNS}.", re.DOTALL)
_GUARDED = re.compile(f"^'(?={_SIGNS})")
_IN_CANVAS = re.compile(r'\s*="(.*)"', re.DOTALL)  # Canvas guards a name that begins with = so
# An id such as -17, +49.170 or @ada: no function, no link and no program can be named by these signs.
_PLAIN_ID = re.compile(r"[+\-@][\w.@\-]*")


def write_csv(rows: Iterable[Sequence[object]], ids: Collection[str] = ()) -> str:
    """Rows as CSV; a text that begins as a formula gets an apostrophe, which spreadsheets do not show.

    Numbers stay numbers, None becomes an empty cell.

    Args:
        rows: the first one has the columns' names.
        ids: the columns by which another system knows its students again: what is a plain number or name
            there stays as it is, whatever sign it begins with.

    Example:
        >>> print(write_csv([["name", "points"], ['=HYPERLINK("x")', -1.5], [None, 2.0]]), end="")
        name,points
        "'=HYPERLINK(""x"")",-1.5
        ,2
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    exact: set[int] = set()
    for number, row in enumerate(rows):
        if number == 0:
            exact = {place for place, name in enumerate(row) if name in ids}
        writer.writerow([_cell(one, is_id=place in exact) for place, one in enumerate(row)])
    return text.getvalue()


def is_changed(text: str, *, is_id: bool = False) -> bool:
    """True for a text that gets an apostrophe.

    Example:
        >>> is_changed("-17"), is_changed("-17", is_id=True), is_changed("=A1", is_id=True)
        (True, False, True)
    """
    return bool(_FORMULA.match(text)) and not (is_id and _PLAIN_ID.fullmatch(text))


def _cell(value: object, *, is_id: bool) -> str:
    if isinstance(value, bool) or value is None:
        return {None: "", True: "yes", False: "no"}[value]
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    text = str(value).replace("\r", " ")  # csv would not quote it, and nobody could read the table
    return f"'{text}" if isinstance(value, str) and is_changed(text, is_id=is_id) else text


def read_csv(text: str) -> list[list[str]]:
    r"""Rows of CSV, by comma, semicolon or tab as its first line has it.

    Raises:
        csv.Error: it is none, such as one with a quote that nothing closes: the rest would be one cell.

    Example:
        >>> read_csv("id;name\n1;A\n")
        [['id', 'name'], ['1', 'A']]
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter, strict=True)
    return [row for row in rows if any(row)]


def unguarded(cell: str) -> str:
    """The text of a cell that was guarded against formulas, here or in Canvas.

    Example:
        >>> unguarded("'=A"), unguarded('="=A"'), unguarded("O'Neil")
        ('=A', '=A', "O'Neil")
    """
    in_canvas = _IN_CANVAS.fullmatch(cell)
    return in_canvas[1] if in_canvas else _GUARDED.sub("", cell)
