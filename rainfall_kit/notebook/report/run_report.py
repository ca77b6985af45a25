"""Report of a run, as HTML for a notebook and as text for a terminal.

>>> from rainfall_kit.records.run import Run
>>> print(report_text(Run(steps=(), final_loss=2.0)))
No step was taken
The loss is 2.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import FIGURE_STYLE, figure_html
from rainfall_kit.figures.run_figure import run_figure
from rainfall_kit.figures.table_markup import TABLE_STYLE, table_html, table_lines, wrap
from rainfall_kit.notebook.report.code_markup import with_code
from rainfall_kit.notebook.report.run_summary import summarise_run
from rainfall_kit.quadratic.run_data import RunData

if TYPE_CHECKING:
    from rainfall_kit.figures.document import Line, Part, RunSummary
    from rainfall_kit.records.run import Run

# Colours are inherited, so that the report is right on a light and on a dark page.
_STYLE = """
.rk-report{container-type:inline-size;max-width:1100px;margin:.4em 0 1em;line-height:1.5;
font-family:var(--jp-content-font-family,system-ui,sans-serif);font-size:14px}
.rk-report p{margin:.2em 0}.rk-report .rk-title{font-weight:600;font-size:16px}
.rk-report ol{margin:.7em 0;padding-left:1.6em}.rk-report li{margin:.15em 0}
.rk-report .rk-part>b{font-weight:600}
.rk-report .rk-mark{display:inline-block;width:1.3em;font-weight:700}
.rk-report .rk-tables{display:flex;flex-wrap:wrap;gap:0 3em}
.rk-report .rk-part{display:grid;grid-template-columns:17em 1fr}
@container (max-width:640px){.rk-report .rk-part{display:block}.rk-report .rk-mark:empty{display:none}}
"""


def report_html(run: Run) -> str:
    """The report as a piece of HTML that needs nothing else, a figure in it for several steps."""
    data = RunData(run)
    summary = summarise_run(data)
    style = "".join((_STYLE + FIGURE_STYLE + TABLE_STYLE).split("\n"))
    body = [
        f'<p class="rk-title">{escape(summary.title)}</p><p>{escape(summary.loss)}</p>',
        *(f"<p>{_line_html(remark)}</p>" for remark in summary.remarks),
    ]
    if summary.parts:
        body.append(f"<ol>{''.join(map(_part_html, summary.parts))}</ol>")
    if len(run) > 1:
        body.append(figure_html(run_figure(data)))
    tables = "".join(map(table_html, summary.tables))
    return f'<div class="rk-report"><style>{style}</style>{"".join(body)}<div class="rk-tables">{tables}</div></div>'


def _part_html(part: Part) -> str:
    lines = "".join(f"<div>{_line_html(line)}</div>" for line in part.lines)
    return f'<li><div class="rk-part"><b>{escape(part.name)}</b><div>{lines}</div></div></li>'


def _line_html(line: Line) -> str:
    return f'<span class="rk-mark">{line.symbol}</span>{with_code(line.text)}'


def report_text(run: Run, width: int = 80) -> str:
    """The report as lines of text.

    Args:
        run: the run.
        width: how many columns the lines may take; below 40 counts as 40.
    """
    width = max(width, 40)
    return "\n".join(_text_lines(summarise_run(RunData(run)), width))


def _text_lines(summary: RunSummary, width: int) -> list[str]:
    lines = [summary.title, *wrap(summary.loss, width)]
    for remark in summary.remarks:
        lines += wrap(f"{remark.symbol} {remark.text}", width, "  ")
    for number, part in enumerate(summary.parts, 1):
        lines += ([""] if number == 1 else []) + [f"{number}. {part.name}"]
        for line in part.lines:
            lines += wrap(f"   {line.symbol or ' '} {line.text}", width, "     ")
    for table in summary.tables:
        lines += ["", *table_lines(table, width)]
    return lines
