"""What PyTorch says when the exercise goes wrong, by family, and where to look then.

The wording changes with the operator and the torch version, so each family is a pattern.

    >>> hint_for(RuntimeError("mat1 and mat2 shapes cannot be multiplied (5x3 and 2x3)"))
    'Write the two shapes side by side: which inner numbers must agree?'
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["FAMILIES", "Family", "hint_for", "hint_for_message"]


@dataclass(frozen=True, kw_only=True)
class Family:
    """One family of errors.

    Attributes:
        pattern: found in the exception's message.
        hint: the place to look, never the fix.
    """

    pattern: str
    hint: str


# The first that fits is taken, so the special stand before the general.
FAMILIES = tuple(
    Family(pattern=pattern, hint=hint)
    for pattern, hint in (
        (
            r"shapes cannot be multiplied|size mismatch, m1",
            "Write the two shapes side by side: which inner numbers must agree?",
        ),
        (
            r"size of tensor a .* must match the size of tensor b|match the broadcast shape",
            "Print both shapes: along which direction do they differ, and what does it count?",
        ),
        (
            r"must be Tensor, not builtin_function|'builtin_function_or_method'|'method'",
            "Look for a method that was named but not called.",
        ),
        (
            r"grad can be implicitly created only for scalar outputs",
            "How many numbers does your loss return?",
        ),
        (
            r"bitwise_xor|not supported for \^|unsupported operand type\(s\) for \^",
            "That sign is not a power in Python.",
        ),
        (
            r"'(int|float)' and 'torch\.Size'|'torch\.Size'$",
            "What type is on the right of the slash?",
        ),
        (r"'NoneType' object has no attribute 'backward'", "What does your function hand back?"),
        (
            r"'(float|numpy\.float\d+)' object has no attribute 'backward'",
            "Something turned the loss into a plain number.",
        ),
        (
            r"Can't call numpy\(\) on Tensor that requires grad",
            "Which operations does torch get to see?",
        ),
        (
            r"does not require grad and does not have a grad_fn",
            "Follow the wire from the loss back to the weights: where does it end?",
        ),
        (
            r"backward through the graph a second time",
            "What has to be computed anew after the weights move?",
        ),
        (
            r"leaf Variable that requires grad .* in-place",
            "Should the update itself be recorded?",
        ),
        (r"attribute 'zero'", "Methods that change their tensor have a mark."),
        (r"attribute '?zero_grad'?", "Who owns that method?"),
        (
            r"'NoneType' object has no attribute 'zero_'",
            "What does `.grad` hold, and is this name still the same tensor as before?",
        ),
        (r"assigned grad expected to be a Tensor or None", "What kinds of value may `.grad` hold?"),
        (
            r"operand type\(s\) for .*'NoneType'",
            "One gradient is None: whose, and when is `.grad` filled in?",
        ),
        (
            r"context manager protocol|^__enter__$",
            "Look at the line with `with`: a pair of signs may be missing.",
        ),
        (
            r"received an invalid combination of arguments|unexpected keyword argument",
            "Read the argument names letter by letter.",
        ),
        (r"can't multiply sequence by non-int", "What type came back?"),
        (
            r"only integer tensors of a single element can be converted to an index",
            "What type is your step size?",
        ),
        (
            r"to have the same dtype|expected scalar type|expected object of scalar type",
            "Print the dtype of both sides.",
        ),
        (r"'(numpy\.ndarray|list)' and 'Tensor'", "Who is on the left of @?"),
        (
            r"can't be cast to the desired output type",
            "Can the box on the left hold fractions?",
        ),
        (
            r"cannot be converted to Scalar|only one element tensors can be converted",
            "How many numbers are in there?",
        ),
        (
            r"Boolean value of Tensor with more than one value is ambiguous",
            "True for which region?",
        ),
    )
)


def hint_for(error: BaseException) -> str | None:
    """One line on where to look, for an error of a student's own code; None when it is no known one.

    Example:
        >>> hint_for(ValueError("something else")) is None
        True
    """
    return hint_for_message(str(error))


def hint_for_message(message: str) -> str | None:
    """The same from the message alone.

    Example:
        >>> hint_for_message("'Tensor' object has no attribute 'zero'")
        'Methods that change their tensor have a mark.'
    """
    return next((each.hint for each in FAMILIES if re.search(each.pattern, message)), None)
