"""Answers are called in a fork where torch works in one, and in place elsewhere."""

import contextlib
import subprocess
import sys

import pytest

from rainfall_kit.checks.harness.fork import can_fork

# Torch starts a thread for each device that it counts, and refuses backward in every later copy.
DEVICE = """
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend as count_device
count_device("made_up")
"""

CHECK = """
import torch
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.checks.harness.fork import can_fork
from rainfall_kit.checks.checking import check
from rainfall_kit.checks.questions.programs import build
torch.ones(2, requires_grad=True).sum().backward()
print(can_fork(), check("gd_step", build(find_question("gd_step").program, "gd_step")).outcome)
"""


@pytest.mark.parametrize(("device", "forks"), [("", True), (DEVICE, False)])
def test_an_answer_is_judged_beside_any_device(device, forks):
    done = subprocess.run(
        [sys.executable, "-c", device + CHECK], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == (f"{forks} right\n", "")


def test_no_fork_is_made_under_a_debugger():
    assert can_fork()
    with debugged():
        assert not can_fork()
    assert can_fork()


@contextlib.contextmanager
def debugged():
    """As under a debugger: from Python 3.12 on, those no longer trace."""
    if sys.version_info >= (3, 12):
        sys.monitoring.use_tool_id(sys.monitoring.DEBUGGER_ID, "a debugger")
        try:
            yield
        finally:
            sys.monitoring.free_tool_id(sys.monitoring.DEBUGGER_ID)
    else:
        sys.settrace(lambda *_: None)
        try:
            yield
        finally:
            sys.settrace(None)
