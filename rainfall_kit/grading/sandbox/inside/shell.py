"""IPython's shell for kernels, without a kernel: runs cells, and captures what a kernel would send.

Cells in another language it hands to a kernel of that language.
"""

from __future__ import annotations

import builtins
import contextlib
import getpass
import inspect
import os
import sys
import tempfile
from typing import TYPE_CHECKING, Any, NoReturn

from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from traitlets.config import Config

from rainfall_kit.grading.sandbox.inside.captured_output import CapturedOutput, CapturedStream
from rainfall_kit.grading.sandbox.inside.kernel_process import (
    KernelNotStartedError,
    KernelProcess,
)
from rainfall_kit.grading.sandbox.inside.outside_work import run_bundle
from rainfall_kit.notebook.extension import leave_report_of
from rainfall_kit.notebook.magics.hints import leave_runs
from rainfall_kit.records.run import Run

if TYPE_CHECKING:
    from rainfall_kit.grading.sandbox.job import Kernel

# What notebooks of the lesson do, an error included; but student code can read it, so nothing of it is right.
_WARM_UP_CELLS = (
    """\
%load_ext rainfall_kit
import numpy as np
import torch
from rainfall_kit import require
inputs, targets = torch.from_numpy(np.ones((2, 3), dtype="float32")), torch.ones(2, 2)
w, b = torch.zeros(2, 3, requires_grad=True), torch.zeros(2, requires_grad=True)
print(w, inputs @ w.t())
w""",
    """\
def step(inputs, targets, w, b, lr):
    loss = ((inputs @ w.t()) ** 3 + 2).mean() * b.sum()
    loss.backward()
    with torch.no_grad():
        w += 2
        b *= lr
    w.grad.zero_()
    return w, b""",
    "%%gd_step --lr 1e-5 --epochs 2\nw, b = step(inputs, targets, w, b, lr)",
    "step(inputs, targets, w.t(), b, lr)",
    "%%gd_step --lr 1e-5\nw, b = step(inputs, targets, w.t(), b, lr)",
)


class _Shell(ZMQInteractiveShell):
    """The shell for kernels; its windows, which need a kernel's event loop, are not there."""

    def enable_gui(self, gui: Any = None) -> None:
        """Go on without windows: a cell that asks for some, as by %gui qt, is no wrong answer."""

    def enable_matplotlib(self, gui: str | None = None) -> Any:
        """Draw inline, whatever backend is asked for: notebook, widget, qt and the others need a front end."""
        del gui
        return super().enable_matplotlib("inline")  # type: ignore[no-untyped-call]

    def _format_exception_for_storage(self, exception: BaseException, *_: Any, **__: Any) -> Any:
        """Keep no more of an error in the history: a traceback of its own would double the work."""
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
    """Stand-in that a cell finds as ``get_ipython().kernel``."""

    eventloop = None


class Shell:
    """IPython's shell for kernels, without a kernel.

    Args:
        characters: how much output of one cell is kept.

    Attributes:
        characters: the same, for the cells to come.
    """

    def __init__(self, characters: int) -> None:
        # A compiler takes seconds for each function, for the same numbers, and the sandbox has none.
        os.environ["TORCH_COMPILE_DISABLE"] = "1"
        self.captured = CapturedOutput(key=b"")  # nothing is sent, so nothing needs a signature
        self.captured.start(characters)
        self.characters = characters
        # a history on disk would start a thread, and no fork has a thread of its parent's
        config = Config({"HistoryManager": {"enabled": False}})
        shell: Any = _Shell.instance(config=config, compiler_class=_Compiler, kernel=_NoKernel())
        shell.displayhook.session = shell.display_pub.session = self.captured
        # never written to: the session keeps what it is told to send
        shell.displayhook.pub_socket = shell.display_pub.pub_socket = object()
        shell.displayhook.topic = b"execute_result"
        # a report and its hints need gradients, which nothing here computes but the student's own lines
        bundles = shell.display_formatter.mimebundle_formatter
        bundles.for_type_by_name(Run.__module__, Run.__name__, run_bundle)
        leave_report_of(Run.__name__)
        leave_runs()
        self.shell = shell
        self._kernel: KernelProcess | None = None
        self._files: dict[str, int] = {}
        self._read: dict[str, int] = {}

    def warm_up(self) -> None:
        """Run a few cells and forget them: IPython, torch and the kit do much when first used."""
        for source in _WARM_UP_CELLS:
            self.run(source)
        self.shell.run_line_magic("unload_ext", "rainfall_kit")
        self.shell.reset(new_session=True)

    @property
    def names(self) -> dict[str, Any]:
        """The names that the cells have defined."""
        return self.shell.user_ns  # type: ignore[no-any-return]

    def take_streams(self) -> None:
        """From here on, what this process writes is captured, whichever way it writes.

        A fork calls this again, for files of its own: what it sets of an open file, all who share that find.
        """
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        for number, name in ((1, "stdout"), (2, "stderr")):
            # A file of no name: what a subprocess writes has to go somewhere, and no cell may find it
            # among its own. Python and a subprocess write at once, so each write goes to the end.
            file = os.open(tempfile.gettempdir(), os.O_TMPFILE | os.O_RDWR | os.O_APPEND, 0o600)
            os.dup2(file, number)
            os.close(file)
            self._read[name] = 0
            if name not in self._files:
                self._files[name] = number
                stream = CapturedStream(name, self.captured, number)
                setattr(sys, name, stream)
                setattr(sys, f"__{name}__", stream)  # where code looks that puts sys.stdout back
        builtins.input = getpass.getpass = _no_input

    def use_kernel(self, kernel: Kernel) -> str:
        """Have a kernel of another language run the cells; why it does not start, or the empty text."""
        try:
            self._kernel = KernelProcess(kernel)
        except (OSError, KernelNotStartedError) as problem:
            return str(problem)
        return ""

    def run(self, source: str) -> tuple[list[dict[str, Any]], int]:
        """Run one cell as a kernel runs it.

        Returns:
            Its outputs, and its execution count.
        """
        self.captured.start(self.characters)
        if self._kernel is not None:
            return self._kernel.run(source, self.captured)
        shell = self.shell
        result = shell.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        # Nobody knows where among a cell's outputs a subprocess wrote; so that comes last.
        for name, number in self._files.items():
            self._take_file(name, number)
        outputs = self.captured.outputs
        if error is not None and not any(output["output_type"] == "error" for output in outputs):
            outputs.append(_unshown(error))
        payload = shell.payload_manager.read_payload()
        shell.payload_manager.clear_payload()
        if any(entry.get("source") == "ask_exit" for entry in payload):
            os._exit(0)  # quit() asks the front end to end the kernel; there is neither
        return outputs, shell.execution_count - 1

    def drop_output(self) -> None:
        """Forget what was written since the last cell: no cell wrote it."""
        self.captured.start(self.characters)
        for name, number in self._files.items():
            with contextlib.suppress(OSError):
                self._read[name] = os.fstat(number).st_size

    def _take_file(self, name: str, number: int) -> None:
        """Capture what was written past Python, by a subprocess or by C."""
        try:
            data = os.pread(number, self.characters, self._read[name])
            self._read[name] = os.fstat(number).st_size
        except OSError:  # the cell has closed it
            return
        if data:
            text = data.decode("utf-8", "replace")
            self.captured.take("stream", {"name": name, "text": text})


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
