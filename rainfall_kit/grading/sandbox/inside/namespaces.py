"""What a forked child gives up before it runs a student's code.

Called inside the outer walls, in this order. For a branch: `own_namespaces`, and `settle` in a fork of that
process. For each child of a branch: `fork_with_own_pids` in the branch, `own_places`, `settle` and `give_up`
in the child. Everything here is a call to the kernel; what it refuses raises OSError.
"""

from __future__ import annotations

import ctypes
import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rainfall_kit.grading.sandbox.job import Limits

_NEW_USER, _NEW_PID, _NEW_MOUNT = 0x10000000, 0x20000000, 0x00020000
_NEW_IPC, _NEW_NET, _NEW_UTS = 0x08000000, 0x40000000, 0x04000000
_NEW_PLACES = _NEW_MOUNT | _NEW_IPC | _NEW_NET | _NEW_UTS
_READ_ONLY, _NO_SUID, _NO_DEV, _NO_EXEC = 1, 2, 4, 8
_RECURSIVE, _PRIVATE, _DETACH = 0x4000, 1 << 18, 2
_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_SECCOMP = 1, 4, 22
_DROP_BOUNDING, _SET_NO_NEW_PRIVILEGES, _CLEAR_AMBIENT = 24, 38, 47
_LAST_CAPABILITY = 63
_CAPABILITY_VERSION = 0x20080522
_NOBODY = 65534
_INSIDE_ID = 1000
_MIB = 1 << 20

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def uncover_proc() -> None:
    """Take bubblewrap's covers off /proc: only then may a child mount a /proc of its own."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        place = line.split()[1]
        if place.startswith("/proc/"):
            _call("umount2", place.encode(), _DETACH)


def drop_root() -> None:
    """Become nobody, when this is the host's root: no limit on processes holds for root."""
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    _call("prctl", _SET_DUMPABLE, 1, 0, 0, 0)  # else /proc/self belongs to root


def own_namespaces() -> None:
    """Leave every namespace that is shared with others; the next fork is the first of its own pids."""
    _own_users(_NEW_PID | _NEW_PLACES)


def own_places() -> None:
    """Leave every namespace that is shared with others, but those of users and of pids."""
    _call("unshare", _NEW_PLACES)


def fork_with_own_pids(home: int) -> int:
    """Fork a child that is the first in a namespace of pids; in the child 0, here its pid.

    Args:
        home: a file descriptor of this process's own namespace of pids, for the forks after this one;
            the child has it closed.
    """
    _call("unshare", _NEW_PID)
    child = None
    try:
        child = os.fork()
    finally:
        if child == 0:
            os.close(home)
        else:
            _call("setns", home, _NEW_PID)
    return child


def _own_users(others: int = 0) -> None:
    """A namespace of users, and others, in which nobody but this user is known."""
    uid, gid = os.geteuid(), os.getegid()
    _call("unshare", _NEW_USER | others)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_INSIDE_ID} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{_INSIDE_ID} {gid} 1")


def settle(limits: Limits) -> None:
    """Take a fresh scratch folder, /proc, shared memory and terminals."""
    _call("prctl", _SET_DEATH_SIGNAL, 9, 0, 0, 0)
    _call("mount", b"none", b"/", None, _RECURSIVE | _PRIVATE, None)
    _call("mount", b"proc", b"/proc", b"proc", _NO_SUID | _NO_DEV | _NO_EXEC, None)
    size = f"size={limits.scratch_mib}m,nr_inodes=4096,mode=0700".encode()
    place = os.environ["HOME"].encode()
    _call("mount", b"scratch", place, b"tmpfs", _NO_SUID | _NO_DEV, size)
    shared = b"size=16m,nr_inodes=256,mode=0700"
    _call("mount", b"shm", b"/dev/shm", b"tmpfs", _NO_SUID | _NO_DEV | _NO_EXEC, shared)
    terminals = b"newinstance,ptmxmode=0666,mode=0600,max=8"
    _call("mount", b"devpts", b"/dev/pts", b"devpts", _NO_SUID | _NO_EXEC, terminals)
    os.setsid()


def give_up(limits: Limits, seccomp: bytes) -> None:
    """Set the limits, and give up every right."""
    _own_users()  # the limit on processes holds for each such namespace
    _set_limits(limits)
    _give_up_rights()
    if seccomp:
        _filter_calls(seccomp)


def settle_without_walls(limits: Limits) -> None:
    """The limits alone, for whoever asked for no walls.

    Example:
        >>> child = os.fork()
        >>> if child == 0:
        ...     settle_without_walls(Limits(cell_seconds=1.0))
        ...     os._exit(0)
        >>> os.waitpid(child, 0)[1]
        0
    """
    _call("prctl", _SET_DEATH_SIGNAL, 9, 0, 0, 0)
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 2))


def _set_limits(limits: Limits) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + limits.memory_mib * _MIB
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 2),
        (resource.RLIMIT_AS, most, most),
        (resource.RLIMIT_NPROC, limits.processes, limits.processes),
        (resource.RLIMIT_NOFILE, limits.open_files, limits.open_files),
        (resource.RLIMIT_FSIZE, limits.scratch_mib * _MIB, limits.scratch_mib * _MIB),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_MEMLOCK, 0, 0),
        (resource.RLIMIT_MSGQUEUE, 0, 0),
        (resource.RLIMIT_SIGPENDING, 256, 256),
    ):
        resource.setrlimit(kind, (soft, hard))


def _give_up_rights() -> None:
    _call("prctl", _SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for number in range(_LAST_CAPABILITY + 1):
        _libc.prctl(_DROP_BOUNDING, number, 0, 0, 0)  # those that this kernel does not know fail
    _call("prctl", _CLEAR_AMBIENT, 4, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    _call("capset", header, none)


def _filter_calls(seccomp: bytes) -> None:
    program = _Program(len(seccomp) // 8, seccomp)
    _call("prctl", _SET_SECCOMP, 2, ctypes.byref(program), 0, 0)
