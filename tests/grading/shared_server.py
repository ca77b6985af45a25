"""One fork server for many tests: to start one takes seconds, and is not what most tests are about."""

import contextlib
import os
import socket
import threading
from unittest.mock import patch

from rainfall_kit.checks.questions.registry import question_folders
from rainfall_kit.grading.sandbox.cgroups.cgroup import open_cgroups
from rainfall_kit.grading.sandbox.fork_server import ForkServer
from rainfall_kit.grading.sandbox.job import Limits

# Where grading finds the class: in its backend, and for the server that its command starts early.
PLACES = (
    "rainfall_kit.grading.backend.ForkServer",
    "rainfall_kit.grading.sandbox.fork_server.ForkServer",
)


class SharedServer(ForkServer):
    """Has template processes of its own, of a fork server that others use, too, and that outlives it.

    Args:
        control: the file descriptor of that server's control socket.
        made_for: what it is used for.
    """

    def __init__(self, control, made_for):
        self._control = socket.socket(fileno=os.dup(control))
        self._lock, self._templates = threading.Lock(), []
        self.made_for, self.sandboxed, self.isolation = made_for, True, "namespaces and seccomp"
        self._cgroups = open_cgroups()

    def wait_until_ready(self, modules=()):  # noqa: ARG002  # importing them early saves time alone
        self.start_template(Limits()).worker.close_channel()

    def close(self):
        self._control.close()
        for template in self._templates:
            template.control.close()
            template.worker.close()
        if self._cgroups is not None:
            self._cgroups.close()


@contextlib.contextmanager
def sharing(control, hidden_folder):
    """Let grading use the server of that control socket wherever it is what grading asks for.

    Args:
        control: its file descriptor.
        hidden_folder: what student code does not see there: all courses of the tests lie below it.
    """

    def server(isolation="namespaces", *, hidden=(), answers=False, shared=(), kernels=()):
        made_for = isolation, hidden, answers, dict(shared), kernels, question_folders()
        if made_for == ("namespaces", hidden, False, {}, (), ()) and all(
            folder.is_relative_to(hidden_folder) for folder in hidden
        ):
            return SharedServer(control, made_for)
        return ForkServer(
            isolation, hidden=hidden, answers=answers, shared=dict(shared), kernels=kernels
        )

    with use(server):
        yield


@contextlib.contextmanager
def use(server):
    """Let grading make its fork servers with this."""
    with contextlib.ExitStack() as stack:
        for place in PLACES:
            stack.enter_context(patch(place, server))
        yield
