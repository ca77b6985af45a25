"""The forked child that runs one submission: it does what it is told over its channel, and nothing else.

Each line that comes is one command, each line that goes is its answer, as JSON.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
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
from rainfall_kit.grading.sandbox.inside.side_effects import traces
from rainfall_kit.grading.sandbox.job import Ask, File

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from rainfall_kit.grading.sandbox.inside.shell import Shell


def serve(channel: socket.socket, shell: Shell) -> None:
    """Obey until the other end closes."""
    shell.take_streams()
    handler: Any = signal.default_int_handler  # a cell may set another
    commands = channel.makefile("r", encoding="utf-8", newline="\n")
    moments: dict[int, _Moment] = {}
    for line in commands:
        command, answer = json.loads(line), {}
        with contextlib.suppress(KeyboardInterrupt):  # before the command began, or after it ended
            signal.signal(signal.SIGINT, handler)
            answer = _obey(command, shell, moments)
        # an interrupt that comes late is about nothing that is still running
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        channel.sendall(json.dumps(answer).encode() + b"\n")


def _obey(command: dict[str, Any], shell: Shell, moments: dict[int, _Moment]) -> dict[str, Any]:
    for number in command.get("marks", ()):
        moments[number] = _Moment.now(shell)
    if "folder" in command:
        return _settle_in(command)
    if "traces" in command:
        return traces(os.environ["HOME"])
    if "asks" in command:
        if command["at"] is not None:
            moments[command["at"]].come_back(shell)
        asks = [Ask.from_json(text) for text in command["asks"]]
        return {"seen": _ask(asks, shell, command["seconds"])}
    try:
        outputs, count = shell.run(command["run"])
    except KeyboardInterrupt:  # between the cell's own end and here
        outputs, count = shell.tape.outputs, shell.shell.execution_count - 1
    return {"outputs": _plain(outputs), "count": count}


def _plain(outputs: list[dict[str, Any]]) -> str:
    """The outputs as JSON; what is no plain data becomes a text.

    Example:
        >>> _plain([{"text": Path("a")}])
        '[{"text": "a"}]'
    """
    return json.dumps(outputs, default=str)


def _settle_in(command: dict[str, Any]) -> dict[str, Any]:
    folder = Path(os.environ["HOME"], command["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    for text in command["files"]:
        file = File.from_json(text)
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(file.content))
    os.chdir(folder)
    if "" not in sys.path:
        sys.path.insert(0, "")
    return {"ready": True}


@dataclass(frozen=True)
class _Moment:
    """What a cell's turn found: names, and what everybody shares, such as torch's switches and functions."""

    names: dict[str, Any]
    put_back: Callable[[], object]

    @classmethod
    def now(cls, shell: Shell) -> Self:
        put_back: Callable[[], object] = dict  # does nothing
        with contextlib.suppress(Exception):  # such as a current folder that is gone
            put_back = everything_now()
        return cls(dict(shell.names), put_back)

    def come_back(self, shell: Shell) -> None:
        shell.names.clear()
        shell.names.update(self.names)
        with contextlib.suppress(Exception):
            self.put_back()


def _ask(asks: list[Ask], shell: Shell, seconds: float) -> list[list[str]]:
    """Call the student's functions; what they were called with stays in this process."""
    seen = []
    for ask in asks:
        try:
            observed = _observe(ask, shell.names, seconds)
        except KeyboardInterrupt:  # the guard has lost patience
            observed = (Observation(failure=Failure(kind="too long")),)
        except BaseException as error:  # noqa: BLE001  # student code raises anything
            failure = Failure(kind=type(error).__name__, message=str(error)[:300])
            observed = (Observation(failure=failure),)
        seen.append([each.to_json() for each in observed])
    shell.drop_output()
    return seen


def _observe(ask: Ask, names: dict[str, Any], seconds: float) -> tuple[Observation, ...]:
    if ask.name not in names:
        failure = Failure(kind="NameError", message=f"name {ask.name!r} is not defined")
        return (Observation(failure=failure),)
    cases = tuple(Case.from_json(text) for text in ask.cases)
    question = find_question(ask.question)
    given = {each.name: build(each.program, each.name) for each in ask.given}
    return observe(question, names[ask.name], cases, given=given, seconds=seconds)
