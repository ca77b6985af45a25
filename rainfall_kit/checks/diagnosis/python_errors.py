"""Python errors: what Python itself says when lines, names or signs are wrong, and where to look then.

>>> hint_for_python("NameError", "name 'preds' is not defined")
'Which line or cell gives preds its value? Has it run, and is the name spelled the same there?'
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class _PythonError(NamedTuple):
    """One kind of error: the exception's type, a pattern in its message, and the place to look."""

    kind: str
    pattern: str
    hint: str


# The first that fits is taken, so the special stand before the general. {0} is what the pattern's
# parentheses find: a name that the message shows anyway.
_SYNTAX = "SyntaxError|IndentationError|TabError"
_ERRORS = tuple(
    _PythonError(kind, pattern, hint)
    for kind, pattern, hint in (
        (
            _SYNTAX,
            r"invalid non-printable character|invalid character '[\u2000-\u200b\u3000]'",
            "A space in that line is none: it was copied from a page. Type the spaces of the line anew.",
        ),
        (
            _SYNTAX,
            r"invalid character '([−–—])'",
            "The sign {0} in that line looks like a minus and is none: it was copied from a page.",
        ),
        (
            _SYNTAX,
            r"invalid character '(.)'",
            "The sign {0} in that line is none of Python's: it was copied from a page, or typed as on paper.",
        ),
        (
            "IndentationError|TabError",
            r"",
            "Compare how far that line is indented with the lines above and below it.",
        ),
        (
            _SYNTAX,
            r"'([(\[{])' was never closed|unmatched '([)\]}])'|does not match opening",
            "Count the brackets of that line and of the one above: has each one its partner?",
        ),
        (
            _SYNTAX,
            r"expected ':'",
            "How does a line end below which a block begins?",
        ),
        (
            _SYNTAX,
            r"cannot assign to",
            "Which side of the sign = may be given a value?",
        ),
        (
            _SYNTAX,
            r"Maybe you meant '=='",
            "Is the sign = in that line to give a name its value, or to ask whether two things are equal?",
        ),
        (
            _SYNTAX,
            r"invalid (?:decimal|imaginary|hexadecimal|octal) literal",
            "A number and a letter stand together in that line: which sign is missing between them?",
        ),
        (
            _SYNTAX,
            r"f-string: expecting '}'|unterminated string|unterminated f-string",
            "Count the quotation marks and braces of that line: has each one its partner?",
        ),
        (
            _SYNTAX,
            r"",
            (
                "Look at the place that ^ points to, and at the end of the line above: a bracket, a colon, a "
                "comma, a quotation mark."
            ),
        ),
        (
            "UnboundLocalError",
            r"variable '(\w+)'",
            (
                "A line of this function gives {0} a value, so {0} is the function's own name in all its lines. "
                "Which line is the first to use it?"
            ),
        ),
        (
            "NameError",
            r"name '(\w+)' is not defined",
            "Which line or cell gives {0} its value? Has it run, and is the name spelled the same there?",
        ),
        (
            "TypeError",
            r"'(\w+)' object is not callable",
            (
                "Something in this line stands before a parenthesis and is no function but a thing of type {0}. "
                "Which name was given another value, or which sign is missing?"
            ),
        ),
        (
            "TypeError",
            r"'(\w+)' object is not (?:subscriptable|iterable)|cannot unpack non-iterable (\w+)",
            "Print the type of what is taken apart in this line: is it what you think?",
        ),
        (
            "TypeError",
            r"unsupported operand type\(s\) for ([^:]+): '.+' and '.+'|bad operand type for unary (\S+):",
            "Print the type of what stands beside the sign {0} in this line. Which one is not what you think?",
        ),
        (
            "TypeError",
            r"can only concatenate (str|list|tuple)",
            "What stands on each side of the sign + in this line: is it of one kind?",
        ),
        (
            "TypeError",
            r"'(\w+)' object cannot be interpreted as an integer",
            "Something in this line has to be a whole number, and is a {0}. Which one?",
        ),
        (
            "ModuleNotFoundError|ImportError",
            r"",
            "Compare the name behind import, letter by letter, with that in the setup cell.",
        ),
        (
            "AttributeError",
            r"module '([\w.]+)' has no attribute",
            "Type {0}. and press Tab: which names are there?",
        ),
        (
            "AttributeError",
            r"'(Tensor|Parameter)' object has no attribute",
            "Type the tensor's name and a point, and press Tab: which names are there?",
        ),
        (
            "ZeroDivisionError",
            r"",
            "Print what stands on the right of the slash. When is it 0?",
        ),
        (
            "IndexError",
            r"",
            "Counting begins at 0: print how many there are, and the number that you ask for.",
        ),
        (
            "KeyError",
            r"",
            "Print the keys that are there, and compare them with the one asked for.",
        ),
        (
            "RecursionError",
            r"",
            "Which function calls itself, under its own name?",
        ),
        (
            "ValueError",
            r"too many values to unpack|not enough values to unpack",
            "Count the names on the left of =, and the things that come from the right.",
        ),
    )
)


# Of two names, the share of letters in common from which one may be the other, mistyped.
_NEAR = 0.75


def hint_for_python(kind: str, message: str) -> str | None:
    """One line on where to look, for an error of Python's own; None when it is no known one.

    Args:
        kind: the name of the exception's type.
        message: its first line.

    Example:
        >>> hint_for_python("SyntaxError", "invalid character '−' (U+2212)")
        'The sign − in that line looks like a minus and is none: it was copied from a page.'
        >>> hint_for_python("OSError", "no such file") is None
        True
    """
    for error in _ERRORS:
        found = re.search(error.pattern, message) if re.fullmatch(error.kind, kind) else None
        if found is not None:
            return error.hint.format(next((part for part in found.groups() if part), ""))
    return None


def hint_for_name(error: NameError, names: Iterable[str]) -> str | None:
    """One line on a name that is not defined, where another one is spelled nearly so; None without.

    Args:
        error: Python's own.
        names: that are defined.

    Example:
        >>> hint_for_name(NameError("name 'pred' is not defined", name="pred"), ["preds", "targets"])
        'There is no pred, and there is preds. Compare the two where they are given their values.'
    """
    known = [name for name in names if not name.startswith("_")]
    near = difflib.get_close_matches(error.name or "", known, n=1, cutoff=_NEAR)
    if not near:
        return None
    return (
        f"There is no {error.name}, and there is {near[0]}. Compare the two where they are given their "
        "values."
    )
