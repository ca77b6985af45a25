"""Interrupt handler of a run: Ctrl-C ends it after the step under way, with its record whole."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def stop_between_steps(when_asked: Callable[[], object]) -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; the second one interrupts at once, as ever.

    Args:
        when_asked: called on the first Ctrl-C, to tell the student.

    Example:
        >>> with stop_between_steps(lambda: None) as stop:
        ...     signal.raise_signal(signal.SIGINT)
        ...     stop.is_set()
        True
    """
    stop = threading.Event()

    def on_interrupt(*_: Any) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop.set()  # takes a lock, which nothing else in the main thread holds: the loop only looks
        when_asked()

    try:
        before = signal.signal(signal.SIGINT, on_interrupt)
    except ValueError:  # outside the main thread, where Ctrl-C does what it always did
        yield stop
        return
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
