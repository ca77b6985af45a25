"""A check survives every answer, stops what does not end, and leaves the process as it was."""

import builtins
import contextlib
import ctypes
import os
import random
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.harness import fork, observing
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import find_question

ENDLESS = "mse was stopped: it did not finish within 2 seconds of computing time."


def right(preds, targets):
    return ((preds - targets) ** 2).mean()


def loops_for_ever(*_):
    while True:
        with contextlib.suppress(Exception):
            print("x" * 10_000)


def swallows_every_stop(*_):
    while True:
        try:
            time.sleep(1)
        except BaseException:  # noqa: BLE001  that is the attack
            continue


def loops_in_c(*_):
    return sum(range(10**12))


def multiplies_large_tables(*_):
    return (torch.ones(20_000, 20_000) @ torch.ones(20_000, 20_000)).sum()


def sleeps(*_):
    time.sleep(1000)


def recurses_past_python(*given):
    sys.setrecursionlimit(10**8)
    return recurses_past_python(*given)


def waits_for_a_lock(*_):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def is_slow(preds, targets):
    time.sleep(0.3)
    return right(preds, targets)


@pytest.mark.parametrize(
    "answer",
    [
        loops_for_ever,
        swallows_every_stop,
        loops_in_c,
        multiplies_large_tables,
        sleeps,
        waits_for_a_lock,
    ],
)
def test_an_answer_without_end_is_stopped(answer, monkeypatch):
    monkeypatch.setattr(observing, "CPU_SECONDS", 0.3)
    began = time.perf_counter()
    result = check("mse", answer)
    assert time.perf_counter() - began < 60  # on a machine that has other work
    assert result.outcome == "could not run"
    assert result.message == ENDLESS


def test_an_answer_that_waits_and_comes_to_an_end_is_right():
    assert check("mse", is_slow).outcome == "right"


def test_other_work_on_the_machine_stops_no_answer(monkeypatch):
    monkeypatch.setattr(observing, "CPU_SECONDS", 0.3)
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(8)]
    try:
        assert check("mse", right).outcome == "right"
    finally:
        for other in others:
            other.kill()
            other.wait()


def crashes(*_):
    ctypes.string_at(0)


def leaves(*_):
    os._exit(0)


def kills_its_group(*_):
    os.killpg(0, 9)


@pytest.mark.parametrize("answer", [crashes, leaves, kills_its_group, recurses_past_python])
def test_an_answer_that_ends_python_ends_a_fork_alone(answer):
    result = check("mse", answer)
    assert result.outcome == "could not run"
    assert result.message in (
        "mse ended Python itself.",
        ENDLESS,
    ) or result.message.endswith(  # Python 3.12 and later take no end from it
        "RecursionError: maximum recursion depth exceeded"
    )


def recurses(preds, targets):
    return recurses(preds, targets)


def fills_memory(*_):
    return torch.ones(10**11).sum()


def asks_the_student(*_):
    return input("? ")


def exits(*_):
    sys.exit()


def raises_an_interrupt(*_):
    raise KeyboardInterrupt


def takes_nothing():
    return 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (recurses, "RecursionError"),
        (fills_memory, "RuntimeError"),
        (asks_the_student, "EOFError"),
        (exits, "SystemExit"),
        (raises_an_interrupt, "KeyboardInterrupt"),
        (takes_nothing, "TypeError"),
    ],
)
def test_the_students_own_error_is_told(answer, error):
    result = check("mse", answer)
    assert result.outcome == "could not run"
    assert error in result.message


def prints_megabytes(preds, targets):
    os.write(1, b"x" * 10**6)
    print("y" * 10**6)
    print("z" * 10**6, file=sys.stderr)
    return right(preds, targets)


def starts_a_thread(preds, targets):
    threading.Thread(target=time.sleep, args=(50,)).start()
    return right(preds, targets)


def starts_a_process(preds, targets):
    if os.fork() == 0:
        time.sleep(50)
        os._exit(0)
    return right(preds, targets)


@pytest.mark.parametrize("answer", [prints_megabytes, starts_a_thread, starts_a_process])
def test_side_effects_stay_in_the_fork(answer, capfd):
    threads = threading.active_count()
    assert check("mse", answer).outcome == "right"
    assert threading.active_count() == threads
    assert capfd.readouterr() == ("", "")


def switches_everything(preds, targets):
    global leaked
    leaked = True
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    torch.manual_seed(1)
    torch.set_num_threads(1)
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    np.seterr(all="raise")
    warnings.simplefilter("error")
    os.environ["RAINFALL"] = "1"
    os.chdir("/")
    sys.setrecursionlimit(5_000)
    torch.Tensor.mean, torch.sum, builtins.sum = None, None, None
    return right(preds, targets)


def state():
    return (
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.get_rng_state().tolist(),
        torch.get_num_threads(),
        np.random.get_state()[1].tolist(),  # noqa: NPY002
        random.getstate(),
        np.geterr(),
        list(warnings.filters),
        dict(os.environ),
        Path.cwd(),
        sys.getrecursionlimit(),
        torch.Tensor.mean,
        torch.sum,
        builtins.sum,
        "leaked" in globals(),
    )


@pytest.mark.parametrize("forks", [True, False], ids=["fork", "no-fork"])
def test_what_an_answer_switches_is_switched_back(forks, monkeypatch):
    if not forks:  # as on Windows and macOS
        monkeypatch.setattr(observing, "can_fork", lambda: False)
    before = state()
    check("mse", switches_everything)
    assert state() == before


def test_matplotlibs_settings_are_put_back(monkeypatch):
    import matplotlib as mpl

    def answer(preds, targets):
        mpl.rcParams["lines.linewidth"] = 99
        return right(preds, targets)

    monkeypatch.setattr(observing, "can_fork", lambda: False)
    before = dict(mpl.rcParams)
    assert check("mse", answer).outcome == "right"
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("answer", [loops_for_ever, swallows_every_stop, sleeps, recurses])
def test_without_a_fork_python_code_is_stopped_too(answer, monkeypatch):
    monkeypatch.setattr(observing, "can_fork", lambda: False)
    monkeypatch.setattr(observing, "CPU_SECONDS", 0.3)
    began = time.perf_counter()
    if answer is not swallows_every_stop:
        assert check("mse", answer).outcome == "could not run"
    assert time.perf_counter() - began < 60


def test_a_check_in_another_thread_is_stopped_too(monkeypatch):
    monkeypatch.setattr(observing, "CPU_SECONDS", 0.3)
    results = []
    thread = threading.Thread(target=lambda: results.append(check("mse", sleeps)))
    thread.start()
    thread.join(60)
    assert [result.outcome for result in results] == ["could not run"]


def test_no_forks_are_left_behind():
    for _ in range(3):
        check("mse", right)
    until = time.monotonic() + 300
    while fork._ended and time.monotonic() < until:
        time.sleep(0.01)
        fork._forget_ended()
    assert fork._ended == []


THINGS = {
    "None": None,
    "number": 4,
    "text": "text",
    "nan": float("nan"),
    "number past float64": 10**400,
    "complex number": 1 + 2j,
    "list": [1.0],
    "dict": {"loss": 1},
    "object": object(),
    "builtin": print,
    "NumPy scalar": np.float32(1),
    "NumPy array without axes": np.array(1.0),
    "NumPy array of texts": np.array(["a"]),
    "masked array": np.ma.masked_array([1.0], mask=[True]),
    "float16 tensor": torch.tensor(1.0, dtype=torch.float16),
    "complex tensor": torch.tensor(1 + 1j),
    "bool tensor": torch.tensor(True),
    "sparse tensor": torch.ones(2, 2).to_sparse(),
    "meta tensor": torch.ones(3, device="meta"),
    "empty tensor": torch.zeros(0),
    "infinite tensor": torch.full((), float("inf")),
    "huge tensor": torch.ones(200_000),
    "Parameter": torch.nn.Parameter(torch.ones(())),
}


@pytest.mark.parametrize("thing", THINGS.values(), ids=[name.replace(" ", "-") for name in THINGS])
@pytest.mark.parametrize("question", ["mse", "gd_step", "train", "init_params", "choose_lr"])
def test_whatever_an_answer_gives_is_read_sanely(question, thing):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = check(question, lambda *_: thing)
    assert result.outcome in ("wrong", "could not run") or thing is None
    assert "Traceback" not in result.message
    assert len(result.message) < 500


@pytest.mark.parametrize(
    ("thing", "kind"),
    [
        (4, "a plain number"),
        ("mse", "a text"),
        ([], "a list"),
        (object(), "something of type object"),
    ],
    ids=["number", "text", "list", "object"],
)
def test_an_answer_that_is_no_function_is_told_so(thing, kind):
    result = check("mse", thing)
    assert result.outcome == "could not run"
    assert result.message.startswith(f"mse is {kind}, not a function. mse(preds, targets) gives")


class Fails:
    """Fails at whatever it is asked for, and can be called."""

    __hash__ = None

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __eq__(self, other):
        raise RuntimeError

    def __bool__(self):
        raise RuntimeError

    def __call__(self, preds, targets):
        return right(preds, targets)


def test_an_answer_that_fails_at_everything_but_its_work_is_right():
    assert check("mse", Fails()).outcome == "right"


class SaysNothing(Exception):
    def __str__(self):
        raise RuntimeError


def raises_what_cannot_be_said(*_):
    raise SaysNothing


def test_an_error_that_cannot_be_said_is_told_by_its_name():
    assert "SaysNothing" in check("mse", raises_what_cannot_be_said).message


@pytest.mark.parametrize(
    ("losses", "kind"),
    [("ab", "a text"), ([None, None], "None"), ([torch.zeros(2)] * 2, "a tensor")],
    ids=["text", "list-of-None", "list-of-tensors"],
)
def test_losses_that_are_no_numbers_are_told_so(losses, kind):
    trained = build(find_question("train").program, "train")

    def train(*given):
        w, b, right = trained(*given)
        return w, b, losses if len(right) == 2 else right

    message = f"losses[0] is {kind}, and should be a plain number."
    assert message in check("train", train).message


def views(preds, targets):
    preds.detach().sub_(targets)
    return (preds**2).mean()


def test_changing_inputs_behind_torchs_back_is_noticed():
    result = check("mse", views)
    assert result.outcome == "wrong"


def test_an_answer_that_depends_on_the_order_of_calls_is_noticed():
    calls = []

    def mse(preds, targets):
        calls.append(1)
        return right(preds, targets) * (1 if len(calls) < 2 else 2)

    assert check("mse", mse).outcome == "wrong"


def test_an_answer_that_keeps_its_first_result_is_noticed():
    kept = {}

    def mse(preds, targets):
        return kept.setdefault("loss", right(preds, targets))

    assert check("mse", mse).outcome != "right"
