"""A question that is asked before its picture is shown.

>>> Question(text="Which?", choices=("this", "that"), right=1, because="It is so.").choices[1]
'that'
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["WORDS", "Question"]

WORDS = {
    "right": "You expected “{choice}”, and so it is. {because}",
    "wrong": "You expected “{choice}”. It is “{right}”. {because}",
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """What to expect.

    Attributes:
        text: the question.
        choices: the answers to choose from.
        right: which one is right, counted from 0.
        because: why, in a sentence.
    """

    text: str
    choices: tuple[str, ...]
    right: int
    because: str
