"""Markup of plain texts: what stands in backticks becomes code."""

from __future__ import annotations

import re

from markupsafe import Markup

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
