"""Fork of this process that does some work, so that nothing of it can stay, and anything can be stopped.

A time limit inside a process cannot stop a call that is busy in C, such as ``sum(range(10**12))``; and
no list of things to restore is complete. A fork is thrown away with all that was done to it.

    >>> run_in_fork(lambda _: ["done"], seconds=1.0) if can_fork() else ["done"]
    ['done']
"""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import gc
import os
import select
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.bare_fork import fork, limit_memory
from rainfall_kit.checks.harness.time_limit import WAITING, queued_seconds

if sys.platform != "win32":  # loaded before the first fork, or each would load it
    import resource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NoReturn

# No byte of a text.
_DELAY, _END_OF_TEXT, _END = b"\1", b"\2", b"\0"
_MOST_MEMORY_BYTES = 4 * 2**30
_TRIAL_SECONDS = 10.0
_LOOK_SECONDS = 0.02

_ended: list[int] = []


class ForkStopped(Exception):
    """The work did not come to its end.

    Attributes:
        texts: what it had given by then.
    """

    def __init__(self, texts: list[str]) -> None:
        super().__init__(texts)
        self.texts = texts


class ForkEnded(ForkStopped):
    """The work ended its process."""


class ForkTimeout(ForkStopped):
    """The work was stopped at the time limit."""


def can_fork() -> bool:
    """True if a fork of this process can do the work.

    Not on macOS and Windows, where fork is unsafe or missing; not under a debugger, which would
    follow into the fork; not where torch refuses to work in one.
    """
    return sys.platform == "linux" and not _is_debugged() and forks_follow_gradients()


def _is_debugged() -> bool:
    monitoring: Any = getattr(sys, "monitoring", None)  # what debuggers use from Python 3.12 on
    tool = monitoring and monitoring.get_tool(monitoring.DEBUGGER_ID)
    return bool(tool) or sys.gettrace() is not None


@functools.cache
def forks_follow_gradients() -> bool:
    """True if backward works in a fork of this process, found out by a trial.

    The first backward starts a thread for each device that this torch knows of: a graphics card, or
    Vulkan, which some builds count even where there is none. From then on torch refuses backward in
    every fork. A processor alone needs no threads.
    """
    with contextlib.suppress(ForkStopped, OSError, RuntimeError):
        _follow_a_gradient(int)
        return run_in_fork(_follow_a_gradient, seconds=_TRIAL_SECONDS) == ["followed"]
    return False


def _follow_a_gradient(_: Callable[[], object]) -> list[str]:
    import torch

    with torch.enable_grad():
        torch.ones((), requires_grad=True, device="cpu").backward()
    return ["followed"]


def run_in_fork(
    work: Callable[[Callable[[], object]], Iterable[str]], *, seconds: float
) -> list[str]:
    """Do the work in a fork of this process, and hand back the texts that it gives.

    Args:
        work: what it prints is dropped; whatever it changes ends with the fork. It gets a function
            with which it can ask for as much time again. Each text is sent when it is given.
        seconds: of CPU time; the fork is killed then, or when it has waited for a multiple of that.

    Raises:
        ForkEnded: the work ended its process: a crash, or an exit past all of Python.
        ForkTimeout: the time was up.
        OSError: no process could be started.
    """
    _forget_ended()
    reading, writing = os.pipe()
    try:
        child = fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        raise
    if child == 0:
        _work_and_leave(work, writing)
    os.close(writing)
    try:
        return _read_texts(reading, child, seconds)
    finally:
        os.close(reading)
        with contextlib.suppress(OSError):  # it may have ended, or have no group of its own yet
            os.killpg(child, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.kill(child, signal.SIGKILL)
        _ended.append(child)


def _forget_ended() -> None:
    """Let the system forget the forks that have ended; to wait for one after the other would take longer."""
    for child in [*_ended]:
        try:
            gone = os.waitpid(child, os.WNOHANG)[0] == child
        except OSError:  # somebody else has waited for it
            gone = True
        if gone:
            _ended.remove(child)


def _work_and_leave(
    work: Callable[[Callable[[], object]], Iterable[str]], writing: int
) -> NoReturn:
    try:
        gc.freeze()  # a collection would touch, and so copy, every page of the process
        os.setsid()  # what the work starts is killed with it
        faulthandler.disable()  # it would report a crash where nobody looks for one
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        limit_memory(resource.RLIMIT_AS, _MOST_MEMORY_BYTES)
        # no function of Python's: one that rings inside an answer would pass for the kit's own at work
        on_delay = functools.partial(os.write, writing, _DELAY)
        for text in work(on_delay):
            _write(writing, text.encode() + _END_OF_TEXT)
        _write(writing, _END)
    finally:
        os._exit(0)  # past every handler, which belong to the process that was copied


def _write(writing: int, part: bytes) -> None:
    left = memoryview(part)
    while left:
        left = left[os.write(writing, left) :]


def _read_texts(reading: int, child: int, seconds: float) -> list[str]:
    read, since, waits_since = b"", 0.0, _waited(child)
    while not read.endswith(_END):  # the end of the pipe may be held by what the work started
        computed, waited = _cpu_seconds(child) - since, _waited(child) - waits_since
        left = min(seconds - computed, WAITING * seconds - waited)
        if left <= 0:
            raise ForkTimeout(_texts(read))
        if not select.select([reading], [], [], max(left, _LOOK_SECONDS))[0]:
            continue
        part = os.read(reading, 2**20)
        if not part:
            raise ForkEnded(_texts(read))
        if _DELAY in part:
            since, waits_since = _cpu_seconds(child), _waited(child)
        read += part.replace(_DELAY, b"")
    return _texts(read)


def _texts(read: bytes) -> list[str]:
    """The texts that have arrived whole."""
    return [text.decode() for text in read.split(_END_OF_TEXT)[:-1]]


def _waited(child: int) -> float:
    """A clock that stands still while the child is ready and others have the processors."""
    return time.monotonic() - queued_seconds(child)


def _cpu_seconds(process: int) -> float:
    """CPU time that a process has used; 0 where that cannot be told."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:  # noqa: PTH123  one line, often read
            fields = file.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0
