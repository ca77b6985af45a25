"""Sandbox that is tried: a fork runs ``1 + 1`` in it, and a cgroup is made."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prerequisites.finding import Finding, from_error
from rainfall_kit.grading.sandbox.cgroups.cgroup import Cgroups
from rainfall_kit.grading.sandbox.fork_server import ForkServer
from rainfall_kit.grading.sandbox.isolation import choose_isolation
from rainfall_kit.grading.sandbox.job import Job, JobCell, Result
from rainfall_kit.grading.sandbox.run_job import run_job

# Settings of Linux that forbid namespaces to accounts other than root, and what allows them.
_FORBIDDEN = {
    "kernel/unprivileged_userns_clone": ("0", "1"),
    "kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
    "user/max_user_namespaces": ("0", "15000"),
}
_CONTAINER = (
    "this is a container: an account that is not root, a seccomp profile that allows mounts, and /proc "
    "unmasked; section 11 of GUIDE.md says which settings"
)


def look_at_sandbox() -> Finding:
    """Finding on whether students' code can be sandboxed, tried with one fork."""
    if not sys.platform.startswith("linux"):
        text = "needs Linux; grading uses ordinary kernels here, slowly and without a sandbox"
        return Finding(part="sandbox", works=False, text=text)
    try:
        choose_isolation(None)
        said = _run_one()
    except CourseError as problem:
        return from_error("sandbox", problem, act=what_allows_it())
    works = said == "2"
    text = "a sandboxed fork ran 1 + 1" if works else f"a sandboxed fork ran 1 + 1: {said!r}"
    return Finding(part="sandbox", works=works, needed=True, text=text)


def look_at_cgroup(systemd: Path = Path("/run/systemd/system")) -> Finding:
    """Finding on whether the kernel holds submissions to their memory; one cgroup is made for it.

    Args:
        systemd: the folder that is there where systemd is the first process.
    """
    try:
        with Cgroups():
            text = "memory and processes of a submission are limited by a cgroup of its own"
            return Finding(part="cgroup", works=True, text=text)
    except OSError as problem:
        why = str(problem)
    text = (
        f"none can be made, so memory is counted, ten times a second: {why}; "
        "needed only against code that hides memory from the count"
    )
    words = "" if os.geteuid() == 0 else "--user "
    act = f"systemd-run {words}--scope -p Delegate=yes rainfall grade ..."
    return Finding(part="cgroup", works=False, text=text, act=act if systemd.exists() else "")


def _run_one() -> str:
    server = ForkServer("namespaces")
    try:
        server.wait_until_ready()
        job = Job(id="one", folder="one", cells=(JobCell(number=0, source="1 + 1"),))
        (cell,) = Result.from_json(run_job(job.to_json().encode(), server).decode()).cells
    finally:
        server.close()
    shown = [output.get("data", {}).get("text/plain", "") for output in json.loads(cell.outputs)]
    return "".join(shown) or cell.problem


def what_allows_it(proc: Path = Path("/proc")) -> str:
    """A remedy to type or to change where no sandbox can be made; empty where none is known.

    Args:
        proc: the folder in which Linux tells of itself.
    """
    if shutil.which("bwrap") is None:
        return "sudo apt install bubblewrap"
    for name, (forbidden, allowed) in _FORBIDDEN.items():
        file = proc / "sys" / name
        if file.is_file() and file.read_text("ascii").strip() == forbidden:
            return f"sudo sysctl -w {name.replace('/', '.')}={allowed}"
    return _CONTAINER if _is_in_container(proc / "self") else ""


def _is_in_container(process: Path) -> bool:
    """True where a container's usual settings hold: a filter of system calls, or mounts that mask /proc."""
    try:
        mounts = [line.split() for line in (process / "mountinfo").read_text().splitlines()]
        status = (process / "status").read_text()
    except OSError:
        return False
    # binfmt_misc lies below /proc on every machine, and is neither
    masks = [
        words
        for words in mounts
        if words[4].startswith("/proc/") and words[words.index("-") + 1] in ("proc", "tmpfs")
    ]
    return bool(masks) or "Seccomp:\t2" in status
