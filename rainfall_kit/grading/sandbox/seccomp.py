"""Seccomp filter: the system calls that student code has no use for.

libseccomp knows the numbers of each processor. It compiles the filter once, on the trusted side;
a worker only hands the finished program to the kernel.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
import socket

from rainfall_kit.grading.sandbox.linux import (
    CLONE_NEWCGROUP,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWTIME,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    F_GETLEASE,
    F_GETLK,
    F_NOTIFY,
    F_OFD_GETLK,
    F_OFD_SETLK,
    F_OFD_SETLKW,
    F_SETLEASE,
    F_SETLK,
    F_SETLKW,
    MADV_COLD,
    MADV_PAGEOUT,
    MAP_ANONYMOUS,
    MAP_SHARED,
)

# seccomp.h of libseccomp
SCMP_ACT_ERRNO = 0x00050000  # with the error's number in the lower half
SCMP_ACT_ALLOW = 0x7FFF0000
SCMP_CMP_NE = 1
SCMP_CMP_GT = 6
SCMP_CMP_MASKED_EQ = 7
_INT = 0xFFFFFFFF  # of an int, the kernel reads the lower half alone

# Other namespaces, mounts, other processes, kernel interfaces, memory that no limit counts; and what tells
# which pages or files of this machine another process has used: a note could be passed in that.
_DENIED = [
    "acct",
    "add_key",
    "bpf",
    "cachestat",
    "chroot",
    "clock_adjtime",
    "clock_settime",
    "delete_module",
    "fadvise64",
    "fanotify_init",
    "fanotify_mark",
    "finit_module",
    "flock",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "get_mempolicy",
    "init_module",
    "inotify_add_watch",
    "inotify_init",
    "inotify_init1",
    "io_setup",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "mbind",
    "memfd_create",
    "memfd_secret",
    "migrate_pages",
    "mincore",
    "mount",
    "mount_setattr",
    "move_mount",
    "move_pages",
    "msgget",
    "name_to_handle_at",
    "nfsservctl",
    "open_by_handle_at",
    "open_tree",
    "open_tree_attr",
    "perf_event_open",
    "personality",
    "pidfd_getfd",
    "pivot_root",
    "process_madvise",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "quotactl_fd",
    "readahead",
    "reboot",
    "request_key",
    "semget",
    "set_mempolicy",
    "setdomainname",
    "sethostname",
    "setns",
    "settimeofday",
    "shmget",
    "swapoff",
    "swapon",
    "syslog",
    "umount",
    "umount2",
    "unshare",
    "userfaultfd",
    "vhangup",
    "vmsplice",
]

_NEW_NAMESPACES = (
    CLONE_NEWTIME,
    CLONE_NEWNS,
    CLONE_NEWCGROUP,
    CLONE_NEWUTS,
    CLONE_NEWIPC,
    CLONE_NEWUSER,
    CLONE_NEWPID,
    CLONE_NEWNET,
)

# Commands of fcntl that see or hold what another process does with a file that both can read.
_FCNTL_SHARED = (F_GETLK, F_OFD_GETLK, F_SETLEASE, F_GETLEASE, F_NOTIFY)
# Those that hold a part of a file. Everybody may write to /dev/null, and could lock it; but whoever locks a
# file of their own, as SQLite does, needs no more than to be told that it was done.
_FCNTL_LOCKS = (F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW)
_DONE = 0  # an error of that number is none


class _Comparison(ctypes.Structure):
    """libseccomp's ``struct scmp_arg_cmp``."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


def compile_filter(*, with_loopback: bool = False) -> bytes:
    """The filter as a program for this processor; empty where libseccomp is not installed.

    Args:
        with_loopback: whether internet sockets stay, too, where the network reaches nothing but the worker itself.

    Example:
        >>> len(compile_filter()) % 8      # a program is a row of eight-byte instructions
        0
    """
    library = _load()
    if library is None:
        return b""
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(SCMP_ACT_ALLOW)))
    try:
        for name in _DENIED:
            _deny(library, context, name, errno.EPERM)
        # A filter sees no flags of clone3: they lie behind a pointer. glibc takes clone where there
        # is no clone3, so the error must be ENOSYS; with EPERM no thread could be started.
        _deny(library, context, "clone3", errno.ENOSYS)
        for flag in _NEW_NAMESPACES:
            flags = _Comparison(0, SCMP_CMP_MASKED_EQ, flag, flag)
            _deny(library, context, "clone", errno.EPERM, flags)
        for command in _FCNTL_SHARED:
            asked = _Comparison(1, SCMP_CMP_MASKED_EQ, _INT, command)
            _deny(library, context, "fcntl", errno.EPERM, asked)
        for command in _FCNTL_LOCKS:
            asked = _Comparison(1, SCMP_CMP_MASKED_EQ, _INT, command)
            _deny(library, context, "fcntl", _DONE, asked)
        # With a flag such as RWF_NOWAIT, a read tells whether the page was in memory already.
        flags = _Comparison(5, SCMP_CMP_NE, 0, 0)
        _deny(library, context, "preadv2", errno.EOPNOTSUPP, flags)
        # Such memory stays when a process has let go of its pages, and belongs to nobody who is counted.
        flags = _Comparison(
            3, SCMP_CMP_MASKED_EQ, MAP_SHARED | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS
        )
        _deny(library, context, "mmap", errno.EPERM, flags)
        for advice in (MADV_COLD, MADV_PAGEOUT):
            asked = _Comparison(2, SCMP_CMP_MASKED_EQ, _INT, advice)
            _deny(library, context, "madvise", errno.EPERM, asked)
        # Unix sockets stay: what they reach ends at the namespaces of mounts and of the network.
        domain, error = _Comparison(0, SCMP_CMP_NE, int(socket.AF_UNIX), 0), errno.EACCES
        if with_loopback:
            # The numbers of these two are the lowest. ZeroMQ asks for the network's interfaces over a
            # third kind, and goes on without an answer at this error alone.
            domain, error = _Comparison(0, SCMP_CMP_GT, int(socket.AF_INET), 0), errno.EINVAL
        _deny(library, context, "socket", error, domain)
        return _exported(library, context)
    finally:
        library.seccomp_release(context)


def _load() -> ctypes.CDLL | None:
    name = ctypes.util.find_library("seccomp") or "libseccomp.so.2"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        return None
    library.seccomp_init.restype = ctypes.c_void_p
    return library


def _deny(
    library: ctypes.CDLL,
    context: ctypes.c_void_p,
    name: str,
    error: int,
    *comparisons: _Comparison,
) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number == -1:  # newer than this libseccomp
        return
    row = (_Comparison * len(comparisons))(*comparisons)
    action = ctypes.c_uint32(SCMP_ACT_ERRNO | error)
    library.seccomp_rule_add_array(context, action, number, ctypes.c_uint(len(comparisons)), row)


def _exported(library: ctypes.CDLL, context: ctypes.c_void_p) -> bytes:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as program:
        try:
            failed = library.seccomp_export_bpf(context, writing)
        finally:
            os.close(writing)
        return b"" if failed else program.read()  # a few KiB, which a pipe's buffer holds
