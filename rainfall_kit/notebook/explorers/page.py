"""An explorer as HTML: a piece for a notebook's output, and a page that stands alone.

Both hold the still picture, and a script that brings it to life where scripts may run.

>>> from rainfall_kit.notebook.findings import Table
>>> table = Table(caption="Numbers", header=("", "tons"), rows=(("Kanto", "56"),))
>>> still = still_html("A title", "What is to be seen.", "", "<svg></svg>", table)
>>> page_html("A title", piece_html(still))[:15]
'<!doctype html>'
"""

from __future__ import annotations

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rainfall_kit.notebook.explorers.question import question_html
from rainfall_kit.notebook.panel import SHEET_STYLE, sheet
from rainfall_kit.notebook.table_markup import TABLE_STYLE, table_html

if TYPE_CHECKING:
    from rainfall_kit.notebook.explorers.question import Question
    from rainfall_kit.notebook.findings import Table

__all__ = ["SCRIPT", "page_html", "piece_html", "still_html", "style"]

SCRIPT = Path(__file__).with_name("explorer.js")
_CSS = Path(__file__).with_name("explorer.css")


@cache
def style() -> str:
    """All that an explorer looks like, as CSS."""
    return "".join((_CSS.read_text("utf-8") + SHEET_STYLE + TABLE_STYLE).split("\n"))


def still_html(
    title: str,
    says: str,
    note: str,
    figure: str,
    table: Table,
    *,
    lines: int = 1,
    told: int = 0,
    controls: str = "",
    buttons: str = "",
    asked: Question | None = None,
    data: str = "",
) -> str:
    """The still explorer: title, room for controls, a sentence, the picture, a table.

    Args:
        title: its name.
        says: what is to be seen.
        note: what the last button did, or the empty text.
        figure: the SVG.
        table: the numbers.
        lines: how many lines what is to be seen takes on a wide page.
        told: how many what a button did takes.
        controls: sliders and choices, as markup.
        buttons: the same.
        asked: what is asked before the picture is shown.
        data: what a script needs to bring it to life, as markup.
    """
    question = "" if asked is None else question_html(asked)
    return (
        f'<div class="rk-explorer" role="group" aria-label="{escape(title)}" '
        f'style="--lines:{lines};--told:{told}">'
        f'<p class="rk-title">{escape(title)}</p>'
        f'{question}<div class="rk-controls">{controls}</div>'
        f'<div class="rk-buttons">{buttons}</div>'
        f'<p class="rk-says">{escape(says)}</p><p class="rk-said" aria-live="polite"></p>'
        f'<p class="rk-did" role="status">{escape(note)}</p>'
        f"{sheet(figure)}"
        '<details class="rk-table"><summary>The numbers as a table</summary>'
        f"{table_html(table)}</details>"
        f"{data}</div>"
    )


def as_data(given: dict[str, Any], state: dict[str, Any]) -> str:
    """What the script reads, as markup."""
    text = json.dumps({"given": given, "state": state}, ensure_ascii=False, separators=(",", ":"))
    return f'<script type="application/json">{text.replace("<", chr(92) + "u003c")}</script>'


def piece_html(still: str) -> str:
    """The still explorer with its style and script, for a notebook's output."""
    script = SCRIPT.read_text("utf-8")
    return (
        f'<style>{style()}</style>{still}<script type="module">{script}bringPagesToLife();</script>'
    )


def page_html(title: str, piece: str) -> str:
    """The same as a page that stands alone.

    Example:
        >>> "<title>A &amp; B</title>" in page_html("A & B", "<p>…</p>")
        True
    """
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title>"
        "<style>:root{color-scheme:light dark}body{margin:1em;font-family:system-ui,sans-serif}</style>"
        f"</head><body>{piece}</body></html>\n"
    )
