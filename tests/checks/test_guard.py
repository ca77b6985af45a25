"""The fence around a student's code leaves nothing behind, whenever its time limit ends the code."""

import signal

from rainfall_kit.checks import guard


def test_a_limit_that_ends_at_any_moment_leaves_no_alarm_behind(monkeypatch):
    monkeypatch.setattr(guard, "_AGAIN_SECONDS", 5e-5)  # so that it rings on the way out, too
    stray = []
    before = signal.signal(signal.SIGALRM, lambda *_: stray.append("an alarm"))
    try:
        for _ in range(20):
            with guard.fenced(seconds=1e-3) as fence:
                while True:
                    pass
            assert fence.too_long
            assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert stray == []
