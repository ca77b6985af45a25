"""Rules other than plain gradient descent are told from the moves, and plain mistakes are not."""

import numpy as np
import pytest

from rainfall_kit.checks.diagnosis.update_rules import find_rule
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.run import Run, Step

RNG = np.random.default_rng(3)
BOWL = Bowl.from_data(RNG.normal(size=(20, 3)), RNG.normal(size=(20, 2)))
LR = 0.05


def record(move, steps=5):
    """A run whose moves `move(g, theta, t, memory)` makes of the gradient, (2, 4) each."""
    theta, memory, kept = RNG.normal(size=(2, 4)), {}, []
    for number in range(1, steps + 1):
        grad_w, grad_b = BOWL.gradient(theta[:, :3], theta[:, 3])
        g = np.concatenate([grad_w, grad_b[:, None]], axis=1)
        after = theta - move(g, theta, number, memory)
        kept.append(
            Step(
                number=number,
                lr=LR,
                loss=1.0,
                w=rows(theta[:, :3]),
                b=tuple(theta[:, 3].tolist()),
                w_after=rows(after[:, :3]),
                b_after=tuple(after[:, 3].tolist()),
                grad_w=rows(grad_w),
                grad_b=tuple(grad_b.tolist()),
            )
        )
        theta = after
    return Run(steps=tuple(kept), final_loss=1.0)


def rows(matrix):
    return tuple(map(tuple, matrix.tolist()))


def momentum(g, theta, t, memory):  # noqa: ARG001
    memory["v"] = 0.9 * memory.get("v", 0) + g
    return LR * memory["v"]


def averaged(g, theta, t, memory):  # noqa: ARG001
    memory["v"] = 0.8 * memory.get("v", 0) + 0.2 * g
    return LR * memory["v"]


def nesterov(g, theta, t, memory):  # noqa: ARG001
    memory["v"] = 0.9 * memory.get("v", 0) + g
    return LR * (g + 0.9 * memory["v"])


def adam(g, theta, t, memory):  # noqa: ARG001
    memory["m"] = 0.9 * memory.get("m", 0) + 0.1 * g
    memory["s"] = 0.999 * memory.get("s", 0) + 0.001 * g**2
    return LR * (memory["m"] / (1 - 0.9**t)) / (np.sqrt(memory["s"] / (1 - 0.999**t)) + 1e-8)


def decay(g, theta, t, memory):  # noqa: ARG001
    return LR * (g + 0.1 * np.concatenate([theta[:, :3], 0 * theta[:, 3:]], axis=1))


def summed(g, theta, t, memory):  # noqa: ARG001
    memory["sum"] = memory.get("sum", 0) + g
    return LR * memory["sum"]


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (momentum, "momentum"),
        (averaged, "momentum"),
        (nesterov, "momentum"),
        (adam, "as Adam"),
        (decay, "weight decay"),
        (lambda g, theta, t, memory: LR * 0.9**t * g, "changes from step to step"),  # noqa: ARG005
        (lambda g, theta, t, memory: LR * g / np.linalg.norm(g), "changes"),  # noqa: ARG005
        (lambda g, theta, t, memory: LR * np.clip(g, -0.5, 0.5), "clipped at 0.5"),  # noqa: ARG005
    ],
    ids=["momentum", "averaged", "nesterov", "adam", "decay", "schedule", "normalised", "clipped"],
)
def test_a_rule_is_recognised(move, said):
    assert said in find_rule(record(move))


@pytest.mark.parametrize(
    "move",
    [
        lambda g, theta, t, memory: LR * g,  # noqa: ARG005
        lambda g, theta, t, memory: -LR * g,  # noqa: ARG005
        lambda g, theta, t, memory: 10 * LR * g,  # noqa: ARG005
        lambda g, theta, t, memory: LR * theta,  # noqa: ARG005
        lambda g, theta, t, memory: LR * g * [1, 1, 1, 0],  # noqa: ARG005
        lambda g, theta, t, memory: LR * g * [1, 1, 1, -1],  # noqa: ARG005
        lambda g, theta, t, memory: LR * g * [1, 1, 1, 10],  # noqa: ARG005
        lambda g, theta, t, memory: LR * g[:, [1, 0, 2, 3]],  # noqa: ARG005
        summed,
    ],
    ids=[
        "plain",
        "uphill",
        "ten times",
        "along w",
        "b still",
        "b uphill",
        "b longer",
        "swapped",
        "sum",
    ],
)
def test_a_mistake_is_no_rule(move):
    assert find_rule(record(move)) == ""
