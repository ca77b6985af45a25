"""Forks of the grader with limits on CPU time and memory, for work on what student code or a student has made.

Whatever such work meets, nothing but its own process ends.

>>> run_limited(lambda: "done", cpu_seconds=5.0) if can_fork() else "done"
'done'
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
from multiprocessing import Pipe
from typing import TYPE_CHECKING

from rainfall_kit.checks.bare_fork import fork, limit_memory

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_MEMORY_BYTES = 512 << 20  # on top of what the grader has
_OUT_OF_MEMORY = 3  # the exit status then
_LIMITS = (-signal.SIGPROF, _OUT_OF_MEMORY) if sys.platform != "win32" else ()


class LimitReached(Exception):
    """The work was ended at a limit."""


def can_fork() -> bool:
    """True if a fork of this process can work: on macOS and Windows it is unsafe or missing."""
    return sys.platform == "linux"


def enter_limits(kept: int) -> None:
    """Let go, in a fork, of everything that is the grader's, and limit its memory.

    Args:
        kept: the file descriptor that stays open.
    """
    gc.freeze()  # what belongs to the grader, such as its database, is never cleaned up here
    for opened in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208  numbers, no paths
        if opened > 2 and opened != kept:
            with contextlib.suppress(OSError):  # the listing's own has been closed
                os.close(opened)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    for number in (signal.SIGTERM, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's
    limit_memory(resource.RLIMIT_DATA, _MOST_MEMORY_BYTES)


def limit_cpu(seconds: float) -> None:
    """End this process when it has used so much CPU time from now on; 0 for never."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def leave_out_of_memory() -> None:
    """End this process, so that `ended_at_limit` tells why."""
    os._exit(_OUT_OF_MEMORY)


def ended_at_limit(status: int | None) -> bool:
    """True if a process ended so at a limit of its own, by what `os.waitstatus_to_exitcode` tells."""
    return status in _LIMITS


def run_limited(work: Callable[[], str], *, cpu_seconds: float) -> str:
    """Do some work in a fork of this process, with 512 MiB of memory on top of what it has.

    Args:
        work: gives a text; nothing else of it stays.
        cpu_seconds: that it may use.

    Raises:
        LimitReached: it used more time or memory.
        RuntimeError: the work raised something, or something outside has ended it.
    """
    ours, theirs = Pipe(duplex=False)
    if (pid := fork()) == 0:
        try:
            enter_limits(theirs.fileno())
            limit_cpu(cpu_seconds)
            try:
                told = [work(), ""]
            except MemoryError:
                leave_out_of_memory()
            except Exception as error:  # noqa: BLE001  the grader raises it
                told = ["", f"{type(error).__name__}: {error}"]
            theirs.send_bytes(json.dumps(told).encode())
        finally:
            os._exit(0)  # past every handler, which belong to the process that was copied
    theirs.close()
    with ours:
        try:
            text, problem = json.loads(ours.recv_bytes())
        except EOFError:
            text, problem = "", "its process was ended"
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            raise
        finally:
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if ended_at_limit(status):
        raise LimitReached
    if problem:
        raise RuntimeError(problem)
    return str(text)
