"""The one-input explorer: a line through points with two numbers, and its loss as a map of both."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from rainfall_kit.errors import OptionError
from rainfall_kit.explorers.controls import STRIDES, Button, Slider, Tick, log_range
from rainfall_kit.explorers.explored_data import ExploredData, data_and_rows, explored_data
from rainfall_kit.explorers.script_constants import quadratic_constants
from rainfall_kit.explorers.validation import matrix, positive, whole, within
from rainfall_kit.explorers.view import PredictionPrompt, View
from rainfall_kit.explorers.widget import Explorer
from rainfall_kit.figures.document import Table
from rainfall_kit.figures.layout import figure
from rainfall_kit.figures.number_format import fill, short
from rainfall_kit.figures.panels.fitted_line import line_panel
from rainfall_kit.figures.panels.loss_map import map_panel, map_ranges
from rainfall_kit.figures.panels.worked_step import MOST_PREDS, ONE_PRED, worked_step_panel
from rainfall_kit.records.run import Matrix

if TYPE_CHECKING:
    from rainfall_kit.explorers.controls import Control
    from rainfall_kit.records.run import Run

_MOST_STEPS = 1000  # of one call
_MOST_PLACES = 400  # of a path, the latest

WORDS = {
    "now": "With w = {w:4} and b = {b:4} the loss is {loss:6}; no line reaches less than {floor:4}.",
    "one": "One step with lr {lr:4}: the loss went from {before:6} to {after:6}.",
    "many": "{count} steps with lr {lr:4}: the loss went from {before:6} to {after:6}.",
    "lost": "After {count} steps with lr {lr:4} the next one leads past all numbers.",
}


@dataclass(frozen=True, kw_only=True)
class OneInputView(View):
    """All that the explorer shows at one moment.

    Attributes:
        data: one column of inputs, in the unit that it is shown in, one crop, and the start.
        w: the slope of the line.
        b: its height at 0.
        lr: of a step.
        path: w and b since a hand moved them last, the present place last.
    """

    data: ExploredData
    w: float
    b: float
    lr: float
    path: Matrix = ()

    @property
    def loss(self) -> float:
        """The mean squared error over all rows, shown or not."""
        return self.data.bowl.loss([[self.w]], [self.b])

    @property
    def slopes(self) -> tuple[float, float]:
        """∂loss/∂w and ∂loss/∂b."""
        return slopes(self.data, self.w, self.b)

    @property
    def ranges(self) -> tuple[tuple[float, float], ...]:
        """From where to where w and b are shown."""
        return map_ranges(self.data.bowl, (self.data.w[0][0], self.data.b[0]))

    def figure(self) -> str:
        """The line, the loss over w and b, and the next step written out, as one SVG."""
        data = self.data
        (input_name,), (crop_name,) = data.input_names, data.crop_names
        xs, ys = [row[0] for row in data.inputs], [row[0] for row in data.targets]
        path = [(w, b) for w, b in self.path or ((self.w, self.b),)]
        return figure(
            "One line, and its loss",
            f"{self.says()} The lowest loss is at w = {short(self._lowest[0], 4)} and "
            f"b = {short(self._lowest[1], 4)}.",
            line_panel(
                self.w, self.b, xs, ys, regions=data.regions, input_name=input_name,
                crop_name=crop_name, left_out=data.bowl.rows - len(xs),
            ),
            map_panel(
                data.bowl, path, self.ranges, input_name=input_name, crop_name=crop_name
            ),
            worked_step_panel(self._worked()),
        )  # fmt: skip

    @property
    def _lowest(self) -> tuple[float, float]:
        w, b = self.data.bowl.minimum
        return float(w[0, 0]), float(b[0])

    def _worked(self) -> dict[str, float | str]:
        preds = [row[0] for row in self.data.preds([[self.w]], [self.b])]
        slope_w, slope_b = self.slopes
        more = [] if len(preds) <= MOST_PREDS else ["…"]
        shown = [fill(ONE_PRED, pred=pred) for pred in preds[:MOST_PREDS]]
        return {
            "preds": ", ".join([*shown, *more]), "loss": self.loss,
            "slope_w": slope_w, "slope_b": slope_b, "w": self.w, "b": self.b,
            "w_after": self.w - self.lr * slope_w, "b_after": self.b - self.lr * slope_b,
        }  # fmt: skip

    def says(self) -> str:
        """The loss of the line, and the smallest that there is, in a sentence."""
        return fill(WORDS["now"], w=self.w, b=self.b, loss=self.loss, floor=self.data.bowl.floor)

    def table(self) -> Table:
        """Each row with its prediction and its miss."""
        data = self.data
        preds = data.preds([[self.w]], [self.b])
        rows = zip(data.regions, data.inputs, data.targets, preds, strict=True)
        return Table(
            caption="The line at each region",
            header=("", data.input_names[0], data.crop_names[0], "prediction", "miss"),
            rows=tuple(
                (region, short(x, 4), short(y, 4), short(pred, 4), short(pred - y, 4))
                for region, (x,), (y,), (pred,) in rows
            ),
            note=self.says(),
        )

    def prompt(self) -> PredictionPrompt:
        """The way down from here."""
        choices = ("raise w, raise b", "raise w, lower b", "lower w, raise b", "lower w, lower b")
        slope_w, slope_b = self.slopes
        return PredictionPrompt(
            text=f"The line is at w = {short(self.w, 3)} and b = {short(self.b, 3)}. Which way does a "
            "step of gradient descent go?",
            choices=choices,
            right=2 * (slope_w > 0) + (slope_b > 0),
            because=f"There ∂loss/∂w = {short(slope_w, 4)} and ∂loss/∂b = {short(slope_b, 4)}: the loss "
            "falls where a number goes against its gradient.",
        )


def slopes(data: ExploredData, w: float, b: float) -> tuple[float, float]:
    """∂loss/∂w and ∂loss/∂b of a line."""
    with np.errstate(over="ignore", invalid="ignore"):
        slope_w, slope_b = data.bowl.gradient([[w]], [b])
    return float(slope_w[0, 0]), float(slope_b[0])


class OneInputExplorer(Explorer[OneInputView]):
    """See `explore_one_input`."""

    NAME = "one_input"
    TITLE = "Which line fits best?"
    STATE = ("w", "b", "lr", "path")
    LINES = (1, 1)

    w = traitlets.Float().tag(sync=True)
    b = traitlets.Float().tag(sync=True)
    lr = traitlets.Float().tag(sync=True)
    # Any, because places come as tuples from Python and as lists from the browser.
    path = traitlets.Any(()).tag(sync=True)

    def __init__(self, view: OneInputView, *, predict: bool) -> None:
        super().__init__(view, predict=predict)
        self.observe(self._begin_path, names=["w", "b"])

    def _begin_path(self, _change: Any) -> None:
        """Begin a new path where a hand has moved w or b."""
        if not self.path or self.path[-1] != (self.w, self.b):
            self.path = ((self.w, self.b),)

    @traitlets.validate("w", "b")
    def _check_number(self, proposal: dict[str, Any]) -> float:
        return within(
            proposal["trait"].name, proposal["value"], -sys.float_info.max, sys.float_info.max
        )

    @traitlets.validate("lr")
    def _check_lr(self, proposal: dict[str, Any]) -> float:
        return positive("lr", proposal["value"])

    @traitlets.validate("path")
    def _check_path(self, proposal: dict[str, Any]) -> Matrix:
        path = matrix("path", proposal["value"] or [[self.w, self.b]])
        if any(len(place) != 2 for place in path):
            raise OptionError("path must be pairs of w and b")
        return path[-_MOST_PLACES:]

    def step(self, count: int = 1) -> None:
        """Take steps of gradient descent from where the line is.

        Args:
            count: how many, up to 1000.

        Raises:
            OptionError: it is something else.
        """
        data, before = self._view.data, self.view.loss
        w, b, places = self.w, self.b, []
        for _ in range(whole("count", count, 1, _MOST_STEPS)):
            slope_w, slope_b = slopes(data, w, b)
            ahead = w - self.lr * slope_w, b - self.lr * slope_b
            if not math.isfinite(data.bowl.loss([[ahead[0]]], [ahead[1]])):
                break
            w, b = ahead
            places.append(ahead)
        path = (*(self.path or ((self.w, self.b),)), *places)[-_MOST_PLACES:]
        with self.hold_trait_notifications():
            self.w, self.b, self.path = w, b, path
        words = "lost" if len(places) < count else "one" if count == 1 else "many"
        self.note = fill(
            WORDS[words], count=len(places), lr=self.lr, before=before, after=self.view.loss
        )

    def _controls(self) -> tuple[Control, ...]:
        view = self._view
        (w_low, w_high), (b_low, b_high) = view.ranges
        stable = view.data.bowl.largest_stable_lr
        low, high = log_range(stable / 1000, stable, view.lr)
        return (
            Slider(name="w", label="slope w", low=w_low, high=w_high, step=(w_high - w_low) / 500),
            Slider(name="b", label="offset b", low=b_low, high=b_high, step=(b_high - b_low) / 500),
            Slider(
                name="lr", label="learning rate lr", low=low, high=high, step=0.02, log=True,
                ticks=(Tick(value=stable, label=f"largest stable {short(stable, 4)}"),),
            ),
            *(
                Button(name=f"step.{count}", hint="predict, loss, gradients, move, reset",
                       label="Take one step" if count == 1 else f"{count} steps")
                for count in STRIDES
            ),
            Button(name="start", label="Back to the start"),
        )  # fmt: skip

    def _press(self, button: str) -> None:
        name, _, count = button.partition(".")
        if name == "step":
            self.step(int(count))

    def _constants(self) -> dict[str, Any]:
        data = self._view.data
        (w,), (b,) = data.w[0], data.b
        return {
            **quadratic_constants(data),
            "alone": True,
            "by_hand": ["w", "b"],
            "floor": data.bowl.floor,
            "states": {"start": {"w": w, "b": b, "path": [[w, b]]}},
            "inputs": data.inputs,
            "most_places": _MOST_PLACES,
            "words": WORDS,
        }


def explore_one_input(
    run: Run | None = None,
    *,
    column: int | None = None,
    crop: int = 0,
    w: float = 0.0,
    b: float = 0.0,
    lr: float | None = None,
    predict: bool = False,
    **data: Any,
) -> OneInputExplorer:
    """Move one line through the points: its slope, its offset, its loss, and the steps downhill.

    Args:
        run: a run of your own, as ``%%gd_step -o run`` keeps it: its data.
        column: which input, counted from 0; unless told otherwise the one that alone tells most. It is
            shown in a unit that makes its numbers about 1: rainfall in hundreds of mm.
        crop: which target, counted from 0.
        w: the slope to start from, in that unit.
        b: the offset to start from.
        lr: where the slider of lr starts; a power of ten well below the largest stable one unless told
            otherwise.
        predict: whether to ask what you expect before the picture is shown.
        data: your own data and names, as for `rainfall_kit.explorers.explored_data.explored_data`:
            inputs (n, d) and targets (n, k), regions, input_names, crop_names.

    Returns:
        The explorer; ``explorer.w``, ``explorer.b`` and ``explorer.lr`` can be read and set, and
        ``explorer.step()`` takes a step, ``explorer.step(25)`` as many.

    Raises:
        DataError: the table cannot be used; the message says which row and column.
        OptionError: another argument is not allowed, or the column is the same in all rows.

    Example:
        >>> explorer = explore_one_input()
        >>> explorer.step(100)
        >>> explorer.note
        '100 steps with lr 0.1: the loss went from 6990.2 to 135.842.'
    """
    explored, (inputs, targets) = data_and_rows("explore_one_input", run, **data)
    y = targets[:, whole("crop", crop, 0, targets.shape[1] - 1)]
    if column is None:
        column = _telling_most(inputs, y)
    x = inputs[:, whole("column", column, 0, inputs.shape[1] - 1)]
    name = explored.input_names[column]
    if np.ptp(x) == 0:
        raise OptionError(
            f"{name} is the same in all rows, so that no line fits better than all others. "
            "Try: another column"
        )
    unit = 10.0 ** round(math.log10(float(np.abs(x).mean())))
    regions = data.get("regions")
    one, _ = explored_data(
        inputs=(x / unit)[:, None], targets=y[:, None], w=[[w]], b=[b],
        regions=explored.regions if regions is None and len(explored.regions) == len(x) else regions,
        input_names=[name if unit == 1 else f"{name} ÷ {unit:g}"],
        crop_names=[explored.crop_names[crop]],
    )  # fmt: skip
    if lr is None:
        lr = 10.0 ** math.floor(math.log10(one.bowl.largest_stable_lr / 2))
    (start,), (offset,) = one.w[0], one.b
    view = OneInputView(data=one, w=start, b=offset, lr=positive("lr", lr), path=((start, offset),))
    return OneInputExplorer(view, predict=predict)


def _telling_most(inputs: Any, y: Any) -> int:
    """The column whose own line leaves least of the crop unexplained: that of the largest correlation."""
    x = inputs - inputs.mean(axis=0)
    sizes = np.sqrt((x**2).sum(axis=0))
    shares = np.abs(x.T @ (y - y.mean())) / np.where(sizes > 0, sizes, np.inf)
    return int(np.argmax(shares))
