"""A time limit leaves nothing behind, at whatever moment it ends the code."""

import signal

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
