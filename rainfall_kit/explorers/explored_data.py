"""What an explorer explores: a table of data, a place to start from, and what things are called.

>>> scene_of().crop_names
('apples', 'oranges')
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rainfall_kit.errors import OptionError
from rainfall_kit.figures.layout import COLOURS
from rainfall_kit.lesson.arrays import check_table
from rainfall_kit.lesson.orchard import CROPS, INPUT_NAMES, load_orchard
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.json_record import Record
from rainfall_kit.records.run import Matrix, Quadratic, Run, Vector

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = npt.NDArray[np.float64]
Rows = tuple[Floats, Floats]


_MOST_LINES = 12  # predictions that one picture can show


@dataclass(frozen=True, kw_only=True)
class Scene(Record):
    """The data and the start.

    Attributes:
        quadratic: the data, as the loss sees it.
        w: (k, d) weights to start from.
        b: (k,) offsets to start from.
        input_names: d names.
        crop_names: k names.
        regions: names of the rows that pictures show, the first few.
        inputs: the rows that pictures show, (r, d); empty when only the loss is known.
        targets: (r, k).
        losses: the losses of a run of the student's own, or none.
        numbers: after how many steps each of them was.
    """

    quadratic: Quadratic
    w: Matrix
    b: Vector
    input_names: tuple[str, ...]
    crop_names: tuple[str, ...]
    regions: tuple[str, ...] = ()
    inputs: Matrix = ()
    targets: Matrix = ()
    losses: Vector = ()
    numbers: tuple[int, ...] = ()

    @cached_property
    def bowl(self) -> Bowl:
        """The loss of the data."""
        return Bowl.from_record(self.quadratic)

    @property
    def param_names(self) -> list[str]:
        """A name for each entry of w, row by row, and then of b."""
        weights = [f"{crop}, {each}" for crop in self.crop_names for each in self.input_names]
        return weights + [f"{crop}, offset" for crop in self.crop_names]

    @property
    def start_loss(self) -> float:
        """The loss at w and b."""
        return self.bowl.loss(self.w, self.b)


def scene_of(
    run: Run | None = None,
    *,
    inputs: Any = None,
    targets: Any = None,
    w: Any = None,
    b: Any = None,
    regions: Sequence[str] | None = None,
    input_names: Sequence[str] | None = None,
    crop_names: Sequence[str] | None = None,
) -> Scene:
    """Put together what is given, and the lesson's for what is not.

    Args:
        run: a run of the student's own: its data, its start and its losses.
        inputs: (n, d) data; the run's or the lesson's unless given together with targets.
        targets: (n, k) data.
        w: (k, d) weights to start from; the run's, or the lesson's for seed 0.
        b: (k,) offsets to start from.
        regions: n names for the rows.
        input_names: d names for the columns of inputs.
        crop_names: k names for the columns of targets.

    Raises:
        DataError: the table cannot be used; the message says which row and column.
        OptionError: the run has no steps or no data, or the parts do not fit together.
    """
    start = _start(run, w, b)
    rows = rows_of(run, inputs, targets)
    bowl = _bowl(run, rows)
    d, k = bowl.n_inputs, bowl.n_crops
    start = start or _lesson_start(d, k)
    _check_sizes(bowl, *start)
    lesson = (d, k) == (len(INPUT_NAMES), len(CROPS))
    known = [(run.input_names, run.crop_names)] if run else []
    known += [(INPUT_NAMES, CROPS)] if lesson else []
    of_inputs, of_crops = [each for each, _ in known], [each for _, each in known]
    scene = Scene(
        quadratic=bowl.record(),
        w=start[0],
        b=start[1],
        input_names=_names("input_names", [input_names, *of_inputs, _numbered("x", d)], d),
        crop_names=_names("crop_names", [crop_names, *of_crops, _numbered("crop ", k)], k),
        losses=run.losses if run else (),
        numbers=run.numbers if run else (),
    )
    return scene if rows is None else _with_rows(scene, *rows, regions)


def scene_and_rows(opener: str, run: Run | None, **given: Any) -> tuple[Scene, Rows]:
    """A scene with its table, for explorers that let torch work on it.

    Args:
        opener: the function that opens the explorer, for the message.
        run: as for `scene_of`.
        given: as for `scene_of`.

    Raises:
        DataError: as for `scene_of`.
        OptionError: as for `scene_of`; or the run was on other data, and none are given.

    Example:
        >>> len(scene_and_rows("explore_weights", None)[1])
        2
    """
    rows = rows_of(run, given.get("inputs"), given.get("targets"))
    scene = scene_of(run, **given)
    if rows is None:
        raise OptionError(
            "this run does not tell what its rows were. "
            f"Try: {opener}(run, inputs=inputs, targets=targets)"
        )
    return scene, rows


def _bowl(run: Run | None, rows: Rows | None) -> Bowl:
    if rows is not None:
        return Bowl.from_data(*rows)
    assert run is not None and run.quadratic is not None  # only the loss of its data is known
    return Bowl.from_record(run.quadratic)


def _check_sizes(bowl: Bowl, w: Matrix, b: Vector) -> None:
    with np.errstate(over="ignore"):
        sizes = [bowl.loss(w, b), *bowl.eigenvalues]
    if not np.isfinite(sizes).all():
        raise OptionError(
            "the loss of these data is past all numbers. Try: smaller units for inputs and targets"
        )


def _with_rows(scene: Scene, x: Floats, y: Floats, regions: Sequence[str] | None) -> Scene:
    """The scene with the first rows of its table, as many as a picture can show."""
    shown = max(1, _MOST_LINES // min(y.shape[1], len(COLOURS)))
    return dataclasses.replace(
        scene,
        regions=tuple(str(each) for each in _region_names(x, regions)[:shown]),
        inputs=matrix("inputs", x[:shown]),
        targets=matrix("targets", y[:shown]),
    )


def matrix(name: str, values: Any) -> Matrix:
    """A table of finite numbers, such as w, as a tuple of rows.

    Raises:
        OptionError: it is something else.

    Example:
        >>> matrix("w", [[1, 2]])
        ((1.0, 2.0),)
    """
    rows = _numbers(name, values, "a table of numbers")
    if rows.ndim != 2:
        raise OptionError(f"{name} must be a table of numbers, got shape {rows.shape}")
    return tuple(tuple(row) for row in rows.tolist())


def vector(name: str, values: Any) -> Vector:
    """A row of finite numbers, such as b.

    Raises:
        OptionError: it is something else.

    Example:
        >>> vector("b", np.array([1, 2]))
        (1.0, 2.0)
    """
    row = _numbers(name, values, "a row of numbers")
    if row.ndim != 1:
        raise OptionError(f"{name} must be a row of numbers, got shape {row.shape}")
    return tuple(row.tolist())


def _numbers(name: str, values: Any, allowed: str) -> Floats:
    if hasattr(values, "detach"):  # a tensor, of any device and perhaps watched by autograd
        values = values.detach().cpu().tolist()
    try:
        numbers = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise OptionError(f"{name} must be {allowed}, got {str(values)[:60]}") from None
    if not np.isfinite(numbers).all():
        raise OptionError(f"{name} must be {allowed} that are finite. Look at: {name}")
    return numbers


def _start(run: Run | None, w: Any, b: Any) -> tuple[Matrix, Vector] | None:
    """Where to start from, if it is given: by w and b, or by a run that can be explored."""
    if run is not None:
        _check_run(run)
    if (w is None) != (b is None):
        raise OptionError("w and b must be given together. Try: w=w, b=b")
    if w is not None:
        return matrix("w", w), vector("b", b)
    return None if run is None else (run.steps[0].w, run.steps[0].b)


def _check_run(run: Run) -> None:
    if not isinstance(run, Run):
        raise OptionError(
            f"an explorer opens on a run, got {type(run).__name__}. "
            "Try: a run that %%gd_step -o run kept, or inputs=…, targets=…"
        )
    if not run.steps or run.quadratic is None:
        lacks = "data that it fits" if run.steps else "steps"
        raise OptionError(f"this run has no {lacks}. Try: %%gd_step --epochs 100 -o run")


def rows_of(run: Run | None = None, inputs: Any = None, targets: Any = None) -> Rows | None:
    """The table of data: the one given, or the lesson's; None if the run had another.

    Raises:
        DataError: the table cannot be used.
        OptionError: only one of inputs and targets is given.

    Example:
        >>> rows_of()[0].shape
        (5, 3)
    """
    if (inputs is None) != (targets is None):
        raise OptionError(
            "inputs and targets must be given together. Try: inputs=inputs, targets=targets"
        )
    if inputs is not None:
        return check_table(inputs, targets)
    orchard = load_orchard()
    rows = check_table(orchard.inputs, orchard.targets)
    of_run = run.quadratic if run else None
    return rows if of_run is None or of_run == Bowl.from_data(*rows).record() else None


def _region_names(x: Floats, regions: Sequence[str] | None) -> Sequence[str]:
    if regions is not None:
        if len(regions) != len(x):
            raise OptionError(f"regions must be {len(x)} names, got {len(regions)}")
        return regions
    orchard = load_orchard()
    if x.shape == orchard.inputs.shape and (x == orchard.inputs).all():
        return orchard.regions
    return [f"row {i}" for i in range(len(x))]


def _lesson_start(d: int, k: int) -> tuple[Matrix, Vector]:
    if (d, k) != (len(INPUT_NAMES), len(CROPS)):
        return ((0.0,) * d,) * k, (0.0,) * k
    from rainfall_kit.lesson.reference import init_params

    w, b = init_params(seed=0)
    return matrix("w", w), vector("b", b)


def _names(what: str, choices: list[Sequence[str] | None], count: int) -> tuple[str, ...]:
    """The first of these that has as many names; what was asked for stands first, and must."""
    asked = choices[0]
    if asked is not None and len(asked) != count:
        raise OptionError(f"{what} must be {count} names, got {len(asked)}")
    fitting = next(each for each in choices if each is not None and len(each) == count)
    return tuple(str(each) for each in fitting)


def _numbered(stem: str, count: int) -> tuple[str, ...]:
    return tuple(f"{stem}{i}" for i in range(count))
