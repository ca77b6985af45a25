"""Texts as people read them: what stands in backticks becomes code, and of many names the first are told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

_CODE = re.compile(r"`([^`]+)`")


def with_code(text: str) -> Markup:
    """A text as HTML, escaped, with what stands in backticks as code.

    Example:
        >>> with_code("`a<b` & c")
        Markup('<code>a&lt;b</code> &amp; c')
    """
    parts = _CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part
        for number, part in enumerate(parts)
    )


def some_of(names: Sequence[str], most: int = 5) -> str:
    """Names in a sentence: all of a few, the first of many.

    Example:
        >>> some_of(["ada", "ben"]), some_of(["ada"] * 7)
        ('ada, ben', 'ada, ada, ada, ada, ada and 2 more')
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
