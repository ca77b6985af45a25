"""A time limit leaves nothing behind, at whatever moment it ends the code."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rainfall_kit.checks.harness import process_state, time_limit


def test_a_limit_that_ends_at_any_moment_leaves_no_alarm_behind(monkeypatch):
    monkeypatch.setattr(time_limit, "_AGAIN_SECONDS", 5e-5)  # so that it rings on the way out, too
    stray = []
    before = signal.signal(signal.SIGALRM, lambda *_: stray.append("an alarm"))
    try:
        for _ in range(20):
            with process_state.contained(seconds=1e-3) as contents:
                while True:
                    pass
            assert contents.too_long
            assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert stray == []


def test_waiting_for_a_processor_is_not_counted(monkeypatch):
    monkeypatch.setattr(time_limit, "queued_seconds", lambda _: 0.0)
    watch = time_limit.Stopwatch()
    time.sleep(0.02)
    assert watch.seconds >= 0.02 / time_limit.WAITING
    monkeypatch.setattr(time_limit, "queued_seconds", lambda _: 1000.0)
    assert watch.seconds < 0.02 / time_limit.WAITING


@pytest.mark.skipif(not Path("/proc/self/schedstat").is_file(), reason="the system does not tell")
def test_the_system_tells_for_how_long_a_process_was_ready():
    one = {min(os.sched_getaffinity(0))}
    words = [sys.executable, "-Sc", f"import os\nos.sched_setaffinity(0, {one})\nwhile True: pass"]
    before = os.sched_getaffinity(0)
    with subprocess.Popen(words) as other:
        try:
            os.sched_setaffinity(0, one)
            until = time.monotonic() + 60
            began = time_limit.queued_seconds("thread-self")
            while time_limit.queued_seconds("thread-self") < began + 0.01:
                assert time.monotonic() < until
        finally:
            os.sched_setaffinity(0, before)
            other.kill()
