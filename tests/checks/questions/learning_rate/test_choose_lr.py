"""choose_lr is judged by a run: with an lr that passes the loss falls, with one that does not it grows."""

import numpy as np
import pytest

from rainfall_kit.checks.questions.registry import find_question

PROGRAM = "def choose_lr(inputs, targets):\n    return {share} * {limit}\n"


def losses(x, t, lr, epochs=60):
    a = np.column_stack([x, np.ones(len(x))]).astype(float)
    p = np.full((a.shape[1], t.shape[1]), 3.0)
    for _ in range(epochs):
        apart = a @ p - t
        yield (apart**2).mean()
        p -= lr * 2 / t.size * a.T @ apart


@pytest.mark.parametrize(("share", "falls"), [(0.9, True), (1.2, False)])
def test_what_passes_is_what_makes_the_loss_fall(share, falls):
    question = find_question("choose_lr")
    for case in question.draw(4):
        x, t = case.arrays("inputs", "targets")
        a = np.column_stack([x, np.ones(len(x))]).astype(float)
        limit = t.size / np.linalg.svd(a, compute_uv=False)[0] ** 2
        first, *_, last = losses(x, t, share * limit)
        assert (last < first) == falls
        seen = question.run(PROGRAM.format(share=share, limit=limit), case)
        small_enough = next(v for v in seen.values if "small enough" in v.name)
        assert bool(small_enough.numbers[0]) == falls
