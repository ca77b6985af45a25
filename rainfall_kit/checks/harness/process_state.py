"""Process state around a student's code: a time limit, no output, and the process left as it was.

>>> with contained(seconds=0.05) as contents:
...     while True:
...         print("still here")
>>> contents.too_long, contents.output.printed[:10]
(True, 'still here')
"""

from __future__ import annotations

import contextlib
import math
import operator
import os
import random
import sys
from dataclasses import dataclass
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.harness.time_limit import OutOfTime, time_limit
from rainfall_kit.checks.tracing.output import Output, output_caught

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch


@dataclass
class Contents:
    """Time and output of contained code.

    Attributes:
        too_long: whether the time limit ended the code.
        output: what it printed and warned.
    """

    output: Output
    too_long: bool = False


@contextlib.contextmanager
def contained(
    seconds: float,
    on_delay: Callable[[], object] | None = None,
    *,
    put_back: Callable[[], None] | None = None,
) -> Iterator[Contents]:
    """Run the body for so many seconds at most; what it prints, warns and switches stays inside.

    Args:
        seconds: the time limit. An import may take longer: the first torch.optim takes seconds, and
            that is no one's fault.
        on_delay: called each time that the limit is put off for an import.
        put_back: what `state_now` gave, for one look at the process before many calls; None looks now.

    Restored afterwards: torch's default dtype and device, gradient mode, deterministic mode and random
    state, NumPy's error handling, warnings filters, the output streams, the recursion limit and the
    current folder.

    Yields:
        `Contents`, complete once the body has ended. Exceptions of the body pass through.

    Example:
        >>> import torch
        >>> with contained(seconds=1):
        ...     torch.set_default_dtype(torch.float64)
        >>> torch.get_default_dtype()
        torch.float32
    """
    put_back = put_back or state_now()
    try:
        with output_caught() as output:
            contents = Contents(output)
            try:
                # an alarm in the middle of putting back would leave half of it undone
                with time_limit(seconds, on_delay, spared=(__file__,)):
                    yield contents
            except OutOfTime:
                contents.too_long = True
    finally:
        put_back()


@contextlib.contextmanager
def names_kept(answer: Any) -> Iterator[None]:
    """Put back every global name that calling `answer` binds, changes or deletes.

    Example:
        >>> def answer():
        ...     global counted
        ...     counted = 1
        >>> with names_kept(answer):
        ...     answer()
        >>> "counted" in globals()
        False
    """
    function = answer.__func__ if isinstance(answer, MethodType) else answer
    if not isinstance(function, FunctionType):
        yield
        return
    names = function.__globals__
    before = dict(names)
    try:
        yield
    finally:
        _put_back(names, before)


@contextlib.contextmanager
def process_kept() -> Iterator[None]:
    """Put back what the body replaces in the modules that everybody shares.

    Restored: functions of torch, NumPy and Python that were patched, the random states of NumPy and
    Python, environment variables, the number of torch's threads, and matplotlib's settings.

    Example:
        >>> import torch
        >>> right = torch.mean
        >>> with process_kept():
        ...     torch.mean = torch.sum
        >>> torch.mean is right
        True
    """
    put_back = _process_now()
    try:
        yield
    finally:
        put_back()


def everything_now() -> Callable[[], None]:
    """A function that puts back, as often as it is called, all that `process_kept` and `contained` restore.

    Example:
        >>> import torch
        >>> right, put_back = torch.mean, everything_now()
        >>> torch.mean = torch.sum
        >>> torch.set_default_dtype(torch.float64)
        >>> put_back()
        >>> torch.mean is right, torch.get_default_dtype()
        (True, torch.float32)
    """
    process, state = _process_now(), state_now()

    def put_back() -> None:
        process()
        state()

    return put_back


def _process_now() -> Callable[[], None]:
    import builtins

    import numpy as np
    import torch

    shared: list[dict[str, Any]] = [vars(builtins), vars(torch), vars(np), vars(math)]
    shared.append(vars(torch.nn.functional))
    methods, threads = dict(vars(torch.Tensor)), torch.get_num_threads()
    settings = getattr(sys.modules.get("matplotlib"), "rcParams", {})
    before, environment, drawing = (
        [dict(names) for names in shared],
        dict(os.environ),
        dict.copy(settings),
    )
    numbers, drawn = np.random.get_state(), random.getstate()  # noqa: NPY002  a student may use the old one

    def put_back() -> None:
        np.random.set_state(numbers)  # noqa: NPY002
        random.setstate(drawn)
        for names, old in zip(shared, before, strict=True):
            if not _are_the_same(names, old):
                # a submodule that was loaded meanwhile would not come back with another import
                new = names.keys() - old.keys()
                loaded = {name: names[name] for name in new if isinstance(names[name], ModuleType)}
                _put_back(names, {**old, **loaded})
        for name in vars(torch.Tensor).keys() - methods.keys():
            delattr(torch.Tensor, name)
        for name, method in methods.items():
            if vars(torch.Tensor).get(name) is not method:
                setattr(torch.Tensor, name, method)
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        if not dict.__eq__(settings, drawing):
            settings.update(drawing)

    return put_back


def _put_back(names: dict[str, Any], before: dict[str, Any]) -> None:
    if _are_the_same(names, before):
        return
    for name in names.keys() - before.keys():
        del names[name]
    for name, value in before.items():
        if name not in names or names[name] is not value:
            names[name] = value


def _are_the_same(names: dict[str, Any], others: dict[str, Any]) -> bool:
    values = names.values(), others.values()
    return names.keys() == others.keys() and all(map(operator.is_, *values))


def _default_device() -> torch.device:
    import torch

    try:
        return torch.get_default_device()
    except AttributeError:  # older torches, once somebody has set it to None
        return torch.device("cpu")


def state_now() -> Callable[[], None]:
    """A function that puts back, as often as it is called, all that `contained` restores but warnings and streams.

    Example:
        >>> import torch
        >>> put_back = state_now()
        >>> torch.set_default_dtype(torch.float64)
        >>> put_back()
        >>> torch.get_default_dtype()
        torch.float32
    """
    import numpy as np
    import torch

    def set_device(device: torch.device) -> None:
        torch.set_default_device(None if device.type == "cpu" else device)

    # Setting has a price of its own, so most are set only where they changed.
    switches: list[tuple[Callable[[], Any], Callable[[Any], object], Any]] = [
        (get, set_to, get())
        for get, set_to in (
            (torch.get_default_dtype, torch.set_default_dtype),
            (torch.is_grad_enabled, torch.set_grad_enabled),
            (_default_device, set_device),
            (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
            (sys.getrecursionlimit, sys.setrecursionlimit),
            (np.geterr, lambda errors: np.seterr(**errors)),
        )
    ]
    others: list[tuple[Callable[[Any], object], Any]] = [
        (torch.set_rng_state, torch.get_rng_state()),
        (torch.set_warn_always, torch.is_warn_always_enabled()),
        (os.chdir, os.getcwd()),  # noqa: PTH109  the text is handed back unread
    ]

    def put_back() -> None:
        for get, set_to, value in switches:
            if get() != value:
                set_to(value)
        for set_to, value in others:
            set_to(value)

    return put_back
