"""Cgroups of workers: what the kernel itself holds each of them to.

Below the cgroup that the grader is in stands a folder of its own, and in that one for each worker. The grader
holds a lock on its folder. The lock of one that was killed is free, and the next to start removes what it left.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple, Self

from rainfall_kit.grading.sandbox.cgroups.hierarchy import Hierarchy, own_hierarchies
from rainfall_kit.grading.sandbox.job import Limits

if sys.platform != "win32":
    import fcntl

# In version 2 no processes are in a cgroup whose children have controllers. So the grader moves here.
_GRADER = "rainfall-grader"
_SUBMISSIONS = "rainfall-submissions-"
# Pages that a worker shares with its template process are charged to it when it writes to them.
_COPIED_MIB = 64
_MIB = 1 << 20
_OPTIONAL = frozenset({"memory.memsw.limit_in_bytes", "memory.swap.max", "memory.oom.group"})
_TRIES = 5
_END_SECONDS = 1.0
_ANSWER_SECONDS = 10.0


class _Folder(NamedTuple):
    """A cgroup in one hierarchy."""

    hierarchy: Hierarchy
    path: Path


class Cgroups:
    """Makes cgroups, one for each worker; one is tried.

    Raises:
        OSError: none can be made here.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._folders: list[_Folder] = []
        self._locks: list[int] = []
        try:
            for hierarchy in own_hierarchies():
                self._add_folder(hierarchy)
            self.make(Limits()).remove()
        except OSError:
            self.close()
            raise

    def _add_folder(self, hierarchy: Hierarchy) -> None:
        place = hierarchy.own if hierarchy.version == 1 else _prepared(hierarchy.own)
        _remove_stale(place)
        path, lock = _locked_folder(place)
        self._folders.append(_Folder(hierarchy, path))
        self._locks.append(lock)
        if hierarchy.version == 2:
            _give_controllers(path)

    def make(self, limits: Limits) -> Cgroup:
        """A cgroup with these limits.

        Raises:
            OSError: the kernel refuses it.
        """
        number = str(next(self._numbers))
        cgroup = Cgroup([_Folder(place.hierarchy, place.path / number) for place in self._folders])
        try:
            cgroup.make(limits)
        except OSError:
            cgroup.remove()
            raise
        return cgroup

    def close(self) -> None:
        """Remove them all, with the processes in them."""
        for folder in self._folders:
            _remove_all(folder.path)
        for lock in self._locks:
            os.close(lock)
        self._folders.clear()
        self._locks.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_cgroups() -> Cgroups | None:
    """A maker of cgroups, or None where none can be made."""
    with contextlib.suppress(OSError):
        return Cgroups()
    return None


class Cgroup:
    """The cgroup of one worker.

    Args:
        folders: its own in each hierarchy.
    """

    def __init__(self, folders: list[_Folder]) -> None:
        self._folders = folders

    def make(self, limits: Limits) -> None:
        """Make its folders, and set the limits."""
        for folder in self._folders:
            folder.path.mkdir()
            for name, value in _values(folder.hierarchy, limits).items():
                file = folder.path / name
                if name not in _OPTIONAL or file.exists():  # without swap, some are not there
                    file.write_text(str(value))

    def open_entrances(self) -> list[int]:
        """File descriptors: a process that has one thread enters by writing ``0``. The caller closes them."""
        # Version 1 lets a single thread move at once, and whole processes only after some milliseconds.
        names = {1: "tasks", 2: "cgroup.procs"}
        return [
            os.open(folder.path / names[folder.hierarchy.version], os.O_WRONLY)
            for folder in self._folders
        ]

    def is_out_of_memory(self) -> bool:
        """True once the kernel has killed a process of it for the limit on its memory."""
        with contextlib.suppress(OSError):
            for folder in self._folders:
                if "memory" in folder.hierarchy.controllers:
                    return _has_killed(folder)
        return False

    def remove(self) -> None:
        """Remove it, with the processes in it."""
        for folder in self._folders:
            _remove(folder.path)


def _values(hierarchy: Hierarchy, limits: Limits) -> dict[str, int]:
    """Texts to write, by file."""
    memory = (limits.memory_mib + limits.scratch_mib + _COPIED_MIB) * _MIB
    values = {"pids.max": limits.processes}
    if hierarchy.version == 1:
        values |= {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory}
    else:
        values |= {"memory.max": memory, "memory.swap.max": 0, "memory.oom.group": 1}
    return {
        name: value
        for name, value in values.items()
        if name.partition(".")[0] in hierarchy.controllers
    }


def _has_killed(folder: _Folder) -> bool:
    # A machine that has no memory left kills, too, and that is no word on this limit.
    if folder.hierarchy.version == 2:
        events = _numbers(folder.path / "memory.events")
        return events["oom_kill"] > 0 and events["oom"] > 0
    if _numbers(folder.path / "memory.oom_control")["oom_kill"] == 0:  # asked after each cell
        return False
    most, limit = (
        int((folder.path / f"memory.{name}_in_bytes").read_text())
        for name in ("max_usage", "limit")
    )
    return most > limit - _MIB


def _numbers(file: Path) -> dict[str, int]:
    pairs = (line.split() for line in file.read_text().splitlines())
    return {name: int(number) for name, number in pairs}


# --- the grader's own folder


def _prepared(own: Path) -> Path:
    """The cgroup of version 2 below which others can be made; the grader then stands in a leaf of it.

    Raises:
        OSError: processes that are not the grader's are in it, or systemd has not handed it over.
    """
    place = own.parent if own.name == _GRADER else own
    # The machine's root alone has no such file, and it alone may hold processes all the same.
    if (place / "cgroup.type").exists():
        if not os.access(place, os.W_OK):
            raise PermissionError(f"{place} cannot be written")
        if not _is_handed_over(place):
            raise OSError(f"systemd has not handed over {place}, with Delegate=yes")
        for _ in range(_TRIES):  # one that moves may have started another meanwhile
            processes = _processes(place)
            if not all(map(_is_own, processes)):
                raise OSError(f"other processes than the grader's are in {place}")
            for process in processes:
                (place / _GRADER).mkdir(exist_ok=True)
                with contextlib.suppress(ProcessLookupError):
                    (place / _GRADER / "cgroup.procs").write_text(str(process))
    _give_controllers(place)
    return place


def _is_handed_over(place: Path) -> bool:
    """False where systemd keeps it: there it ends the grader, too, once the kernel ends a process below for its memory.

    Each manager's own word counts: a user's notes nothing on the folder, and owns those that it keeps.
    """
    above = (place, *place.parents)
    unit = next((folder for folder in above if folder.suffix in {".scope", ".service"}), None)
    if unit is None:
        return True
    is_users = any(folder.name.startswith("user@") for folder in unit.parents)
    whose = "--user" if is_users else "--system"
    words = ["systemctl", whose, "show", "--property=Delegate", "--value", "--", unit.name]
    try:
        done = subprocess.run(words, capture_output=True, check=False, timeout=_ANSWER_SECONDS)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):  # nobody is there to ask
        return True
    return done.stdout.strip() != b"no"


def _give_controllers(place: Path) -> None:
    (place / "cgroup.subtree_control").write_text("+memory +pids")


def _processes(folder: Path) -> list[int]:
    return [*map(int, (folder / "cgroup.procs").read_text().split())]


def _is_own(process: int) -> bool:
    """True for this process and those that it has started, and for one that has ended."""
    with contextlib.suppress(OSError):
        while process > 0 and process != os.getpid():
            stat = Path("/proc", str(process), "stat").read_bytes()
            # the name before it may hold any bytes, brackets included
            process = int(stat.rpartition(b")")[2].split()[1])
    return process > 0


def _locked_folder(place: Path) -> tuple[Path, int]:
    """A new folder, and the descriptor that holds the lock on it."""
    for _ in range(_TRIES):
        folder = tempfile.mkdtemp(prefix=_SUBMISSIONS, dir=place)
        with contextlib.suppress(OSError):
            lock = os.open(folder, os.O_RDONLY)
            with contextlib.suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.stat(folder)  # noqa: PTH116  # raises where another grader's start was faster, and removed it
                return Path(folder), lock
            os.close(lock)
    raise OSError(f"no folder stays in {place}")


def _remove_stale(place: Path) -> None:
    """Remove what graders have left that were killed."""
    for folder in place.glob(f"{_SUBMISSIONS}*"):
        with contextlib.suppress(OSError):  # another start has removed it
            lock = os.open(folder, os.O_RDONLY)
            with contextlib.suppress(BlockingIOError):  # its grader lives
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove_all(folder)
            os.close(lock)


def _remove_all(folder: Path) -> None:
    """Remove a grader's folder, and those of workers in it."""
    for path in (*folder.glob("*/"), folder):
        _remove(path)


def _remove(folder: Path) -> None:
    """Remove a cgroup, with the processes in it; what the kernel refuses for a second stays."""
    until = time.monotonic() + _END_SECONDS
    while folder.exists() and time.monotonic() < until:
        try:
            folder.rmdir()
        except OSError:
            _kill(folder)
            time.sleep(0.01)


def _kill(folder: Path) -> None:
    with contextlib.suppress(OSError):
        if (folder / "cgroup.kill").exists():  # version 2, since Linux 5.14
            (folder / "cgroup.kill").write_text("1")
        for process in _processes(folder):
            if process > 0:  # of one in no namespace below this one, no number is told
                os.kill(process, signal.SIGKILL)
