"""Where cgroups can be made, the kernel holds each worker to its limits, and none is left behind.

Whether they can be made here is looked at in another way first. Where not, each test sees that none is made.
"""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cgroup_look import can_make_cgroups

from rainfall_kit.grading.sandbox.cgroups import cgroup as module
from rainfall_kit.grading.sandbox.cgroups.cgroup import Cgroups, open_cgroups
from rainfall_kit.grading.sandbox.cgroups.hierarchy import Hierarchy
from rainfall_kit.grading.sandbox.job import Limits

LIMITS = Limits(memory_mib=16, scratch_mib=1, processes=3)
ENTERS = "import os, sys\nfor fd in sys.argv[2:]: os.write(int(fd), b'0')\nexec(sys.argv[1])"
SLEEPS = "print('in', flush=True); import time; time.sleep(60)"
TAKES_200_MIB = "x = bytearray(b'x') * (200 << 20)"
FORKS = """
for forks in range(20):
    try:
        if os.fork() == 0: import time; time.sleep(60)
    except BlockingIOError:
        print(forks); break
"""
# A grader that has a worker, until it is killed.
GRADES = """
import subprocess, sys, time
from rainfall_kit.grading.sandbox.cgroups.cgroup import Cgroups
from rainfall_kit.grading.sandbox.job import Limits
cgroups = Cgroups()
worker = cgroups.make(Limits())
fds = worker.open_entrances()
words = [sys.executable, "-SEc", sys.argv[1], sys.argv[2], *map(str, fds)]
subprocess.Popen(words, pass_fds=fds, stdout=subprocess.DEVNULL)
print(*(folder.path for folder in worker._folders), flush=True)
time.sleep(60)
"""


@contextlib.contextmanager
def cgroups_here():
    """What makes them, or None where another look says that none can be made."""
    can = can_make_cgroups()
    cgroups = open_cgroups()
    assert (cgroups is not None) == can
    try:
        yield cgroups
    finally:
        if cgroups is not None:
            cgroups.close()


def start(cgroup, source):
    """A process that enters a cgroup before it runs anything."""
    fds = cgroup.open_entrances()
    words = [sys.executable, "-SEc", ENTERS, source, *map(str, fds)]
    process = subprocess.Popen(words, pass_fds=fds, stdout=subprocess.PIPE, text=True)
    for fd in fds:
        os.close(fd)
    return process


def test_too_much_memory_is_ended_by_the_kernel_and_nobody_else_is():
    with cgroups_here() as cgroups:
        if cgroups is None:
            return
        beside, large = cgroups.make(LIMITS), cgroups.make(LIMITS)
        with start(beside, SLEEPS) as neighbour, start(large, TAKES_200_MIB) as process:
            assert neighbour.stdout.readline() == "in\n"
            assert process.wait(60) == -signal.SIGKILL
            assert (large.is_out_of_memory(), beside.is_out_of_memory()) == (True, False)
            assert neighbour.poll() is None
            neighbour.kill()


def test_no_more_processes_than_allowed():
    with cgroups_here() as cgroups:
        if cgroups is None:
            return
        with start(cgroups.make(LIMITS), FORKS) as process:
            assert process.stdout.readline() == "2\n"
            cgroups.close()


def test_what_is_removed_is_ended():
    with cgroups_here() as cgroups:
        if cgroups is None:
            return
        cgroup = cgroups.make(Limits())
        folders = [folder.path for folder in cgroup._folders]
        with start(cgroup, SLEEPS) as process:
            assert process.stdout.readline() == "in\n"
            cgroup.remove()
            assert process.wait(60) == -signal.SIGKILL
        assert not any(folder.exists() for folder in folders)
        assert not cgroup.is_out_of_memory()


def test_what_a_killed_grader_left_is_removed_and_a_living_ones_is_not():
    with cgroups_here() as living:
        if living is None:
            return
        kept = living.make(Limits())
        words = [sys.executable, "-c", GRADES, ENTERS, SLEEPS]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as grader:
            left = [Path(word) for word in grader.stdout.readline().split()]
            assert all(folder.exists() for folder in left)
            grader.kill()
        with Cgroups():
            assert not any(folder.parent.exists() for folder in left)
        assert all(folder.path.exists() for folder in kept._folders)


@contextlib.contextmanager
def without_roots_rights():
    euid = os.geteuid()
    if euid == 0:
        os.seteuid(65534)
    yield
    os.seteuid(euid)


@pytest.mark.parametrize("version", [1, 2])
def test_without_permission_none_is_made(version, monkeypatch, tmp_path):
    place = tmp_path / "cgroup"
    (place / "cgroup.type").mkdir(parents=True)
    place.chmod(0o555)
    found = (Hierarchy(version, frozenset({"memory", "pids"}), place),)
    monkeypatch.setattr(module, "own_hierarchies", lambda: found)
    with without_roots_rights():
        assert open_cgroups() is None


def test_among_processes_of_others_none_is_made(monkeypatch, tmp_path):
    (tmp_path / "cgroup.type").touch()
    (tmp_path / "cgroup.procs").write_text(f"{os.getpid()}\n{os.getppid()}\n")
    found = (Hierarchy(2, frozenset({"memory", "pids"}), tmp_path),)
    monkeypatch.setattr(module, "own_hierarchies", lambda: found)
    with pytest.raises(OSError, match="other processes than the grader's are in"):
        Cgroups()
    assert [path.name for path in tmp_path.glob("rainfall*")] == []


@pytest.mark.parametrize(
    ("path", "said", "asked"),
    [
        ("system.slice/grader.service", "no", "--system"),
        ("user@1000.service/app.slice/run.scope", "no", "--user"),
        ("user@1000.service/app.slice/run.scope", "yes", "--user"),
        ("user@1000.service/app.slice/run.scope", "", "--user"),  # it cannot be asked
        ("handmade", "no", None),
    ],
)
def test_what_systemd_keeps_is_left_alone(path, said, asked, monkeypatch, tmp_path):
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\necho {said}\n')
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(systemctl.parent), prepend=os.pathsep)
    place = tmp_path / path
    assert module._is_handed_over(place) == (asked is None or said != "no")
    words = (tmp_path / "asked").read_text().split() if asked else []
    assert words[:1] + words[-1:] == ([asked, place.name] if asked else [])


def version_1(kills, most):
    return {
        "memory.oom_control": f"under_oom 0\noom_kill {kills}\n",
        "memory.limit_in_bytes": f"{80 << 20}\n",
        "memory.max_usage_in_bytes": f"{most << 20}\n",
    }


def version_2(limit_reached, kills):
    return {"memory.events": f"low 0\nmax 9\noom {limit_reached}\noom_kill {kills}\n"}


# What a worker's cgroup has in it once its process was ended: by its own limit, or by the machine's.
@pytest.mark.parametrize(
    ("version", "files", "told"),
    [
        (1, version_1(kills=1, most=80), True),
        (1, version_1(kills=1, most=40), False),
        (1, version_1(kills=0, most=80), False),
        (2, version_2(limit_reached=1, kills=3), True),
        (2, version_2(limit_reached=0, kills=1), False),
        (2, version_2(limit_reached=1, kills=0), False),
        (2, {}, False),
    ],
)
def test_a_kill_counts_where_its_own_limit_was_reached(version, files, told, tmp_path):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    hierarchy = Hierarchy(version, frozenset({"memory", "pids"}), tmp_path)
    cgroup = module.Cgroup([module._Folder(hierarchy, tmp_path)])
    assert cgroup.is_out_of_memory() == told
