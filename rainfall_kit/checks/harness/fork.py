"""Fork of this process that does some work, so that nothing of it can stay, and anything can be stopped.

A time limit inside a process cannot stop a call that is busy in C, such as ``sum(range(10**12))``; and
no list of things to restore is complete. A fork is thrown away with all that was done to it.

    >>> run_in_fork(lambda _: "done", seconds=1.0) if can_fork() else "done"
    'done'
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
import warnings
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.harness.time_limit import WAITING

if sys.platform != "win32":  # loaded before the first fork, or each would load it
    import resource

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_DELAY = b"\1"
_MOST_MEMORY_BYTES = 4 * 2**30
_TRIAL_SECONDS = 10.0
_LOOK_SECONDS = 0.02

_ended: list[int] = []


class ForkEnded(Exception):
    """The work ended its process."""


class ForkTimeout(Exception):
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
    with contextlib.suppress(ForkEnded, ForkTimeout, OSError, RuntimeError):
        _follow_a_gradient(int)
        return run_in_fork(_follow_a_gradient, seconds=_TRIAL_SECONDS) == "followed"
    return False


def _follow_a_gradient(_: Callable[[], object]) -> str:
    import torch

    with torch.enable_grad():
        torch.ones((), requires_grad=True, device="cpu").backward()
    return "followed"


def run_in_fork(work: Callable[[Callable[[], object]], str], *, seconds: float) -> str:
    """Do the work in a fork of this process, and hand back the text that it gives.

    Args:
        work: what it prints is dropped; whatever it changes ends with the fork. It gets a function
            with which it can ask for as much time again.
        seconds: of CPU time; the fork is killed then, or when it has waited for a multiple of that.

    Raises:
        ForkEnded: the work ended its process: a crash, or an exit past all of Python.
        ForkTimeout: the time was up.
        OSError: no process could be started.
    """
    _forget_ended()
    reading, writing = os.pipe()
    try:
        child = _fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        raise
    if child == 0:
        _work_and_leave(work, writing)
    os.close(writing)
    try:
        return _read_text(reading, child, seconds).decode()
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


def _fork() -> int:
    with warnings.catch_warnings():
        # Python 3.12 warns of other threads; the fork touches nothing that they may hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _work_and_leave(work: Callable[[Callable[[], object]], str], writing: int) -> NoReturn:
    try:
        gc.freeze()  # a collection would touch, and so copy, every page of the process
        os.setsid()  # what the work starts is killed with it
        faulthandler.disable()  # it would report a crash where nobody looks for one
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        _limit_memory()
        # no function of Python's: one that rings inside an answer would pass for the kit's own at work
        on_delay = functools.partial(os.write, writing, _DELAY)
        left = memoryview(work(on_delay).encode() + b"\0")
        while left:
            left = left[os.write(writing, left) :]
    finally:
        os._exit(0)  # past every handler, which belong to the process that was copied


def _read_text(reading: int, child: int, seconds: float) -> bytes:
    text, since, waits_since = b"", 0.0, time.monotonic()
    while not text.endswith(b"\0"):  # the end of the pipe may be held by what the work started
        computed, waited = _cpu_seconds(child) - since, time.monotonic() - waits_since
        left = min(seconds - computed, WAITING * seconds - waited)
        if left <= 0:
            raise ForkTimeout
        if not select.select([reading], [], [], max(left, _LOOK_SECONDS))[0]:
            continue
        part = os.read(reading, 2**20)
        if not part:
            raise ForkEnded
        if part.endswith(_DELAY):
            since, waits_since = _cpu_seconds(child), time.monotonic()
        text += part.replace(_DELAY, b"")
    return text[:-1]


def _cpu_seconds(process: int) -> float:
    """CPU time that a process has used; 0 where that cannot be told."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:  # noqa: PTH123  one line, often read
            fields = file.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0


def _limit_memory() -> None:
    with open("/proc/self/statm") as file:  # noqa: PTH123  one line, read while starting up
        used = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = used + _MOST_MEMORY_BYTES
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
