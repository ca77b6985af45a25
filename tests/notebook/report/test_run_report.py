"""The report: what it says, in both forms, for ordinary and extraordinary runs."""

import dataclasses
import math
from html.parser import HTMLParser

import numpy as np
import pytest
import torch

from rainfall_kit.lesson.orchard import CROPS, INPUT_NAMES, load_orchard
from rainfall_kit.lesson.reference import init_params, train
from rainfall_kit.notebook.magics.hints import seen_in
from rainfall_kit.notebook.report.run_report import report_html, report_text
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.run import Run, Step

FIVE = [
    "Predict",
    "Compute the loss",
    "Compute the gradients",
    "Move w and b against them",
    "Reset the gradients",
]


def lesson_run(epochs=1, lr=1e-5):
    orchard = load_orchard()
    inputs, targets = orchard.tensors()
    run = train(inputs, targets, *init_params(0), lr=lr, epochs=epochs)
    quadratic = Bowl.from_data(orchard.inputs, orchard.targets).record()
    return dataclasses.replace(run, quadratic=quadratic, input_names=INPUT_NAMES, crop_names=CROPS)


def with_steps(run, **changes):
    """The run with each step changed; a callable gives the new value from the step."""
    return dataclasses.replace(
        run,
        steps=tuple(
            dataclasses.replace(
                step, **{name: new(step) if callable(new) else new for name, new in changes.items()}
            )
            for step in run
        ),
    )


def flat(text):
    """The text without its line breaks."""
    return " ".join(text.split())


class Page(HTMLParser):
    """Collects what a page contains, and fails where tags do not match."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return flat(" ".join(self.words))


def both(run):
    return flat(report_text(run)), Page(report_html(run)).text


@pytest.mark.parametrize("epochs", [1, 100])
def test_names_the_five_steps_in_order(epochs):
    for words in both(lesson_run(epochs)):
        found = [words.index(name) for name in FIVE]
        assert found == sorted(found)


def test_says_the_loss_before_and_after_and_how_much_lower():
    for words in both(lesson_run()):
        assert "The loss went from 33060.8 to 23432.5: 29.1 % lower." in words


def test_a_single_step_says_what_the_signs_of_its_gradients_mean():
    lines = report_text(lesson_run()).splitlines()
    row = next(line.split() for line in lines if line.strip().startswith("oranges, rainfall"))
    assert row[2:] == ["−20595.9", "rise", "−1.0845", "0.205959", "−0.8786"]
    assert "raising this number raises the loss" in flat(report_text(lesson_run()))


def test_a_right_step_is_marked_as_right():
    for words in both(lesson_run(5)):
        assert "✓ w and b moved to w − lr·∂loss/∂w and b − lr·∂loss/∂b in all 5 steps" in words
        assert "✗" not in words


def test_a_b_that_stands_still_is_marked_and_w_is_not():
    for words in both(with_steps(lesson_run(), b_after=lambda step: step.b)):
        assert "✓ w moved to w − lr·∂loss/∂w" in words
        assert "✗ b stayed where it was" in words


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (-1, "✗ w moved to w + lr·∂loss/∂w in every step, not to w − lr·∂loss/∂w"),
        (2, "✗ w moved to w − 2·lr·∂loss/∂w in every step, not to w − lr·∂loss/∂w"),
        (-0.5, "✗ w moved to w + 0.5·lr·∂loss/∂w in every step, not to w − lr·∂loss/∂w"),
        (1.004, "✗ w moved to something other than w − lr·∂loss/∂w in every step"),
    ],
)
def test_a_move_that_is_always_the_same_multiple_says_which(times, said):
    def multiple(step):
        before, after = np.array(step.w), np.array(step.w_after)
        return tuple(map(tuple, (before + times * (after - before)).tolist()))

    for words in both(with_steps(lesson_run(3), w_after=multiple)):
        assert said in words


def test_a_mistake_here_and_there_is_counted():
    run = lesson_run(4)
    still = dataclasses.replace(run[1], b_after=run[1].b)
    for words in both(dataclasses.replace(run, steps=(run[0], still, *run[2:]))):
        assert "b − lr·∂loss/∂b in 1 of 4 steps, first in step 2" in words


def test_gradients_that_add_up_are_told_from_the_second_step_on():
    run = lesson_run(3)
    first = run[0].grad_w
    steps = (run[0], *(dataclasses.replace(step, grad_w=first) for step in run[1:]))
    for words in both(dataclasses.replace(run, steps=steps)):
        assert "✗ w.grad held something other than the new gradient from step 2 on" in words


def test_another_loss_in_the_cell_is_said_beside_the_mean_squared_error():
    for words in both(with_steps(lesson_run(), body_loss=330608.0)):
        assert "the cell's own loss was 330608" in words
    for words in both(with_steps(lesson_run(), body_loss=lambda step: step.loss)):
        assert "the cell's own loss" not in words


def test_an_lr_that_is_too_large_is_said_beside_the_limit():
    for words in both(lesson_run(100, lr=1.2e-4)):
        assert "The loss grew." in words
        assert "lr 1.2e-4 is above 1.117e-4" in words
    for words in both(lesson_run(100, lr=1e-3)):
        assert "no longer a number after 14 steps" in words


def test_a_negative_lr_is_marked():
    for words in both(with_steps(lesson_run(), lr=-1e-5)):
        assert "✗ lr is −1e-5" in words


def test_an_lr_that_was_found_is_said_to_be_found():
    for words in both(with_steps(lesson_run(3), lr=None)):
        assert "The lr is not known; 1e-5 fits the moves best." in words


def test_what_the_losses_are_easily_taken_for_is_told():
    told = "Easily misread: a flat-looking curve is taken for the lowest point (RK107)."
    for shown in both(lesson_run(epochs=100)):
        assert told in shown
    for shown in both(lesson_run(epochs=4)):
        assert "Easily misread" not in shown


def test_a_run_that_stopped_says_why():
    for words in both(dataclasses.replace(lesson_run(2), stopped="interrupted <here>")):
        assert "Stopped early: interrupted <here>." in words


def test_a_step_that_changes_nothing_says_so():
    still = with_steps(lesson_run(), w_after=lambda step: step.w, b_after=lambda step: step.b)
    for words in both(still):
        assert "w and b did not move" in words


def test_a_loss_that_is_not_known_is_not_called_lost():
    run = dataclasses.replace(lesson_run(2), quadratic=None, final_loss=math.nan)
    for words in both(with_steps(run, loss=math.nan)):
        assert "The loss is not known" in words
        assert "no longer a number" not in words
        assert "not compared with lr·gradient: the inputs and targets were not at hand" in words


def test_numbers_without_names_are_called_by_their_place():
    run = dataclasses.replace(lesson_run(), input_names=(), crop_names=())
    for words in both(run):
        assert "w[1, 2]" in words
        assert "b[1]" in words


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("epochs", [0, 1, 3, 100])
def test_text_keeps_to_its_width(width, epochs):
    lines = report_text(lesson_run(epochs), width=width).splitlines()
    assert max(map(len, lines)) <= width


def test_html_is_one_closed_piece_that_asks_for_nothing_outside():
    page = Page(report_html(lesson_run(100)))
    tags = [tag for tag, _ in page.tags]
    assert tags[0] == "div"
    assert tags.count("caption") == tags.count("table") == 2
    assert not {"script", "link", "img", "iframe"} & set(tags)
    assert not any("href" in attrs or "src" in attrs or "id" in attrs for _, attrs in page.tags)
    assert all("scope" in attrs for tag, attrs in page.tags if tag == "th")


def test_long_and_wide_runs_stay_bounded():
    inputs, targets = torch.randn(50, 40), torch.randn(50, 30)
    w, b = torch.zeros(30, 40, requires_grad=True), torch.zeros(30, requires_grad=True)
    wide = train(inputs, targets, w, b, lr=0.1, epochs=20)
    wide = dataclasses.replace(wide, quadratic=Bowl.from_data(inputs, targets).record())
    for run in (lesson_run(3000, lr=1.1e-4), wide, dataclasses.replace(wide, steps=wide[:1])):
        assert len(report_html(run)) < 60_000
        assert len(report_text(run)) < 6_000


def test_steps_of_changing_shape_are_reported():
    def step(number, d):
        w = ((0.5,) * d,)
        return Step(number=number, lr=0.1, loss=1.0, w=w, b=(0.0,), w_after=w, b_after=(0.0,))

    run = Run(
        steps=(step(1, 2), step(2, 1)),
        final_loss=1.0,
        quadratic=Bowl.from_data([[1.0, 2.0]], [[1.0]]).record(),
    )
    for words in both(run):
        assert "not compared with lr·gradient: w and b do not have the same shape" in words


@pytest.fixture
def made(monkeypatch):
    """How many bowls were made and how many matrices decomposed, from now on."""
    count = {"bowls": 0, "decompositions": 0}
    make, decompose = Bowl.__init__, np.linalg.svd

    def counting_make(*args, **kwargs):
        count["bowls"] += 1
        make(*args, **kwargs)

    def counting_decompose(*args, **kwargs):
        count["decompositions"] += 1
        return decompose(*args, **kwargs)

    monkeypatch.setattr(Bowl, "__init__", counting_make)
    monkeypatch.setattr(np.linalg, "svd", counting_decompose)
    return count


@pytest.mark.parametrize("report", [report_html, report_text])
@pytest.mark.parametrize("epochs", [1, 100])
@pytest.mark.parametrize("lr", [1e-5, 1.2e-4])
def test_a_report_makes_one_bowl_and_decomposes_it_once(report, epochs, lr, made):
    run = lesson_run(epochs, lr=lr)
    made.update(bowls=0, decompositions=0)
    report(run)
    assert made["bowls"] == 1
    assert made["decompositions"] <= 1


def test_the_hint_on_a_run_makes_one_bowl(made):
    run = lesson_run(100, lr=1e-3)
    made.update(bowls=0, decompositions=0)
    assert seen_in(run) == ("RK098", "RK109")
    assert made["bowls"] == 1
    assert made["decompositions"] <= 1
