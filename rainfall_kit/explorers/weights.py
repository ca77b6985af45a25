"""The weights explorer: what each entry of w and b does to the predictions and to the loss."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from rainfall_kit.explorers.controls import STRIDES, Button, Choice, Slider, log_range
from rainfall_kit.explorers.explored_data import LESSON_LR, ExploredData, data_and_rows
from rainfall_kit.explorers.script_constants import in_order, quadratic_constants
from rainfall_kit.explorers.validation import matrix, positive, vector, whole
from rainfall_kit.explorers.view import PredictionPrompt, View
from rainfall_kit.explorers.widget import Explorer
from rainfall_kit.figures.document import Table
from rainfall_kit.figures.layout import figure
from rainfall_kit.figures.number_format import fill, short
from rainfall_kit.figures.panels.gradient_arrows import gradient_panel, gradient_scale
from rainfall_kit.figures.panels.worked_prediction import worked_prediction_panel
from rainfall_kit.records.run import Matrix, Run, Vector

if TYPE_CHECKING:
    from rainfall_kit.explorers.controls import Control
    from rainfall_kit.explorers.explored_data import Rows

_MOST_ENTRIES = 12  # of w and b, with a slider and an arrow each
_STEEPER = 10  # than at the start: what the arrows have room for

_GOAL_STEPS = 100  # what a hand is to beat
_MOST_STEPS = 1000  # of one call

WORDS = {
    "now": "The loss is {loss:6}; no weights reach less than {floor:4}.",
    "goal": "To beat by hand: {goal:6}, where {steps} steps with lr {lr:4} end.",
    "lowest": "Your lowest by hand: {lowest:6}.",
    "beaten": "Your lowest by hand, {lowest:6}, beats the {goal:6} of {steps} steps with lr {lr:4}.",
    "did": "{steps} with lr {lr:4}: the loss went from {before:6} to {after:6}.",
    "one": "One real step",
    "many": "{count} real steps",
}


@dataclass(frozen=True, kw_only=True)
class WeightsView(View):
    """All that the explorer shows at one moment.

    Attributes:
        data: the data and the start.
        w: (k, d) where the sliders stand.
        b: (k,) the same.
        chosen: which prediction is written out: row by row, crop by crop, from 0.
        lr: of the buttons that take steps.
        goal_lr: of the steps whose loss a hand is to beat.
        lowest: the lowest loss that a hand has reached, or None.
        stepped: whether a step was taken since the start: what a hand does from there does not count.
    """

    data: ExploredData
    w: Matrix
    b: Vector
    chosen: int = 0
    lr: float = LESSON_LR
    goal_lr: float = LESSON_LR
    lowest: float | None = None
    stepped: bool = False

    @property
    def goal(self) -> float | None:
        """The loss to beat by hand; None where those steps lead upwards."""
        data = self.data
        (goal,) = data.bowl.losses(data.w, data.b, self.goal_lr, [_GOAL_STEPS]).tolist()
        return goal if goal < data.start_loss else None

    @property
    def preds(self) -> Matrix:
        """(r, k) predictions."""
        return self.data.preds(self.w, self.b)

    @property
    def loss(self) -> float:
        """The mean squared error over all rows, shown or not."""
        return self.data.bowl.loss(self.w, self.b)

    @property
    def grads(self) -> list[float]:
        """∂loss/∂w, row by row, and then ∂loss/∂b."""
        return in_order(*self.data.bowl.gradient(self.w, self.b))

    def figure(self) -> str:
        """Predictions, gradients and one prediction written out, as one SVG."""
        data, grads = self.data, self.grads
        count = min(len(grads), _MOST_ENTRIES)
        steepest = max(map(abs, in_order(*data.bowl.gradient(data.w, data.b))))
        row, crop = divmod(self.chosen, len(data.b))
        terms = zip(data.input_names, self.w[crop], data.inputs[row], strict=True)
        return figure(
            "Weights, predictions and gradients",
            self.says(),
            data.predictions_panel(self.preds),
            gradient_panel(
                gradient_scale(steepest * _STEEPER),
                data.param_names[:count], _crops(data)[:count], grads[:count],
                left_out=len(grads) - count,
            ),
            worked_prediction_panel(
                _prediction_names(data)[self.chosen], list(terms), self.b[crop],
                data.targets[row][crop], data.bowl.elements,
            ),
        )  # fmt: skip

    def says(self) -> str:
        """The loss, the smallest that there is, and what a hand has reached and is to beat."""
        lowest, goal = self.lowest, self.goal
        words = [WORDS["now"]]
        if goal is not None and lowest is not None and lowest < goal:
            words.append(WORDS["beaten"])
        else:
            words += [] if goal is None else [WORDS["goal"]]
            words += [] if lowest is None else [WORDS["lowest"]]
        return fill(
            " ".join(words), loss=self.loss, floor=self.data.bowl.floor,
            goal=goal, steps=_GOAL_STEPS, lr=self.goal_lr, lowest=lowest,
        )  # fmt: skip

    def table(self) -> Table:
        """Each entry of w and b with its gradient."""
        rows = zip(self.data.param_names, in_order(self.w, self.b), self.grads, strict=True)
        return Table(
            caption="w and b, and the gradient of the loss",
            header=("", "value", "gradient"),
            rows=tuple((name, short(value, 5), short(grad, 5)) for name, value, grad in rows),
        )

    def prompt(self) -> PredictionPrompt:
        """The steepest of all changes, among its opposite and the flattest."""
        grads, names = self.grads, self.data.param_names
        steepest, *_, flattest = sorted(range(len(grads)), key=lambda i: -abs(grads[i]))
        down, up = ("lower", "raise") if grads[steepest] > 0 else ("raise", "lower")
        best = f"{down} {names[steepest]}"
        other = f"{'lower' if grads[flattest] > 0 else 'raise'} {names[flattest]}"
        choices = tuple(sorted({other, f"{up} {names[steepest]}", best}))
        return PredictionPrompt(
            text="You may change one number of w and b a little. Which change lowers the loss most?",
            choices=choices,
            right=choices.index(best),
            because=f"Its gradient is {short(grads[steepest], 4)}, the largest of all in size; "
            "going against it leads down.",
        )


def _crops(data: ExploredData) -> list[int]:
    """The crop that each entry of w, row by row, and then of b belongs to."""
    k, d = len(data.b), len(data.input_names)
    return [crop for crop in range(k) for _ in range(d)] + list(range(k))


def _prediction_names(data: ExploredData) -> tuple[str, ...]:
    return tuple(f"{crop} in {region}" for region in data.regions for crop in data.crop_names)


class WeightsExplorer(Explorer[WeightsView]):
    """See `explore_weights`."""

    NAME = "weights"
    TITLE = "What does each weight do?"
    STATE = ("w", "b", "chosen", "lr", "lowest", "stepped")
    LINES = (2, 1)

    # Any, because rows come as tuples from Python and as lists from the browser.
    w = traitlets.Any().tag(sync=True)
    b = traitlets.Any().tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True)
    lr = traitlets.Float(LESSON_LR).tag(sync=True)
    lowest = traitlets.Float(None, allow_none=True).tag(sync=True)
    stepped = traitlets.Bool(False).tag(sync=True)

    def __init__(self, view: WeightsView, rows: Rows, *, predict: bool) -> None:
        self._rows = rows
        super().__init__(view, predict=predict)
        self.observe(self._by_hand, names=["w", "b"])

    def _by_hand(self, _change: Any) -> None:
        """Keep the lowest loss that was reached by moving single numbers, from the start on."""
        view = self.view
        if not self.stepped and (view.w, view.b) != (view.data.w, view.data.b):
            self.lowest = view.loss if self.lowest is None else min(self.lowest, view.loss)

    @traitlets.validate("w")
    def _check_w(self, proposal: dict[str, Any]) -> Matrix:
        w = matrix("w", proposal["value"])
        self._view.data.bowl.loss(
            w, self._view.data.b
        )  # raises an OptionError where w does not fit
        return w

    @traitlets.validate("b")
    def _check_b(self, proposal: dict[str, Any]) -> Vector:
        b = vector("b", proposal["value"])
        self._view.data.bowl.loss(self._view.data.w, b)  # raises where b does not fit
        return b

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: dict[str, Any]) -> int:
        return whole("chosen", proposal["value"], 0, len(_prediction_names(self._view.data)) - 1)

    @traitlets.validate("lr")
    def _check_lr(self, proposal: dict[str, Any]) -> float:
        return positive("lr", proposal["value"])

    def step(self, count: int = 1) -> None:
        """Take real steps of gradient descent, by autograd, from where the sliders stand.

        Args:
            count: how many, up to 1000.

        Raises:
            OptionError: it is something else, or the steps lead past all numbers.
        """
        import torch

        from rainfall_kit.explorers.torch_steps import tensors
        from rainfall_kit.lesson.reference import gd_step

        # By torch and on the whole table, not by the bowl: a step that was computed otherwise would only
        # show what the picture shows already.
        before, w, b = self.view.loss, self.w, self.b
        for _ in range(whole("count", count, 1, _MOST_STEPS)):
            step = gd_step(*tensors(self._rows, w, b, torch.float64), lr=self.lr)
            w, b = step.w_after, step.b_after
        with self.hold_trait_notifications():
            self.w, self.b, self.stepped = w, b, True
        steps = WORDS["one"] if count == 1 else fill(WORDS["many"], count=count)
        self.note = fill(WORDS["did"], steps=steps, lr=self.lr, before=before, after=self.view.loss)

    def _press(self, button: str) -> None:
        name, _, count = button.partition(".")
        if name == "step":
            self.step(int(count))

    def _controls(self) -> tuple[Control, ...]:
        data = self._view.data
        (k, d), (low_w, low_b) = (len(data.b), len(data.input_names)), data.bowl.minimum
        entries = [(f"w.{i}.{j}", _reach(data.w, low_w)) for i in range(k) for j in range(d)]
        entries += [(f"b.{i}", _reach(data.b, low_b)) for i in range(k)]
        sliders = [
            Slider(name=name, label=label, low=-reach, high=reach, step=reach / 500)
            for (name, reach), label in zip(entries[:_MOST_ENTRIES], data.param_names, strict=False)
        ]
        stable = data.bowl.largest_stable_lr
        low, high = log_range(stable / 1000, stable, self._view.lr)
        return (
            *sliders,
            Choice(name="chosen", label="written out", options=_prediction_names(data)),
            Slider(name="lr", label="lr of a step", low=low, high=high, step=0.02, log=True),
            *(
                Button(name=f"step.{count}", hint="torch computes the gradients and moves w and b",
                       label="Take one real step" if count == 1 else f"{count} steps")
                for count in STRIDES
            ),
            Button(name="start", label="Back to the start"),
        )  # fmt: skip

    def _constants(self) -> dict[str, Any]:
        data = self._view.data
        return {
            **quadratic_constants(data),
            "alone": True,
            "by_hand": ["w", "b"],
            "floor": data.bowl.floor,
            "goal": self._view.goal,
            "goal_lr": self._view.goal_lr,
            "goal_steps": _GOAL_STEPS,
            "states": {"start": {"w": data.w, "b": data.b, "stepped": False}},
            "inputs": data.inputs,
            "targets": data.targets,
            "words": WORDS,
        }


def _reach(start: Any, low: Any) -> float:
    """A round number beyond both the start and the lowest point."""
    most = 1.4 * max(np.abs(start).max(), np.abs(low).max(), 1e-6)
    power = 10.0 ** math.floor(math.log10(most))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= most))


def explore_weights(
    run: Run | None = None,
    *,
    lr: float = LESSON_LR,
    chosen: int = 0,
    predict: bool = False,
    **data: Any,
) -> WeightsExplorer:
    """Slide each entry of w and b: predictions, gradients, and one prediction written out.

    Args:
        run: a run of your own, as ``%%gd_step -o run`` keeps it: the sliders start where it did.
        lr: of the buttons that take real steps.
        chosen: which prediction is written out, counted row by row, crop by crop.
        predict: whether to ask what you expect before the picture is shown.
        data: your own data and names, as for `rainfall_kit.explorers.explored_data.explored_data`:
            inputs (n, d) and targets (n, k), w (k, d) and b (k,), regions, input_names, crop_names.

    Returns:
        The explorer; ``explorer.w``, ``explorer.b``, ``explorer.chosen`` and ``explorer.lr`` can be
        read and set, and ``explorer.step()`` takes a step, ``explorer.step(25)`` as many.

    Raises:
        DataError: the table cannot be used; the message says which row and column.
        OptionError: another argument is not allowed.

    Example:
        >>> explorer = explore_weights()
        >>> explorer.step()
        >>> explorer.note
        'One real step with lr 1e-5: the loss went from 33060.8 to 23432.5.'
    """
    explored, rows = data_and_rows("explore_weights", run, **data)
    lr = positive("lr", lr)
    view = WeightsView(data=explored, w=explored.w, b=explored.b, chosen=chosen, lr=lr, goal_lr=lr)
    return WeightsExplorer(view, rows, predict=predict)
