"""The processes that a process has started, in a system where others end at any moment."""

import contextlib
from pathlib import Path


def children_of(pid):
    """Those that have not ended; kernels and the like included."""
    children = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # the thread has ended
            children.update((task / "children").read_text().split())
    return children


def processes_below(pid):
    """With those that they have started."""
    with contextlib.suppress(OSError):  # it has ended
        children = children_of(pid)
        return [*children, *(below for child in children for below in processes_below(child))]
    return []


def command_of(pid):
    """Its words; empty where it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""
