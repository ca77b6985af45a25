"""Answers are called in a copy of the process where torch works in one, and in place elsewhere."""

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


@pytest.mark.parametrize(("device", "copied"), [("", True), (DEVICE, False)])
def test_an_answer_is_judged_beside_any_device(device, copied):
    done = subprocess.run(
        [sys.executable, "-c", device + CHECK], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == (f"{copied} right\n", "")


def test_no_copy_is_made_under_a_debugger():
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


LOADED = """
import sys
import torch
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question
from rainfall_kit.checks.harness.observing import observe
from rainfall_kit.checks.questions.programs import build
for name, question in QUESTIONS.items():
    observe(question, build(find_question(name).program, name), question.draw(0))
print(sorted({"sympy", "torch._dynamo", "torch._inductor"} & sys.modules.keys()))
"""


def test_calling_an_answer_loads_no_slow_part_of_torch():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


LATE = """
from rainfall_kit.checks.harness import observing
from rainfall_kit.checks.checking import check
from rainfall_kit.checks.questions.programs import build
loaded, load = [], observing._load
observing._load = lambda names: loaded.append(names) or load(names)
print(check("update", build({source!r}, "update")).outcome, loaded[0], len(loaded[1]) < 10)
"""
BY_TORCH = "def update(w, b, lr):\n    torch.optim.SGD([w, b], lr=lr).step()\n"


def test_what_torch_loads_late_is_loaded_once():
    done = subprocess.run(
        [sys.executable, "-c", LATE.format(source=BY_TORCH)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("right ['torch._dynamo'] True\n", "")
