"""Observed facts: what all tries of a wrong answer have in common, where no known mistake explains it.

>>> from rainfall_kit.checks.questions.registry import find_question
>>> question = find_question("gd_step")
>>> cases = question.draw(0)
>>> longer = question.program.replace("lr * w", "len(inputs) * lr * w")
>>> seen = tuple(question.run(longer, case) for case in cases)
>>> print(next(facts_of_signs(question, cases, seen)).text)
The first gradients are right, and the first move is not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.contradictions import near
from rainfall_kit.checks.diagnosis.facts.fact import Fact
from rainfall_kit.checks.observations import HANDED_IN, agree
from rainfall_kit.checks.tracing.torch_calls import AGAIN, ASKS, FIRST, MADE_ANEW, REACHED, ROOT
from rainfall_kit.checks.tracing.trace import OF_NOTEBOOK, UNUSED

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from rainfall_kit.checks.observations import Case, Observation, Value
    from rainfall_kit.checks.questions.question import Question

# Values that stand beside what was asked for.
_BESIDE = (HANDED_IN, ".requires_grad", ".is_leaf", "of a second call")
_COUNT = "the number of "

_MOST_NAMES = 4

_Signs = dict[str, "Value"]

FALLBACK = (
    "Work the example of the message out by hand, and print what each of your lines gives: at which line "
    "do the two part?"
)

KIND_FALLBACK = "Print the type of what your function gives back, in a cell of its own: type(...). Where is it made?"

SLOPE_FALLBACK = (
    "Follow {param} alone through your lines, and print requires_grad of what each of them makes of it: "
    "behind which one is it False?"
)

SHAPE_FALLBACK = (
    "Print the shape of what each of your lines gives. At which line does it become another one than is "
    "asked for?"
)

DTYPE_FALLBACK = (
    "Print the dtype of what each of your lines gives. At which line does it become another one than is "
    "asked for?"
)

TRUTH_FALLBACK = (
    "Call your function once in a cell of its own, and print what that sentence is about, before the call "
    "and after it."
)

ERROR_FALLBACK = (
    "Print the type and the shape of each thing in the line that stopped, right before it: is each what "
    "you think?"
)


def facts_of_signs(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> Iterator[Fact]:
    """Facts about what torch was asked for, and what came of it, in the examples that anybody can see."""
    pairs = [
        (_signs(observed), _signs(question.expected(case)), question.judge(case, observed))
        for case, observed in zip(cases, seen, strict=True)
        if case.public
    ]
    pairs = [pair for pair in pairs if _number(ASKS, pair[1])]
    if not pairs or not all(ASKS in mine for mine, _, _ in pairs):
        return
    every = [mine for mine, _, _ in pairs]
    if not any(_number(ASKS, mine) for mine in every):
        yield Fact(
            text="It never asks torch for gradients.",
            hint="Which of your lines finds out how the loss changes with w and b?",
        )
        return
    if all(_number(MADE_ANEW, mine) for mine in every):
        yield Fact(
            text="backward starts from a tensor that was made anew: it has no record of w and b.",
            hint="Print grad_fn of what stands in front of .backward(). What should it be?",
        )
        return
    yield from _reached(every)
    yield from _piles(every)
    yield from _starts(every)
    yield from _first_gradients([pair for pair in pairs if pair[2] is not None])


def _reached(every: list[_Signs]) -> Iterator[Fact]:
    got = {of: any(_number(f"{REACHED} {of}", mine) for mine in every) for of in "wb"}
    if not any(got.values()):
        yield Fact(
            text="Gradients are asked for, and none reaches w or b.",
            hint="Was what stands in front of .backward() computed from w and b themselves, all the way?",
        )
    for of, other in ("wb", "bw"):
        if got[of] and not got[other]:
            yield Fact(
                text=f"A gradient reaches {of}, and none reaches {other}.",
                hint=f"Where on the way to the loss is {other} used, and is it {other} itself?",
            )


def _piles(every: list[_Signs]) -> Iterator[Fact]:
    """More than one backward before a move, or a gradient that is still there at the next one."""
    several = [mine for mine in every if _number(ASKS, mine) > 1 and _number("moved", mine)]
    if several and all(_number(f"{AGAIN} w", mine) for mine in several):
        yield Fact(
            text="Between two moves of w, backward runs more than once.",
            hint="Count the calls of backward from one move to the next.",
        )
        return
    for of in "wb":
        if any(_number(f"{of}.grad piles up", mine) for mine in every):
            yield Fact(
                text=f"At least once, {of}.grad still holds an earlier gradient when backward runs.",
                hint=f"Print {of}.grad at the beginning of each step. In which of them has it been reset?",
            )
            return


def _starts(every: list[_Signs]) -> Iterator[Fact]:
    roots = [mine[ROOT] for mine in every if ROOT in mine]
    if roots and any(math.prod(root.shape) != 1 for root in roots):
        yield Fact(
            text="backward starts from a table, not from one number.",
            hint="Print the shape of what stands in front of .backward(). Which one number are you lowering?",
        )


def _first_gradients(pairs: list[tuple[_Signs, _Signs, object]]) -> Iterator[Fact]:
    """Fact about the first gradients: right ones tell on which side of backward to look."""
    by_name = {
        of: [
            near(mine[f"{FIRST} {of}"], right[f"{FIRST} {of}"])
            for mine, right, _ in pairs
            if _number(f"{REACHED} {of}", mine) and _number(f"{REACHED} {of}", right)
        ]
        for of in "wb"
    }
    found = [*by_name["w"], *by_name["b"]]
    wrong = [of for of, fits in by_name.items() if fits and not any(fits)]
    if not found:
        return
    moves_first = all(" step 1" in getattr(finding, "about", "") for _, _, finding in pairs)
    if all(found):
        if not all(by_name.values()):  # of the other one nothing is known
            return
        if any(getattr(finding, "got", None) is None for _, _, finding in pairs):
            yield Fact(  # of moves that were not handed back nothing is known, either
                text="The first gradients are right, so the prediction and the loss are, too.",
                hint="Print what your function gives back, beside what it is asked to give.",
            )
            return
        if any(_number(ASKS, mine) > _number(ASKS, right) for mine, right, _ in pairs):
            yield Fact(  # of which move the first value tells is not known
                text="The first gradients are right, and torch is asked for more of them than it should be.",
                hint="Count how often each of your lines runs in one call.",
            )
        elif moves_first:
            yield Fact(
                text="The first gradients are right, and the first move is not.",
                hint="Print, in the first step, w.grad and what you take off w. How do they belong together?",
            )
        else:
            yield Fact(
                text="The first gradients are right, so the prediction and the loss are, too.",
                hint="Look at what comes after the first backward: the move, the reset, what is given back.",
            )
    elif wrong:
        # w may have moved before the gradient of b was found
        are, when = (
            ("gradients of w and b are", ", before anything moves")
            if len(wrong) > 1
            else (f"gradient of {wrong[0]} is", "")
        )
        yield Fact(
            text=f"The first {are} wrong already{when}.",
            hint="Look at what comes before the move: the prediction, the loss, and what stands in front "
            "of .backward().",
        )


def facts_of_names(
    seen: tuple[Observation, ...], *, known: Container[str] | None
) -> Iterator[Fact]:
    """Facts about what an answer reads of the notebook in the place of what it is given, and never reads.

    Args:
        seen: one observation for each case.
        known: the names that may be told where inputs are secret, which a name could be made of; None where
            all may be.

    Example:
        >>> from rainfall_kit.checks.observations import Observation, Value
        >>> signs = (Value(name=OF_NOTEBOOK, kind="inputs"), Value(name=UNUSED, kind="x"))
        >>> [fact.text for fact in facts_of_names((Observation(signs=signs),), known=None)]
        ['It reads inputs of the notebook, and never x, which it is given.']
    """
    signs = {sign.name: sign.kind for observed in seen for sign in observed.signs}
    told = {
        sign: signs[sign] if known is None or signs[sign] in known else ""
        for sign in (OF_NOTEBOOK, UNUSED)
        if sign in signs and signs[sign].isidentifier()
    }
    unused = told.get(UNUSED, "")
    if OF_NOTEBOOK in told:
        end = (
            f", and never {unused}, which it is given" if unused else ", which is not handed to it"
        )
        yield Fact(
            text=f"It reads {told[OF_NOTEBOOK] or 'something'} of the notebook{end}.",
            hint="Compare the names in its lines with those in its first line, between the parentheses.",
        )
    elif unused:
        yield Fact(
            text=f"None of its lines reads {unused}, which it is given.",
            hint=f"What is {unused} given to it for?",
        )


def facts_of_losses(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> Iterator[Fact]:
    """Facts about the losses: how many there are, when they were noted, and on which side of 0."""
    yield from _counts(cases, seen)
    yield from _late(question, cases, seen)
    yield from _below_0(question, cases, seen)


def facts_of_values(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> Iterator[Fact]:
    """Facts about values: those that come out right in every try, and those that do not."""
    right: dict[str, bool] = {}
    compared: set[str] = set()  # of the others nothing but the form is looked at
    for case, observed in zip(cases, seen, strict=True):
        got = {value.name: value for value in observed.values}
        for want in question.expected(case).values:
            # a yes or no is named by what should be so, and neither it nor a count reads as a thing
            if want.kind == "truth" or want.name not in got or want.name.startswith(_COUNT):
                continue
            name = "the losses" if want.name.startswith("losses[") else want.name
            if want.numbers or want.kind == "nothing":
                compared.add(name)
            fits = agree(got[want.name], want, case.dtype)
            right[name] = right.get(name, True) and fits
    moved = _moved(question, cases)  # it is asked for
    changed = [name.removesuffix(HANDED_IN) for name in right if name.endswith(HANDED_IN)]
    changed = [name for name in changed if not right[f"{name}{HANDED_IN}"] and name not in moved]
    # what is asked with yes or no is a sentence of its own, and no name
    asked = {v.name for case in cases for v in question.expected(case).values if v.kind == "truth"}
    results = {
        name: fits
        for name, fits in right.items()
        if (not name.endswith(_BESIDE) or name.removesuffix(HANDED_IN) in moved)
        and name not in asked
    }
    good = [name for name, fits in results.items() if fits and name in compared]
    bad = [name for name, fits in results.items() if not fits]
    if changed and not bad:
        yield Fact(
            text=f"What it gives is right in every try; what it was given as {_and(changed)} is changed.",
            hint=f"Which of your lines writes into {changed[0]}, rather than into something of your own?",
        )
    elif good and bad:
        are, is_not = (
            "are" if len(names) > 1 or names[0] == "the losses" else "is" for names in (good, bad)
        )
        if len(good) > _MOST_NAMES:  # a long list is not read
            good = [*good[: _MOST_NAMES - 1], f"{len(good) - _MOST_NAMES + 1} more"]
        yield Fact(
            text=f"In every try {_and(good)} {are} right; {_and(bad)} {is_not} not in every one.",
            hint=f"Which of your lines are there for {bad[0]} alone?",
        )


def _moved(question: Question, cases: tuple[Case, ...]) -> set[str]:
    """Names of what is another afterwards than what was given: a right answer changes it."""
    return {
        name
        for case in cases
        for value in question.expected(case).values
        if (name := value.name.removesuffix(HANDED_IN)) != value.name
        if {one.numbers for one in case.given if name in (one.name, f"the {one.name}")}
        - {value.numbers}
    }


def _counts(cases: tuple[Case, ...], seen: tuple[Observation, ...]) -> Iterator[Fact]:
    """How many losses there are for how many epochs."""
    counts = [
        (int(case.number("epochs")), int(value.numbers[0]))
        for case, observed in zip(cases, seen, strict=True)
        for value in observed.values
        if value.name == "the number of losses"
    ]
    more = {got - epochs for epochs, got in counts}
    if len({epochs for epochs, _ in counts}) < 2 or more == {0}:
        return
    if len({got for _, got in counts}) == 1:
        losses = "1 loss" if counts[0][1] == 1 else f"{counts[0][1]} losses"
        yield Fact(
            text=f"It records {losses}, however many epochs are asked for.",
            hint="What decides how often your loop runs, and how often a loss is noted?",
        )
    elif len(more) == 1:
        off = more.pop()
        size = "one loss" if abs(off) == 1 else f"{abs(off)} losses"
        yield Fact(
            text=f"In every try it records {size} {'more' if off > 0 else 'fewer'} than there are epochs.",
            hint="Ask for 2 epochs and write down by hand when each loss is noted.",
        )


def _late(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> Iterator[Fact]:
    """That each loss is the next one."""
    found = []
    for case, observed in zip(cases, seen, strict=True):
        mine = {v.name: v for v in observed.values if v.name.startswith("losses[")}
        right = {v.name: v for v in question.expected(case).values if v.name.startswith("losses[")}
        found += [
            (
                near(mine[f"losses[{i}]"], want),
                near(mine[f"losses[{i}]"], right[f"losses[{i + 1}]"]),
            )
            for i, want in enumerate(right.values())
            if f"losses[{i + 1}]" in right and f"losses[{i}]" in mine
        ]
    if found and all(late for _, late in found) and not all(same for same, _ in found):
        yield Fact(
            text="Each loss that it records is the one after the step, not the one before it.",
            hint="With which w and b is the loss computed that you note?",
        )


def _below_0(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> Iterator[Fact]:
    """A loss below 0, or above it where nothing is wrong with the predictions."""
    for case, observed in zip(cases, seen, strict=True):
        loss = next((v for v in observed.values if v.name == "the loss" and v.numbers), None)
        want = next((v for v in question.expected(case).values if v.name == "the loss"), None)
        if loss is None or want is None or len(loss.numbers) != 1:
            continue
        if loss.numbers[0] < 0:
            yield Fact(
                text="In some tries the loss is below 0.",
                hint="What does one prediction that is too low add to your loss, and one that is too high?",
            )
            return
        if want.numbers == (0.0,) and loss.numbers[0] != 0:
            yield Fact(
                text="Where predictions equal targets, the loss is not 0.",
                hint="Call it with preds equal to targets and print each part. Which one is not 0, and why?",
            )
            return


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _signs(seen: Observation) -> _Signs:
    return {sign.name: sign for sign in seen.signs}


def _number(name: str, signs: _Signs) -> float:
    value = signs.get(name)
    return value.numbers[0] if value is not None and value.numbers else 0.0
