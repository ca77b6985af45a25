"""A branch of the warm process: runs an instructor's first cells, or none, and forks a child for each job.

It has namespaces of its own, so that it may give each child others. Over its control socket come two
sockets for each child: the channel that only the child reads and writes, and the line to the guard. What a
child is told passes the branch by, so nothing of one submission is left in its memory for the next.
"""

from __future__ import annotations

import gc
import itertools
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from rainfall_kit.grading.sandbox.inside import namespaces
from rainfall_kit.grading.sandbox.inside.huge_pages import use_huge_pages
from rainfall_kit.grading.sandbox.inside.supervisor import REFUSED, Guard, resident_kib, tell
from rainfall_kit.grading.sandbox.inside.worker import serve
from rainfall_kit.grading.sandbox.job import Limits

if TYPE_CHECKING:
    from rainfall_kit.grading.sandbox.inside.shell import Shell

# A process that forks no more than these has no use for large pages, and somebody waits for the first.
_FEW_FORKS = 4


def branch_off(limits: Limits, settings: dict[str, Any], shell: Shell, *numbers: int) -> NoReturn:
    """Become the guard of a branch: fork it into namespaces of its own, and end with it.

    There are no limits on what it uses: that would be a limit for all of its forks together.

    Args:
        limits: how large its scratch folder is.
        settings: as of the warm process.
        shell: runs the cells.
        numbers: the file descriptors of its channel, its line and its control socket.

    Example:
        >>> import json, types
        >>> shell = types.SimpleNamespace(take_streams=lambda: None)  # runs nothing here
        >>> (channel, line, control), theirs = zip(*(socket.socketpair() for _ in range(3)))
        >>> if os.fork() == 0:
        ...     for each in (channel, line, control):
        ...         each.close()
        ...     branch_off(Limits(), {"walls": False}, shell, *(each.detach() for each in theirs))
        >>> for each in (*theirs, channel, control):  # nothing to run, and nobody to fork for
        ...     each.close()
        >>> with line:
        ...     json.loads(line.recv(1000))["why"]
        'ended'
    """
    channel, line, control = numbers
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if settings["walls"]:
            namespaces.own_namespaces()
        if (pid := os.fork()) == 0:
            os.close(line)
            _branch(channel, control, limits, settings, shell)
        os.close(channel)
        os.close(control)
        guard = Guard()
        guard.add(pid, line)
        while guard.is_needed:
            guard.wait()
    except BaseException:  # noqa: BLE001  # the other side decides what to do about it
        tell(line, trouble=traceback.format_exc())
    finally:
        os._exit(0)


def _branch(
    channel: int, control: int, limits: Limits, settings: dict[str, Any], shell: Shell
) -> NoReturn:
    """Run cells until the channel is closed; then fork for every message, until the control socket is."""
    status = REFUSED
    try:
        if settings["walls"]:
            namespaces.settle(limits)
        else:
            namespaces.settle_without_walls(limits)
        status = 0
        with socket.socket(fileno=channel) as talk:
            serve(talk, shell)
        gc.collect()
        gc.freeze()  # to look at a page would copy it
        with socket.socket(fileno=control) as asking:
            _fork_for_each(asking, settings, shell)
    except BaseException:  # noqa: BLE001  # whatever it was, this process ends here
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)


def _fork_for_each(control: socket.socket, settings: dict[str, Any], shell: Shell) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # a cell may have set another
    own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY) if settings["walls"] else -1
    own_kib = resident_kib(Path("/proc/self"))
    guard = Guard(families=settings["walls"])
    for forks in itertools.count(1):
        while not guard.wait(control.fileno()):
            pass
        text, numbers, _, _ = socket.recv_fds(control, 4096, 2)
        if not text:
            return
        limits = Limits.from_json(text.decode())
        channel, line = numbers
        try:
            pid = namespaces.fork_with_own_pids(own_pids) if settings["walls"] else os.fork()
        except OSError:
            tell(line, trouble=traceback.format_exc())
            os.close(line)
        else:
            if pid == 0:
                kept_from_it = guard, control, socket.socket(fileno=line)
                _child(kept_from_it, channel, limits, settings, shell)
            guard.add(pid, line, own_kib + 1024 * (limits.memory_mib + limits.scratch_mib))
        os.close(channel)
        if forks == _FEW_FORKS:
            use_huge_pages()
            own_kib = resident_kib(Path("/proc/self"))


def _child(
    kept_from_it: tuple[Guard | socket.socket, ...],
    channel: int,
    limits: Limits,
    settings: dict[str, Any],
    shell: Shell,
) -> NoReturn:
    """Obey until the channel is closed."""
    status = REFUSED
    try:
        for each in kept_from_it:
            each.close()
        if settings["walls"]:
            namespaces.own_places()
            namespaces.settle(limits)
            namespaces.give_up(limits, bytes.fromhex(settings["seccomp"]))
        else:
            namespaces.settle_without_walls(limits)
        status = 0
        with socket.socket(fileno=channel) as talk:
            serve(talk, shell)
    except BaseException:  # noqa: BLE001  # whatever it was, this process ends here
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)
