"""Cases of the questions that take steps: a table, parameters and an lr, drawn from a seed.

>>> cases = draw_steps(seed=1)
>>> cases[0].public, cases[-1].public
(True, False)
>>> cases == draw_steps(seed=1), cases == draw_steps(seed=2)
(True, False)
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from rainfall_kit.checks.questions.drawing import DTYPES, SHAPES, case_of, shape_label
from rainfall_kit.lesson.orchard import load_orchard

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case


def draw_steps(seed: int) -> tuple[Case, ...]:
    """A table, parameters and an lr that is stable on it, for everything that takes steps.

    `reset` is 1 where the gradients hold zeros from an earlier reset, and 0 where they hold None.

    Example:
        >>> draw_steps(0)[-1].label
        'the five regions'
    """
    rng = np.random.default_rng([seed, 3])
    cases = [
        case_of(
            "1 row, 1 input, 1 crop",
            "float32",
            public=True,
            inputs=[[2]],
            targets=[[3]],
            w=[[1]],
            b=[0.5],
            lr=0.0625,
            reset=0,
        ),
        case_of(
            "3 rows, 2 inputs, 1 crop",
            "float32",
            public=True,
            inputs=[[1, 0], [0, 2], [1, 1]],
            targets=[[1], [2], [4]],
            w=[[1, 2]],
            b=[0.5],
            lr=0.125,
            reset=1,
        ),
        # With one crop, rows and elements are as many, and so are the losses that divide by them.
        case_of(
            "2 rows, 1 input, 2 crops",
            "float32",
            public=True,
            inputs=[[1], [2]],
            targets=[[1, 3], [2, 1]],
            w=[[2], [1]],
            b=[0.5, 1],
            lr=0.25,
            reset=0,
        ),
    ]
    for i, (n, d, k) in enumerate((*SHAPES, (3, 2, 5))):
        # a single offset may come close to 0, where float32 leaves nothing to compare
        dtype = "float64" if k == 1 else DTYPES[i % 2]
        cases.append(_draw_step(rng, n, d, k, dtype, reset=i // 2 % 2))
    orchard = load_orchard()
    cases.append(
        case_of(
            "the five regions",
            "float32",
            inputs=orchard.inputs,
            targets=orchard.targets,
            w=rng.normal(size=(2, 3)),
            b=rng.normal(size=2),
            lr=1e-5,
            reset=0,
        )
    )
    return tuple(cases)


def draw_walks(seed: int) -> tuple[Case, ...]:
    """The same, and walks that invite to stop: past the largest stable lr, and close to the lowest point.

    Example:
        >>> [case.label for case in draw_walks(0)[-3:]]
        ['an lr with which the loss grows', 'a start close to the lowest point', 'a start with a loss of 0']
    """
    rng = np.random.default_rng([seed, 11])
    n, d, k = SHAPES[seed % len(SHAPES)]
    grows = _draw_step(rng, n, d, k, "float64", reset=0, share=1.05)
    low = _draw_step(rng, 7, 3, 2, "float64", reset=1)
    inputs, targets = low.arrays("inputs", "targets")
    best = np.linalg.lstsq(np.column_stack([inputs, np.ones(7)]), targets, rcond=None)[0]
    best += 3e-5  # a step still shows in w, and hardly in the loss
    # Whole numbers, so that a loss of 0 is 0 in every style.
    fit: dict[str, Any] = {
        "inputs": rng.integers(-4, 5, (6, 2)),
        "w": rng.integers(-4, 5, (3, 2)),
        "b": rng.integers(1, 5, 3),
    }
    fit["targets"] = fit["inputs"] @ fit["w"].T + fit["b"]
    return (
        *draw_steps(seed),
        dataclasses.replace(grows, label="an lr with which the loss grows"),
        case_of(
            "a start close to the lowest point",
            "float64",
            inputs=inputs,
            targets=targets,
            w=best[:-1].T,
            b=best[-1],
            lr=low.number("lr"),
            reset=1,
        ),
        case_of("a start with a loss of 0", "float32", **fit, lr=0.015625, reset=0),
    )


def _draw_step(
    rng: np.random.Generator, n: int, d: int, k: int, dtype: str, *, reset: int, share: float = 0.2
) -> Case:
    inputs = rng.normal(size=(n, d))
    a = np.column_stack([inputs, np.ones(n)])
    largest = n * k / np.linalg.norm(a, 2) ** 2  # 2/λmax, the largest stable lr
    return case_of(
        shape_label(n, d, k, dtype),
        dtype,
        inputs=inputs,
        targets=rng.normal(size=(n, k)),
        w=rng.normal(size=(k, d)),
        b=rng.normal(size=k),
        lr=float(np.float32(share * largest)),
        reset=reset,
    )
