"""The inputs that a question draws from a seed: plain numbers, of many shapes and sizes.

The first cases of a question are the same for every seed and small enough to show. The others come
from the seed, and no message shows their numbers.

    >>> cases = draw_steps(seed=1)
    >>> cases[0].public, cases[-1].public
    (True, False)
    >>> cases == draw_steps(seed=1), cases == draw_steps(seed=2)
    (True, False)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rainfall_kit.checks.observations import Case, Value
from rainfall_kit.orchard import load_orchard

__all__ = [
    "case_of",
    "draw_curves",
    "draw_inputs",
    "draw_losses",
    "draw_nothing",
    "draw_preds",
    "draw_runs",
    "draw_scaled",
    "draw_slopes",
    "draw_steps",
    "draw_tables",
    "draw_temps",
    "draw_weights",
]

_DTYPES = ("float32", "float64")
# Rows, inputs, crops of the drawn tables. No two counts of a table are the same.
_SHAPES = ((7, 3, 2), (5, 1, 3), (4, 6, 1), (2, 4, 3))


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
    for n, d, k in _SHAPES:
        for dtype in _DTYPES:
            x, w, b = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
            cases.append(case_of(_shape_label(n, d, k, dtype), dtype, x=x, w=w, b=b))
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
        for dtype in _DTYPES:
            preds, targets = rng.normal(size=(n, k)), rng.normal(size=(n, k))
            cases.append(
                case_of(f"{n} rows, {k} crops, {dtype}", dtype, preds=preds, targets=targets)
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
    for i, (n, d, k) in enumerate((*_SHAPES, (3, 2, 5))):
        cases.append(_draw_step(rng, n, d, k, _DTYPES[i % 2], reset=i // 2 % 2))
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


def draw_runs(seed: int) -> tuple[Case, ...]:
    """The same with a number of epochs, for `train`.

    Example:
        >>> draw_runs(0)[0].label
        '1 row, 1 input, 1 crop, 2 epochs'
    """
    epochs = (2, 1, 5, 3, 7, 1, 4, 6)
    return tuple(
        Case(
            label=f"{case.label}, {epochs[i % 8]} epochs",
            dtype=case.dtype,
            given=(*case.given, Value(name="epochs", numbers=(float(epochs[i % 8]),))),
            public=case.public,
        )
        for i, case in enumerate(draw_steps(seed))
    )


def draw_tables(seed: int) -> tuple[Case, ...]:
    """Tables of whole numbers, as float32, float64 and whole-number arrays.

    Example:
        >>> {case.dtype for case in draw_tables(0)} == {"int64", "float32", "float64"}
        True
    """
    rng = np.random.default_rng([seed, 4])
    cases = [case_of("a small table", "float32", public=True, inputs=[[73, 67]], targets=[[56]])]
    for n, d, k in _SHAPES:
        for dtype in ("int64", *_DTYPES):
            inputs, targets = rng.integers(20, 140, (n, d)), rng.integers(20, 140, (n, k))
            label = _shape_label(n, d, k, dtype)
            cases.append(case_of(label, dtype, inputs=inputs, targets=targets))
    return tuple(cases)


def draw_temps(seed: int) -> tuple[Case, ...]:
    """Temperatures in °F, as whole numbers and as fractions."""
    rng = np.random.default_rng([seed, 5])
    cases = [case_of("3 temperatures", "float32", public=True, temps=[32, 50, 212])]
    for count in (1, 2, 9):
        for dtype in ("int64", *_DTYPES):
            temps = rng.integers(-40, 120, count) + (0 if dtype == "int64" else 0.25)
            cases.append(case_of(f"{count} temperatures, {dtype}", dtype, temps=temps))
    return tuple(cases)


def draw_inputs(seed: int) -> tuple[Case, ...]:
    """Inputs whose columns have means and deviations of their own."""
    rng = np.random.default_rng([seed, 6])
    cases = [
        case_of("2 rows, 1 input", "float32", public=True, inputs=[[1], [3]]),
        case_of("3 rows, 2 inputs", "float32", public=True, inputs=[[0, 10], [3, 30], [6, 50]]),
    ]
    for n, d, k in _SHAPES:
        for dtype in _DTYPES:
            centre, scale = rng.uniform(-9, 9, d), rng.uniform(0.5, 20, d)
            inputs = centre + scale * (rng.permuted(np.tile(np.arange(n), (d, 1)), axis=1).T)
            cases.append(case_of(_shape_label(n, d, k, dtype), dtype, inputs=inputs))
    orchard = load_orchard()
    return (*cases, case_of("the five regions", "float32", inputs=orchard.inputs))


def draw_scaled(seed: int) -> tuple[Case, ...]:
    """Tables whose inputs are measured in all kinds of units, so that the limit of lr differs."""
    rng = np.random.default_rng([seed, 7])
    cases = [case_of("2 rows", "float32", public=True, inputs=[[1], [2]], targets=[[1], [3]])]
    for size in (1e3, 1.0, 1e2, 1e4, 1e1):
        n, d, k = _SHAPES[len(cases) % len(_SHAPES)]
        inputs, targets = rng.normal(size=(n, d)) * size, rng.normal(size=(n, k))
        cases += [
            case_of(f"inputs of about {size:g}, {dtype}", dtype, inputs=inputs, targets=targets)
            for dtype in _DTYPES
        ]
    orchard = load_orchard()
    regions = case_of("the five regions", "float32", inputs=orchard.inputs, targets=orchard.targets)
    return (*cases, regions)


def draw_slopes(seed: int) -> tuple[Case, ...]:
    """Tables with slopes for w and b: the right ones, and wrong ones that lead downhill too."""
    rng = np.random.default_rng([seed, 8])
    cases = [
        case_of(
            label,
            "float32",
            public=True,
            inputs=[[2]],
            targets=[[3]],
            w=[[0]],
            b=[0],
            grad_w=[[-12 * size]],
            grad_b=[-6 * size],
        )
        for label, size in (("the right slopes", 1), ("slopes that are twice too large", 2))
    ]
    wrong_by = ((1, 1), (2, 2), (1, 0), (0.5, 0.5), (1, 1), (3, 1), (-1, -1), (1, 2))
    for i, (by_w, by_b) in enumerate(wrong_by):
        n, d, k = _SHAPES[i % len(_SHAPES)]
        inputs, targets = rng.normal(size=(n, d)), rng.normal(size=(n, k))
        w, b = rng.normal(size=(k, d)), rng.normal(size=k)
        error = (inputs @ w.T + b - targets) * 2 / targets.size
        cases.append(
            case_of(
                _shape_label(n, d, k, "float64"),
                "float64",
                inputs=inputs,
                targets=targets,
                w=w,
                b=b,
                grad_w=by_w * error.T @ inputs,
                grad_b=by_b * error.sum(axis=0),
            )
        )
    return tuple(cases)


def draw_losses(seed: int) -> tuple[Case, ...]:
    """Losses of a run that falls, rises, stays, or is no number any more."""
    rng = np.random.default_rng([seed, 9])
    shown: tuple[list[float], ...] = (
        [4, 2, 1],
        [1, 2, 4],
        [4, 9, np.nan],
        [4, np.inf],
        [5, 5],
        [3],
    )
    cases = [
        case_of(f"{len(losses)} losses", "float32", public=True, losses=losses) for losses in shown
    ]
    for ratio in (0.5, 0.999, 1.001, 3.0):
        start, count = rng.uniform(1, 90), int(rng.integers(3, 9))
        cases.append(case_of("a longer run", "float32", losses=start * ratio ** np.arange(count)))
    up_and_down = rng.uniform(2, 9, 5)
    return (
        *cases,
        case_of("a run that ends in nan", "float32", losses=[*up_and_down, np.nan]),
        case_of("a run up and down", "float32", losses=[10, *up_and_down, 1]),
    )


def draw_curves(seed: int) -> tuple[Case, ...]:
    """Losses with the floor of their table: there or not, level or falling, few or many."""
    rng = np.random.default_rng([seed, 10])
    cases = [
        case_of("3 losses", "float32", public=True, losses=[8, 3, 1], floor=1),
        case_of("3 losses, level", "float32", public=True, losses=[8, 5, 4.99], floor=1),
    ]
    for count in (2, 4, 120):
        for end, last_fall in (
            (1.004, 1.3),
            (1.004, 1.0001),
            (1.2, 1.0001),
            (50.0, 1.3),
            (50.0, 1.0),
        ):
            floor = rng.uniform(0.2, 5)
            last = floor * end
            before = last * last_fall * np.linspace(rng.uniform(1.5, 9), 1, count - 1)
            label = f"{count} losses"
            cases.append(case_of(label, "float32", losses=[*before, last], floor=floor))
    return tuple(cases)


def draw_nothing(seed: int) -> tuple[Case, ...]:  # noqa: ARG001  every question draws from a seed
    """Two calls without arguments.

    Example:
        >>> len(draw_nothing(0))
        2
    """
    return tuple(case_of(f"call {i}", "float32", public=True) for i in (1, 2))


def _draw_step(rng: np.random.Generator, n: int, d: int, k: int, dtype: str, *, reset: int) -> Case:
    inputs = rng.normal(size=(n, d))
    a = np.column_stack([inputs, np.ones(n)])
    steepest = 2 / (n * k) * np.linalg.norm(a, 2) ** 2  # λmax
    return case_of(
        _shape_label(n, d, k, dtype),
        dtype,
        inputs=inputs,
        targets=rng.normal(size=(n, k)),
        w=rng.normal(size=(k, d)),
        b=rng.normal(size=k),
        lr=float(np.float32(0.4 / steepest)),
        reset=reset,
    )


def _shape_label(n: int, d: int, k: int, dtype: str) -> str:
    return f"{n} rows, {d} inputs, {k} crops, {dtype}"
