"""Ctrl-C during a run: the step under way is finished, then the run stops with its record whole."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class StopRequest:
    """Whether somebody asked the run to stop.

    Example:
        >>> bool(StopRequest())
        False
    """

    def __init__(self) -> None:
        self._made = False

    def make(self) -> None:
        """Ask."""
        self._made = True

    def __bool__(self) -> bool:
        return self._made


@contextmanager
def stop_between_steps(when_asked: Callable[[], object]) -> Iterator[StopRequest]:
    """Turn the first Ctrl-C into a request; the second one interrupts at once, as ever.

    Args:
        when_asked: called on the first Ctrl-C, to tell the student.

    Outside the main thread no handler can be set, and Ctrl-C does what it always did.

    Example:
        >>> with stop_between_steps(lambda: None) as stop:
        ...     signal.raise_signal(signal.SIGINT)
        ...     bool(stop)
        True
    """
    request = StopRequest()

    def on_interrupt(*_: Any) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        request.make()
        when_asked()

    try:
        before = signal.signal(signal.SIGINT, on_interrupt)
    except ValueError:  # not the main thread
        yield request
        return
    try:
        yield request
    finally:
        signal.signal(signal.SIGINT, before)
