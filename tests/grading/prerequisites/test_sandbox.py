"""The sandbox is tried, and where it cannot stand what to type is said."""

import shutil
import sys

import pytest

from rainfall_kit.grading.prerequisites.sandbox import look_at_sandbox, what_allows_it


def test_a_machine_without_bubblewrap_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = look_at_sandbox()
    assert (found.works, found.needed) == (False, True)
    assert "bubblewrap is not installed" in found.text
    assert found.act == "sudo apt install bubblewrap"


def test_a_bubblewrap_that_linux_refuses_is_told_in_its_own_words(monkeypatch, tmp_path):
    refusing = tmp_path / "bwrap"
    refusing.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n"
    )
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = look_at_sandbox()
    assert (found.works, found.needed) == (False, True)
    assert "bwrap: No permissions to create new namespace" in found.text


def test_without_linux_it_is_not_needed(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    found = look_at_sandbox()
    assert (found.works, found.needed) == (False, False)


@pytest.mark.parametrize(
    ("setting", "value", "act"),
    [
        (
            "kernel/unprivileged_userns_clone",
            "0\n",
            "sudo sysctl -w kernel.unprivileged_userns_clone=1",
        ),
        ("kernel/unprivileged_userns_clone", "1\n", ""),
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1\n",
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("user/max_user_namespaces", "0\n", "sudo sysctl -w user.max_user_namespaces=15000"),
        ("user/max_user_namespaces", "62000\n", ""),
    ],
)
def test_a_setting_of_linux_that_forbids_namespaces_is_named(tmp_path, setting, value, act):
    assert shutil.which("bwrap")
    (tmp_path / setting).parent.mkdir()
    (tmp_path / setting).write_text(value)
    assert what_allows_it(tmp_path) == act
