"""A fence around a student's code: a time limit, no output, and the process left as it was.

>>> with fenced(seconds=0.05) as fence:
...     while True:
...         print("still here")
>>> fence.too_long, fence.printed[:10]
(True, 'still here')
"""

from __future__ import annotations

import contextlib
import io
import math
import operator
import os
import random
import sys
import warnings
from dataclasses import dataclass
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.harness.time_limit import OutOfTime, time_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch

_KEPT_CHARACTERS = 2_000


@dataclass
class Fence:
    """What was seen at the fence.

    Attributes:
        too_long: whether the time limit ended the code.
        printed: the first characters that the code wrote to stdout or stderr.
        warned: the first line of each warning.
    """

    too_long: bool = False
    printed: str = ""
    warned: tuple[str, ...] = ()


class _Sink(io.TextIOBase):
    """Takes any amount of text and keeps the beginning."""

    def __init__(self) -> None:
        self.kept = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if len(self.kept) < _KEPT_CHARACTERS:
            self.kept += text[: _KEPT_CHARACTERS - len(self.kept)]
        return len(text)


@contextlib.contextmanager
def fenced(
    seconds: float,
    patience: Callable[[], object] | None = None,
    *,
    put_back: Callable[[], None] | None = None,
) -> Iterator[Fence]:
    """Run the body for so many seconds at most; what it prints, warns and switches stays inside.

    Args:
        seconds: the time limit. An import may take longer: the first torch.optim takes seconds, and
            that is no one's fault.
        patience: called each time that the limit is put off for an import.
        put_back: what `state_now` gave, for one look at the process before many calls; None looks now.

    Restored afterwards: torch's default dtype and device, gradient mode, deterministic mode and random
    state, NumPy's error handling, warnings filters, the output streams, the recursion limit and the
    current folder.

    Yields:
        A `Fence`, complete once the body has ended. Exceptions of the body pass through.

    Example:
        >>> import torch
        >>> with fenced(seconds=1):
        ...     torch.set_default_dtype(torch.float64)
        >>> torch.get_default_dtype()
        torch.float32
    """
    import torch

    fence, sink = Fence(), _Sink()
    put_back = put_back or state_now()
    streams = sys.stdout, sys.stderr
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            torch.set_warn_always(True)  # or some of torch's warnings come once in a process
            sys.stdout = sys.stderr = sink
            try:
                with time_limit(seconds, patience, spared=(__file__,)):
                    yield fence
            except OutOfTime:
                fence.too_long = True
            finally:
                fence.printed = sink.kept
                texts = [str(each.message).partition("\n")[0] for each in caught[:20]]
                fence.warned = tuple(dict.fromkeys(texts))
    finally:
        sys.stdout, sys.stderr = streams
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
def memory_marked() -> Iterator[None]:
    """Let torch fill new memory with nan meanwhile, so that what nobody fills in shows.

    Example:
        >>> import torch
        >>> with memory_marked():
        ...     torch.empty(2)
        tensor([nan, nan])
    """
    import torch

    # torch.use_deterministic_algorithms does the same, and loads torch's compiler for seconds.
    switch = torch._C._set_deterministic_algorithms  # noqa: SLF001
    before = torch.are_deterministic_algorithms_enabled()
    switch(True)
    try:
        yield
    finally:
        switch(before)


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
    """What puts back, as often as it is called, all that `process_kept` and `fenced` restore.

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
        [dict(each) for each in shared],
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


@contextlib.contextmanager
def switches_kept() -> Iterator[None]:
    """Put back what the kit's own programs switch and draw; quicker than a whole fence."""
    import torch

    dtype, watching = torch.get_default_dtype(), torch.is_grad_enabled()
    drawn = torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(watching)
        torch.set_rng_state(drawn)


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
    """What puts back, as often as it is called, all that `fenced` restores but warnings and streams.

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
