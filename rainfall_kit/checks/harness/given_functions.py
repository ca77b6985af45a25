"""Given functions: right ones that stand in for a student's own while another answer is called.

A mistake in a function that was asked for before then costs nothing here.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import find_question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def right_functions(names: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    """The kit's right functions of these names.

    Args:
        names: of questions, such as ``("model", "mse")``.

    Raises:
        OptionError: there is no such question.

    Example:
        >>> right_functions(("mse",))["mse"].__name__
        'mse'
    """
    return {name: build(find_question(name).program, name) for name in names}


@contextlib.contextmanager
def functions_given(answer: Any, functions: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Let names stand for other functions, where the answer looks them up.

    Args:
        answer: the student's function.
        functions: what stands in, by the names.

    Example:
        >>> def mse(preds, targets):
        ...     return 0
        >>> def answer(preds, targets):
        ...     return mse(preds, targets)
        >>> import torch
        >>> with functions_given(answer, right_functions(("mse",))):
        ...     answer(torch.ones(2, 1), torch.zeros(2, 1))
        tensor(1.)
    """
    names = _names_of(answer)
    before = {name: names[name] for name in functions if name in names}
    names.update(functions)
    try:
        yield
    finally:
        for name in functions:
            names.pop(name, None)
        names.update(before)


def _names_of(answer: Any) -> dict[str, Any]:
    """The global names of a function, a method, a partial or an object that is called."""
    while isinstance(answer, functools.partial):
        answer = answer.func
    with contextlib.suppress(Exception):  # an object may answer to any name, or fail at it
        answer = inspect.unwrap(answer)
    is_function = isinstance(answer, FunctionType | MethodType)
    called = answer if is_function else type(answer).__call__
    names = getattr(called, "__globals__", None)
    return names if isinstance(names, dict) else {}
