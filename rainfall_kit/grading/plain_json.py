r"""Reads JSON that anybody may have written: half characters, which no file can hold, are replaced.

>>> read_json(r'{"text": "a \ud800 b"}')
{'text': 'a ? b'}
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["read_json", "whole"]


def read_json(text: str) -> Any:
    r"""What a JSON text says.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.

    Example:
        >>> read_json(r'["\u00e9"]')
        ['é']
    """
    plain = json.loads(text)
    if r"\ud" not in text.lower() and whole(text) == text:
        return plain
    return json.loads(whole(json.dumps(plain, ensure_ascii=False)))


def whole(text: str) -> str:
    r"""A text that a file can hold.

    Example:
        >>> whole("a \ud800 b")
        'a ? b'
    """
    return text.encode("utf-8", errors="replace").decode()
