"""What the filter denies is denied, and what notebooks need is not."""

import subprocess
import sys

import pytest

from rainfall_kit.grading.sandbox.seccomp import compile_filter

# Installs the filter as a worker does, and tries something.
TRY = """
import ctypes, os, socket, threading

from rainfall_kit.grading.sandbox.inside import namespaces

namespaces._drop_capabilities()
program = namespaces._Program({length}, bytes.fromhex("{filter}"))
namespaces._call("prctl", {PR_SET_SECCOMP}, {SECCOMP_MODE_FILTER}, ctypes.byref(program), 0, 0)
libc = ctypes.CDLL(None, use_errno=True)

def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)

{attempt}
print("done")
"""
DENIED = {
    "a network socket": ("socket.socket()", "PermissionError: [Errno 13]"),
    "a raw socket": ("socket.socket(socket.AF_PACKET)", "PermissionError: [Errno 13]"),
    "a mount": ("call('mount', b'none', b'/', None, 1 << 18, None)", "[Errno 1] mount"),
    "other namespaces": ("call('unshare', 0x10000000)", "[Errno 1] unshare"),
    "a namespace of times": ("call('unshare', 0x80)", "[Errno 1] unshare"),
    "another process's memory": ("call('ptrace', 0, 0, None, None)", "[Errno 1] ptrace"),
    "pages that are in memory": (
        "call('mincore', ctypes.c_void_p(0), ctypes.c_size_t(0), ctypes.create_string_buffer(9))",
        "[Errno 1] mincore",
    ),
    "a page that is in memory": (
        "os.preadv(os.open('/etc/passwd', 0), [bytearray(1)], 0, os.RWF_NOWAIT)",
        "OSError: [Errno 95]",
    ),
    "how much of a file is in memory": (
        "call('syscall', 451, 0, None, None, 0)",
        "[Errno 1] syscall",
    ),
    "advice about a file": ("os.posix_fadvise(0, 0, 0, 4)", "PermissionError: [Errno 1]"),
    "reading ahead": ("call('readahead', 0, 0, 1)", "[Errno 1] readahead"),
    "a lock on a file": (
        "import fcntl\nfcntl.flock(os.open('/etc/passwd', 0), fcntl.LOCK_EX)",
        "PermissionError: [Errno 1]",
    ),
    "another's lock on a file": (
        "import fcntl\nfcntl.fcntl(os.open('/etc/passwd', 0), 5, bytes(32))",
        "PermissionError: [Errno 1]",
    ),
    "a lease on a file": (
        "import fcntl\nfcntl.fcntl(os.open('/etc/passwd', 0), 1024, 0)",
        "PermissionError: [Errno 1]",
    ),
    "notices about a folder": (
        "import fcntl\nfcntl.fcntl(os.open('/etc', 0), 1026, 1)",
        "PermissionError: [Errno 1]",
    ),
    "notices about a file": ("call('inotify_init')", "[Errno 1] inotify_init"),
    "pages driven out of memory": (
        "import mmap\nmmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).madvise(21)",
        "PermissionError: [Errno 1]",
    ),
    "shared memory without a file": (
        "import mmap\nmmap.mmap(-1, 4096)",
        "PermissionError: [Errno 1]",
    ),
    "pages lent to a pipe": ("call('vmsplice', 0, None, 0, 0)", "[Errno 1] vmsplice"),
    "a file without a place": ("os.memfd_create('x')", "PermissionError: [Errno 1]"),
}
ALLOWED = {
    "a read at many places": "os.preadv(os.open('/etc/passwd', 0), [bytearray(1)], 0)",
    "a duplicate of a file": "import fcntl\nfcntl.fcntl(0, fcntl.F_DUPFD, 9)",
    "a lock on a region": "import fcntl\n"
    "fcntl.lockf(os.open('/etc/passwd', os.O_RDONLY), fcntl.LOCK_SH)",
    "advice about memory": "import mmap\n"
    "mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).madvise(mmap.MADV_DONTNEED)",
    "a unix socket": "socket.socket(socket.AF_UNIX).close()",
    "two sockets": "[end.close() for end in socket.socketpair()]",
    "a thread": "thread = threading.Thread(target=int)\nthread.start()\nthread.join()",
    "a process": "os.waitpid(os.fork() or os._exit(0), 0)",
    "a program": "import subprocess\nsubprocess.run(['true'], check=True)",
}


def tried(attempt, *, with_loopback=False):
    from rainfall_kit.grading.sandbox import linux

    program = compile_filter(with_loopback=with_loopback)
    assert program, "libseccomp is not installed: apt install libseccomp2"
    names = {"length": len(program) // 8, "filter": program.hex(), "attempt": attempt}
    script = TRY.format(**names, **vars(linux))
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("attempt", "error"), DENIED.values(), ids=DENIED)
def test_what_no_notebook_needs_is_denied(attempt, error):
    done = tried(attempt)
    assert error in done.stderr, done
    assert "done" not in done.stdout


def test_a_kernels_filter_lets_it_have_the_sockets_that_it_talks_over_and_no_others():
    kinds = "for kind in (socket.AF_UNIX, socket.AF_INET): socket.socket(kind).close()\n"
    assert tried(kinds, with_loopback=True).stdout == "done\n"
    for kind in ("AF_INET6", "AF_NETLINK", "AF_PACKET"):
        done = tried(f"socket.socket(socket.{kind}, socket.SOCK_RAW)", with_loopback=True)
        assert "OSError: [Errno 22]" in done.stderr, done


@pytest.mark.parametrize("attempt", ALLOWED.values(), ids=ALLOWED)
def test_what_notebooks_need_is_allowed(attempt):
    assert tried(attempt).stdout == "done\n"
