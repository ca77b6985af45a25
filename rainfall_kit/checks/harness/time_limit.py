"""Time limit for code that may never end.

It counts CPU time of the one thread, so that no other work on the machine decides; code that waits, and
computes nothing, is stopped after a multiple of that. Waiting for a processor is not counted where the
system tells it. It rings as an alarm where there is one, and is watched by a second thread elsewhere. A call
that is busy in C hears of neither.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

# A loop that swallows every exception is hit again and again until it ends.
_AGAIN_SECONDS = 0.01

# An alarm that has been sent has arrived after so long, or the student's code has taken it away.
_ARRIVAL_SECONDS = 0.5

# Code that sleeps or waits for a lock uses no CPU time: it has so many times as long.
WAITING = 4


class OutOfTime(BaseException):
    """Raised inside the student's code. Not an Exception, so that `except Exception` lets it pass."""


class Stopwatch:
    """Seconds that a thread has computed, or a fraction of those that it has waited, if that is more."""

    def __init__(self) -> None:
        # On a thread's own clock another one can look, too; Windows has none for that.
        clock = getattr(time, "pthread_getcpuclockid", None)
        self._clock = clock(threading.get_ident()) if clock is not None else None
        self._task = f"self/task/{threading.get_native_id()}"
        self.start()

    def start(self) -> None:
        """Begin anew."""
        self._computed, self._waited = self._cpu_now(), self._waited_now()

    @property
    def seconds(self) -> float:
        """Since it was started."""
        waited = self._waited_now() - self._waited
        return max(self._cpu_now() - self._computed, waited / WAITING)

    def _waited_now(self) -> float:
        return time.perf_counter() - queued_seconds(self._task)

    def _cpu_now(self) -> float:
        return time.thread_time() if self._clock is None else time.clock_gettime(self._clock)


def queued_seconds(task: int | str) -> float:
    """Seconds in which a process or thread was ready and others had the processors; 0 where none tells.

    Source: the Linux kernel's documentation, sched-stats: the second number of ``/proc/<pid>/schedstat``.
    """
    try:
        with open(f"/proc/{task}/schedstat", "rb", buffering=0) as file:  # noqa: PTH123  often read
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


class Deadline:
    """A moment that can be put off by as much again.

    Args:
        seconds: of CPU time, from now and from each time that it is put off.
        on_delay: called then.
    """

    def __init__(self, seconds: float, on_delay: Callable[[], object]) -> None:
        self._seconds, self._on_delay = seconds, on_delay
        self._watch = Stopwatch()

    @property
    def seconds_left(self) -> float:
        """Seconds until then; below 0 afterwards."""
        return self._seconds - self._watch.seconds

    def delay(self) -> None:
        """Put it off."""
        self._watch.start()
        self._on_delay()


def time_limit(
    seconds: float,
    on_delay: Callable[[], object] | None = None,
    *,
    spared: tuple[str, ...] = (),
) -> contextlib.AbstractContextManager[None]:
    """Raise `OutOfTime` in the body after so many seconds of CPU time, and again until it ends.

    Args:
        seconds: an import may take longer: the first torch.optim takes seconds, and that is no one's
            fault.
        on_delay: called each time that the limit is put off for an import.
        spared: the files whose code around the body is not cut short, so that nothing is left undone.

    Example:
        >>> with contextlib.suppress(OutOfTime), time_limit(0.01):
        ...     while True:
        ...         pass
    """
    spared = (*spared, __file__, contextlib.__file__)
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        return _alarm(seconds, on_delay or _nothing, spared)
    # signals reach only the main thread, and Windows has no timer for them
    return _watcher(seconds, on_delay or _nothing, spared)


@contextlib.contextmanager
def _alarm(
    seconds: float, on_delay: Callable[[], object], spared: tuple[str, ...]
) -> Iterator[None]:
    running, arrived, watch = True, True, Stopwatch()

    def ring(_: int, frame: FrameType | None) -> None:
        nonlocal arrived
        arrived = True
        if not running:
            return
        wait = _AGAIN_SECONDS
        try:
            if _is_importing(frame):
                watch.start()
                on_delay()
                wait = seconds
            elif watch.seconds < seconds:  # others had the processor meanwhile
                wait = max(seconds - watch.seconds, _AGAIN_SECONDS)
            elif not _is_in(spared, frame):
                raise OutOfTime
        finally:
            # Last: on a busy machine the next one would ring before this one is answered.
            set_alarm(wait)

    def set_alarm(wait: float) -> tuple[float, float]:
        nonlocal arrived
        # It rings once, so that it is known whether it is on its way; and long after that once more, for
        # another exception, such as Ctrl-C, may have come in the place of the first.
        arrived = False
        return signal.setitimer(signal.ITIMER_REAL, wait, _ARRIVAL_SECONDS)

    process = os.getpid()
    before = signal.signal(signal.SIGALRM, ring)
    timer = set_alarm(seconds)
    try:
        yield
    finally:
        running = False
        left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        # It has been sent, perhaps to a thread that waits for a processor. A fork has no timer.
        if not left and os.getpid() == process:
            until = time.monotonic() + _ARRIVAL_SECONDS
            while not arrived and time.monotonic() < until:
                time.sleep(0.001)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *timer)


@contextlib.contextmanager
def _watcher(
    seconds: float, on_delay: Callable[[], object], spared: tuple[str, ...]
) -> Iterator[None]:
    """The same from a second thread, which asks the interpreter to raise in this one."""
    thread_id = ctypes.c_ulong(threading.get_ident())
    raise_there = ctypes.pythonapi.PyThreadState_SetAsyncExc
    done, lock, stopwatch = threading.Event(), threading.Lock(), Stopwatch()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            frame = sys._current_frames().get(thread_id.value)  # noqa: SLF001  public in all but name
            if _is_importing(frame):
                stopwatch.start()
                on_delay()
                wait = seconds
                continue
            if stopwatch.seconds < seconds:  # others had the processor meanwhile
                wait = max(seconds - stopwatch.seconds, _AGAIN_SECONDS)
                continue
            with lock:
                if not done.is_set() and not _is_in(spared, frame):
                    raise_there(thread_id, ctypes.py_object(OutOfTime))
            wait = _AGAIN_SECONDS

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with lock:
            done.set()
            raise_there(thread_id, None)  # one that was asked for and not yet raised
        watcher.join()


def _nothing() -> None: ...


def _is_in(files: tuple[str, ...], frame: FrameType | None) -> bool:
    return frame is not None and frame.f_code.co_filename in files


def _is_importing(frame: FrameType | None) -> bool:
    """True if an import is under way."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False
