"""Every call of an answer finds the process as the first one did."""

import os
import signal
import sys
import warnings
from pathlib import Path

import numpy as np
import torch

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
    assert all(state == found[0] for state in found)
    for observation in seen:
        signs = {sign.name: sign for sign in observation.signs}
        assert (signs["printed"].numbers, signs["warned"].kind) == ((1.0,), "and there")
