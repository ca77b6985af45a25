"""Kernel process: a Jupyter kernel of another language, started and asked by a worker.

The worker speaks with it as a notebook's front end does, over sockets that reach nobody else, and has nothing
of its own that the kernel might not see.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import zmq
from jupyter_client.connect import write_connection_file
from jupyter_client.session import Session

from rainfall_kit.grading.sandbox.inside.namespaces import end_with_parent

if TYPE_CHECKING:
    from rainfall_kit.grading.sandbox.inside.captured_output import CapturedOutput
    from rainfall_kit.grading.sandbox.job import Kernel

# Less than the trusted side waits for a worker that enters its folder.
_START_SECONDS = 25.0
_LOOK_SECONDS = 0.2
_MOST_SAID = 900  # R tells what is missing first, and only then that it ends


class KernelNotStartedError(Exception):
    """The kernel ended, or said nothing, before any cell was run."""


class KernelProcess:
    """A kernel that is ready to run cells.

    Args:
        kernel: which.

    Raises:
        KernelNotStartedError: it ended, or said nothing for too long.
        OSError: its command cannot be run.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._by_message = kernel.interrupted_by_message
        # no pipe, which somebody would have to read; and a notebook shows nothing of it
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
            path = str(Path(folder, "connection.json"))
            key = os.urandom(32).hex().encode()
            facts: Any = write_connection_file(path, key=key, kernel_name=kernel.name)[1]
            self._process = subprocess.Popen(  # noqa: S603  # the kernelspec is the operator's
                [word.replace("{connection_file}", path) for word in kernel.argv],
                env={**os.environ, **dict(pair.split("=", 1) for pair in kernel.environment)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509  # this process has no threads of its own
            )
            self._session = Session(key=key)
            context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
            self._shell = _connected(context, zmq.DEALER, facts, "shell_port")
            self._control = _connected(context, zmq.DEALER, facts, "control_port")
            self._outputs = _connected(context, zmq.SUB, facts, "iopub_port")
            self._wait_until_ready(log)

    def _wait_until_ready(self, log: IO[bytes]) -> None:
        """Wait for a reply, and for an output socket that has begun to give what the kernel shows."""
        until = time.monotonic() + _START_SECONDS
        silent = {self._shell, self._outputs}
        while silent:
            if self._process.poll() is not None or time.monotonic() > until:
                log.seek(0)
                lines = log.read().decode(errors="replace").strip().splitlines()
                raise KernelNotStartedError(" · ".join(lines)[-_MOST_SAID:] or "it does not answer")
            self._session.send(self._shell, "kernel_info_request")
            for socket, _ in self._messages(_LOOK_SECONDS):
                silent.discard(socket)
        while list(self._messages(_LOOK_SECONDS)):  # the answers to what was asked more than once
            pass

    def _messages(self, seconds: float) -> list[tuple[zmq.Socket[bytes], dict[str, Any]]]:
        """Messages that have come from the kernel, after so long a wait if none has."""
        poller = zmq.Poller()
        for socket in (self._outputs, self._shell, self._control):
            poller.register(socket, zmq.POLLIN)
        ready: list[Any] = [socket for socket, _ in poller.poll(int(seconds * 1000))]
        return [(socket, self._session.recv(socket)[1] or {}) for socket in ready]

    def run(self, source: str, captured: CapturedOutput) -> tuple[list[dict[str, Any]], int]:
        """Run one cell.

        Where the kernel has ended, this process ends as well: there is nothing left to run cells with.

        Args:
            source: the cell's text.
            captured: takes what it shows.

        Returns:
            Its outputs, and its execution count.
        """
        content = {
            "code": source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        sent: Any = self._session.send(self._shell, "execute_request", content)
        request = sent["header"]["msg_id"]
        try:
            count = self._follow(request, captured)
        except KeyboardInterrupt:
            self._interrupt()
            count = self._follow(request, captured)
        return captured.outputs, count

    def _follow(self, request: str, captured: CapturedOutput) -> int:
        """Take what the kernel shows until it has done what was asked for; the execution count."""
        count, idle = None, False
        while count is None or not idle:
            messages = self._messages(_LOOK_SECONDS)
            if not messages and self._process.poll() is not None:
                os._exit(0)
            for socket, message in messages:
                kind, content = message["msg_type"], message["content"]
                if message["parent_header"].get("msg_id") != request:
                    continue
                if socket is self._shell:
                    count = int(content.get("execution_count") or 0)
                elif kind == "status":
                    idle = content["execution_state"] == "idle"
                else:
                    captured.take(kind, content)
        return count

    def _interrupt(self) -> None:
        if self._by_message:
            self._session.send(self._control, "interrupt_request")
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGINT)


def _connected(
    context: zmq.Context[zmq.Socket[bytes]], kind: int, facts: Any, port: str
) -> zmq.Socket[bytes]:
    socket = context.socket(kind)
    socket.linger = 0
    if kind == zmq.SUB:
        socket.subscribe(b"")
    socket.connect(f"tcp://{facts['ip']}:{facts[port]}")
    return socket
