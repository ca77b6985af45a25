"""Misconception: one entry of the catalogue of known mistakes.

A wrong implementation is given as edits of the right program, so that two mistakes combine by making
both edits, and the wrong source is a text that can be pasted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rainfall_kit.checks.questions.programs import Edits


Kind = Literal["raises", "silent", "warns", "concept"]


# eq=False: an entry is equal to itself alone, and so is hashed without reading its texts.
@dataclass(frozen=True, kw_only=True, eq=False)
class Misconception:
    """One known mistake.

    Attributes:
        id: stable, such as ``"RK016"``; its number is the row where it was first written down.
        name: a few words, as they follow "it looks like".
        question: the question that it belongs to.
        kind: whether it raises, is silent, warns, or is about reading results.
        wrong: ways to write it, each a set of (old, new) edits of a right program. Empty for a
            mistake that is no code: `diagnosis.recorded_runs` tells it from a recorded run.
        hint: a nudge: the place to look, never the fix.
        more: a bigger nudge: what to compare or print there, and what to expect.
        why: the mathematics or the rule of PyTorch behind it.
        seen: where it was seen, and what showed.
        mild: ways to write it with which an answer is right all the same, and hears a note.
    """

    id: str
    name: str
    question: str
    kind: Kind
    hint: str
    more: str
    why: str
    seen: str
    wrong: tuple[Edits, ...] = ()
    mild: tuple[Edits, ...] = ()
