"""Runs cells in IPython's shell for kernels, and keeps what a kernel would send.

There is no kernel and no socket: the messages that ipykernel's shell sends are put on a tape, and
read from it as nbclient reads them from a wire.
"""

from __future__ import annotations

import builtins
import contextlib
import getpass
import inspect
import io
import os
import sys
import tempfile
from typing import Any, NoReturn

from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError, UsageError
from jupyter_client.session import Session
from traitlets.config import Config

_KEPT_FIELDS = {
    "stream": ("name", "text"),
    "display_data": ("data", "metadata"),
    "execute_result": ("data", "metadata", "execution_count"),
    "error": ("ename", "evalue", "traceback"),
}


# What notebooks of the lesson do, an error included.
_REHEARSAL = (
    """\
%load_ext rainfall_kit
import numpy as np
import torch
from rainfall_kit import require
inputs, targets = torch.from_numpy(np.ones((2, 3), dtype="float32")), torch.ones(2, 2)
w, b = torch.zeros(2, 3, requires_grad=True), torch.zeros(2, requires_grad=True)
print(w, inputs @ w.t() + b)
w""",
    """\
def step(inputs, targets, w, b, lr):
    loss = ((inputs @ w.t() + b - targets) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    w.grad.zero_()
    b.grad.zero_()
    return w, b""",
    "%%gd_step --lr 1e-5 --epochs 2\nw, b = step(inputs, targets, w, b, lr)",
    "step(inputs, targets, w.t(), b, lr)",
    "%%gd_step --lr 1e-5\nw, b = step(inputs, targets, w.t(), b, lr)",
)


class Tape(Session):
    """Takes the place of the session that signs and sends messages: keeps the outputs of one cell.

    Attributes:
        outputs: in nbformat's form.
        left: how many more characters are kept.
    """

    outputs: list[dict[str, Any]]
    left: int

    def start(self, characters: int) -> None:
        """Begin a new cell, of which so much is kept."""
        self.outputs, self.left = [], characters
        self._clear_next = False
        self._shown: dict[str, list[dict[str, Any]]] = {}

    def send(  # nothing here is signed, tracked or addressed
        self,
        stream: Any,  # noqa: ARG002
        msg_or_type: Any,
        content: dict[str, Any] | None = None,
        *_: Any,
        **__: Any,
    ) -> dict[str, Any] | None:
        """Keep one message."""
        if isinstance(msg_or_type, dict):
            kind, content = msg_or_type["header"]["msg_type"], msg_or_type["content"]
        else:
            kind, content = msg_or_type, content or {}
        self.take(kind, content)
        return None

    def take(self, kind: str, content: dict[str, Any]) -> None:
        """Do with a message what nbclient does with it."""
        if kind == "clear_output":
            self._clear_next = bool(content.get("wait"))
            if not self._clear_next:
                self.outputs.clear()
            return
        display_id = str((content.get("transient") or {}).get("display_id") or "")
        if kind == "update_display_data":
            for shown in self._shown.get(display_id, []):
                shown.update(data=content["data"], metadata=content["metadata"])
            return
        if kind not in _KEPT_FIELDS or self.left <= 0:
            return
        if self._clear_next:
            self.outputs.clear()
            self._clear_next = False
        output = {"output_type": kind, **{name: content[name] for name in _KEPT_FIELDS[kind]}}
        self._keep(output)
        if display_id:
            self._shown.setdefault(display_id, []).append(output)

    def _keep(self, output: dict[str, Any]) -> None:
        size = len(output["text"]) if output["output_type"] == "stream" else len(repr(output))
        self.left -= size
        if self.left <= 0:
            end = "\n... Output truncated ...\n"
            if output["output_type"] == "stream":
                output["text"] = output["text"][: size + self.left] + end
            elif output["output_type"] != "error":
                output = {"output_type": "stream", "name": "stdout", "text": end}
        last = self.outputs[-1] if self.outputs else {}
        same = "stream", output.get("name")
        if same == (last.get("output_type"), last.get("name")) == (output["output_type"], same[1]):
            last["text"] += output["text"]
        else:
            self.outputs.append(output)


class _Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr`: each text that is written goes on the tape."""

    encoding = "UTF-8"
    errors = "replace"

    def __init__(self, name: str, tape: Tape, number: int) -> None:
        self.name = f"<{name}>"
        self._name, self._tape, self._number = name, tape, number

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if text:
            self._tape.take("stream", {"name": self._name, "text": text})
        return len(text)


class _Shell(ZMQInteractiveShell):
    """The shell for kernels; its windows, which need a kernel's event loop, are not there."""

    def enable_gui(self, gui: Any = None) -> None:
        if gui is not None:
            raise UsageError(f"there is no event loop for {gui!r} while a notebook is graded")

    def _format_exception_for_storage(self, exception: BaseException, *_: Any, **__: Any) -> Any:
        """What IPython's history keeps of an error; a traceback of its own would double the work."""
        return {"ename": type(exception).__name__, "evalue": "", "traceback": []}


class _Compiler(XCachingCompiler):
    """Compiles cells, and lets inspect know that their files are of no module.

    Otherwise inspect asks all modules for every frame of an error, and that takes ten milliseconds.
    """

    def get_code_name(self, raw_code: str, code: str, number: int) -> str:
        name: str = super().get_code_name(raw_code, code, number)  # type: ignore[no-untyped-call]
        inspect.modulesbyfile[name] = ""
        return name


class _NoKernel:
    """What a cell finds as ``get_ipython().kernel``."""

    eventloop = None


class Shell:
    """IPython's shell for kernels, without a kernel.

    Args:
        characters: how much output of one cell is kept.
    """

    def __init__(self, characters: int) -> None:
        self.tape = Tape(key=b"")
        self.tape.start(characters)
        self._characters = characters
        # a history on disk would start a thread, and no fork has a thread of its parent's
        config = Config({"HistoryManager": {"enabled": False}})
        shell: Any = _Shell.instance(config=config, compiler_class=_Compiler, kernel=_NoKernel())
        shell.displayhook.session = shell.display_pub.session = self.tape
        shell.displayhook.pub_socket = shell.display_pub.pub_socket = object()
        shell.displayhook.topic = b"execute_result"
        self.shell = shell
        self._files: dict[str, int] = {}
        self._read: dict[str, int] = {}

    def rehearse(self) -> None:
        """Run a few cells and forget them: IPython, torch and the kit do much when first used."""
        for source in _REHEARSAL:
            self.run(source)
        self.shell.run_line_magic("unload_ext", "rainfall_kit")
        self.shell.reset(new_session=True)

    @property
    def names(self) -> dict[str, Any]:
        """What the cells have defined."""
        return self.shell.user_ns  # type: ignore[no-any-return]

    def take_streams(self) -> None:
        """From here on, what this process writes goes on the tape, whichever way it writes.

        A fork calls this again, for files of its own.
        """
        for number, name in ((1, "stdout"), (2, "stderr")):
            file = os.open(tempfile.gettempdir(), os.O_TMPFILE | os.O_RDWR | os.O_APPEND, 0o600)
            os.dup2(file, number)
            os.close(file)
            self._read[name] = 0
            if name not in self._files:
                self._files[name] = number
                stream = _Stream(name, self.tape, number)
                setattr(sys, name, stream)
                setattr(sys, f"__{name}__", stream)
        builtins.input = getpass.getpass = _no_input

    def run(self, source: str) -> tuple[list[dict[str, Any]], int]:
        """Run one cell as a kernel runs it.

        Returns:
            Its outputs, and its execution count.
        """
        self.tape.start(self._characters)
        shell = self.shell
        result = shell.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        for name, number in self._files.items():
            self._take_file(name, number)
        outputs = self.tape.outputs
        if error is not None and not any(each["output_type"] == "error" for each in outputs):
            outputs.append(_unshown(error))
        payload = shell.payload_manager.read_payload()
        shell.payload_manager.clear_payload()
        if any(each.get("source") == "ask_exit" for each in payload):
            os._exit(0)
        return outputs, shell.execution_count - 1

    def drop_output(self) -> None:
        """Forget what was written since the last cell: no cell wrote it."""
        self.tape.start(self._characters)
        for name, number in self._files.items():
            with contextlib.suppress(OSError):
                self._read[name] = os.fstat(number).st_size

    def _take_file(self, name: str, number: int) -> None:
        """What was written past Python, by a subprocess or by C."""
        try:
            data = os.pread(number, self._characters, self._read[name])
            self._read[name] = os.fstat(number).st_size
        except OSError:  # the cell has closed it
            return
        if data:
            text = data.decode("utf-8", "replace")
            self.tape.take("stream", {"name": name, "text": text})


def _unshown(error: BaseException) -> dict[str, Any]:
    return {
        "output_type": "error",
        "ename": type(error).__name__,
        "evalue": str(error),
        "traceback": ["ERROR: An error occurred while showtraceback was disabled"],
    }


def _no_input(*_: Any, **__: Any) -> NoReturn:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )
