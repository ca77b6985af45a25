"""Given functions: right ones that stand in for a student's own while another answer is called.

A mistake in a function that was asked for before then costs nothing here.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import inspect
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_MOST_LAYERS = 100  # of decorators; a partial can be made to hold itself


def right_functions(names: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    """The kit's right functions of these names.

    Args:
        names: of questions, such as ``("model", "mse")``. Those that were given out without their
            programs are left out: the student's own then stay.

    Raises:
        OptionError: there is no such question.

    Example:
        >>> right_functions(("mse",))["mse"].__name__
        'mse'
    """
    found = {name: find_question(name) for name in names}
    return {
        name: build(question.program, name)
        for name, question in found.items()
        if question.recorded is None
    }


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
        >>> [*names_called(mse, {"square": lambda x: half(x * x)})]
        ['square', 'half']
    """
    seen: set[str] = set()
    left = [plain_function(answer)]
    while left:
        function = left.pop()
        for name in names_outside(function.__code__) if type(function) is FunctionType else ():
            if name not in seen:
                seen.add(name)
                yield name
                # what one of the questions' functions calls is that one's own matter
                if name not in QUESTIONS and type(names.get(name)) is FunctionType:
                    left.append(names[name])


def names_outside(code: CodeType) -> Iterator[str]:
    """The names that code reads from outside of its function; what it asks of an object is none of them."""
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield step.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_outside(constant)


def plain_function(answer: Any) -> Any:
    """The function inside partials, methods and decorators; the answer runs nothing of its own.

    Example:
        >>> def mse(preds, targets):
        ...     return ((preds - targets) ** 2).mean()
        >>> plain_function(functools.partial(functools.cache(mse))) is mse
        True
    """
    for _ in range(_MOST_LAYERS):
        if type(answer) is functools.partial:
            inside = answer.func
        elif type(answer) is MethodType:
            inside = answer.__func__
        else:
            inside = _looked_up(answer, "__wrapped__")
        if inside is None:
            break
        answer = inside
    return answer


def names_of(answer: Any) -> dict[str, Any]:
    """The global names of a function, a method, a partial or an object that is called."""
    function = plain_function(answer)
    if type(function) is not FunctionType:
        function = _looked_up(type(function), "__call__")
    return function.__globals__ if type(function) is FunctionType else {}


def _looked_up(thing: Any, name: str) -> Any:
    """Value under an attribute's name, without what an object does when asked for it."""
    with contextlib.suppress(Exception):
        return inspect.getattr_static(thing, name, None)
    return None
