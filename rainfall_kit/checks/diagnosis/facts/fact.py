"""Fact: one sentence that is true of a wrong answer whose mistake is not known, with where to look."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A fact that was seen.

    Attributes:
        text: a sentence that holds for all that was tried; it names no secret input.
        hint: the place to look, never the fix.
        is_place: whether it says where, for which sizes or within which bounds the answer fails, and not what
            it does there.
    """

    text: str
    hint: str
    is_place: bool = False
