"""Markup of a sentence: escaped, with what stands in backticks as code."""

from __future__ import annotations

import re
from html import escape

_CODE = re.compile(r"`([^`\n]+)`")


def with_code(text: str) -> str:
    """A sentence as HTML.

    Example:
        >>> with_code("`a<b` & c")
        '<code>a&lt;b</code> &amp; c'
    """
    return _CODE.sub(r"<code>\1</code>", escape(text))
