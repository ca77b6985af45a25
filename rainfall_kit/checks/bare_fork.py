"""Fork of this process, and a limit on the memory that it may use; what it does is its caller's business."""

from __future__ import annotations

import os
import sys
import warnings

if sys.platform != "win32":  # loaded before the first fork, or each would load it
    import resource

    # Which number of ``/proc/self/statm`` each limit counts.
    # Source: the Linux manual, proc(5) and getrlimit(2).
    _STATM_FIELDS = {resource.RLIMIT_AS: 0, resource.RLIMIT_DATA: 5}


def fork() -> int:
    """A fork, as `os.fork` makes it."""
    with warnings.catch_warnings():
        # Python 3.12 warns of other threads; the fork touches nothing that they may hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def limit_memory(limit: int, more_bytes: int) -> None:
    """Limit this process to what it uses now and so much more.

    Args:
        limit: ``resource.RLIMIT_AS``, all of its addresses, or ``resource.RLIMIT_DATA``, what is
            written to and not shared.
        more_bytes: a lower limit that stands already is kept.
    """
    with open("/proc/self/statm") as file:  # noqa: PTH123  one line, read while starting up
        used = int(file.read().split()[_STATM_FIELDS[limit]]) * os.sysconf("SC_PAGE_SIZE")
    hard = resource.getrlimit(limit)[1]
    most = used + more_bytes
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(limit, (most, hard))
