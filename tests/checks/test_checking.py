"""A check says what it saw in one sentence or two, and changes nothing of the student's."""

import random

import pytest
import torch

from rainfall_kit.checks.checking import check, require
from rainfall_kit.checks.diagnosis import mutants
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.question import _expected
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.errors import CheckFailed


def step(old, new):
    return find_question("gd_step").program.replace(old, new)


def test_what_an_answer_switches_is_switched_back(capfd):
    def mse(preds, _):
        global leaked
        leaked = True
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.manual_seed(1)
        random.seed(1)
        print("hello")
        return preds.sum()

    before = torch.get_rng_state(), random.getstate()
    check("mse", mse)
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert "leaked" not in globals()
    assert capfd.readouterr() == ("", "")


def test_neither_the_right_program_nor_the_wrong_ones_draw_from_the_students_random_numbers():
    _expected.cache_clear()
    mutants._kept.clear()
    before = torch.get_rng_state()
    check("init_params", lambda: (torch.zeros(2, 3), torch.zeros(2)))
    assert torch.equal(torch.get_rng_state(), before)


def test_changing_the_inputs_is_noticed():
    def mse(preds, targets):
        targets -= preds
        return (targets**2).mean()

    assert check("mse", mse).outcome == "wrong"


def test_an_answer_that_counts_its_calls_is_noticed():
    calls = []

    def mse(preds, targets):
        calls.append(1)
        return ((preds - targets) ** 2).mean() * (1 if len(calls) < 2 else 2)

    assert check("mse", mse).outcome == "wrong"


def test_require_is_silent_when_right_and_says_the_hint_when_wrong():
    require("mse", build(MSE, "mse"))
    with pytest.raises(CheckFailed, match="RK016"):
        require("mse", lambda preds, targets: ((preds - targets) ** 2).sum())
