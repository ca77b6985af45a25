"""Template process: runs an instructor's first cells, or none, and forks a worker for each job.

It has namespaces of its own, so that it may give each worker others. Over its control socket come the file
descriptors of two sockets for each worker: the channel that only the worker reads and writes, and the line
to its supervisor, which is the template process itself; and those of its cgroups, if it has any. What a
worker is told passes the template process by, so nothing of one submission is left in its memory for the next.
"""

from __future__ import annotations

import gc
import itertools
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rainfall_kit.grading.sandbox.inside import namespaces
from rainfall_kit.grading.sandbox.inside.huge_pages import use_huge_pages
from rainfall_kit.grading.sandbox.inside.random_numbers import RandomNumbers
from rainfall_kit.grading.sandbox.inside.supervisor import (
    REFUSED,
    Supervisor,
    report_refusal,
    resident_kib,
)
from rainfall_kit.grading.sandbox.inside.worker import obey
from rainfall_kit.grading.sandbox.job import Limits
from rainfall_kit.grading.sandbox.protocol import MOST_CGROUPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from rainfall_kit.grading.sandbox.inside.shell import Shell
    from rainfall_kit.grading.sandbox.protocol import ServerSettings

# A process that forks no more than these has no use for huge pages, and somebody waits for the first.
_FEW_FORKS = 4


def run_template(
    limits: Limits,
    settings: ServerSettings,
    shell: Shell,
    channel_fd: int,
    supervisor_fd: int,
    control_fd: int,
) -> NoReturn:
    """Fork a template process into namespaces of its own, be its supervisor, and end with it.

    There are no limits on what it uses: that would be a limit for all of its forks together.

    Args:
        limits: how large its scratch folder is.
        settings: as of the fork server.
        shell: runs the cells.
        channel_fd: over which it is told what to run.
        supervisor_fd: the line to this process.
        control_fd: over which it is asked for workers.

    Example:
        >>> import types
        >>> from rainfall_kit.grading.sandbox.protocol import ServerSettings, WorkerEnd
        >>> shell = types.SimpleNamespace(take_streams=lambda: None)  # runs nothing here
        >>> (channel, line, control), theirs = zip(*(socket.socketpair() for _ in range(3)))
        >>> if os.fork() == 0:
        ...     for end in (channel, line, control):
        ...         end.close()
        ...     fds = (end.detach() for end in theirs)
        ...     run_template(Limits(), ServerSettings(sandboxed=False), shell, *fds)
        >>> for end in (*theirs, channel, control):  # nothing to run, and nobody to fork for
        ...     end.close()
        >>> with line:
        ...     WorkerEnd.from_json(line.recv(1000).decode()).reason
        'ended'
    """
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if settings.sandboxed:
            namespaces.unshare_all()
        if (pid := os.fork()) == 0:
            os.close(supervisor_fd)
            _become_template(limits, settings, shell, channel_fd, control_fd)
        os.close(channel_fd)
        os.close(control_fd)
        supervisor = Supervisor()
        supervisor.add(pid, supervisor_fd)
        while supervisor.is_needed:
            supervisor.wait()
    except BaseException:  # noqa: BLE001  # the other side decides what to do about it
        report_refusal(supervisor_fd, traceback.format_exc())
    finally:
        os._exit(0)


def _become(enter_sandbox: Callable[[], None], work: Callable[[], None]) -> NoReturn:
    """Do the work of a fork and end: what its parent meant to do next must not happen here again."""
    status = REFUSED
    try:
        enter_sandbox()
        status = 0  # from here on, what fails is not the system's refusal
        work()
    except BaseException:  # noqa: BLE001  # whatever it was, this process ends here
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)  # runs no exit handlers, which are the parent's


def _become_template(
    limits: Limits, settings: ServerSettings, shell: Shell, channel_fd: int, control_fd: int
) -> NoReturn:
    """Run cells until the channel is closed; then fork for every request, until the control socket is."""

    def enter_sandbox() -> None:
        if settings.sandboxed:
            namespaces.mount_private(limits)
        else:
            namespaces.limit_cpu_alone(limits)

    def work() -> None:
        shell.characters = limits.output_kib * 1024
        numbers = RandomNumbers()
        with socket.socket(fileno=channel_fd) as channel:
            obey(channel, shell)
        numbers.note_seeds()
        gc.collect()
        gc.freeze()  # to look at a page would copy it
        with socket.socket(fileno=control_fd) as control:
            _fork_workers(control, settings, shell, numbers)

    _become(enter_sandbox, work)


def _fork_workers(
    control: socket.socket, settings: ServerSettings, shell: Shell, numbers: RandomNumbers
) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # a cell may have set another
    own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY) if settings.sandboxed else -1
    own_kib = resident_kib(Path("/proc/self"))
    supervisor = Supervisor(with_descendants=settings.sandboxed)
    for forks in itertools.count(1):
        while not supervisor.wait(control.fileno()):
            pass
        text, fds, _, _ = socket.recv_fds(control, 4096, 2 + MOST_CGROUPS)
        if not text:  # the trusted side has closed its end
            return
        limits = Limits.from_json(text.decode())
        channel_fd, supervisor_fd, *cgroup_fds = fds
        try:
            pid = namespaces.fork_into_pid_namespace(own_pids) if settings.sandboxed else os.fork()
        except OSError:
            report_refusal(supervisor_fd, traceback.format_exc())
            os.close(supervisor_fd)
        else:
            if pid == 0:
                # Student code may neither ask for workers, nor speak for the supervisor over its own
                # line or another's.
                kept_from_it = supervisor, control, socket.socket(fileno=supervisor_fd)
                _become_worker(
                    kept_from_it, limits, settings, shell, numbers, channel_fd, cgroup_fds
                )
            most_kib = own_kib + 1024 * (limits.memory_mib + limits.scratch_mib)
            supervisor.add(pid, supervisor_fd, most_kib)
        for fd in (channel_fd, *cgroup_fds):
            os.close(fd)
        if forks == _FEW_FORKS:
            use_huge_pages()
            own_kib = resident_kib(Path("/proc/self"))  # whole pages count, whatever is in them


def _become_worker(
    kept_from_it: tuple[Supervisor | socket.socket, ...],
    limits: Limits,
    settings: ServerSettings,
    shell: Shell,
    numbers: RandomNumbers,
    channel_fd: int,
    cgroup_fds: list[int],
) -> NoReturn:
    def enter_sandbox() -> None:
        for inherited in kept_from_it:
            inherited.close()
        if settings.sandboxed:
            namespaces.enter_cgroups(cgroup_fds)
            namespaces.unshare_all_but_users_and_pids()
            namespaces.mount_private(limits)
            namespaces.stop_counters()
            if settings.has_loopback:
                namespaces.bring_up_loopback()
            namespaces.drop_privileges(limits, bytes.fromhex(settings.seccomp))
        else:
            namespaces.limit_cpu_alone(limits)

    def work() -> None:
        shell.characters = limits.output_kib * 1024
        numbers.start_in_fork()
        with socket.socket(fileno=channel_fd) as channel:
            obey(channel, shell)

    _become(enter_sandbox, work)
