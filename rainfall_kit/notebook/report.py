"""The report of a run, as HTML for a notebook and as text for a terminal.

>>> from rainfall_kit.records import Run
>>> print(report_text(Run(steps=(), final_loss=2.0)))
No step was taken
The loss is 2.
"""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING

from rainfall_kit.notebook.facts import find_facts
from rainfall_kit.notebook.figures import run_figure

if TYPE_CHECKING:
    from rainfall_kit.notebook.findings import Facts, Line, Part, Table
    from rainfall_kit.records import Run

__all__ = ["report_html", "report_text"]

# Colours are inherited, so that the report is right on a light and on a dark page.
_STYLE = """
.rk-report{container-type:inline-size;max-width:1100px;margin:.4em 0 1em;line-height:1.5;
font-family:var(--jp-content-font-family,system-ui,sans-serif);font-size:14px}
.rk-report p{margin:.2em 0}.rk-report .rk-title{font-weight:600;font-size:16px}
.rk-report ol{margin:.7em 0;padding-left:1.6em}.rk-report li{margin:.15em 0}
.rk-report .rk-part>b{font-weight:600}
.rk-report .rk-mark{display:inline-block;width:1.3em;font-weight:700}
.rk-report .rk-tables{display:flex;flex-wrap:wrap;gap:0 3em}
.rk-report .rk-scroll{max-width:100%;overflow-x:auto}
.rk-report table{border-collapse:collapse;border:0;margin:.6em 0;font-size:13px;
font-variant-numeric:tabular-nums;table-layout:auto}
.rk-report caption{text-align:left;font-weight:600;padding:0 0 .3em;caption-side:top;color:inherit}
.rk-report tr,.rk-report tbody tr:nth-child(odd),.rk-report tbody tr:hover{background:none}
.rk-report th,.rk-report td{padding:.15em .9em;text-align:right;border:0;white-space:nowrap;
background:none;font-weight:400;vertical-align:baseline}
.rk-report thead th{border-bottom:1px solid;font-weight:600;white-space:normal;vertical-align:bottom}
.rk-report th:first-child{text-align:left;padding-left:0}
.rk-report .rk-note{font-size:13px;max-width:46em}
.rk-report .rk-part{display:grid;grid-template-columns:17em 1fr}
.rk-report .rk-figure{display:block;width:100%}
@container (max-width:640px){.rk-report .rk-part{display:block}.rk-report .rk-mark:empty{display:none}
.rk-report .rk-pair{aspect-ratio:460/700;overflow:hidden}
.rk-report .rk-pair .rk-figure{width:200%;max-width:none!important;overflow:visible}
.rk-report .rk-pair .rk-panel+.rk-panel{transform:translate(0,356px)}}
"""


def report_html(run: Run) -> str:
    """The report as a piece of HTML that needs nothing else, a figure in it for several steps.

    Example:
        >>> from rainfall_kit.records import Run
        >>> "No step was taken" in report_html(Run(steps=(), final_loss=2.0))
        True
    """
    facts = find_facts(run)
    style = "".join(_STYLE.split("\n"))
    body = [
        f'<p class="rk-title">{escape(facts.title)}</p><p>{escape(facts.summary)}</p>',
        *(f"<p>{_line_html(note)}</p>" for note in facts.notes),
    ]
    if facts.parts:
        body.append(f"<ol>{''.join(map(_part_html, facts.parts))}</ol>")
    if len(run) > 1:
        body.append(_figure_html(run))
    tables = "".join(map(_table_html, facts.tables))
    return f'<div class="rk-report"><style>{style}</style>{"".join(body)}<div class="rk-tables">{tables}</div></div>'


def _figure_html(run: Run) -> str:
    drawn = run_figure(run)
    pair = " rk-pair" if drawn.count('class="rk-panel"') == 2 else ""
    return f'<div class="rk-drawn{pair}">{drawn}</div>'


def _part_html(part: Part) -> str:
    lines = "".join(f"<div>{_line_html(line)}</div>" for line in part.lines)
    return f'<li><div class="rk-part"><b>{escape(part.name)}</b><div>{lines}</div></div></li>'


def _line_html(line: Line) -> str:
    return f'<span class="rk-mark">{line.mark}</span>{escape(line.text)}'


def _table_html(table: Table) -> str:
    header = "".join(f'<th scope="col">{escape(each)}</th>' for each in table.header)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in table.rows
    )
    note = f'<p class="rk-note">{escape(table.note)}</p>' if table.note else ""
    return (
        f'<div class="rk-scroll"><table><caption>{escape(table.caption)}</caption>'
        f"<thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>{note}</div>"
    )


def report_text(run: Run, width: int = 80) -> str:
    """The report as lines of text.

    Args:
        run: the run.
        width: how many columns the lines may take; below 40 counts as 40.

    Example:
        >>> from rainfall_kit.records import Run
        >>> report_text(Run(steps=(), final_loss=2.0)).splitlines()[0]
        'No step was taken'
    """
    width = max(width, 40)
    return "\n".join(_text_lines(find_facts(run), width))


def _text_lines(facts: Facts, width: int) -> list[str]:
    lines = [facts.title, *_wrap(facts.summary, width)]
    for note in facts.notes:
        lines += _wrap(f"{note.mark} {note.text}", width, "  ")
    for number, part in enumerate(facts.parts, 1):
        lines += ([""] if number == 1 else []) + [f"{number}. {part.name}"]
        for line in part.lines:
            lines += _wrap(f"   {line.mark or ' '} {line.text}", width, "     ")
    for table in facts.tables:
        lines += ["", *_wrap(table.caption, width), *_table_lines(table, width)]
        lines += _wrap(table.note, width)
    return lines


def _table_lines(table: Table, width: int) -> list[str]:
    """The columns, aligned; those that do not fit are left out."""
    columns = [list(each) for each in zip(table.header, *table.rows, strict=True)]
    widths = [max(map(len, each)) for each in columns]
    while len(widths) > 2 and sum(widths) + 2 * len(widths) > width:
        widths.pop()
    rows = zip(*columns, strict=True)
    return [_row(cells, widths) for cells in rows]


def _row(cells: tuple[str, ...], widths: list[int]) -> str:
    first, *others = [
        cell.ljust(size) if index == 0 else cell.rjust(size)
        for index, (cell, size) in enumerate(zip(cells, widths, strict=False))
    ]
    return f"  {'  '.join([first, *others])}".rstrip()


def _wrap(content: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(content, width, subsequent_indent=indent, break_on_hyphens=False)
