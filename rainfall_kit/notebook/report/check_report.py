"""Report of a check, as HTML for a notebook and as text for a terminal.

>>> from rainfall_kit.records.outcomes import CheckResult
>>> print(check_text(CheckResult(question="mse", outcome="right", message="mse is right.")))
✓ mse is right.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rainfall_kit.notebook.report.code_markup import with_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.records.outcomes import CheckResult

# Not tried is no mistake, so it has no cross.
_SYMBOLS = {"right": "✓", "wrong": "✗", "not tried": "○", "could not run": "!"}

# A line may begin with one of these, in bold.
_LEADS = ("Hint", "Look closer", "Why", "More")

# Colours are inherited, so that it is right on a light and on a dark page.
_STYLE = (
    "max-width:46em;margin:.2em 0;line-height:1.5;"
    "font-family:var(--jp-content-font-family,system-ui,sans-serif);font-size:14px"
)


def check_html(result: CheckResult) -> str:
    """The result as a piece of HTML that needs nothing else."""
    return lines_html(_SYMBOLS[result.outcome], str(result).splitlines())


def check_text(result: CheckResult, width: int = 80) -> str:
    """The result as lines of text, at most `width` columns wide.

    Example:
        >>> from rainfall_kit.records.outcomes import CheckResult
        >>> print(check_text(CheckResult(
        ...     question="mse", outcome="wrong", message="mse is not right yet.", hint="Count.",
        ... )))
        ✗ mse is not right yet.
          Hint: Count.
    """
    return lines_text(_SYMBOLS[result.outcome], str(result).splitlines(), width)


def lines_html(symbol: str, lines: Sequence[str]) -> str:
    """Some lines behind a symbol; what a line leads with, such as ``Hint:``, is bold.

    Example:
        >>> lines_html("○", ["Hint: count"]).endswith("<div><b>Hint:</b> count</div></div></div>")
        True
    """
    body = "".join(f"<div>{_line_html(line)}</div>" for line in lines)
    return (
        f'<div class="rk-check" style="{_STYLE};display:flex">'
        f'<span style="flex:none;width:1.5em;font-weight:700">{symbol}</span><div>{body}</div></div>'
    )


def lines_text(symbol: str, lines: Sequence[str], width: int = 80) -> str:
    """The same as text.

    Example:
        >>> print(lines_text("○", ["Hint: count", "More: ask"]))
        ○ Hint: count
          More: ask
    """
    wrapped = [
        part
        for line in lines
        for part in textwrap.wrap(line, max(width, 40) - 2, break_on_hyphens=False)
    ]
    return "\n".join(f"{'  ' if i else f'{symbol} '}{part}" for i, part in enumerate(wrapped))


def _line_html(line: str) -> str:
    first, colon, rest = line.partition(": ")
    if colon and first in _LEADS:
        return f"<b>{first}:</b> {with_code(rest)}"
    return with_code(line)
