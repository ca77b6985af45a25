"""The fence around a student's code leaves nothing behind, whenever its time limit ends the code."""

import os
import signal
import sys
import warnings
from pathlib import Path

import numpy as np
import torch

from rainfall_kit.checks.harness import process_state, time_limit
from rainfall_kit.checks.harness.observing import call_all
from rainfall_kit.checks.questions.registry import find_question


def test_each_call_finds_the_process_as_the_first_one_did():
    found = []

    def answer(*_):
        alarm, folder, draw = signal.getsignal(signal.SIGALRM), Path.cwd(), torch.rand(()).item()
        found.append(
            (
                *(torch.get_default_dtype(), torch.ones(()).device, torch.is_grad_enabled()),
                *(
                    draw,
                    folder,
                    sys.getrecursionlimit(),
                    alarm.__name__,
                    signal.getitimer(0)[0] > 0,
                ),
                *(np.geterr(), warnings.filters[0], type(sys.stdout), type(sys.stderr)),
            )
        )
        print("here")
        warnings.warn("and there", stacklevel=1)
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        torch.set_grad_enabled(False)
        np.seterr(all="raise")
        os.chdir("/")
        sys.setrecursionlimit(sys.getrecursionlimit() + 500)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        warnings.simplefilter("ignore")
        sys.stdout = sys.stderr = None
        raise ValueError

    question = find_question("gd_step")
    seen = call_all(question, answer, question.draw(0))
    assert len(found) == len(seen) > 10
    assert all(each == found[0] for each in found)
    for each in seen:
        signs = {sign.name: sign for sign in each.signs}
        assert (signs["printed"].numbers, signs["warned"].kind) == ((1.0,), "and there")


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
