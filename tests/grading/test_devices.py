"""Where torch cannot work in a forked process, grading stops and says so; nobody gets 0 for it."""

import os

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading import walls
from rainfall_kit.grading.isolation import WarmProcess

# Python runs this when it starts: a device that torch counts, as it counts a graphics card.
DEVICE = """
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend as count_device
count_device("made_up")
"""


def test_beside_a_device_that_stops_forks_nothing_is_graded(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(DEVICE)
    folders = os.pathsep.join([str(tmp_path), walls.python_path()])
    monkeypatch.setattr(walls, "python_path", lambda: folders)
    with WarmProcess("none") as warm, pytest.raises(CourseError, match="--isolation=kernels"):
        warm.wait()
