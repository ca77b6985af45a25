"""Given functions: right ones that stand in for a student's own while another answer is called.

A mistake in a function that was asked for before then costs nothing here.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question

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
    names = names_of(answer)
    before = {name: names[name] for name in functions if name in names}
    names.update(functions)
    try:
        yield
    finally:
        for name in functions:
            names.pop(name, None)
        names.update(before)


def names_called(answer: Any, names: Mapping[str, Any]) -> Iterator[str]:
    """The global names that a function uses, itself or in another of the notebook's functions.

    Args:
        answer: the student's function.
        names: those of its notebook.

    Example:
        >>> def mse(preds, targets):
        ...     return square(preds - targets).mean()
        >>> [*names_called(mse, {"square": lambda x: x * x})]
        ['square', 'mean']
    """
    seen: set[str] = set()
    left = [plain_function(answer)]
    while left:
        code = getattr(left.pop(), "__code__", None)
        for name in _names_in(code) if isinstance(code, CodeType) else ():
            if name not in seen:
                seen.add(name)
                yield name
                # what one of the questions' functions calls is that one's own matter
                if name not in QUESTIONS and type(names.get(name)) is FunctionType:
                    left.append(names[name])


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def plain_function(answer: Any) -> Any:
    """The function inside partials and decorators."""
    while isinstance(answer, functools.partial):
        answer = answer.func
    with contextlib.suppress(Exception):  # an object may answer to any name, or fail at it
        answer = inspect.unwrap(answer)
    return answer


def names_of(answer: Any) -> dict[str, Any]:
    """The global names of a function, a method, a partial or an object that is called."""
    answer = plain_function(answer)
    is_function = isinstance(answer, FunctionType | MethodType)
    called = answer if is_function else type(answer).__call__
    names = getattr(called, "__globals__", None)
    return names if isinstance(names, dict) else {}
