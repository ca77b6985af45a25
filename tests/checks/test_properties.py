"""Hypothesis looks for answers that the checks cannot tell from the reference on the drawn inputs."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rainfall_kit.checks.harness.call import call
from rainfall_kit.checks.observations import agree, read
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.checks.verdict import conclude

CALM = settings(deadline=None, max_examples=40)
seeds = st.integers(0, 10_000)
# Far enough from 1 that no rounding explains it, near enough that nobody would see it in a plot.
factors = st.floats(0.98, 1.02).filter(lambda x: abs(x - 1) > 1e-3)
steps = st.sampled_from(["w", "b"])


def is_right(question, answer, seed):
    """Whether an answer passes as right; in this process, since the answers here are calm."""
    asked = find_question(question)
    for case in asked.draw(seed):
        seen = call(asked, answer, case)
        if seen.failure is not None or asked.judge(case, seen) is not None:
            return False
    return True


def reference(question):
    return build(find_question(question).program, question)


@given(seeds, factors, st.floats(-0.01, 0.01))
@CALM
def test_a_loss_that_is_stretched_or_shifted_is_told_from_the_right_one(seed, factor, shift):
    mse = reference("mse")
    assert not is_right("mse", lambda preds, targets: factor * mse(preds, targets) + shift, seed)


@given(seeds, st.integers(0, 3), st.integers(0, 3), factors)
@CALM
def test_one_element_of_the_predictions_that_is_off_is_noticed(seed, row, crop, factor):
    model = reference("model")

    def answer(x, w, b):
        preds = model(x, w, b)
        mask = torch.ones_like(preds)
        mask[row % len(preds), crop % preds.shape[1]] = factor
        return preds * mask

    assert not is_right("model", answer, seed)


@given(seeds, factors, steps, st.integers(0, 4))
@CALM
def test_a_step_whose_length_is_off_for_one_parameter_is_noticed(seed, factor, which, from_step):
    step = reference("gd_step")
    count = 0

    def answer(inputs, targets, w, b, lr):
        nonlocal count
        before = {"w": w.detach().clone(), "b": b.detach().clone()}
        w, b = step(inputs, targets, w, b, lr)
        if count % 5 >= from_step:
            param = {"w": w, "b": b}[which]
            param.data = before[which] + factor * (param.data - before[which])
        count += 1
        return w, b

    assert not is_right("gd_step", answer, seed)


@given(seeds, st.integers(-2, 2).filter(bool))
@CALM
def test_a_run_of_another_length_is_noticed(seed, more):
    train = reference("train")

    def answer(inputs, targets, w, b, lr, epochs):
        return train(inputs, targets, w, b, lr, max(epochs + more, 0))

    assert not is_right("train", answer, seed)


@given(seeds, st.permutations(range(5)))
@CALM
def test_losses_in_another_order_are_noticed(seed, order):
    assume(order != sorted(order))
    train = reference("train")

    def answer(*given):
        w, b, losses = train(*given)
        return w, b, [losses[i] for i in order if i < len(losses)]

    assert not is_right("train", answer, seed)


# Pieces of the programs that a slip changes, and what a slip may make of them.
SLIPS = {
    "preds - targets": ["preds + targets", "preds - targets.mean()", "preds - 1", "targets"],
    "diff * diff": ["diff + diff", "diff", "diff * diff * diff", "diff.abs() * 2", "diff ** 4"],
    ".sum()": [".max()", ".mean()", ".prod()", ".median()", ".std()"],
    "diff.numel()": [
        "len(diff)",
        "10",
        "(diff.numel() - 1)",
        "diff.shape[1]",
        "diff.numel() ** 0.5",
    ],
    "w.t()": ["w.abs().t()", "w.flip(0).t()", "w.flip(1).t()", "(w * w).t()", "w.t().flip(1)"],
    "+ b": ["- b", "+ b.sum()", "+ 2 * b", "+ b.flip(0) * 1.5", "+ b.abs() + 1", "* b"],
    "x @": ["x.roll(1, 0) @", "(x + 1) @", "x.abs() @ -", "(x - x.mean()) @"],
    "lr * w.grad": [
        "w.grad",
        "lr * w.grad.sign()",
        "lr * w",
        "2 * lr * w.grad",
        "lr ** 2 * w.grad",
    ],
    "lr * b.grad": ["b.grad", "lr * b.grad.abs()", "0 * b.grad", "lr * w.grad.sum(1)", "lr"],
    "w.grad.zero_()": ["pass", "w.grad.mul_(0.5)", "w.grad.fill_(1)", "w.grad.neg_()"],
    "b.grad.zero_()": ["pass", "b.grad.mul_(0.9)", "b.grad.add_(1)", "b.zero_grad()"],
    "w -=": ["w +=", "w *=", "w ="],
    "b -=": ["b +=", "b ="],
    "range(epochs)": ["range(epochs + 1)", "range(1, epochs)", "range(0, epochs, 2)", "[0]"],
    "loss.item()": ["loss.item() / 2", "loss.item() ** 0.5", "epoch", "preds.mean().item()"],
}
QUESTIONS = ["model", "mse", "gradients", "update", "zero_grads", "gd_step", "train"]


@given(st.data(), seeds)
@settings(deadline=None, max_examples=250)
def test_one_or_two_slips_never_pass_as_right(data, seed):
    question = data.draw(st.sampled_from(QUESTIONS))
    source = find_question(question).program
    pieces = [piece for piece in SLIPS if piece in source]
    chosen = data.draw(st.lists(st.sampled_from(pieces), min_size=1, max_size=2, unique=True))
    for piece in chosen:
        source = source.replace(piece, data.draw(st.sampled_from(SLIPS[piece])))
    assert not is_right(question, build(source, question), seed), source


@given(st.data(), seeds)
@settings(deadline=None, max_examples=60)
def test_a_slip_is_judged_the_same_by_every_seed_and_never_breaks_the_check(data, seed):
    question = data.draw(st.sampled_from(QUESTIONS))
    source = find_question(question).program
    piece = data.draw(st.sampled_from([piece for piece in SLIPS if piece in source]))
    answer = build(source.replace(piece, data.draw(st.sampled_from(SLIPS[piece]))), question)
    asked = find_question(question)
    cases = asked.draw(seed)
    result = conclude(asked, cases, tuple(call(asked, answer, case) for case in cases))
    assert result.outcome in ("wrong", "could not run")
    assert result.message.startswith(question)
    assert "!" not in result.message.partition("Error")[0]


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8),
    st.integers(0, 7),
    st.sampled_from([torch.float32, torch.float64]),
)
@settings(deadline=None)
def test_values_agree_with_themselves_and_not_with_others(numbers, place, dtype):
    tensor = torch.tensor(numbers, dtype=dtype)
    name = str(dtype).removeprefix("torch.")
    assert agree(read("x", tensor), read("x", tensor.clone()), name)
    off = tensor.clone()
    off[place % len(numbers)] += 1e-3 * tensor.abs().max() + 1e-3
    assert not agree(read("x", off), read("x", tensor), name)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rounding_alone_never_costs_a_point(dtype):
    rng = np.random.default_rng(0)
    for seed in range(20):
        order = rng.permutation(5)

        def mse(preds, targets, order=order):
            squares = ((preds - targets) ** 2).flatten()
            parts = [squares[i::5].sum() for i in order if len(squares[i::5])]
            return sum(parts) / squares.numel()

        asked = find_question("mse")
        for case in asked.draw(seed):
            if case.dtype == dtype:
                assert asked.judge(case, call(asked, mse, case)) is None
