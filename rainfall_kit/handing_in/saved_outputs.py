r"""Saved outputs of a notebook file, cut out of its bytes before it is parsed.

They are dropped anyway, and one picture can be larger than all that a student wrote.

>>> without_outputs(b'{"cells": [{"source": "1", "outputs": [{"text": "]"}]}]}', least=0)
b'{"cells": [{"source": "1", "outputs": []}]}'
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# What is smaller is parsed in no time.
_LEAST_BYTES = 1 << 20
# Strings and brackets that are looked at; a notebook that has more is told as it is.
_MOST_TOKENS = 1_000_000

# A string is one token, however long, so brackets inside it do not count; possessive, or the engine
# would keep a way back for each character of it.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKEN = re.compile(_STRING + rb"|[\[\]{}]", re.DOTALL)
_SAVED = re.compile(
    rb'(?P<key>"(?:outputs|application/vnd\.jupyter\.widget-state\+json)"\s*:\s*)(?P<open>[\[{])|'
    + _STRING,
    re.DOTALL,
)


def without_outputs(content: bytes, *, least: int = _LEAST_BYTES) -> bytes:
    """The notebook's bytes without outputs and the state of widgets; as they are where they are few.

    Args:
        content: of a file in UTF-8 that may be a notebook, or anything at all.
        least: so many bytes are worth the work.
    """
    if len(content) < least or b"\0" in content[:4]:  # UTF-16 has no such strings
        return content
    kept, place = [], 0
    tokens = itertools.count()
    while (found := _SAVED.search(content, place)) is not None:
        if next(tokens) > _MOST_TOKENS:
            return content
        if found["open"] is None:  # another string
            kept.append(content[place : found.end()])
            place = found.end()
            continue
        end = _closing(content, found.end(), tokens)
        if end is None:  # it is no JSON, or too much
            return content
        kept += [content[place : found.end()], content[end - 1 : end]]
        place = end
    return b"".join([*kept, content[place:]])


def _closing(content: bytes, start: int, tokens: Iterator[int]) -> int | None:
    """The place behind the bracket that closes the one before `start`."""
    depth = 1
    for token in _TOKEN.finditer(content, start):
        if next(tokens) > _MOST_TOKENS:
            return None
        if token[0] in (b"[", b"{"):
            depth += 1
        elif token[0] in (b"]", b"}"):
            depth -= 1
        if depth == 0:
            return token.end()
    return None
