"""Markup of a small table: as HTML and as lines of text.

>>> from rainfall_kit.figures.document import Table
>>> table = Table(caption="Harvest", header=("", "tons"), rows=(("Kanto", "56"),))
>>> print(table_lines(table, 80)[1])
         tons
"""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rainfall_kit.figures.document import Table

# Colours are inherited, so that a table is right on a light and on a dark page.
TABLE_STYLE = """
.rk-scroll{max-width:100%;overflow-x:auto}
.rk-scroll table{border-collapse:collapse;border:0;margin:.6em 0;font-size:13px;
font-variant-numeric:tabular-nums;table-layout:auto}
.rk-scroll caption{text-align:left;font-weight:600;padding:0 0 .3em;caption-side:top;color:inherit}
.rk-scroll tr,.rk-scroll tbody tr:nth-child(odd),.rk-scroll tbody tr:hover{background:none}
.rk-scroll th,.rk-scroll td{padding:.15em .65em;text-align:right;border:0;white-space:nowrap;
background:none;font-weight:400;vertical-align:baseline;color:inherit}
.rk-scroll thead :is(th,td){border-bottom:1px solid;font-weight:600;white-space:normal;
vertical-align:bottom}
.rk-scroll th:first-child{text-align:left;padding-left:0}
.rk-note{font-size:13px;max-width:46em}
"""


def table_html(table: Table) -> str:
    """The table as a piece of HTML; the page needs `TABLE_STYLE`."""
    # A heading without words would be read out as one.
    header = "".join(
        f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in table.header
    )
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in table.rows
    )
    note = f'<p class="rk-note">{escape(table.note)}</p>' if table.note else ""
    return (
        # It scrolls where the page is narrow: who has no mouse must be able to reach it.
        f'<div class="rk-scroll" tabindex="0" role="group" aria-label="{escape(table.caption)}">'
        f"<table><caption>{escape(table.caption)}</caption>"
        f"<thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>{note}</div>"
    )


def table_lines(table: Table, width: int) -> list[str]:
    """Caption, aligned columns and note; columns that do not fit are left out.

    Example:
        >>> from rainfall_kit.figures.document import Table
        >>> table_lines(Table(caption="", header=("", "tons"), rows=(("Kanto", "56"),)), 80)
        ['         tons', '  Kanto    56']
    """
    columns = list(zip(table.header, *table.rows, strict=True))
    widths = [max(map(len, cells)) for cells in columns]
    while len(widths) > 2 and sum(widths) + 2 * len(widths) > width:
        widths.pop()
    rows = [_row(cells, widths) for cells in zip(*columns, strict=True)]
    return [*wrap(table.caption, width), *rows, *wrap(table.note, width)]


def _row(cells: tuple[str, ...], widths: list[int]) -> str:
    first, *others = [
        cell.ljust(size) if index == 0 else cell.rjust(size)
        for index, (cell, size) in enumerate(zip(cells, widths, strict=False))
    ]
    return f"  {'  '.join([first, *others])}".rstrip()


def wrap(content: str, width: int, indent: str = "") -> list[str]:
    """A text as lines of at most so many columns.

    Example:
        >>> wrap("one two", 4)
        ['one', 'two']
    """
    return textwrap.wrap(content, width, subsequent_indent=indent, break_on_hyphens=False)
