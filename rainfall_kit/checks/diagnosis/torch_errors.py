"""Torch errors: patterns of what PyTorch says when the exercise goes wrong, and where to look then.

Its words change with the operator and the version, so each kind of error is a pattern.

    >>> hint_for(RuntimeError("mat1 and mat2 shapes cannot be multiplied (5x3 and 2x3)"))
    'Write the two shapes side by side: which inner numbers must agree?'
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rainfall_kit.checks.diagnosis.python_errors import hint_for_python


@dataclass(frozen=True, kw_only=True)
class TorchError:
    """One kind of error, in all its words.

    Attributes:
        pattern: found in the exception's message.
        hint: the place to look, never the fix.
    """

    pattern: str
    hint: str


# The first that fits is taken, so the special stand before the general.
TORCH_ERRORS = tuple(
    TorchError(pattern=pattern, hint=hint)
    for pattern, hint in (
        (
            (
                r"shapes cannot be multiplied|size mismatch,|dim 1 must match mat2 dim 0"
                r"|Expected size for first two dimensions"
            ),
            "Write the two shapes side by side: which inner numbers must agree?",
        ),
        (
            (
                r"size of tensor a .* must match the size of tensor b|match the broadcast shape"
                r"|does not broadcast with previously seen size|are not broadcastable"
                r"|must match the existing size|shape mismatch"
                r"|Sizes of tensors must match except|must have same number of dimensions"
            ),
            "Print both shapes: along which direction do they differ, and what does it count?",
        ),
        (
            r"must be Tensor, not (builtin_function|method)|'(builtin_function_or_method|method)'",
            "Look for a method that was named but not called.",
        ),
        (
            r"grad can be implicitly created only for scalar outputs",
            "How many numbers does your loss return?",
        ),
        (
            r"bitwise_xor|not supported for \^|unsupported operand type\(s\) for \^",
            "The sign ^ is not a power in Python.",
        ),
        (
            r"'(Tensor|int|float)' and 'torch\.Size'|'torch\.Size'$|not torch\.Size",
            "What type is on the right of the slash?",
        ),
        (r"'NoneType' object has no attribute 'backward'", "What does your function hand back?"),
        (
            r"'(int|float|numpy\.float\d+)' object has no attribute '(backward|requires_grad|item)'",
            "Something turned the loss into a plain number.",
        ),
        (
            (
                r"Can't call numpy\(\) on (Tensor|Variable) that requires grad"
                r"|unexpected keyword argument 'axis'|got \(.*axis=NoneType"  # NumPy asks a tensor
            ),
            "Which operations does torch get to see?",
        ),
        (
            (
                r"does not require grad|Inference tensors cannot be saved for backward"
                r"|appears to not have been used in the graph"
            ),
            "Follow the wire from the loss back to the weights: where does it end?",
        ),
        (
            r"backward through the graph a second time",
            "What has to be computed anew after the weights move?",
        ),
        (
            r"needed for gradient computation has been modified by an in-?place operation",
            "Which tensor changed between the prediction and backward?",
        ),
        (
            r"leaf Variable that requires grad .* in-place",
            "Should this change itself be recorded?",
        ),
        (
            r"only change requires_grad flags of leaf|Tensor that is not a leaf Tensor is being",
            "Is w made directly, or computed from something?",
        ),
        (
            r"floating point (and complex )?dtype can require gradients",
            "Print the dtype: can a whole number change a little?",
        ),
        (r"attribute 'zero'", "Methods that change their tensor have a mark."),
        (r"attribute '?zero_grad'?", "Who owns that method?"),
        (
            r"'NoneType' object has no attribute '(zero_|data|fill_|mul_|detach_)'",
            "What does `.grad` hold, and is this name still the same tensor as before?",
        ),
        (
            (
                r"assigned grad expected to be a Tensor or None|assigned grad has data of a different"
                r"|attempting to assign a gradient (of size|with dtype)"
            ),
            "What kinds of value may `.grad` hold?",
        ),
        (
            (
                r"operand type\(s\) for .*'NoneType'|must be Tensor, not NoneType"
                r"|argument 'other' must be Tensor.* not NoneType"
            ),
            "One gradient is None: whose, and when is `.grad` filled in?",
        ),
        (
            r"context manager protocol|^__enter__$",
            "Look at the line with `with`: a pair of signs may be missing.",
        ),
        (
            r"received an invalid combination of arguments|unexpected keyword argument",
            "Compare the arguments with those that it takes: names letter by letter, and types.",
        ),
        (
            (
                r"can't multiply sequence by non-int|operand type\(s\) for .*'tuple'"
                r"|must be Tensor, not tuple|'tuple' object has no attribute"
            ),
            "What type came back?",
        ),
        (
            (
                r"only integer tensors of a single element can be converted to an index"
                r"|must be Tensor, not str|operand type\(s\) for .*'str'"
            ),
            "Print the type of each thing in this line: is each what you think?",
        ),
        (
            (
                r"the same dtype|expected scalar type|object of scalar type|[Ff]ound dtype"
                r"|could not infer output dtype"
            ),
            "Print the dtype of both sides.",
        ),
        (
            r"for @: '(numpy\.ndarray|list)' and 'Tensor'",
            "What kind of table stands on the left of @?",
        ),
        (
            r"for @: 'Tensor' and '(numpy\.ndarray|list)'",
            "Who is on the right of @?",
        ),
        (
            (
                r"'(numpy\.ndarray|list)' and 'Tensor'|must be Tensor, not (numpy\.ndarray|list)"
                r"|'Tensor' and '(numpy\.ndarray|list)'"
            ),
            "Print the type of each thing in this line: which is a tensor, and which is not yet?",
        ),
        (
            r"expected sequence of length \d+ at dim",
            "Do all rows of what is to become one table have the same length?",
        ),
        (
            r"argument 'dtype'.* must be torch\.dtype",
            "Whose word for a kind of number is that?",
        ),
        (
            r"expected np\.ndarray \(got",
            "Print the type of what stands between its parentheses: what does that function expect?",
        ),
        (
            r"argument '\w+' .*must be Number, not Tensor",
            "One number is asked for there: how many did you hand over?",
        ),
        (
            r"can't assign a numpy\.\w+ to a",
            "Print the type of what stands right of the =. Is it a number of Python's, or of NumPy's?",
        ),
        (
            r"can't be cast to the desired output type|Cannot cast ufunc .* output from",
            "Can the box on the left hold fractions?",
        ),
        (
            (
                r"cannot be converted to Scalar|only one element tensors can be converted"
                r"|only (length-1|0-dimensional) arrays can be converted"
            ),
            "How many numbers are in there?",
        ),
        (
            (
                r"[Bb]ool(ean)? value of Tensor with more than one value is ambiguous"
                r"|truth value of an array with more than one element is ambiguous"
            ),
            "True for which of its numbers?",
        ),
        (
            r"use of `x\.T` on tensors of dimension other than 2",
            "Does a one-dimensional tensor have anything to transpose?",
        ),
        (
            r"takes \d+ positional arguments? but|missing \d+ required positional argument",
            "Compare the arguments with those that it takes: the first line of the function lists them.",
        ),
        (r"To copy construct from a tensor", "What does the warning suggest in its place?"),
        (
            r"Using a target size .* different to the input size",
            "Print the shape of the difference.",
        ),
        (
            r"index \d+ is out of bounds|Dimension out of range",
            "Counting begins at 0: which one is the last?",
        ),
        (
            r"is invalid for input of size",
            "How many numbers are there, and how many does the new shape hold?",
        ),
        (
            r"torch\.return_types\.",
            "How many things came back, and which of them do you need?",
        ),
        (
            r"must be batches of square matrices|expected a tensor with .* square matrices",
            "Print the shape of the table in this line: are there as many rows as columns?",
        ),
        (
            r"Incompatible shapes of A and B for the equation",
            "Print the shapes of both sides of the equation: have they as many rows?",
        ),
        (
            r"Mismatch in shape: grad_output",
            "Which of the arguments of this call belong together?",
        ),
        (
            r"not implemented for 'Complex",
            "Print what stands there: complex numbers have no order, so none of them is the largest.",
        ),
        (
            r"was deprecated since version .* and is now removed",
            (
                "How old is the page that this line comes from? The message says which function stands in its "
                "place."
            ),
        ),
        (
            r"cannot assign '.*' as parameter",
            "What is a parameter that a plain tensor is not?",
        ),
        (
            r"cannot assign module before Module\.__init__",
            "What does a module need before its first layer?",
        ),
        (
            r'is missing the required "forward" function',
            "Read the names of your methods letter by letter.",
        ),
        (
            r"'(Linear|Sequential|Module)' object is not iterable|argument given to the optimizer",
            "Print what you hand over: is it a list of the tensors that are to move?",
        ),
        (
            r"stack expects each tensor to be equal size",
            "How many rows does the loader think there are? Print the first of them.",
        ),
        (
            r"Size mismatch between tensors",
            "Print both shapes: does a row mean the same in both tables?",
        ),
        (r"eval\(\) arg 1 must be", "Whose eval is that: Python's, or the model's?"),
        (
            r"device type at start of device string|not compiled with CUDA|Found no NVIDIA driver",
            "What is the device called, and is there one on this machine?",
        ),
        (
            r"to be on the same device|is not on the expected device",
            "Where does each of the two live? Print their devices.",
        ),
        (r"NoneType", "Something here is None: which line was to give it its value?"),
    )
)


def hint_for(error: BaseException) -> str | None:
    """One line on where to look, for an error of a student's own code; None when it is no known one.

    Example:
        >>> hint_for(ValueError("something else")) is None
        True
    """
    return hint_for_message(str(error), kind=type(error).__name__)


def hint_for_message(message: str, *, kind: str = "") -> str | None:
    """The same from the message, and from the name of the exception's type where it is known.

    Example:
        >>> hint_for_message("'Tensor' object has no attribute 'zero'")
        'Methods that change their tensor have a mark.'
    """
    found = next((error.hint for error in TORCH_ERRORS if re.search(error.pattern, message)), None)
    return found or hint_for_python(kind, message)
