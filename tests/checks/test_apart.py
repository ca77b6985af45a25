"""Answers are called in a copy of the process where torch works in one, and in place elsewhere."""

import subprocess
import sys

import pytest

# Torch starts a thread for each device that it counts, and refuses backward in every later copy.
DEVICE = """
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend as count_device
count_device("made_up")
"""

CHECK = """
import torch
from rainfall_kit.checks.apart import can_be_apart
from rainfall_kit.checks.checking import check
from rainfall_kit.checks.programs import PROGRAMS, build
torch.ones(2, requires_grad=True).sum().backward()
print(can_be_apart(), check("gd_step", build(PROGRAMS["gd_step"], "gd_step")).outcome)
"""


@pytest.mark.parametrize(("device", "copied"), [("", True), (DEVICE, False)])
def test_an_answer_is_judged_beside_any_device(device, copied):
    done = subprocess.run(
        [sys.executable, "-c", device + CHECK], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == (f"{copied} right\n", "")
