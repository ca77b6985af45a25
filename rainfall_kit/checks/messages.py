"""Messages of a check: sentences that say what was seen.

Inputs that are secret, as in a hidden test, are never told: neither their numbers nor what an answer
could hide them in.
"""

from __future__ import annotations

import builtins
import math
import re
from typing import TYPE_CHECKING

from rainfall_kit.checks.observations import agree, describe
from rainfall_kit.checks.questions.drawing import count_of
from rainfall_kit.checks.questions.registry import QUESTIONS

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case, Failure, Value
    from rainfall_kit.checks.questions.misconception import Misconception
    from rainfall_kit.checks.questions.question import Finding, Question

_KINDS = {
    "nothing": "None",
    "tensor": "a tensor",
    "array": "a NumPy array",
    "number": "a plain number",
    "one number": "one number",
    "truth": "True or False",
    "text": "a text",
    "str": "a text",
    "list": "a list",
    "tuple": "a tuple",
    "dict": "a dict",
    "int": "a plain number",
    "float": "a plain number",
    "generator": "a generator",
    "coroutine": "a coroutine",
    "function": "a function",
    "method": "a function",
    "builtin_function_or_method": "a function",
}

# More numbers than this are no example that anybody reads.
_MOST_SHOWN = 24

_THE = "the "
_SLOPE = "the slope for "

# Of a place in a student's code, what is too little to hide a number in.
_PLAIN_PLACE = re.compile(r"line \d{1,2} of (\w+)")

_DTYPES = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "uint8", "bool")

# What a case holds that no answer is given as such.
_UNSHOWN = ("reset", "loader", "rows_in_a_batch", "training", "dropout", "bend")
# Errors whose message speaks of sizes, which are those of what the answer was called with.
_OF_SIZES = re.compile(r"\bshape|\bsize|dimension|\d+x\d+|out of bounds|out of range")


def say_finding(question: Question, findings: list[Finding], *, secret: bool) -> str:
    """The smallest counter-example, in readable numbers where the inputs are no secret.

    Args:
        question: what was asked.
        findings: one or more things that are not as they should be.
        secret: whether the inputs that were drawn must not be told.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> question = find_question("mse")
        >>> case = question.draw(0)[0]
        >>> finding = question.judge(case, question.run("def mse(p, t): return p.sum()", case))
        >>> print(say_finding(question, [finding], secret=True))
        mse is not right yet: the loss should be 9, and is 5. This was for preds = [[5]], targets = [[2]].
    """
    shown = [finding for finding in findings if finding.case.public or not secret] or findings[:1]
    finding = min(shown, key=lambda finding: (not finding.case.public, _size(finding.case)))
    return _say(question, finding, secret=secret)


def say_given_back(question: Question, thing: Value) -> str:
    """That an answer gave back something that does not hold what was asked for.

    Example:
        >>> from rainfall_kit.checks.observations import Value
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> print(say_given_back(find_question("update"), Value(name="given back", kind="tensor")))
        update is not right yet: it gives back a tensor. update(w, b, lr) moves w and b one step \
against w.grad and b.grad.
        >>> one = Value(name="given back", kind="tuple", shape=(1,))
        >>> say_given_back(find_question("update"), one).partition(". ")[0]
        'update is not right yet: it gives back a tuple of 1 thing'
    """
    what = _a_kind(thing.kind)
    if thing.kind in ("tuple", "list") and thing.shape:
        what = f"{what} of {count_of(thing.shape[0], 'thing')}"
    return f"{question.name} is not right yet: it gives back {what}. {question.asks}."


def say_no_function(question: Question, failure: Failure) -> str:
    """That an answer cannot be called.

    Example:
        >>> from rainfall_kit.checks.observations import Failure
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> failure = Failure(kind="not a function", message="list")
        >>> print(say_no_function(find_question("zero_grads"), failure))
        zero_grads is a list, not a function. zero_grads(w, b) resets the gradients of w and b.
    """
    return f"{question.name} is {_a_kind(failure.message)}, not a function. {question.asks}."


def say_error(question: Question, case: Case, failure: Failure, *, secret: bool) -> str:
    """The student's own error, with the line that it comes from.

    Example:
        >>> from rainfall_kit.checks.observations import Case, Failure, Value
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> failure = Failure(kind="TypeError", message="no such thing", where="line 2 of mse")
        >>> case = Case(label="", dtype="float32", given=(Value(name="x", kind="tensor"),))
        >>> say_error(find_question("mse"), case, failure, secret=False)
        'mse stopped with an error (line 2 of mse). TypeError: no such thing'
        >>> say_error(find_question("mse"), case, failure, secret=True)
        'mse stopped with an error (line 2 of mse) on a table that you have not seen. TypeError'
    """
    if failure.kind == "ended":
        return f"{question.name} ended Python itself."
    told = not secret or case.public
    where = failure.where if told else _plain_place(failure.where)
    what = f"Using what {question.name} gives back" if failure.of_result else question.name
    begin = f"{what} stopped with an error" + (f" ({where})" if where else "")
    if told:
        said = f"{begin}. {failure.kind}: {failure.message}".rstrip(": ")
        shapes = _say_shapes(question, case) if _OF_SIZES.search(failure.message) else ""
        return f"{said.rstrip('.')}. {shapes}" if shapes else said
    # An answer could raise its secret inputs, in the message or as the name of an exception.
    kind = failure.kind if hasattr(builtins, failure.kind) else "An exception"
    return f"{begin} on {_unseen(case)}. {kind}"


def say_wrong_value(question: Question, finding: Finding, *, secret: bool) -> str:
    """The fault of one value, as the end of a sentence.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> question = find_question("mse")
        >>> case = question.draw(0)[0]
        >>> finding = question.judge(case, question.run("def mse(p, t): return p.sum()", case))
        >>> print(say_wrong_value(question, finding, secret=True))
        the loss should be 9, and is 5. This was for preds = [[5]], targets = [[2]].
    """
    got, want, case = finding.got, finding.want, finding.case
    unlike = _say_unlike(question, finding, secret=secret)
    if unlike or got is None:
        return unlike
    given = _shown(question, case)
    hidden = secret and not case.public
    if hidden or sum(len(value.numbers) for value in given) > _MOST_SHOWN:
        if got.kind == "truth":
            where = "" if hidden else f" ({case.label})"
            return f"{finding.about} is {describe(got)} where it should be {describe(want)}{where}."
        if hidden:  # which of the tables it was is no matter of the student's
            return f"{finding.about} is not what it should be, on {_unseen(case)}."
        place, mine, right = _first_difference(got, want, case.dtype)
        return f"{finding.about}{place} should be {right}, and is {mine} ({case.label})."
    told = ", ".join(f"{_own_name(question, value.name)} = {describe(value)}" for value in given)
    label = f"{case.label}: " if "batches" in question.argument_names else ""
    example = f" This was for {label}{told}." if told else ""
    return f"{finding.about} should be {describe(want)}, and is {describe(got)}.{example}"


def say_name(name: str, other: str, *, secret: bool) -> str:
    """The name of a function that was called; where inputs are secret, it could be made of them.

    Args:
        name: of the function.
        other: what stands in its place, unless it is the name of a question.
        secret: whether the answer was called with inputs that must not be told.

    Example:
        >>> say_name("square", "another function", secret=False)
        'square'
        >>> say_name("0.731 2.5", "another function", secret=True)
        'another function'
    """
    return name if not secret or name in QUESTIONS else other


def say_names(explanations: tuple[tuple[Misconception, ...], ...]) -> str:
    """The names of mistakes: those made at once, or one explanation or the other.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_misconception
        >>> one, other = find_misconception("RK064"), find_misconception("RK080")
        >>> say_names(((one, other),))
        'a step uphill (RK064) and only one gradient is reset (RK080)'
    """
    return ", or ".join(
        " and ".join(f"{entry.name} ({entry.id})" for entry in suspects)
        for suspects in explanations
    )


def _say_shapes(question: Question, case: Case) -> str:
    """The shapes of what an answer was called with: an error speaks of no others."""
    batches = "batches" in question.argument_names
    # other tables are for what is tried with the result afterwards
    later = () if batches else {"inputs", "targets"}.difference(question.argument_names)
    shapes = [
        f"{_own_name(question, v.name)} {v.shape}"
        for v in _shown(question, case)
        if v.kind == "tensor" and v.name not in later
    ]
    label = f"{case.label}: " if batches else ""
    return f"It was called with {label}{', '.join(shapes)}." if shapes else ""


def _shown(question: Question, case: Case) -> list[Value]:
    unshown = [*_UNSHOWN, *({"lr"}.difference(question.argument_names))]
    # what a loss is made of says little where it is no parabola
    unshown += ["lowest"] if any(value.name == "bend" for value in case.given) else []
    return [value for value in case.given if value.name not in unshown]


def _own_name(question: Question, name: str) -> str:
    """Name of a value where the answer is given a model or a loss, and not the numbers in it."""
    if name == "lowest":
        return "loss_of = the sum of (w − lowest)², with lowest"
    of_model = {"w": "the model's weight", "b": "the model's bias"}
    return of_model.get(name, name) if "model" in question.argument_names else name


def _say(question: Question, finding: Finding, *, secret: bool) -> str:
    got, want = finding.got, finding.want
    if got is not None and got.kind == want.kind == "truth" and finding.about != "the answer":
        return f"{question.name} is not right yet. {_say_truth(finding)}"
    said = say_wrong_value(question, finding, secret=secret)
    return f"{question.name} is not right yet: {said}"


def _say_truth(finding: Finding) -> str:
    should = "true, and is not" if finding.want.numbers == (1.0,) else "false, and is true"
    return f"This should be {should}: {finding.about}."


def _say_unlike(question: Question, finding: Finding, *, secret: bool) -> str:
    """The value's kind, shape or dtype where it is not as it should be; empty when only numbers differ."""
    about, case, got, want = finding.about, finding.case, finding.got, finding.want
    if got is None:
        return f"{about} is missing. {question.asks}."
    if got.kind == "nothing" and about.startswith(_SLOPE):
        return f"backward finds no {about.removeprefix(_THE)}."
    if got.kind != want.kind:
        return f"{about} is {_a_kind(got.kind)}, and should be {_a_kind(want.kind)}."
    if want.kind == "text":
        return ""
    if got.shape != want.shape:
        told = not secret or case.public or _is_plain_shape(got.shape, case)
        shape = f"shape {got.shape}" if told else "another shape"
        return f"{about} has {shape}, and should have {want.shape} ({case.label})."
    if got.dtype != want.dtype:
        dtype = f"dtype {got.dtype}" if got.dtype in _DTYPES else "another dtype"
        return f"{about} has {dtype}, and should have {want.dtype}."
    return ""


def _is_plain_shape(shape: tuple[int, ...], case: Case) -> bool:
    """True if it is made of the sizes of what the answer was given; any other could be a message."""
    sizes = {size for value in case.given for size in value.shape} | {0, 1}
    return len(shape) <= 3 and sizes.issuperset(shape)


def _plain_place(where: str) -> str:
    found = _PLAIN_PLACE.match(where)
    return found[0] if found and found[1] in QUESTIONS else ""


def _first_difference(got: Value, want: Value, dtype: str) -> tuple[str, str, str]:
    """Where the first number differs, in words, and the two numbers; of texts, the two of them."""
    if want.kind == "text":
        return "", describe(got), describe(want)
    pairs = zip(got.numbers, want.numbers, strict=True)
    scale = max((abs(x) for x in want.numbers if math.isfinite(x)), default=0.0)
    for i, (mine, right) in enumerate(pairs):
        if not _near(mine, right, scale, dtype):
            return _place(i, want.shape), f"{mine:.6g}", f"{right:.6g}"
    return "", describe(got), describe(want)


def _near(mine: float, right: float, scale: float, dtype: str) -> bool:
    from rainfall_kit.checks.observations import Value

    one, other = (Value(name="", shape=(2,), numbers=(x, scale)) for x in (mine, right))
    return agree(one, other, dtype)


def _place(index: int, shape: tuple[int, ...]) -> str:
    if len(shape) == 2:
        return f" in row {index // shape[1] + 1}, column {index % shape[1] + 1}"
    return f" at number {index + 1}" if shape else ""


def _unseen(case: Case) -> str:
    is_table = any(value.kind == "tensor" for value in case.given)
    return f"{'a table' if is_table else 'an example'} that you have not seen"


def _size(case: Case) -> int:
    return sum(len(value.numbers) for value in case.given)


def _a_kind(kind: str) -> str:
    # The name of a student's own class could be anything.
    known = hasattr(builtins, kind) or kind in ("Tensor", "ndarray", "Parameter")
    other = f"of type {kind}" if known else "of another type"
    return _KINDS.get(kind, f"something {other}")
