"""Cases made of arrays and numbers, of many shapes and sizes.

The first cases of a question are the same for every seed and small enough to show. The others come
from the seed, and no message shows their numbers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rainfall_kit.checks.observations import Case, Value, read_text
from rainfall_kit.lesson.own_orchard import orchard_of

DTYPES = ("float32", "float64")
# Rows, inputs, crops of the drawn tables. No two counts of a table are the same.
SHAPES = ((7, 3, 2), (5, 1, 3), (4, 6, 1), (2, 4, 3))


def case_of(label: str, dtype: str, *, public: bool = False, **given: Any) -> Case:
    """A case from arrays, numbers and texts.

    Example:
        >>> case_of("one", "float32", lr=0.5, b=[1.0]).value("b").shape
        (1,)
    """
    values = []
    for name, thing in given.items():
        if isinstance(thing, str):
            values.append(read_text(name, thing))
            continue
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


def made_up_regions(seed: int) -> tuple[Case, Case]:
    """Two orchards of made-up regions.

    Example:
        >>> made_up_regions(1)[0].value("inputs").shape
        (5, 3)
    """
    made, other = orchard_of(seed), orchard_of(seed + 1)
    return (
        case_of("made-up regions", "float32", inputs=made.inputs, targets=made.targets),
        case_of("others", "float64", inputs=other.inputs, targets=other.targets),
    )


def shape_label(n: int, d: int, k: int, dtype: str) -> str:
    """A message's words for a table of n rows, d inputs and k crops.

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
