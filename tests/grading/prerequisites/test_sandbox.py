"""The sandbox is tried, and where it cannot stand what to type is said."""

import os
import shutil
import sys

import pytest
from cgroup_look import can_make_cgroups

from rainfall_kit.grading.prerequisites import sandbox
from rainfall_kit.grading.prerequisites.sandbox import (
    look_at_cgroup,
    look_at_sandbox,
    what_allows_it,
)


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
    (tmp_path / "sys" / setting).parent.mkdir(parents=True)
    (tmp_path / "sys" / setting).write_text(value)
    assert what_allows_it(tmp_path) == act


MASK = "50 76 0:43 /bus /proc/bus ro,nosuid - proc proc rw"
BINARIES = "33 25 0:28 / /proc/sys/fs/binfmt_misc rw shared:5 - autofs systemd-1 rw"


@pytest.mark.parametrize(
    ("mounts", "filtered", "is_container"),
    [(MASK, 0, True), (BINARIES, 2, True), (BINARIES, 0, False)],
)
def test_what_a_container_has_to_allow_is_told(tmp_path, mounts, filtered, is_container):
    (tmp_path / "self").mkdir()
    (tmp_path / "self/mountinfo").write_text(f"{mounts}\n")
    (tmp_path / "self/status").write_text(f"Name:\tx\nSeccomp:\t{filtered}\n")
    assert ("unmasked" in what_allows_it(tmp_path)) == is_container


def test_a_cgroup_is_told_where_one_can_be_made(tmp_path):
    found = look_at_cgroup(tmp_path)
    assert (found.works, found.needed) == (can_make_cgroups(), False)
    assert ("memory is counted" in found.text) != found.works


def test_where_none_can_be_made_systemd_is_asked_for_one(monkeypatch, tmp_path):
    def refuse():
        raise OSError("other processes are in it")

    monkeypatch.setattr(sandbox, "Cgroups", refuse)
    found = look_at_cgroup(tmp_path)
    assert "so memory is counted, ten times a second: other processes are in it" in found.text
    user = "" if os.geteuid() == 0 else "--user "
    assert found.act == f"systemd-run {user}--scope -p Delegate=yes rainfall grade ..."
    assert look_at_cgroup(tmp_path / "no systemd").act == ""
