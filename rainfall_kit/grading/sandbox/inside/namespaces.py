"""Linux namespaces, mounts, limits and privileges of a forked process, as calls to the kernel.

Called inside bubblewrap's namespaces, in this order. For a template process: `unshare_all`, and
`mount_private` in a fork of that process. For each worker: `fork_into_pid_namespace` in the template process;
`enter_cgroups`, `unshare_all_but_users_and_pids`, `mount_private`, `stop_counters` and `drop_privileges` in the
worker. What the kernel refuses raises OSError.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import socket
import stat
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from rainfall_kit.grading.sandbox.linux import (
    CLONE_NEWCGROUP,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    IFF_UP,
    LINUX_CAPABILITY_VERSION_3,
    MNT_DETACH,
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    MS_REMOUNT,
    PR_CAP_AMBIENT,
    PR_CAP_AMBIENT_CLEAR_ALL,
    PR_CAPBSET_DROP,
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    PR_SET_SECCOMP,
    SECCOMP_MODE_FILTER,
    SIOCSIFFLAGS,
)
from rainfall_kit.grading.sandbox.protocol import COUNTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.grading.sandbox.job import Limits

_ALL_BUT_USERS_AND_PIDS = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS
_MOST_CAPABILITIES = 64  # as many bits as the kernel has for them
_NOBODY = 65534
_INSIDE_ID = 1000
_MIB = 1 << 20
_MOST_COUNTERS = 1 << 20  # bytes of one file
_OF_THE_READER = {"keys", "key-users"}  # the grader's own, counted for all of its processes

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    """The kernel's ``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def unmask_proc() -> None:
    """Take bubblewrap's covers off /proc: only then may a worker mount a /proc of its own."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        place = line.split()[1]
        if place.startswith("/proc/"):
            _call("umount2", place.encode(), MNT_DETACH)


def protect_devices() -> None:
    """Let nobody touch the times of the machine's devices, which all see: they can be used as before."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        place = line.split()[1]
        if place.startswith("/dev/") and Path(place).is_char_device():
            # the numbers of statvfs are those of mount; what stood before must stay
            kept = os.statvfs(place).f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC)
            flags = MS_REMOUNT | MS_BIND | MS_RDONLY | kept
            _call("mount", None, place.encode(), None, flags, None)


def keep_counters(*, is_root: bool) -> None:
    """Copy what all of this machine's processes can read of it in /proc, to stand there for every worker.

    Counts of page faults, forks, interrupts or sectors go on counting: a note could be passed in them.

    Args:
        is_root: whether this is the host's root, who is shown addresses of the machine's memory.
    """
    if is_root:
        os.seteuid(_NOBODY)
    try:
        copies = _machine_files()
    finally:
        if is_root:
            os.seteuid(0)
    _call("mount", b"counters", COUNTERS.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, b"mode=0755")
    for name, content in copies.items():
        copy = Path(COUNTERS, name)
        if content is None:
            copy.mkdir(parents=True)
        else:
            copy.write_bytes(content)
            copy.chmod(0o444)
    closed = MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV
    _call("mount", None, COUNTERS.encode(), None, closed, None)


def _machine_files() -> dict[str, bytes | None]:
    """Files of /proc that everybody may read and that are about no process, and None for folders of such files."""
    found: dict[str, bytes | None] = {"sys/fs": None}
    for path in Path("/proc").iterdir():
        if path.is_symlink() or path.name.isdigit() or path.name == "sys":
            continue
        if path.is_dir():
            found[path.name] = None
        elif path.name in _OF_THE_READER:
            found[path.name] = b""
        elif path.stat().st_mode & stat.S_IROTH:
            with contextlib.suppress(OSError), path.open("rb") as file:
                found[path.name] = file.read(_MOST_COUNTERS)
    return found


def stop_counters() -> None:
    """Show the copies that `keep_counters` has made in the /proc of this process's own namespace."""
    kept = Path(COUNTERS)
    for path in (*kept.iterdir(), kept / "sys/fs"):
        shown = Path("/proc", path.relative_to(kept))
        if path.name != "sys" and shown.exists():
            _call("mount", bytes(path), bytes(shown), None, MS_BIND, None)


def become_nobody() -> None:
    """Change the user, when this is the host's root: no limit on processes holds for root."""
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    _call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)  # else /proc/self belongs to root


def unshare_all() -> None:
    """Leave every namespace that is shared with others; the next fork is the first of its own pids."""
    _unshare_users(CLONE_NEWPID | _ALL_BUT_USERS_AND_PIDS)


def enter_cgroups(fds: Sequence[int]) -> None:
    """Move this process, which has one thread, into cgroups; it sees no names of them.

    Args:
        fds: file descriptors of their lists of processes; closed in the end.
    """
    for fd in fds:
        os.write(fd, b"0")
        os.close(fd)
    if fds:
        _call("unshare", CLONE_NEWCGROUP)


def unshare_all_but_users_and_pids() -> None:
    """Leave the namespaces of mounts, IPC, network and host names."""
    _call("unshare", _ALL_BUT_USERS_AND_PIDS)


def fork_into_pid_namespace(home_fd: int) -> int:
    """Fork a process that is the first in a new namespace of pids; in it 0, here its pid.

    Args:
        home_fd: a file descriptor of this process's own namespace of pids, for the forks after this
            one; the new process has it closed.
    """
    _call("unshare", CLONE_NEWPID)
    pid = None
    try:
        pid = os.fork()
    finally:
        if pid == 0:
            os.close(home_fd)
        else:  # unshare stands for all later forks; a namespace whose first process ended takes none
            _call("setns", home_fd, CLONE_NEWPID)
    return pid


def _unshare_users(others: int = 0) -> None:
    """A namespace of users, and others, in which nobody but this user is known."""
    uid, gid = os.geteuid(), os.getegid()
    _call("unshare", CLONE_NEWUSER | others)
    Path("/proc/self/setgroups").write_text("deny")  # else gid_map needs a privilege
    Path("/proc/self/uid_map").write_text(f"{_INSIDE_ID} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{_INSIDE_ID} {gid} 1")


def mount_private(limits: Limits) -> None:
    """Mount a fresh scratch folder, /proc, shared memory and terminals, and leave the session."""
    end_with_parent()
    # else what is mounted here appears in the namespaces that this one was copied from
    _call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    _call("mount", b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    most = f"size={limits.scratch_mib}m,nr_inodes={limits.scratch_files}"
    size = f"{most},mode=0700".encode()
    place = os.environ["HOME"].encode()
    _call("mount", b"scratch", place, b"tmpfs", MS_NOSUID | MS_NODEV, size)
    shared = b"size=16m,nr_inodes=256,mode=0700"
    _call("mount", b"shm", b"/dev/shm", b"tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, shared)
    # no MS_NODEV: terminals are devices
    terminals = b"newinstance,ptmxmode=0666,mode=0600,max=8"
    _call("mount", b"devpts", b"/dev/pts", b"devpts", MS_NOSUID | MS_NOEXEC, terminals)
    os.setsid()


def bring_up_loopback() -> None:
    """Let the network of this process's own namespace reach itself, as a kernel's sockets need."""
    request = struct.pack("16sh", b"lo", IFF_UP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, request)


def drop_privileges(limits: Limits, seccomp: bytes) -> None:
    """Set the limits, and give up every capability and the system calls that the filter denies."""
    _unshare_users()  # the limit on processes holds for each such namespace
    _set_limits(limits)
    _drop_capabilities()
    if seccomp:  # last, as it denies what is called above
        program = _Program(len(seccomp) // 8, seccomp)
        _call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


def end_with_parent() -> None:
    """Have the kernel kill this process when the one that forked it has ended."""
    _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def limit_cpu_alone(limits: Limits) -> None:
    """Set the limit on CPU time, for whoever asked for no sandbox.

    Example:
        >>> from rainfall_kit.grading.sandbox.job import Limits
        >>> pid = os.fork()
        >>> if pid == 0:
        ...     limit_cpu_alone(Limits(cell_seconds=1.0))
        ...     os._exit(0)
        >>> os.waitpid(pid, 0)[1]
        0
    """
    end_with_parent()
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 2))


def _set_limits(limits: Limits) -> None:
    # RLIMIT_AS counts addresses, and torch has reserved gigabytes of them already
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + limits.memory_mib * _MIB
    for kind, soft, hard in (
        # the hard one counts: a worker is the first process of its namespace, which SIGXCPU does not end
        (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds),
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


def _drop_capabilities() -> None:
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)  # without it, no filter without a privilege
    for number in range(_MOST_CAPABILITIES):
        _libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)  # those that this kernel does not know fail
    _call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    _call("capset", header, none)
