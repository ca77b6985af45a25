"""The warm process: has everything imported, runs nobody's cells, and makes branches that fork for each job.

It stands inside the outer walls. Over its control socket come three sockets for each branch: the channel
over which it is told what to run, the line to its guard, and its own control socket.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.harness.fork import forks_follow_gradients
from rainfall_kit.checks.questions.registry import add_question_folder
from rainfall_kit.grading.sandbox.inside import namespaces
from rainfall_kit.grading.sandbox.inside.template import branch_off
from rainfall_kit.grading.sandbox.job import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rainfall_kit.grading.sandbox.inside.shell import Shell

_SHELL_CHARACTERS = 1 << 20


def main(control_number: int, settings: dict[str, Any]) -> None:
    """Import everything, say so, and make a branch for every message until the other end closes.

    Where torch works in no fork, say that instead, and end.

    Args:
        control_number: the file descriptor of the control socket.
        settings: ``walls``: whether children confine themselves; ``root``: whether this is the
            host's root; ``seccomp``: the filter in hex; ``question_folders``: of the course's own
            questions.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # what is imported stays: to look through it takes a fifth of the time
    control = socket.socket(fileno=control_number)
    control.set_inheritable(False)
    for folder in settings["question_folders"]:
        add_question_folder(Path(folder))
    shell = _warm_up(control)
    if not forks_follow_gradients():
        control.send(b"no gradients")
        return
    if settings["walls"]:
        namespaces.uncover_proc()
        if settings["root"]:
            namespaces.drop_root()
    gc.collect()
    gc.freeze()  # no collection in a fork is to look at what is there now: that would copy the page
    gc.enable()
    control.send(b"warm")
    _fork_for_each(control, settings, shell)


def _fork_for_each(control: socket.socket, settings: dict[str, Any], shell: Shell) -> None:
    """Make a branch for every message, until the other end closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # their guards are nobody's to wait for
    while True:
        text, numbers, _, _ = socket.recv_fds(control, 4096, 3)
        if not text:
            return
        if os.fork() == 0:
            control.close()
            branch_off(Limits.from_json(text.decode()), settings, shell, *numbers)
        for number in numbers:
            os.close(number)


def _warm_up(control: socket.socket) -> Shell:
    import torch

    torch.set_num_threads(1)
    _import(_modules_of_the_kit())
    _use_everything_once()
    from rainfall_kit.grading.sandbox.inside.shell import Shell

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
        >>> "rainfall_kit.notebook.magics.gd_step" in _modules_of_the_kit()
        True
    """
    import rainfall_kit.notebook

    package = rainfall_kit.notebook
    modules = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [each.name for each in modules]


def _use_everything_once() -> None:
    """Call what children will call: torch and the kit import much of themselves when first used."""
    from rainfall_kit.checks.harness.observing import observe
    from rainfall_kit.checks.questions.registry import QUESTIONS

    for question in QUESTIONS.values():
        observe(question, _to_itself, question.draw(0)[:1], seconds=60)


def _to_itself(*given: Any) -> Any:
    """A wrong answer to every question, with a gradient to follow."""
    return given[0] * 1 if given else 1


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
