"""Own data: what a question is asked about where it is one's own orchard.

The answer takes nothing. It may work out what the question's function gives for that orchard, or give the
number that was found.

>>> from rainfall_kit.checks.questions.registry import find_question
>>> question = find_question("baseline_loss")
>>> case = own_case(question, None)
>>> seen = question.without_arguments().run("def baseline_loss(): return 1191.88", case)
>>> question.judge(case, seen) is None
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.errors import OptionError
from rainfall_kit.lesson.own_orchard import orchard_of

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.questions.question import Question


def own_case(question: Question, seed: int | None) -> Case:
    """The one case of a question that is asked about a student's own orchard.

    No message tells its numbers: the right one is what is asked for.

    Args:
        question: what is asked.
        seed: of the orchard; None for the lesson's five regions.

    Raises:
        OptionError: the question is about more than inputs and targets, or its right program is not here.
    """
    orchard = orchard_of(seed)
    there: dict[str, Any] = {"inputs": orchard.inputs, "targets": orchard.targets}
    names = [value.name for value in question.draw(0)[0].given]
    others = [name for name in names if name not in there]
    if others or not names:
        raise OptionError(
            f"{question.name} is asked about {', '.join(others) or 'no table'}, which an orchard does not have. "
            'Try: a question about inputs and targets, such as "baseline_loss"'
        )
    if question.recorded is not None:
        raise OptionError(
            f"{question.name} was given out without its right program, so nothing can be asked about an "
            "orchard of one's own. Try: no own_orchard=True"
        )
    # An answer in float64 is as good: it is nearer than what float32 is allowed.
    return case_of("your own orchard", "float32", **{name: there[name] for name in names})


def refuse_all_but_a_number(question: Question, case: Case) -> None:
    """Refuse a question whose right answer is not one number.

    Of several right ones, such as an lr that is small enough, another student's may be one, and what is made
    of many numbers depends on how it was rounded on the way.

    Raises:
        OptionError: it is not.
    """
    judged = question.expected(case).results
    if [len(value.numbers) for value in judged] != [1] or judged[0].shape != ():
        raise OptionError(
            f"what {question.name} gives is not one number, and nothing else can be asked about an orchard of "
            'one\'s own. Try: "baseline_loss" or "largest_stable_lr"'
        )
