"""Questions of the tour: each with answers to choose from, that say right or wrong and why."""

from __future__ import annotations

from dataclasses import dataclass

from rainfall_kit.errors import OptionError
from rainfall_kit.explorers.html import prompt_html, style
from rainfall_kit.explorers.view import PredictionPrompt

QUESTIONS = {
    "sign": PredictionPrompt(
        text="At w = 0 and b = 0, ∂loss/∂w is −150.6. What does the loss do when w is raised a little?",
        choices=("it rises", "it falls", "it stays the same"),
        right=1,
        because="A gradient below 0 says that the loss falls where the number rises. So the step, "
        "which goes against the gradient, raises w.",
    ),
    "plus": PredictionPrompt(
        text="In the cell below, part 4 subtracts. What would the loss do if it added, with += ?",
        choices=("fall, only more slowly", "stay where it is", "rise"),
        right=2,
        because="The gradient points to where the loss rises. Adding it goes up. Try it in the cell.",
    ),
    "reset": PredictionPrompt(
        text="And without part 5, over ten steps?",
        choices=(
            "each step goes by the sum of all gradients so far",
            "each step goes by its own gradient, as before",
            "PyTorch raises an error",
        ),
        right=0,
        because="backward adds to what .grad holds. Nothing raises, and the numbers are wrong. Try it: "
        "take part 5 out, and write --epochs 10 in the first line: that makes ten steps.",
    ),
    "longer": PredictionPrompt(
        text="The run above took 100 epochs with lr 1e-5 and ended at a loss of 1270. With steps ten "
        "times as long, lr 1e-4, where does it end?",
        choices=("lower", "at about the same loss", "higher than it began"),
        right=0,
        because="It ends at about 68. The largest lr with which the loss of this table does not grow, its "
        "largest stable lr, is 1.117e-4, and 1e-4 is below it.",
    ),
    "too_long": PredictionPrompt(
        text="And twice as long again, with lr 2e-4?",
        choices=("lower still", "at about the same loss", "higher than it began"),
        right=2,
        because="That is above the largest stable lr, 1.117e-4: each step leaps over the valley and "
        "lands higher than it began.",
    ),
    "standardised": PredictionPrompt(
        text="On standardised inputs, with lr 0.8: how low is the loss after a hundred epochs?",
        choices=("about 1270", "about 68", "about 0.4831, the floor"),
        right=2,
        because="No direction is nearly flat any more: the condition number is 7, not two millions.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question that a notebook shows with its answers as buttons.

    Attributes:
        prompt: what is asked.
    """

    prompt: PredictionPrompt

    def __repr__(self) -> str:
        return f"{self.prompt.text} {' / '.join(self.prompt.choices)}?"

    def _repr_html_(self) -> str:
        return f'<style>{style()}</style><div class="rk-explorer">{prompt_html(self.prompt)}</div>'


def ask(name: str) -> Question:
    """One of the tour's questions, to be shown.

    Raises:
        OptionError: there is none of that name.

    Example:
        >>> ask("too_long")
        And twice as long again, with lr 2e-4? lower still / at about the same loss / higher than it began?
    """
    if name not in QUESTIONS:
        raise OptionError(f"there is no question {name!r}. Try: {', '.join(QUESTIONS)}")
    return Question(prompt=QUESTIONS[name])
