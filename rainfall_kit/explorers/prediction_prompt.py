"""Prediction prompts: a question that is asked before its picture is shown."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, kw_only=True)
class PredictionPrompt:
    """A question about what will be seen, with answers to choose from.

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


def prompt_html(prompt: PredictionPrompt) -> str:
    """The question with its answers, one to be opened; the page's style shows the picture then."""
    right = prompt.choices[prompt.right]
    answers = []
    for i, choice in enumerate(prompt.choices):
        verdict = "And so it is." if i == prompt.right else f"It is otherwise: {right}."
        answers.append(
            f'<details class="rk-choice"><summary>{escape(choice)}</summary>'
            f"<p>{escape(f'{verdict} {prompt.because}')}</p></details>"
        )
    return (
        f'<div class="rk-question"><p>{escape(prompt.text)}</p>{"".join(answers)}'
        '<p class="rk-wait">Choose what you expect, and the picture appears.</p></div>'
    )
