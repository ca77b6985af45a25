r"""JSON reader for text that anybody may have written: lone surrogates, which UTF-8 cannot hold, are replaced.

>>> read_json(r'{"text": "a \ud800 b"}')
{'text': 'a ? b'}
"""

from __future__ import annotations

import gc
import json
import math
from typing import Any

# nbformat, nbconvert and their templates go down step by step, and Python ends that at a thousand.
MOST_DEEP = 50
# Of one notebook, beside its texts: each is validated, copied and written down.
MOST_VALUES = 100_000


def read_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    return _loads(clean_json(text))


class Pruner:
    """Copies plain data, with None for what JSON or its readers refuse: NaN, infinities, what lies too deep.

    Args:
        most_values: how many it copies altogether; a list or an object that has more is None, too.
        most_together: how many values one list or object may have.

    Attributes:
        cut: how many lists and objects it has left out.

    Example:
        >>> pruned = Pruner(most_values=6)
        >>> pruned({"a": [float("nan"), 1]}), pruned([[[1]]], depth=2), pruned([1, 2])
        ({'a': [None, 1]}, [[None]], None)
    """

    def __init__(self, most_values: int = MOST_VALUES, most_together: int = MOST_VALUES) -> None:
        self._left, self._most_together = most_values, most_together
        self.cut = 0

    def has_room_for(self, values: int) -> bool:
        """Take so much of the room, if it is there."""
        if values > self._left:
            return False
        self._left -= values
        return True

    def __call__(self, value: Any, depth: int = MOST_DEEP) -> Any:
        """Copy a value."""
        if isinstance(value, dict | list):
            fits = depth > 0 and len(value) <= self._most_together
            if not fits or not self.has_room_for(len(value)):
                self.cut += 1
                return None
            if isinstance(value, list):
                return [self(part, depth - 1) for part in value]
            return {name: self(part, depth - 1) for name, part in value.items()}
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
    return replace_surrogates(json.dumps(_loads(text), ensure_ascii=False))


def _loads(text: str) -> Any:
    # a million small lists are no garbage, and to look for some among them takes ten times as long
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return json.loads(text)
    finally:
        if was_enabled:
            gc.enable()


def replace_surrogates(text: str) -> str:
    """A text that a file in UTF-8 can hold: each lone surrogate becomes a question mark."""
    return text.encode("utf-8", errors="replace").decode()
