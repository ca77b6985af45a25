"""The warm process seen from outside: starts it behind its walls, and asks it for children.

A tier says what stands around student code, and goes into the record of every grade.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from rainfall_kit.checks.questions.registry import question_folders
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.sandbox import bubblewrap
from rainfall_kit.grading.sandbox.job import Limits
from rainfall_kit.grading.sandbox.redact_answers import (
    added_question_files,
    question_folders_inside,
    redacted_files,
)
from rainfall_kit.grading.sandbox.seccomp import compile_filter
from rainfall_kit.grading.sandbox.worker_client import Ended, Talk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Isolation = Literal["namespaces", "none", "kernels"]

_START_SECONDS = 120.0


@dataclass(frozen=True)
class Child:
    """One forked child.

    Attributes:
        channel: to the child itself; what comes from it is student code's word.
        line: to its guard, which runs no student code.
    """

    channel: socket.socket
    line: socket.socket

    def interrupt(self) -> None:
        """Send the child what Ctrl-C sends."""
        with contextlib.suppress(OSError):
            self.line.send(b"i")

    def end(self) -> dict[str, Any]:
        """Kill whatever is left of the child; how it ended, from its guard."""
        self.channel.close()
        with contextlib.suppress(OSError):
            self.line.send(b"k")
        try:
            self.line.settimeout(10)
            told: dict[str, Any] = json.loads(self.line.recv(1 << 16) or b"{}")
        except (OSError, ValueError):
            told = {}
        finally:
            self.line.close()
        return told


@dataclass(frozen=True)
class Branch:
    """A child that runs cells, and once its channel is closed forks children of its own.

    Attributes:
        child: itself.
        control: to ask it for children.
    """

    child: Child
    control: socket.socket


class ForkServer:
    """Everything imported, once; after `wait`, `fork` as often as you like, from any thread.

    Args:
        isolation: ``"namespaces"`` or ``"none"``.
        hidden: folders that student code must not see.
        answers: whether the kit's own answers are there; nothing hides them without walls.

    Attributes:
        made_for: these three.
        walls: whether there are any.
        tier: what stands around students' code, for the records.
    """

    def __init__(
        self,
        isolation: Isolation = "namespaces",
        *,
        hidden: tuple[Path, ...] = (),
        answers: bool = False,
    ) -> None:
        self.made_for = isolation, hidden, answers
        self.walls = isolation == "namespaces"
        self._lock = threading.Lock()
        self._branches: list[Branch] = []
        seccomp = compile_filter() if self.walls else b""
        self.tier = _tier(isolation, seccomp)
        self._control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = {
            "walls": self.walls,
            "root": os.geteuid() == 0,
            "seccomp": seccomp.hex(),
            "question_folders": [
                str(folder)
                for folder in (question_folders_inside() if self.walls else question_folders())
            ],
        }
        entry = "rainfall_kit.grading.sandbox.inside.main"
        command = [sys.executable, "-P", "-m", entry, str(inside.fileno()), json.dumps(settings)]
        with inside:
            files = bubblewrap.made_up_files()
            files |= added_question_files() if answers else redacted_files()
            self._process = _start(command, inside.fileno(), isolation, hidden, files)

    def wait(self, modules: tuple[str, ...] = ()) -> None:
        """Wait until it is warm.

        Args:
            modules: what the assignment imports, to be imported once for all.

        Raises:
            CourseError: it does not start.
        """
        self._control.settimeout(_START_SECONDS)
        try:
            self._control.send(json.dumps(modules).encode())
            said = self._control.recv(16)
        except OSError:
            said = b""
        if said == b"no gradients":
            raise CourseError(
                "this torch counts devices beside the processor, and follows no gradients in a forked "
                "process then; the kit grades in such. Try: a torch for processors alone, or, for "
                "submissions that you trust, rainfall grade --isolation=kernels"
            )
        if said != b"warm":
            self._process.kill()
            assert self._process.stderr is not None
            told = self._process.stderr.read().decode(errors="replace").strip()
            raise CourseError(
                f"the process that grades does not start: {told.splitlines()[-1:] or ['no word']}. "
                "Try: rainfall grade --isolation=none, for submissions that you trust"
            )
        self._control.settimeout(None)
        self._try_the_walls()

    def _try_the_walls(self) -> None:
        """Have a child answer once: where the system refuses something, that is no student's fault."""
        bare = self.branch(Limits())
        bare.child.channel.close()
        try:
            child = self.fork(Limits())
            Talk(child).say({"run": ""}, _START_SECONDS)
        except OSError:
            raise no_walls(bare.child.end()) from None
        except Ended:
            raise no_walls(child.end() or bare.child.end()) from None
        child.end()

    def fork(self, limits: Limits, branch: Branch | None = None) -> Child:
        """A new child, with everything imported and nothing run but the branch's cells."""
        control = (branch or self._branches[0]).control
        return Child(*self._ask(control, limits, socket.socketpair(), socket.socketpair()))

    def branch(self, limits: Limits) -> Branch:
        """A new child to run an instructor's cells in, and to fork from; it has no limits."""
        pairs = socket.socketpair(), socket.socketpair()
        control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        channel, line, asking = self._ask(self._control, limits, *pairs, control)
        self._branches.append(Branch(Child(channel, line), asking))
        return self._branches[-1]

    def _ask(
        self,
        control: socket.socket,
        limits: Limits,
        *pairs: tuple[socket.socket, socket.socket],
    ) -> list[socket.socket]:
        """Ask for a fork that gets one end of each pair; the other ends."""
        ours, theirs = zip(*pairs, strict=True)
        try:
            with self._lock:
                numbers = [each.fileno() for each in theirs]
                socket.send_fds(control, [limits.to_json().encode()], numbers)
        except OSError:  # it has been closed meanwhile
            for each in ours:
                each.close()
            raise
        finally:
            for each in theirs:
                each.close()
        return list(ours)

    def close(self) -> None:
        """End it, and with it everything that it ever forked."""
        self._control.close()
        for branch in self._branches:
            for each in (branch.control, branch.child.channel, branch.child.line):
                each.close()
        self._process.kill()
        self._process.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _start(
    command: list[str],
    control: int,
    isolation: Isolation,
    hidden: tuple[Path, ...],
    files: Mapping[str, bytes],
) -> subprocess.Popen[bytes]:
    pipes = {path: _pipe_with(content) for path, content in files.items()}
    environment = dict(os.environ)
    if isolation == "namespaces":
        command = bubblewrap.walled(command, hidden, pipes)
    else:
        own = {"HOME": tempfile.gettempdir(), "PYTHONPATH": bubblewrap.python_path()}
        environment.update(bubblewrap.ENVIRONMENT, **own)
    try:
        return subprocess.Popen(  # noqa: S603  # every word of it is the kit's own
            command,
            pass_fds=(control, *pipes.values()),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    finally:
        for number in pipes.values():
            os.close(number)


def _pipe_with(content: bytes) -> int:
    """A pipe to read the content from; it must fit into a pipe's buffer."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as stream:
        stream.write(content)
    return reading


def no_walls(told: Mapping[str, Any]) -> CourseError:
    """What to raise where a child ended before it ran anything, by what its guard told.

    Example:
        >>> print(no_walls({}))
        students' code cannot be walled off here: no word. Try: --isolation=none, for submissions that you trust
    """
    why = str(told.get("trouble", "")).strip().splitlines()
    return CourseError(
        f"students' code cannot be walled off here: {why[-1] if why else 'no word'}. "
        "Try: --isolation=none, for submissions that you trust"
    )


def choose(wanted: Isolation | None) -> Isolation:
    """The isolation to work with: what was asked for, or the strongest that there is.

    Raises:
        CourseError: there is none, and nobody asked for none.

    Example:
        >>> choose("none")
        'none'
    """
    if wanted in ("none", "kernels"):
        return wanted
    if wanted is None and not sys.platform.startswith("linux"):
        return "kernels"
    missing = _missing()
    if missing:
        raise no_walls({"trouble": missing})
    return "namespaces"


def _missing() -> str:
    if not sys.platform.startswith("linux"):
        return "that needs Linux"
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    done = subprocess.run(  # noqa: S603  # every word of it is the kit's own
        bubblewrap.walled([sys.executable, "-c", ""], (), {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


def _tier(isolation: Isolation, seccomp: bytes) -> str:
    if isolation == "none":
        return "none"
    return "namespaces and seccomp" if seccomp else "namespaces"
