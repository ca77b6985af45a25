"""The inputs of the questions about data, the start and the results, drawn from a seed.

>>> [case.label for case in draw_temps(seed=1)][:2]
['3 temperatures', '1 temperature, int64']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.cases import DTYPES, SHAPES, case_of, count_of, shape_label
from rainfall_kit.lesson.orchard import load_orchard

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case


def draw_tables(seed: int) -> tuple[Case, ...]:
    """Tables as arrays of whole numbers, of float32 and of float64.

    Example:
        >>> {case.dtype for case in draw_tables(0)} == {"int64", "float32", "float64"}
        True
    """
    rng = np.random.default_rng([seed, 4])
    cases = [case_of("a small table", "float32", public=True, inputs=[[73, 67]], targets=[[56]])]
    for n, d, k in SHAPES:
        for dtype in ("int64", *DTYPES):
            inputs, targets = rng.uniform(20, 140, (n, d)), rng.uniform(20, 140, (n, k))
            if dtype == "int64":
                inputs, targets = np.round(inputs), np.round(targets)
            label = shape_label(n, d, k, dtype)
            cases.append(case_of(label, dtype, inputs=inputs, targets=targets))
    return tuple(cases)


def draw_temps(seed: int) -> tuple[Case, ...]:
    """Temperatures in °F, as whole numbers and as fractions."""
    rng = np.random.default_rng([seed, 5])
    cases = [case_of("3 temperatures", "float32", public=True, temps=[32, 50, 212])]
    for count in (1, 2, 9):
        for dtype in ("int64", *DTYPES):
            temps = rng.integers(-40, 120, count) + (0 if dtype == "int64" else 0.25)
            temps[0] = abs(temps[0] - 45) + 45  # all close to 32 °F, rounding is all that shows
            cases.append(case_of(f"{count_of(count, 'temperature')}, {dtype}", dtype, temps=temps))
    return tuple(cases)


def draw_inputs(seed: int) -> tuple[Case, ...]:
    """Inputs whose columns have means and deviations of their own."""
    rng = np.random.default_rng([seed, 6])
    cases = [
        case_of("2 rows, 1 input", "float32", public=True, inputs=[[1], [3]]),
        case_of("3 rows, 2 inputs", "float32", public=True, inputs=[[0, 10], [3, 30], [6, 50]]),
    ]
    for n, d, k in SHAPES:
        for dtype in DTYPES:
            # a deviation far below the mean is lost to rounding in some right formulas
            centre, scale = rng.uniform(-9, 9, d), rng.uniform(4, 20, d)
            inputs = centre + scale * (rng.permuted(np.tile(np.arange(n), (d, 1)), axis=1).T)
            cases.append(case_of(shape_label(n, d, k, dtype), dtype, inputs=inputs))
    orchard = load_orchard()
    return (*cases, case_of("the five regions", "float32", inputs=orchard.inputs))


def draw_scaled(seed: int) -> tuple[Case, ...]:
    """Tables whose inputs are measured in all kinds of units, so that the limit of lr differs."""
    rng = np.random.default_rng([seed, 7])
    cases = [case_of("2 rows", "float32", public=True, inputs=[[1], [2]], targets=[[1], [3]])]
    for i, size in enumerate((1e3, 1.0, 1e2, 1e4, 1e1)):
        n, d, k = SHAPES[i % len(SHAPES)]
        dtype = DTYPES[i % 2]
        inputs, targets = rng.normal(size=(n, d)) * size, rng.normal(size=(n, k))
        label = f"inputs of about {size:g}, {dtype}"
        cases.append(case_of(label, dtype, inputs=inputs, targets=targets))
    near_1, targets = rng.uniform(0.8, 1.2, (4, 6)), rng.normal(size=(4, 1))
    cases.append(case_of("inputs of one size", "float32", inputs=near_1, targets=targets))
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
    # How many times too large each is, and whether those for w stand in order.
    wrong_by = (
        (1, 1, 1),
        (2, 2, 1),
        (1, 0, 1),
        (0.5, 0.5, 1),
        (1, 1, 1),
        (3, 1, 1),
        (-1, -1, 1),
        (1, 2, 1),
        (1, 1, -1),
        (1.25, 1.25, 1),
    )
    for i, (by_w, by_b, order) in enumerate(wrong_by):
        n, d, k = SHAPES[i % len(SHAPES)]
        inputs, targets = rng.normal(size=(n, d)), rng.normal(size=(n, k))
        w, b = rng.normal(size=(k, d)), rng.normal(size=k)
        # away from where its slope is 0: else 0 would be wrong by less than what some answers forgive
        b += np.copysign(0.5, (inputs @ w.T + b - targets).mean(axis=0))
        table = case_of(
            shape_label(n, d, k, "float64"), "float64", inputs=inputs, targets=targets, w=w, b=b
        )
        # the slopes at the numbers as the case holds them, so that a strict comparison holds, too
        inputs, targets, w, b = table.arrays("inputs", "targets", "w", "b")
        error = (inputs @ w.T + b - targets) * 2 / targets.size
        cases.append(
            case_of(
                table.label,
                "float64",
                inputs=inputs,
                targets=targets,
                w=w,
                b=b,
                grad_w=by_w * (error.T @ inputs)[:, ::order],
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
        case_of(
            "1 loss" if len(losses) == 1 else f"{len(losses)} losses",
            "float32",
            public=True,
            losses=losses,
        )
        for losses in shown
    ]
    for ratio in (0.5, 0.999, 1.001, 3.0):
        start, count = rng.uniform(1, 90), int(rng.integers(3, 9))
        cases.append(case_of("a longer run", "float32", losses=start * ratio ** np.arange(count)))
    up_and_down = rng.uniform(2, 9, 5)
    return (
        *cases,
        case_of("a run that ends in nan", "float32", losses=[*up_and_down, np.nan]),
        case_of("a run up and down", "float32", losses=[10, *up_and_down, 1]),
        case_of("a run that rises at its end", "float32", losses=[10, 1, *sorted(up_and_down)]),
        case_of("a run that comes down again", "float32", losses=[10, *(10 + up_and_down), 9.5]),
        case_of("a run that comes down a little", "float32", losses=[1, *-np.sort(-up_and_down)]),
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
            (1.008, 1.0001),
            (1.013, 1.0001),
            (50.0, 1.3),
            (50.0, 1.0),
        ):
            floor = rng.uniform(0.2, 5)
            last = floor * end
            before = last * last_fall * np.linspace(rng.uniform(1.5, 9), 1, count - 1)
            label = f"{count} losses"
            cases.append(case_of(label, "float32", losses=[*before, last], floor=floor))
    floor = rng.uniform(0.2, 5)
    risen = case_of("4 losses", "float32", losses=floor * np.array([9, 2, 1, 4]), floor=floor)
    return (*cases, risen)


def draw_nothing(seed: int) -> tuple[Case, ...]:  # noqa: ARG001  every question draws from a seed
    """Two calls without arguments.

    Example:
        >>> len(draw_nothing(0))
        2
    """
    return tuple(case_of(f"call {i}", "float32", public=True) for i in (1, 2))
