"""The forked child that runs one submission: it does what it is told over its channel, and nothing else.

Each line that comes is one command, each line that goes is its answer, as JSON.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.answers import observe
from rainfall_kit.checks.observations import Case, Failure, Observation
from rainfall_kit.checks.programs import build
from rainfall_kit.checks.questions import find_question
from rainfall_kit.grading.job import Ask, File

if TYPE_CHECKING:
    import socket

    from rainfall_kit.grading.shell import Shell

__all__ = ["serve"]


def serve(channel: socket.socket, shell: Shell) -> None:
    """Obey until the other end closes."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    shell.take_streams()
    commands = channel.makefile("r", encoding="utf-8", newline="\n")
    for line in commands:
        command = json.loads(line)
        answer = _obey(command, shell)
        _send(channel, json.dumps(answer))


def _send(channel: socket.socket, text: str) -> None:
    # An interrupt that comes late, after its cell, is about nothing that is still running.
    data = text.encode() + b"\n"
    while data:
        with contextlib.suppress(KeyboardInterrupt):
            data = data[channel.send(data) :]


def _obey(command: dict[str, Any], shell: Shell) -> dict[str, Any]:
    if "folder" in command:
        return _settle_in(command)
    if "asks" in command:
        asks = [Ask.from_json(text) for text in command["asks"]]
        ask = _ask_a_copy if command["apart"] else _ask
        return {"seen": ask(asks, shell, command["seconds"])}
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
    sys.path.insert(0, "")
    return {"ready": True}


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


def _ask_a_copy(asks: list[Ask], shell: Shell, seconds: float) -> list[list[str]]:
    """Call the student's functions in a copy of this process, which leaves no trace in this one.

    What they were called with is a secret: no later cell may find it, and no file keep it.
    """
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.close(reading)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
            with os.fdopen(writing, "w", encoding="utf-8") as stream:
                for ask in asks:
                    stream.write(json.dumps(*_ask([ask], shell, seconds)) + "\n")
                    stream.flush()
        finally:
            os._exit(0)
    os.close(writing)
    answer, in_time = _read_all(reading, time.monotonic() + len(asks) * (2 * seconds + 0.5))
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    seen: list[list[str]] = [json.loads(line) for line in answer.splitlines()[: len(asks)]]
    failure = Failure(kind="ended") if in_time else Failure(kind="too long")
    missing = [Observation(failure=failure).to_json()]
    return seen + [missing] * (len(asks) - len(seen))


def _read_all(number: int, until: float) -> tuple[bytes, bool]:
    """The whole lines that come before a pipe is closed, and whether it was closed in time."""
    text, closed = b"", False
    while not closed and select.select([number], [], [], max(until - time.monotonic(), 0))[0]:
        part = os.read(number, 1 << 16)
        text, closed = text + part, not part
    os.close(number)
    return text[: text.rfind(b"\n") + 1], closed


def _observe(ask: Ask, names: dict[str, Any], seconds: float) -> tuple[Observation, ...]:
    if ask.name not in names:
        failure = Failure(kind="NameError", message=f"name {ask.name!r} is not defined")
        return (Observation(failure=failure),)
    cases = tuple(Case.from_json(text) for text in ask.cases)
    question = find_question(ask.question)
    given = {each.name: build(each.program, each.name) for each in ask.given}
    return observe(question, names[ask.name], cases, given=given, seconds=seconds)
