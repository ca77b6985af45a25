"""What an entry of the catalogue holds.

A wrong implementation is given as edits of the right program (see `checks.programs`), so that two
mistakes combine by making both edits and the wrong source is a text that can be pasted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rainfall_kit.checks.programs import PROGRAMS, edited

__all__ = ["Edits", "Kind", "Misconception"]

Kind = Literal["raises", "silent", "warns", "concept"]
Edits = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Misconception:
    """One known mistake.

    Attributes:
        id: stable, such as ``"RK016"``; its number is the row where it was first written down.
        name: a few words, as they follow "it looks like".
        question: the question that it belongs to.
        kind: whether it raises, is silent, warns, or is about reading results.
        wrong: ways to write it, each a set of (old, new) edits of a right program.
        hint: the place to look, never the fix.
        why: the mathematics or the rule of PyTorch behind it.
        seen: where it was seen.
    """

    id: str
    name: str
    question: str
    kind: Kind
    wrong: tuple[Edits, ...]
    hint: str
    more: str = ""
    why: str
    seen: str = "the lesson's code, torch 2.13"

    def sources(self, question: str | None = None) -> tuple[str, ...]:
        """The wrong programs for a question, its own unless told otherwise; none where no edit fits.

        Example:
            >>> entry = Misconception(id="RK016", name="sum for mean", question="mse", kind="silent",
            ...                       wrong=(((" / diff.numel()", ""),),), hint="", why="")
            >>> print(entry.sources()[0])
            def mse(preds, targets):
                diff = preds - targets
                return (diff * diff).sum()
        """
        right = PROGRAMS[question or self.question]
        texts = (edited(right, edits) for edits in self.wrong)
        return tuple(text for text in texts if text is not None)
