"""An answer is called under the same conditions whatever the notebook has set."""

import builtins
import contextlib
import linecache

import pytest
import torch

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.harness import observing
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.checks.tracing.failures import CPU_SECONDS
from rainfall_kit.grading.sandbox.job import Limits

RIGHT = {name: find_question(name).program for name in ("model", "mse", "gd_step", "train")}


def typed(source, name):
    """A function whose text Python can look up, as that of a cell."""
    path = f"<cell {abs(hash(source))}>"
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    names = {"torch": torch}
    exec(compile(source, path, "exec"), names)
    return names[name]


@pytest.fixture(params=[True, False], ids=["in a fork", "in place"])
def anywhere(request, monkeypatch):
    if not request.param:
        monkeypatch.setattr(observing, "can_fork", lambda: False)


@contextlib.contextmanager
def switched_off():
    torch.set_grad_enabled(False)
    try:
        yield
    finally:
        torch.set_grad_enabled(True)


SWITCHES = {
    "set_grad_enabled": switched_off,
    "no_grad": torch.no_grad,
    "inference": torch.inference_mode,
}


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize("question", RIGHT)
@pytest.mark.parametrize("switch", SWITCHES)
def test_gradients_that_the_notebook_switched_off_change_no_verdict(question, switch):
    from rainfall_kit.checks.questions.question import _expected

    answer = typed(RIGHT[question], question)
    _expected.cache_clear()
    with SWITCHES[switch]():
        assert check(question, answer).outcome == "right"
        assert not torch.is_grad_enabled()


# torch's own, when its compiler is loaded
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.usefixtures("anywhere")
def test_a_compiled_answer_is_called_as_it_was_written():
    compiled = torch.compile(typed(RIGHT["model"], "model"))
    assert check("model", compiled).outcome == "right"
    inside = typed(
        "def model(x, w, b):\n    return torch.compile(lambda: x @ w.t() + b)()", "model"
    )
    assert check("model", inside).outcome == "right"


WAITS = {
    "input": "input('go on?')",
    "breakpoint": "breakpoint()",
    "pdb": "import pdb; pdb.set_trace()",
    "getpass": "import getpass; getpass.getpass()",
}


@pytest.mark.parametrize("name", WAITS)
def test_an_answer_that_waits_for_somebody_to_type_could_not_run(name):
    result = check(
        "mse", typed(f"def mse(preds, targets):\n    {WAITS[name]}\n    return preds", "mse")
    )
    assert result.outcome == "could not run"
    assert "nobody" in result.message
    assert " of mse: " in result.message  # pdb stops at the line behind its own


def test_what_somebody_may_type_elsewhere_is_as_it_was():
    before = builtins.input
    check("mse", lambda *_: 0)
    assert builtins.input is before


ABOVE = {
    "a return": "    raise NotImplementedError()\n    return ((preds - targets) ** 2).mean()",
    "two lines": "    raise NotImplementedError\n    diff = preds - targets\n    return diff",
    "a branch": "    if True:\n        raise NotImplementedError()\n        preds = preds - targets",
}


@pytest.mark.parametrize("body", ABOVE)
def test_a_stub_that_was_left_above_code_is_told(body):
    result = check("mse", typed(f"def mse(preds, targets):\n{ABOVE[body]}\n", "mse"))
    assert result.outcome == "could not run"
    assert result.message == (
        "The line raise NotImplementedError() still stands in mse, above your code: nothing below that "
        "line is run."
    )


@pytest.mark.parametrize("end", ["", "\n    return preds", "\n    pass"])
def test_a_stub_as_it_was_given_out_is_still_to_be_written(end):
    result = check(
        "mse", typed(f"def mse(preds, targets):\n    raise NotImplementedError(){end}", "mse")
    )
    assert result.outcome == "not tried"
    assert result.message == "mse is still to be written."


def test_an_error_that_a_library_raises_for_what_it_does_not_have_is_no_stub():
    result = check(
        "mse",
        typed("import fractions\ndef mse(p, t):\n    import io\n    io.RawIOBase().seek(0)", "mse"),
    )
    assert result.outcome == "could not run"


def test_a_submission_may_compute_as_long_as_a_live_answer():
    assert Limits().ask_seconds == CPU_SECONDS
