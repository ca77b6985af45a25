"""Worker: the forked process that runs one submission, and does what it is told over its channel.

Each line that comes is one command, each line that goes is its reply: records of `protocol`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rainfall_kit.checks.harness.observing import observe
from rainfall_kit.checks.harness.process_state import everything_now
from rainfall_kit.checks.observations import Case, Failure, Observation
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.grading.sandbox.inside.side_effects import side_effects
from rainfall_kit.grading.sandbox.protocol import (
    SHARED_FILES,
    CallFunctions,
    CellOutputs,
    Command,
    EnterFolder,
    FolderEntered,
    ListSideEffects,
    Observed,
    RunCell,
    read_command,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from rainfall_kit.grading.sandbox.inside.shell import Shell
    from rainfall_kit.grading.sandbox.job import Ask
    from rainfall_kit.records.json_record import Record


def obey(channel: socket.socket, shell: Shell) -> None:
    """Obey until the other end closes."""
    shell.take_streams()
    handler: Any = signal.default_int_handler  # a cell may set another
    lines = channel.makefile("r", encoding="utf-8", newline="\n")
    states: dict[int, _NotebookState] = {}
    for line in lines:
        command = read_command(line)
        reply = command.reply()
        with contextlib.suppress(KeyboardInterrupt):  # before the command began, or after it ended
            signal.signal(signal.SIGINT, handler)
            reply = _carry_out(command, shell, states)
        # an interrupt that comes late is about nothing that is still running
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        channel.sendall(reply.to_json().encode() + b"\n")


def _carry_out(command: Command[Record], shell: Shell, states: dict[int, _NotebookState]) -> Record:
    for number in command.save:
        states[number] = _NotebookState.now(shell)
    match command:
        case EnterFolder():
            return _enter_folder(command, shell)
        case ListSideEffects():
            return side_effects(os.environ["HOME"])
        case CallFunctions():
            if command.restore is not None:
                states[command.restore].restore(shell)
            began = _cpu_seconds()
            seen = _ask(command.asks, shell, command.seconds)
            return Observed(seen=seen, cpu_seconds=_cpu_seconds() - began)
        case RunCell():
            return _run_cell(command.source, shell)
    raise AssertionError(command)


def _cpu_seconds() -> float:
    """CPU time so far, of this process and of all that it has waited for."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _run_cell(source: str, shell: Shell) -> CellOutputs:
    began = _cpu_seconds()
    try:
        outputs, count = shell.run(source)
    except KeyboardInterrupt:  # between the cell's own end and here
        outputs, count = shell.captured.outputs, shell.shell.execution_count - 1
    return CellOutputs(outputs=_plain(outputs), count=count, cpu_seconds=_cpu_seconds() - began)


def _plain(outputs: list[dict[str, Any]]) -> str:
    """The outputs as JSON; what is no plain data becomes a text.

    Example:
        >>> _plain([{"text": Path("a")}])
        '[{"text": "a"}]'
    """
    return json.dumps(outputs, default=str)  # a cell may display anything as anything


def _enter_folder(command: EnterFolder, shell: Shell) -> FolderEntered:
    folder = Path(os.environ["HOME"], command.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for file in command.files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.shared:
            path.symlink_to(Path(SHARED_FILES, file.path))
        else:
            path.write_bytes(base64.b64decode(file.content))
    os.chdir(folder)
    if command.kernel is not None:
        return FolderEntered(problem=shell.use_kernel(command.kernel))
    # as in a kernel: a notebook imports what lies beside it
    if "" not in sys.path:
        sys.path.insert(0, "")
    return FolderEntered()


@dataclass(frozen=True)
class _NotebookState:
    """State in a cell's turn: names, and what everybody shares, such as torch's switches and functions."""

    names: dict[str, Any]
    put_back: Callable[[], object]

    @classmethod
    def now(cls, shell: Shell) -> Self:
        put_back: Callable[[], object] = dict  # does nothing
        with contextlib.suppress(Exception):  # such as a current folder that is gone
            put_back = everything_now()
        return cls(dict(shell.names), put_back)

    def restore(self, shell: Shell) -> None:
        shell.names.clear()
        shell.names.update(self.names)
        with contextlib.suppress(Exception):
            self.put_back()


def _ask(asks: tuple[Ask, ...], shell: Shell, seconds: float) -> tuple[tuple[str, ...], ...]:
    """Call the student's functions; what they were called with stays in this process."""
    seen = []
    for ask in asks:
        try:
            observed = _observe(ask, shell.names, seconds)
        except KeyboardInterrupt:  # the trusted side has lost patience
            observed = (Observation(failure=Failure(kind="too long")),)
        except BaseException as error:  # noqa: BLE001  # student code raises anything
            failure = Failure(kind=type(error).__name__, message=str(error)[:300])
            observed = (Observation(failure=failure),)
        seen.append(tuple(observation.to_json() for observation in observed))
    shell.drop_output()  # what the calls have printed is no cell's output, and may tell the cases
    return tuple(seen)


def _observe(ask: Ask, names: dict[str, Any], seconds: float) -> tuple[Observation, ...]:
    if ask.name not in names:
        failure = Failure(kind="NameError", message=f"name {ask.name!r} is not defined")
        return (Observation(failure=failure),)
    cases = tuple(Case.from_json(text) for text in ask.cases)
    question = find_question(ask.question)
    if ask.own_orchard:
        question = question.without_arguments()
    given = {given.name: build(given.program, given.name) for given in ask.given}
    return observe(question, names[ask.name], cases, given=given, seconds=seconds)
