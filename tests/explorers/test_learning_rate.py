"""The learning-rate explorer: state, runs, and words for what lr does."""

import re

import numpy as np
import pytest
from drawn import lesson_run, of_class
from opened import assert_refused

import rainfall_kit as kit
from rainfall_kit.errors import OptionError
from rainfall_kit.lesson.orchard import load_orchard
from rainfall_kit.records.run import Run


def test_state_is_read_and_set_from_python():
    explorer = kit.explore_learning_rate()
    assert (explorer.lr, explorer.epoch) == (1e-5, 100)
    explorer.lr, explorer.epoch = 1e-4, 20
    bowl, start = explorer.view.data.bowl, explorer.view.data
    loss = bowl.losses(start.w, start.b, 1e-4, 20)
    assert f"the loss is {loss:.6g}" in explorer.says()
    assert f">{loss:.6g}<" in explorer.figure()


def test_past_the_limit_it_says_why():
    says = kit.explore_learning_rate(lr=1.34e-4).says()
    assert "lr·λmax = 2.4 > 2" in says
    assert "above the picture" in says


def test_it_opens_on_a_run_with_its_start_lr_and_losses():
    run = lesson_run(epochs=40, lr=2e-5)
    explorer = kit.explore_learning_rate(run)
    assert (explorer.lr, explorer.epoch) == (2e-5, 40)
    assert f"{run.final_loss:.5g}"[:5] in explorer.says()
    assert len(of_class(explorer.figure(), "rk-own")) == 1


def test_a_question_about_all_epochs_is_answered_for_all_of_them():
    prompt = kit.explore_learning_rate(epoch=3, epochs=80).view.prompt()
    assert "in 80 epochs" in prompt.text and prompt.because.startswith("Epoch 80 with")


def test_the_best_lr_is_one_press_away():
    given = kit.explore_learning_rate()._given_now()
    assert given["states"]["best"] == {"lr": pytest.approx(1.1167e-4, rel=1e-4)}


def test_the_two_special_lrs_are_written_on_lines_of_their_own():
    inputs = np.array(load_orchard().inputs)
    inputs = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    html = kit.explore_learning_rate(
        inputs=inputs, targets=load_orchard().targets, w=np.zeros((2, 3)), b=np.zeros(2)
    )._output_html()
    lines = re.findall(r"--line:(\d)\">(best fixed|largest stable) [\d.]+<", html)
    assert lines == [("0", "best fixed"), ("1", "largest stable")]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: kit.explore_learning_rate(lr=-1), "lr must be a number above 0, got -1"),
        (lambda: kit.explore_learning_rate(epochs=0), "epochs must be a whole number from 1"),
        (lambda: kit.explore_learning_rate(epoch=101), "from 0 to 100, got 101"),
        (lambda: kit.explore_learning_rate(Run(steps=(), final_loss=1.0)), "has no steps"),
        (lambda: kit.explore_learning_rate([1, 2]), "opens on a run, got list"),
    ],
)
def test_bad_arguments_say_what_is_allowed(call, says):
    with pytest.raises(OptionError, match=says):
        call()


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("lr", 0.0),
        ("epoch", -1),
    ],
)
def test_bad_state_is_refused_and_the_old_one_stays(trait, value):
    assert_refused(kit.explore_learning_rate(), trait, value)
