"""A question that is asked before its picture is shown.

>>> Question(text="Which?", choices=("this", "that"), right=1, because="It is so.").choices[1]
'that'
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


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


def question_html(question: Question) -> str:
    """The question with its answers, one to be opened; the page's style shows the picture then.

    Example:
        >>> question = Question(text="Which?", choices=("this", "that"), right=1, because="It is so.")
        >>> question_html(question).count("<summary>")
        2
    """
    right = question.choices[question.right]
    answers = []
    for i, choice in enumerate(question.choices):
        told = "And so it is." if i == question.right else f"It is otherwise: {right}."
        answers.append(
            f'<details class="rk-choice"><summary>{escape(choice)}</summary>'
            f"<p>{escape(f'{told} {question.because}')}</p></details>"
        )
    return (
        f'<div class="rk-question"><p>{escape(question.text)}</p>{"".join(answers)}'
        '<p class="rk-wait">Choose what you expect, and the picture appears.</p></div>'
    )
