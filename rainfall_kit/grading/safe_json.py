r"""Reads JSON that anybody may have written: half characters, which no file can hold, are replaced.

>>> read_json(r'{"text": "a \ud800 b"}')
{'text': 'a ? b'}
"""

from __future__ import annotations

import json
from typing import Any


def read_json(text: str) -> Any:
    r"""What a JSON text says.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.

    Example:
        >>> read_json(r'["\u00e9"]')
        ['é']
    """
    return json.loads(whole_json(text))


def whole_json(text: str) -> str:
    r"""The same JSON, as a text that a file can hold, and that says nothing that no file can hold.

    Raises:
        ValueError: it needed mending, and is no JSON.
        RecursionError: it needed mending, and is nested too deeply.

    Example:
        >>> whole_json(r'["\ud800"]')
        '["?"]'
    """
    if r"\ud" not in text.lower() and whole(text) == text:
        return text
    return whole(json.dumps(json.loads(text), ensure_ascii=False))


def whole(text: str) -> str:
    r"""A text that a file can hold.

    Example:
        >>> whole("a \ud800 b")
        'a ? b'
    """
    return text.encode("utf-8", errors="replace").decode()
