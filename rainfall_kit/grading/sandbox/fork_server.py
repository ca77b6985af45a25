"""Client of the fork server: a sandboxed process with everything imported, and the workers that it forks.

The fork server itself is `inside.server`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from rainfall_kit.checks.questions.registry import question_folders
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.sandbox import bubblewrap
from rainfall_kit.grading.sandbox.allow_list.kit_files import kit_files, whole_kit_files
from rainfall_kit.grading.sandbox.allow_list.redact_answers import question_folders_inside
from rainfall_kit.grading.sandbox.cgroups.cgroup import open_cgroups
from rainfall_kit.grading.sandbox.isolation import no_sandbox
from rainfall_kit.grading.sandbox.job import Kernel, Limits
from rainfall_kit.grading.sandbox.protocol import (
    NO_GRADIENTS,
    READY,
    SHARED_FILES,
    Preload,
    ServerSettings,
    WorkerEnd,
)
from rainfall_kit.grading.sandbox.seccomp import compile_filter
from rainfall_kit.grading.sandbox.worker_client import Worker, WorkerEnded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rainfall_kit.grading.sandbox.cgroups.cgroup import Cgroup
    from rainfall_kit.grading.sandbox.isolation import Isolation

_START_SECONDS = 120.0
_ENTRY = "rainfall_kit.grading.sandbox.inside.server"


@dataclass(frozen=True)
class Template:
    """A template process: runs an instructor's cells, then forks a worker for each job.

    Attributes:
        worker: itself, which runs cells; once its channel is closed, it forks.
        control: to ask it for workers.
    """

    worker: Worker
    control: socket.socket


class ForkServer:
    """Everything imported, once; after `wait_until_ready`, `fork` as often as you like, from any thread.

    Args:
        isolation: what stands around students' code.
        hidden: folders that student code must not see.
        answers: whether the kit's own answers are there; nothing hides them without a sandbox.
        shared: files that all workers see read-only, by their path; there are none without a sandbox.
        kernels: those of other languages that cells are run with.

    Attributes:
        made_for: these five, and the folders of questions that there were.
        sandboxed: whether there is a sandbox at all.
        isolation: what stands around students' code, in words for the records.
    """

    def __init__(
        self,
        isolation: Isolation = "namespaces",
        *,
        hidden: tuple[Path, ...] = (),
        answers: bool = False,
        shared: Mapping[str, bytes] = MappingProxyType({}),
        kernels: tuple[Kernel, ...] = (),
    ) -> None:
        self.made_for = isolation, hidden, answers, shared, kernels, question_folders()
        self.sandboxed = isolation == "namespaces"
        self._lock = threading.Lock()
        self._templates: list[Template] = []
        seccomp = compile_filter(with_loopback=bool(kernels)) if self.sandboxed else b""
        self.isolation = f"{isolation} and seccomp" if seccomp else isolation
        self._cgroups = open_cgroups() if self.sandboxed else None  # the process comes after it
        folders = question_folders_inside() if self.sandboxed else question_folders()
        settings = ServerSettings(
            sandboxed=self.sandboxed,
            is_root=os.geteuid() == 0,
            seccomp=seccomp.hex(),
            question_folders=tuple(map(str, folders)),
            has_loopback=bool(kernels),
        )
        shown = tuple(sorted({folder for kernel in kernels for folder in kernel.folders}))
        files: dict[str, bytes] = {}
        if self.sandboxed:
            files |= bubblewrap.made_up_files(shown)
            files |= whole_kit_files() if answers else kit_files()
            files |= {f"{SHARED_FILES}/{path}": content for path, content in shared.items()}
        # Without a sandbox, jobs work in a folder of the machine's, which nobody else is to find.
        self._home = None if self.sandboxed else tempfile.TemporaryDirectory(prefix="rainfall-")
        # one message of it is one request, with the descriptors that belong to it
        self._control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with inside:
            # -P: no folder of the course on its path, where a torch.py may lie
            command = [sys.executable, "-P", "-m", _ENTRY, str(inside.fileno())]
            home = "" if self._home is None else self._home.name
            self._process = _start(command, inside.fileno(), isolation, hidden, files, shown, home)
        with contextlib.suppress(OSError):  # it has ended: whoever waits for it will be told
            self._control.send(settings.to_json().encode())

    def wait_until_ready(self, modules: tuple[str, ...] = ()) -> None:
        """Wait until it has imported everything.

        Args:
            modules: what the assignment imports, to be imported once for all.

        Raises:
            CourseError: it does not start, or the system refuses a worker its sandbox.
        """
        self._control.settimeout(_START_SECONDS)
        try:
            self._control.send(Preload(modules=modules).to_json().encode())
            said, silence = self._control.recv(16), "it said nothing"
        except OSError as error:
            waited = f"it has not answered within {_START_SECONDS:g} s"
            said, silence = b"", waited if isinstance(error, TimeoutError) else "it said nothing"
        if said == NO_GRADIENTS:
            raise CourseError(
                "this torch counts devices beside the processor, and follows no gradients in a forked "
                "process then; the kit grades in such. Try: a torch for processors alone, or, for "
                "submissions that you trust, rainfall grade --kernels"
            )
        if said != READY:
            self._process.kill()
            assert self._process.stderr is not None
            # the kill comes first: with the writer alive, this would wait for ever
            told = self._process.stderr.read().decode(errors="replace").strip().splitlines()
            raise CourseError(
                f"the process that grades does not start: {told[-1] if told else silence}. "
                "Try: rainfall grade --isolation=none, for submissions that you trust"
            )
        self._control.settimeout(None)
        self._try_out()

    def _try_out(self) -> None:
        """Have a worker answer once: where the system refuses something, that is no student's fault."""
        template = self.start_template(Limits()).worker
        template.close_channel()
        try:
            worker = self.fork(Limits())
        except OSError:
            raise no_sandbox(template.end().refusal) from None
        # The fork itself says nothing: what the system refuses is refused in the new process.
        try:
            worker.try_out()
        except WorkerEnded:
            end = worker.end()
            if end.refusal and self._cgroups is not None:  # to enter one may be what was refused
                self._cgroups.close()
                self._cgroups = None
                return self._try_out()
            if end == WorkerEnd():  # nobody could say: there was no template process either
                end = template.end()
            raise no_sandbox(end.refusal) from None
        worker.end()
        return None

    def fork(self, limits: Limits, template: Template | None = None) -> Worker:
        """A new worker, with everything imported and nothing run but the template's cells.

        It is in a cgroup where one can be made; else its supervisor's count of memory stands alone.
        """
        control = (template or self._templates[0]).control
        cgroup = None
        with contextlib.suppress(OSError):
            cgroup = self._cgroups.make(limits) if self._cgroups is not None else None
        pairs = socket.socketpair(), socket.socketpair()
        try:
            channel, supervisor = self._request_fork(control, limits, *pairs, cgroup=cgroup)
        except OSError:
            if cgroup is not None:
                cgroup.remove()
            raise
        return Worker(channel, supervisor, cgroup)

    def start_template(self, limits: Limits) -> Template:
        """A new template process. None of the limits but the size of its folder is its own."""
        channel, supervisor, control = self._request_fork(
            self._control,
            limits,
            socket.socketpair(),
            socket.socketpair(),
            socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET),
        )
        self._templates.append(Template(Worker(channel, supervisor), control))
        return self._templates[-1]

    def _request_fork(
        self,
        control: socket.socket,
        limits: Limits,
        *pairs: tuple[socket.socket, socket.socket],
        cgroup: Cgroup | None = None,
    ) -> list[socket.socket]:
        """Ask for a fork that gets one end of each pair, and the way into its cgroup; the other ends."""
        ours, theirs = zip(*pairs, strict=True)
        entrances: list[int] = []
        try:
            if cgroup is not None:
                entrances = cgroup.open_entrances()
            with self._lock:
                numbers = [*(end.fileno() for end in theirs), *entrances]
                socket.send_fds(control, [limits.to_json().encode()], numbers)
        except OSError:  # it has been closed meanwhile
            for end in ours:
                end.close()
            raise
        finally:
            for end in theirs:  # else nobody would ever see that the fork has closed its own
                end.close()
            for entrance in entrances:
                os.close(entrance)
        return list(ours)

    def close(self) -> None:
        """End it, and with it everything that it ever forked."""
        self._control.close()
        for template in self._templates:
            template.control.close()
            template.worker.close()
        self._process.kill()
        self._process.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()
        if self._cgroups is not None:
            self._cgroups.close()
        if self._home is not None:
            with contextlib.suppress(OSError):  # what a student's code has started may still write
                self._home.cleanup()

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
    shown: tuple[str, ...],
    home: str,
) -> subprocess.Popen[bytes]:
    environment = dict(os.environ)  # bubblewrap clears it; without a sandbox, cells see all of it
    held: dict[str, int] = {}
    if isolation == "namespaces":
        held = {path: _file_with(content) for path, content in files.items()}
        command = bubblewrap.bwrap_command(command, hidden, held, shown)
    else:
        own = {"HOME": home, "TMPDIR": home, "PYTHONPATH": bubblewrap.python_path()}
        environment.update(bubblewrap.ENVIRONMENT, **own)
    try:
        return subprocess.Popen(  # noqa: S603  # every word of it is the kit's own
            command,
            pass_fds=(control, *held.values()),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    finally:
        for number in held.values():
            os.close(number)


def _file_with(content: bytes) -> int:
    """A file of no name to read the content from."""
    number = os.memfd_create("kit")
    with os.fdopen(number, "wb", closefd=False) as stream:
        stream.write(content)
    os.lseek(number, 0, os.SEEK_SET)
    return number
