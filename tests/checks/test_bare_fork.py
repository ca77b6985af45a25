"""A fork gets no more memory than its limit allows."""

import mmap
import os
import sys

import pytest

from rainfall_kit.checks.bare_fork import fork, limit_memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")


def status_of(work):
    if (pid := fork()) == 0:
        try:
            work()
        except MemoryError:
            os._exit(1)
        except OSError:  # how mmap says it
            os._exit(2)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize(
    ("limit", "private", "shared"), [("RLIMIT_AS", 1, 2), ("RLIMIT_DATA", 1, 0), (None, 0, 0)]
)
def test_it_is_stopped_at_what_its_limit_counts(limit, private, shared):
    import resource

    def limited(work):
        if limit:
            limit_memory(getattr(resource, limit), 32 << 20)
        work()

    assert status_of(lambda: limited(lambda: bytearray(16 << 20))) == 0
    assert status_of(lambda: limited(lambda: bytearray(64 << 20))) == private
    assert status_of(lambda: limited(lambda: mmap.mmap(-1, 64 << 20))) == shared
