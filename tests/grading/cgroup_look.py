"""Whether this machine lets these tests make cgroups: looked at in another way than the kit does it."""

import os
import shutil
import subprocess
from pathlib import Path

import psutil

MOUNTED = Path("/sys/fs/cgroup")


def folder(mounted, path):
    """Of a cgroup; in some containers a path is told that only the machine outside has."""
    inside = mounted / path.lstrip("/")
    return inside if inside.is_dir() else mounted


def is_handed_over(place):
    """By its systemd unit; asked by name, as a user's manager leaves no mark."""
    if place.suffix not in {".scope", ".service"} or shutil.which("systemctl") is None:
        return True
    user = ["--user"] if "/user@" in str(place) else []
    words = ["systemctl", *user, "show", place.name]
    shown = subprocess.run(words, capture_output=True, check=False, text=True).stdout
    return "Delegate=no" not in shown.splitlines()


def can_make_cgroups():
    """As root of a machine or of a container, or where one has been handed over to this user."""
    lines = Path("/proc/self/cgroup").read_text().split()
    paths = {name: path for _, name, path in (line.split(":", 2) for line in lines)}
    if "memory" in paths:  # version 1
        return all(
            os.access(folder(MOUNTED / name, paths[name]), os.W_OK)
            for name in paths.keys() & {"memory", "pids"}
        )
    place = folder(MOUNTED, paths[""])
    if place.name == "rainfall-grader":  # an earlier test has moved there
        place = place.parent
    own = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    inside = set(map(int, (place / "cgroup.procs").read_text().split()))
    return (
        {"memory", "pids"} <= set((place / "cgroup.controllers").read_text().split())
        and os.access(place / "cgroup.subtree_control", os.W_OK)
        and (inside <= own or not (place / "cgroup.type").exists())
        and is_handed_over(place)
    )


def memory_in_words():
    """What a grade's record says of memory on this machine."""
    return "memory limited by a cgroup" if can_make_cgroups() else "memory counted"
