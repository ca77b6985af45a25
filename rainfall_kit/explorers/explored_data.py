"""Explored data: the table that an explorer opens on, where descent starts, and all their names."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rainfall_kit.errors import OptionError
from rainfall_kit.explorers.validation import matrix, vector
from rainfall_kit.figures.layout import COLOURS
from rainfall_kit.figures.panels.predictions import predictions_panel, predictions_scale
from rainfall_kit.lesson.arrays import check_table
from rainfall_kit.lesson.orchard import CROPS, INPUT_NAMES, load_orchard
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.json_record import Record
from rainfall_kit.records.run import Matrix, Quadratic, Run, Vector

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = npt.NDArray[np.float64]
Rows = tuple[Floats, Floats]

LESSON_LR = 1e-5

_MOST_LINES = 12  # predictions that one picture can show


@dataclass(frozen=True, kw_only=True)
class ExploredData(Record):
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
    def column_names(self) -> list[str]:
        """A name for each input and for the offset: what one crop's parameters are called."""
        return [*self.input_names, "offset"]

    @property
    def param_names(self) -> list[str]:
        """A name for each entry of w, row by row, and then of b."""
        weights = [f"{crop}, {name}" for crop in self.crop_names for name in self.input_names]
        return weights + [f"{crop}, offset" for crop in self.crop_names]

    @property
    def start_loss(self) -> float:
        """The loss at w and b."""
        return self.bowl.loss(self.w, self.b)

    def preds(self, w: npt.ArrayLike, b: npt.ArrayLike) -> Matrix:
        """(r, k) predictions of the rows that pictures show; infinite where w and b are too large."""
        if not self.inputs:
            return ()
        with np.errstate(over="ignore", invalid="ignore"):
            preds = np.array(self.inputs) @ np.asarray(w).T + np.asarray(b)
        return tuple(tuple(row) for row in preds.tolist())

    def predictions_panel(self, preds: Matrix) -> str:
        """Some predictions beside the targets, on the axis that shows those at the start."""
        x = predictions_scale(self.targets, self.preds(self.w, self.b))
        return predictions_panel(
            x,
            preds,
            self.targets,
            regions=self.regions,
            crop_names=self.crop_names,
            more_rows=self.bowl.rows - len(self.regions),
        )


def explored_data(
    run: Run | None = None,
    *,
    inputs: Any = None,
    targets: Any = None,
    w: Any = None,
    b: Any = None,
    regions: Sequence[str] | None = None,
    input_names: Sequence[str] | None = None,
    crop_names: Sequence[str] | None = None,
) -> tuple[ExploredData, Rows | None]:
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

    Returns:
        The data, and the whole table; None where a run tells only what the loss of its table is.

    Raises:
        DataError: the table cannot be used; the message says which row and column.
        OptionError: the run has no steps or no data, or the parts do not fit together.

    Example:
        >>> data, rows = explored_data()
        >>> data.crop_names, rows[0].shape
        (('apples', 'oranges'), (5, 3))
    """
    # The run is looked at first: whatever else is wrong, something that is no run is told at once.
    start = _start(run, w, b)
    rows = _rows(run, inputs, targets)
    bowl = _bowl(run, rows)
    d, k = bowl.n_inputs, bowl.n_crops
    start = start or _lesson_start(d, k)
    _check_sizes(bowl, *start)
    lesson = (d, k) == (len(INPUT_NAMES), len(CROPS))
    known = [(run.input_names, run.crop_names)] if run else []
    known += [(INPUT_NAMES, CROPS)] if lesson else []
    of_inputs, of_crops = [names for names, _ in known], [names for _, names in known]
    data = ExploredData(
        quadratic=bowl.record(),
        w=start[0],
        b=start[1],
        input_names=_names("input_names", [input_names, *of_inputs, _numbered("x", d)], d),
        crop_names=_names("crop_names", [crop_names, *of_crops, _numbered("output ", k)], k),
        losses=run.losses if run else (),
        numbers=run.numbers if run else (),
    )
    return (data if rows is None else _with_rows(data, *rows, regions)), rows


def data_and_rows(opener: str, run: Run | None, **given: Any) -> tuple[ExploredData, Rows]:
    """The same, for explorers that let torch work on the whole table.

    Args:
        opener: the function that opens the explorer, for the message.
        run: as for `explored_data`.
        given: as for `explored_data`.

    Raises:
        DataError: as for `explored_data`.
        OptionError: as for `explored_data`; or the run was on other data, and none are given.
    """
    data, rows = explored_data(run, **given)
    if rows is None:
        raise OptionError(
            "this run does not tell what its rows were. "
            f"Try: {opener}(run, inputs=inputs, targets=targets)"
        )
    return data, rows


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


def _with_rows(
    data: ExploredData, x: Floats, y: Floats, regions: Sequence[str] | None
) -> ExploredData:
    """The data with the first rows of its table, as many as a picture can show."""
    shown = max(1, _MOST_LINES // min(y.shape[1], len(COLOURS)))
    return dataclasses.replace(
        data,
        regions=tuple(str(region) for region in _region_names(x, regions)[:shown]),
        inputs=matrix("inputs", x[:shown]),
        targets=matrix("targets", y[:shown]),
    )


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


def _rows(run: Run | None, inputs: Any, targets: Any) -> Rows | None:
    """The table of data: the one given, or the lesson's; None if the run had another."""
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
    fitting = next(names for names in choices if names is not None and len(names) == count)
    return tuple(str(name) for name in fitting)


def _numbered(stem: str, count: int) -> tuple[str, ...]:
    return tuple(f"{stem}{i}" for i in range(count))
