"""The inputs of the model, the loss and the steps, drawn from a seed: of many shapes and sizes.

The first cases of a question are the same for every seed and small enough to show. The others come
from the seed, and no message shows their numbers.

    >>> cases = draw_steps(seed=1)
    >>> cases[0].public, cases[-1].public
    (True, False)
    >>> cases == draw_steps(seed=1), cases == draw_steps(seed=2)
    (True, False)
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from rainfall_kit.checks.observations import Case, Value
from rainfall_kit.lesson.orchard import load_orchard

DTYPES = ("float32", "float64")
# Rows, inputs, crops of the drawn tables. No two counts of a table are the same.
SHAPES = ((7, 3, 2), (5, 1, 3), (4, 6, 1), (2, 4, 3))


def case_of(label: str, dtype: str, *, public: bool = False, **given: Any) -> Case:
    """A case from arrays and numbers.

    Example:
        >>> case_of("one", "float32", lr=0.5, b=[1.0]).value("b").shape
        (1,)
    """
    values = []
    for name, thing in given.items():
        # Numbers that float32 holds exactly are the same in every dtype.
        numbers = np.asarray(thing, dtype=np.float32)
        kind = "tensor" if numbers.ndim else "number"
        # a number such as lr is a Python float in both dtypes
        flat = numbers.astype(np.float64).flatten() if numbers.ndim else [float(thing)]
        values.append(
            Value(
                name=name,
                kind=kind,
                shape=numbers.shape,
                numbers=tuple(math.nan if math.isnan(x) else float(x) for x in flat),
            )
        )
    return Case(label=label, dtype=dtype, given=tuple(values), public=public)


def draw_weights(seed: int) -> tuple[Case, ...]:
    """Inputs x with weights w and offsets b, for `model`.

    Example:
        >>> draw_weights(0)[0].label
        '1 row'
    """
    rng = np.random.default_rng([seed, 1])
    cases = [
        case_of("1 row", "float32", public=True, x=[[2, 3]], w=[[1, 10]], b=[5]),
        case_of(
            "2 rows, 2 crops",
            "float32",
            public=True,
            x=[[1, 2, 3], [0, 1, 0]],
            w=[[1, 0, 2], [3, 1, 0]],
            b=[10, 20],
        ),
    ]
    for n, d, k in SHAPES:
        for dtype in DTYPES:
            x, w, b = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
            cases.append(case_of(shape_label(n, d, k, dtype), dtype, x=x, w=w, b=b))
    x, w, b = rng.normal(size=(6, 3)), rng.normal(size=(2, 3)), rng.normal(size=2)
    for name, size in (("large", 1e6), ("tiny", 1e-6)):
        cases.append(case_of(f"{name} numbers", "float32", x=x * size, w=w, b=b * size))
    return tuple(cases)


def draw_preds(seed: int) -> tuple[Case, ...]:
    """Predictions and targets, for `mse`.

    Example:
        >>> draw_preds(0)[0].label
        '1 row, 1 crop'
    """
    rng = np.random.default_rng([seed, 2])
    cases = [
        case_of("1 row, 1 crop", "float32", public=True, preds=[[5]], targets=[[2]]),
        case_of(
            "2 rows, 2 crops",
            "float32",
            public=True,
            preds=[[1, 2], [3, 4]],
            targets=[[2, 2], [1, 8]],
        ),
        case_of(
            "3 rows, 1 crop", "float32", public=True, preds=[[1], [2], [3]], targets=[[3], [2], [0]]
        ),
    ]
    for n, k in ((7, 3), (2, 5), (1, 4), (6, 1)):
        for dtype in DTYPES:
            preds, targets = rng.normal(size=(n, k)), rng.normal(size=(n, k))
            cases.append(
                case_of(
                    f"{count_of(n, 'row')}, {count_of(k, 'crop')}, {dtype}",
                    dtype,
                    preds=preds,
                    targets=targets,
                )
            )
    preds, targets = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    cases += [
        case_of("large numbers", "float32", preds=preds * 1e6, targets=targets * 1e6),
        case_of("tiny numbers", "float32", preds=preds * 1e-6, targets=targets * 1e-6),
        case_of("preds equal to targets", "float32", preds=preds, targets=preds),
    ]
    return tuple(cases)


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


def draw_runs(seed: int) -> tuple[Case, ...]:
    """The same with a number of epochs, for `train`.

    Example:
        >>> draw_runs(0)[0].label
        '1 row, 1 input, 1 crop, 2 epochs'
    """
    epochs = (2, 1, 4, 3, 5, 1, 4, 3, 16, 8, 4)
    return tuple(
        dataclasses.replace(
            case,
            label=f"{case.label}, {count_of(count, 'epoch')}",
            given=(*case.given, Value(name="epochs", numbers=(float(count),))),
        )
        for case, count in zip(draw_walks(seed), epochs, strict=True)
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


def shape_label(n: int, d: int, k: int, dtype: str) -> str:
    """What a message calls a table of n rows, d inputs and k crops.

    Example:
        >>> shape_label(7, 1, 2, "float64")
        '7 rows, 1 input, 2 crops, float64'
    """
    return f"{count_of(n, 'row')}, {count_of(d, 'input')}, {count_of(k, 'crop')}, {dtype}"


def count_of(number: int, thing: str) -> str:
    """A number of things in words.

    Example:
        >>> count_of(1, "row"), count_of(2, "row")
        ('1 row', '2 rows')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
