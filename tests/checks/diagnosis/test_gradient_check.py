"""The gradient check sees every silent mistake in a step, and never doubts a right one."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rainfall_kit.checks.diagnosis.gradient_check import compare_moves
from rainfall_kit.lesson.orchard import load_orchard
from rainfall_kit.lesson.reference import init_params, model, mse, train
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.quadratic.run_data import RunData
from rainfall_kit.records.run import Run, Step

LR = 1e-5


def compare(run):
    return compare_moves(RunData(run))


def descend(w, b, lr):
    w -= lr * w.grad
    b -= lr * b.grad


def zero(w, b):
    w.grad.zero_()
    b.grad.zero_()


def run_loop(
    *, epochs=100, lr=LR, loss=mse, move=descend, reset=zero, dtype=torch.float32, knows_lr=True
):
    """The student's loop, with one part replaced."""
    orchard = load_orchard()
    inputs, targets = orchard.tensors(dtype)
    w, b = init_params(0, dtype)
    steps = []
    for number in range(1, epochs + 1):
        before = {"w": rows(w), "b": tuple(b.tolist())}
        true_loss = mse(model(inputs, w, b), targets).item()
        loss(model(inputs, w, b), targets).backward()
        grads = {"grad_w": rows(w.grad), "grad_b": tuple(b.grad.tolist())}
        with torch.no_grad():
            move(w, b, lr)
        after = {"w_after": rows(w), "b_after": tuple(b.tolist())}
        reset(w, b)
        step_lr = lr if knows_lr else None
        steps.append(Step(number=number, lr=step_lr, loss=true_loss, **before, **grads, **after))
    return Run(
        steps=tuple(steps),
        final_loss=mse(model(inputs, w, b), targets).item(),
        quadratic=Bowl.from_data(orchard.inputs, orchard.targets).record(),
        dtype=str(dtype).removeprefix("torch."),
    )


def rows(matrix):
    return tuple(tuple(row) for row in matrix.tolist())


def climb(w, b, lr):
    w += lr * w.grad
    b += lr * b.grad


def leave_b(w, b, lr):  # noqa: ARG001
    w -= lr * w.grad


def forget_lr(w, b, lr):  # noqa: ARG001
    w -= w.grad
    b -= b.grad


def follow_w(w, b, lr):
    w -= lr * w
    b -= lr * b


def zero_only_w(w, b):  # noqa: ARG001
    w.grad.zero_()


MISTAKES = {
    "sum for mean": {"loss": lambda p, t: ((p - t) ** 2).sum()},
    "divided by rows": {"loss": lambda p, t: ((p - t) ** 2).sum() / len(p)},
    "extra half": {"loss": lambda p, t: mse(p, t) / 2},
    "absolute value": {"loss": lambda p, t: (p - t).abs().mean()},
    "root taken": {"loss": lambda p, t: mse(p, t).sqrt()},
    "not squared": {"loss": lambda p, t: (p - t).mean()},
    "plus sign": {"move": climb},
    "negative lr": {"lr": -LR},
    "b never updated": {"move": leave_b},
    "lr forgotten": {"move": forget_lr},
    "step along w": {"move": follow_w},
    "never zeroed": {"reset": lambda w, b: None},  # noqa: ARG005
    "only w zeroed": {"reset": zero_only_w},
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_sees_every_silent_mistake(mistake, dtype):
    assert not compare(run_loop(epochs=5, dtype=dtype, **MISTAKES[mistake])).is_descent


# What stretches every gradient alike cannot be told from another lr.
@pytest.mark.parametrize(
    "mistake",
    [
        "plus sign",
        "negative lr",
        "b never updated",
        "step along w",
        "never zeroed",
        "only w zeroed",
    ],
)
def test_sees_mistakes_without_knowing_the_lr(mistake):
    found = compare(run_loop(epochs=5, knows_lr=False, **MISTAKES[mistake]))
    assert found.lr_inferred
    assert not found.is_descent


def test_tells_w_from_b():
    found = compare(run_loop(epochs=3, move=leave_b))
    assert set(found.w_equal) == {True}
    assert set(found.b_equal) == {False}


def test_sees_a_still_b_late_in_a_long_run():
    found = compare(run_loop(epochs=600, move=leave_b))
    assert set(found.w_equal) == {True}
    assert set(found.b_equal[-100:]) == {False}


def test_missing_zeroing_shows_from_the_second_step_on():
    found = compare(run_loop(epochs=4, **MISTAKES["never zeroed"]))
    assert found.w_equal == found.grad_w_equal == (True, False, False, False)


def test_finds_the_lr_that_was_used():
    found = compare(run_loop(epochs=10, knows_lr=False))
    assert found.is_descent
    assert found.lrs[0] == pytest.approx(LR, rel=1e-6)


def test_a_cell_that_moves_nothing_is_not_descent_at_any_lr():
    assert not compare(run_loop(epochs=2, move=lambda *_: None, knows_lr=False)).is_descent


def test_steps_past_all_numbers_are_not_judged():
    found = compare(run_loop(epochs=100, lr=1e-3))
    assert found.is_descent
    assert found.w_equal[0] is True
    assert found.w_equal[-1] is None


def test_an_empty_grad_is_not_judged():
    run = run_loop(epochs=1)
    step = dataclasses.replace(run[0], grad_w=None)
    found = compare(dataclasses.replace(run, steps=(step,)))
    assert (found.grad_w_equal, found.grad_b_equal) == ((None,), (True,))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"quadratic": None}, "inputs and targets"),
        ({"dtype": "int64"}, "int64"),
        ({"steps": ()}, "no step"),
    ],
)
def test_says_why_it_could_not_compare(change, why):
    found = compare(dataclasses.replace(run_loop(epochs=1), **change))
    assert why in found.why_not
    assert not found.is_descent


def test_says_that_shapes_do_not_fit():
    run = run_loop(epochs=1)
    step = dataclasses.replace(run[0], b=(1.0,), b_after=(1.0,), grad_b=(1.0,))
    assert compare(dataclasses.replace(run, steps=(step,))).why_not


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.sampled_from([1, 2, 5, 200]),
    d=st.integers(1, 6),
    k=st.integers(1, 4),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    size=st.floats(1e-3, 1e3),
    share=st.sampled_from([0.01, 0.5, 0.99, 3.0]),
    knows_lr=st.booleans(),
)
def test_never_doubts_a_right_step(seed, n, d, k, dtype, size, share, knows_lr):
    rng = np.random.default_rng(seed)
    inputs = torch.tensor(rng.normal(rng.normal(), size, (n, d)), dtype=dtype)
    targets = torch.tensor(rng.normal(0, 100, (n, k)), dtype=dtype)
    w = torch.tensor(rng.normal(size=(k, d)), dtype=dtype, requires_grad=True)
    b = torch.tensor(rng.normal(size=k), dtype=dtype, requires_grad=True)
    bowl = Bowl.from_data(inputs, targets)
    run = train(inputs, targets, w, b, lr=share * bowl.largest_stable_lr, epochs=6)
    steps = run.steps
    if not knows_lr:
        steps = tuple(dataclasses.replace(step, lr=None) for step in steps)
    found = compare(dataclasses.replace(run, steps=steps, quadratic=bowl.record()))
    assert found.is_descent
    assert False not in (*found.grad_w_equal, *found.grad_b_equal)
