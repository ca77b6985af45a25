"""Misconception: one entry of the catalogue of known mistakes.

A wrong implementation is given as edits of the right program, so that two mistakes combine by making
both edits, and the wrong source is a text that can be pasted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rainfall_kit.checks.questions.programs import Edits, edited

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

    def sources(self, question: str | None = None) -> tuple[str, ...]:
        """The wrong programs for a question, its own unless told otherwise; none where no edit fits.

        Example:
            >>> from rainfall_kit.checks.questions.registry import find_misconception
            >>> one_epoch_too_few = find_misconception("RK105")
            >>> "range(epochs - 1)" in one_epoch_too_few.sources()[0], one_epoch_too_few.sources("mse")
            (True, ())
        """
        return _programs_with(self.wrong, question or self.question)

    def mild_sources(self, question: str) -> tuple[str, ...]:
        """The same for the mild ways.

        Example:
            >>> from rainfall_kit.checks.questions.registry import find_misconception
            >>> find_misconception("RK073").sources(), len(find_misconception("RK073").mild_sources("update"))
            ((), 2)
        """
        return _programs_with(self.mild, question)


def _programs_with(ways: tuple[Edits, ...], question: str) -> tuple[str, ...]:
    # here, because the registry reads the question files, and they make entries
    from rainfall_kit.checks.questions.registry import find_question

    texts = (edited(find_question(question).program, edits) for edits in ways)
    return tuple(text for text in texts if text is not None)
