"""Nothing weaker is chosen than was asked for, and students' code is never run openly unasked."""

import shutil
import sys

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.sandbox.isolation import choose_isolation


@pytest.mark.parametrize("wanted", [None, "namespaces"])
def test_on_linux_there_is_a_sandbox(wanted):
    assert choose_isolation(wanted) == "namespaces"


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_no_sandbox_is_to_be_had_everywhere(platform, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    assert choose_isolation("none") == "none"


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_elsewhere_there_is_none_and_nobody_is_told_that_there_is(platform, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    assert choose_isolation(None) is None
    with pytest.raises(CourseError, match="cannot be sandboxed here: that needs Linux"):
        choose_isolation("namespaces")


@pytest.mark.parametrize("wanted", [None, "namespaces"])
def test_without_bubblewrap_it_says_so(wanted, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(CourseError, match=r"bubblewrap is not installed\. Try: --isolation=none"):
        choose_isolation(wanted)
