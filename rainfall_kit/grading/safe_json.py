r"""JSON reader for text that anybody may have written: lone surrogates, which UTF-8 cannot hold, are replaced.

>>> read_json(r'{"text": "a \ud800 b"}')
{'text': 'a ? b'}
"""

from __future__ import annotations

import json
import math
from typing import Any

# nbformat, nbconvert and their templates go down step by step, and Python ends that at a thousand.
MOST_DEEP = 50


def read_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    return json.loads(clean_json(text))


def pruned(value: Any, depth: int = MOST_DEEP) -> Any:
    """The same plain data, with None for what JSON or its readers refuse: NaN, infinities, what lies too deep.

    Example:
        >>> pruned({"a": [float("nan"), 1]}), pruned([[[1]]], depth=2)
        ({'a': [None, 1]}, [[None]])
    """
    if isinstance(value, dict | list):
        if depth == 0:
            return None
        if isinstance(value, list):
            return [pruned(part, depth - 1) for part in value]
        return {name: pruned(part, depth - 1) for name, part in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def clean_json(text: str) -> str:
    r"""The same JSON without lone surrogates, escaped ones included.

    Raises:
        ValueError: it had some, and is no JSON.
        RecursionError: it had some, and is nested too deeply.

    Example:
        >>> clean_json(r'["\ud800"]')
        '["?"]'
    """
    # nearly every text ends here; only where an escape stands is the whole of it parsed
    if r"\ud" not in text.lower() and replace_surrogates(text) == text:
        return text
    return replace_surrogates(json.dumps(json.loads(text), ensure_ascii=False))


def replace_surrogates(text: str) -> str:
    """A text that a file in UTF-8 can hold: each lone surrogate becomes a question mark."""
    return text.encode("utf-8", errors="replace").decode()
