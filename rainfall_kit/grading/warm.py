"""The warm process: has everything imported, runs no student code, and forks a child for each job.

It stands inside the outer walls. Over its control socket come two sockets for each child: the channel
that only the child reads and writes, and the line to the guard. What a child is told passes the warm
process by, so nothing of one submission is left in its memory for the next.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import itertools
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.apart import copies_follow_gradients
from rainfall_kit.grading import confine
from rainfall_kit.grading.job import Limits
from rainfall_kit.grading.large_pages import use_large_pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rainfall_kit.grading.shell import Shell

__all__ = ["main"]

_LOOK_SECONDS = 0.1
# How a child ends that could not be confined. Later on, student code may end it in the same way.
_REFUSED = 71
_SHELL_CHARACTERS = 1 << 20
# A process that forks no more than these has no use for large pages, and somebody waits for the first.
_FEW_FORKS = 4


def main(control_number: int, settings: dict[str, Any]) -> None:
    """Import everything, say so, and fork for every message until the other end closes.

    Where torch works in no fork, say that instead, and end.

    Args:
        control_number: the file descriptor of the control socket.
        settings: ``walls``: whether children confine themselves; ``root``: whether this is the
            host's root; ``seccomp``: the filter in hex.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # what is imported stays: to look through it takes a fifth of the time
    control = socket.socket(fileno=control_number)
    control.set_inheritable(False)
    shell = _warm_up(control)
    if not copies_follow_gradients():
        control.send(b"no gradients")
        return
    if settings["walls"]:
        confine.uncover_proc()
        if settings["root"]:
            confine.drop_root()
    _stand_ready(settings)
    gc.enable()
    control.send(b"warm")
    _fork_for_each(control, settings, shell)


def _stand_ready(settings: dict[str, Any]) -> None:
    """Let no collection in a child look at what is there now, and note how much that is."""
    gc.collect()
    gc.freeze()  # to look at a page would copy it
    settings["warm_kib"] = _resident_kib(Path("/proc/self"))


def _fork_for_each(control: socket.socket, settings: dict[str, Any], shell: Shell) -> None:
    """Fork for every message, until the other end closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # guards are nobody's to wait for
    for forks in itertools.count(1):
        text, numbers, _, _ = socket.recv_fds(control, 4096, 3)
        if not text:
            return
        if os.fork() == 0:
            control.close()
            _guard(Limits.from_json(text.decode()), settings, shell, *numbers)
        for number in numbers:
            os.close(number)
        if forks == _FEW_FORKS:
            use_large_pages()
            settings["warm_kib"] = _resident_kib(Path("/proc/self"))


def _warm_up(control: socket.socket) -> Shell:
    import torch

    torch.set_num_threads(1)
    _import((*_modules_of_the_kit(), "rainfall_kit.grading.child"))
    _use_everything_once()
    from rainfall_kit.grading.shell import Shell

    shell = Shell(_SHELL_CHARACTERS)
    gc.freeze()  # IPython looks for garbage when it forgets the rehearsal
    shell.rehearse()
    _import(json.loads(control.recv(1 << 16) or b"[]"))  # what this assignment needs
    return shell


def _import(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(Exception):  # it will fail again where it matters
            importlib.import_module(name)


def _modules_of_the_kit() -> list[str]:
    """The extension and what it is built on.

    Example:
        >>> "rainfall_kit.notebook.magics" in _modules_of_the_kit()
        True
    """
    import rainfall_kit.notebook

    package = rainfall_kit.notebook
    return [f"{package.__name__}.{each.name}" for each in pkgutil.iter_modules(package.__path__)]


def _use_everything_once() -> None:
    """Call what children will call: torch and the kit import much of themselves when first used."""
    from rainfall_kit.checks.answers import observe
    from rainfall_kit.checks.questions import QUESTIONS

    for question in QUESTIONS.values():
        observe(question, _to_itself, question.draw(0)[:1], seconds=60)


def _to_itself(*given: Any) -> Any:
    """A wrong answer to every question, with a gradient to follow."""
    return given[0] * 1 if given else 1


def _guard(
    limits: Limits,
    settings: dict[str, Any],
    shell: Shell,
    channel: int,
    line: int,
    control: int | None = None,
) -> None:
    """Fork the child into its own namespaces, watch over it, and tell how it ended.

    With a control socket the child is a branch: it keeps the rights that it needs to fork as the warm
    process does, and no limit is on the memory that it and all of its forks hold together.
    """
    told: dict[str, Any] = {}
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if settings["walls"]:
            confine.own_namespaces()
        child = os.fork()
        if child == 0:
            os.close(line)
            _child(channel, limits, settings, shell, control)
        os.close(channel)
        if control is not None:
            os.close(control)
        most_kib = settings["warm_kib"] + 1024 * (limits.memory_mib + limits.scratch_mib)
        told = _watch(child, line, most_kib if control is None else sys.maxsize)
    except BaseException:  # noqa: BLE001  # the other side decides what to do about it
        told = {"trouble": traceback.format_exc()}
    finally:
        with contextlib.suppress(OSError):
            os.write(line, json.dumps(told).encode())
        os._exit(0)


def _watch(child: int, line: int, most_kib: int) -> dict[str, Any]:
    """Wait for the child; pass an interrupt on; end it when told, or when it holds too much memory."""
    ended, why = os.pidfd_open(child), ""
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(line, select.POLLIN)
    while not why:
        events = dict(poll.poll(_LOOK_SECONDS * 1000))
        if ended in events:
            why = "ended"
        elif line in events:
            order = os.read(line, 1)
            if order == b"i":
                os.kill(child, signal.SIGINT)
            else:
                why = "told to"
        elif _holds_too_much(child, most_kib):
            why = "memory"
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    refused = os.WIFEXITED(status) and os.WEXITSTATUS(status) == _REFUSED
    return {
        "why": why,
        "trouble": "the system refused the child its walls" if refused else "",
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / 1024,
    }


def _holds_too_much(child: int, most_kib: int) -> bool:
    """Whether all processes in the child's namespace together hold more memory than one may."""
    places = [Path("/proc", str(child))]
    if not Path("/proc/self").exists():  # this /proc has become the child's own
        places = [each for each in Path("/proc").iterdir() if each.name.isdigit()]
    # the exact count takes a millisecond for each process
    return sum(map(_resident_kib, places)) > most_kib and sum(map(_exact_kib, places)) > most_kib


def _resident_kib(place: Path) -> int:
    """What a process holds, pages that it shares included."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((place / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    return 0


def _exact_kib(place: Path) -> int:
    """What a process holds, a page that several share counted in parts."""
    with contextlib.suppress(OSError):
        for line in (place / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def _child(
    channel: int,
    limits: Limits,
    settings: dict[str, Any],
    shell: Shell,
    control: int | None,
) -> None:
    """Obey until the channel is closed; a branch then forks as the warm process does."""
    status = _REFUSED
    try:
        if settings["walls"]:
            confine.settle(limits)
            if control is None:
                confine.give_up(limits, bytes.fromhex(settings["seccomp"]))
        else:
            confine.settle_without_walls(limits)
        status = 0
        from rainfall_kit.grading.child import serve

        with socket.socket(fileno=channel) as talk:
            serve(talk, shell)
        if control is not None:
            _stand_ready(settings)
            with socket.socket(fileno=control) as asking:
                _fork_for_each(asking, settings, shell)
    except BaseException:  # noqa: BLE001  # whatever it was, this process ends here
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
