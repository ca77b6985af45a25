"""Fork server: has everything imported, runs nobody's cells, and forks template processes.

It stands inside bubblewrap's namespaces. Over its control socket come, for each template process, the file
descriptors of three sockets: the channel over which it is told what to run, the line to its supervisor, and
a control socket of its own.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
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
from rainfall_kit.grading.sandbox.inside.template import run_template
from rainfall_kit.grading.sandbox.job import Ask, File, Given, Limits
from rainfall_kit.grading.sandbox.protocol import (
    NO_GRADIENTS,
    READY,
    CallFunctions,
    EnterFolder,
    ListSideEffects,
    Preload,
    RunCell,
    ServerSettings,
    read_command,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rainfall_kit.grading.sandbox.inside.shell import Shell

_SHELL_CHARACTERS = 1 << 20
_MOST_BYTES = 1 << 16  # of one message


def main(control_fd: int) -> None:
    """Import everything, say so, and fork a template process for every request until the other end closes.

    Where torch works in no fork, say that instead, and end.

    Args:
        control_fd: the file descriptor of the control socket, over which its settings come first.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group of the terminal
    gc.disable()  # what is imported stays: to look through it takes a fifth of the time
    control = socket.socket(fileno=control_fd)
    control.set_inheritable(False)
    settings = ServerSettings.from_json(control.recv(_MOST_BYTES).decode())
    for folder in settings.question_folders:
        add_question_folder(Path(folder))
    shell = _import_and_warm_up(control)
    if not forks_follow_gradients():
        control.send(NO_GRADIENTS)
        return
    if settings.sandboxed:
        namespaces.unmask_proc()
        namespaces.protect_devices()
        namespaces.keep_counters(is_root=settings.is_root)
        if settings.is_root:
            namespaces.become_nobody()
    gc.collect()
    gc.freeze()  # no collection in a fork is to look at what is there now: that would copy the page
    gc.enable()
    control.send(READY)
    _fork_templates(control, settings, shell)


def _fork_templates(control: socket.socket, settings: ServerSettings, shell: Shell) -> None:
    """Fork a template process for every request, until the other end closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for their supervisors
    while True:
        text, fds, _, _ = socket.recv_fds(control, 4096, 3)
        if not text:
            return
        if os.fork() == 0:
            control.close()
            run_template(Limits.from_json(text.decode()), settings, shell, *fds)
        for fd in fds:
            os.close(fd)


def _import_and_warm_up(control: socket.socket) -> Shell:
    import torch

    torch.set_num_threads(1)  # no fork has a thread of its parent's, and torch would wait for it
    _import(_modules_of_the_kit())
    _use_everything_once()
    _read_every_command_once()
    from rainfall_kit.grading.sandbox.inside.shell import Shell

    shell = Shell(_SHELL_CHARACTERS)
    gc.freeze()  # IPython looks for garbage when it forgets the warm-up cells
    shell.warm_up()
    # only now, as the trusted side has read the assignment meanwhile
    if text := control.recv(_MOST_BYTES):
        _import(Preload.from_json(text.decode()).modules)
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
    return [module.name for module in modules]


def _use_everything_once() -> None:
    """Call what workers will call: torch and the kit import much of themselves when first used."""
    from rainfall_kit.checks.harness.observing import observe
    from rainfall_kit.checks.harness.process_state import everything_now
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.questions.registry import QUESTIONS

    for question in QUESTIONS.values():
        cases = tuple(Case.from_json(case.to_json()) for case in question.draw(0)[:1])
        for observation in observe(question, _to_itself, cases, seconds=60):
            observation.to_json()
    everything_now()()


def _read_every_command_once() -> None:
    """To find out how a record is read takes fifty times as long as to read it."""
    given = Given(name="", program="")
    ask = Ask(question="", name="", given=(given,), cases=("",))
    for command in (
        EnterFolder(folder="", files=(File(path="", content=""),)),
        RunCell(source=""),
        CallFunctions(asks=(ask,), seconds=1.0),
        ListSideEffects(),
    ):
        read_command(command.to_json()).reply().to_json()


def _to_itself(*given: Any) -> Any:
    """A wrong answer to every question, with a gradient to follow."""
    return given[0] * 1 if given else 1


if __name__ == "__main__":
    main(int(sys.argv[1]))
