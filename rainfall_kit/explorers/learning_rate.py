"""The learning-rate explorer: how far and how fast a run gets for every lr, at every epoch."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import traitlets

from rainfall_kit.explorers.controls import Button, Slider, Tick, epoch_buttons, log_range
from rainfall_kit.explorers.explored_data import LESSON_LR, ExploredData, explored_data
from rainfall_kit.explorers.script_constants import bowl_constants
from rainfall_kit.explorers.validation import positive, whole
from rainfall_kit.explorers.view import PredictionPrompt, View
from rainfall_kit.explorers.widget import Explorer
from rainfall_kit.figures.contours import (
    CONTOURS,
    contour_plot,
    contour_scales,
    describe_ends,
    path_of,
)
from rainfall_kit.figures.document import Table
from rainfall_kit.figures.layout import figure, heading
from rainfall_kit.figures.loss_axes import (
    ABOVE,
    loss_curve,
    loss_now,
    loss_plot,
    losses_scale,
    steps_scale,
)
from rainfall_kit.figures.number_format import fill, short
from rainfall_kit.figures.svg import curve, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from rainfall_kit.explorers.controls import Control
    from rainfall_kit.figures.scale import Scale
    from rainfall_kit.records.run import Matrix, Run

_MOST_EPOCHS = 100_000
_MOST_POINTS = 400  # of a curve; more would not be seen

WORDS = {
    "now": "Epoch {epoch} with lr {lr:4}: the loss is {loss:6}.",
    "steady": "lr·λmax = {product:3}, not above 1: no direction swings from side to side.",
    "swings": "lr·λmax = {product:3}, between 1 and 2: the steepest direction swings from side to "
    "side while it shrinks.",
    "diverges": "lr·λmax = {product:3} > 2: each step overshoots by more than it corrects, so the "
    "run diverges.",
    "past": "The loss is above the picture.",
}

_KINDS = {
    "steady": "straight down, without swinging",
    "swings": "down, swinging from side to side",
    "diverges": "further up with each step",
}


@dataclass(frozen=True, kw_only=True)
class LearningRateView(View):
    """All that the explorer shows at one moment.

    Attributes:
        data: the data and the start.
        lr: the learning rate.
        epoch: how many epochs have been taken, up to `epochs`.
        epochs: how many the picture shows.
    """

    data: ExploredData
    lr: float
    epoch: int
    epochs: int

    @property
    def times(self) -> list[int]:
        """The epochs at which curves have points."""
        count = min(self.epochs, _MOST_POINTS)
        return [round(i * self.epochs / count) for i in range(count + 1)]

    @property
    def shown(self) -> list[int]:
        """Those up to the present epoch."""
        return [*(time for time in self.times if time < self.epoch), self.epoch]

    @property
    def product(self) -> float:
        """lr·λmax: above 1 the steepest direction swings, above 2 it diverges."""
        return self.lr * float(self.data.bowl.eigenvalues[0])

    @property
    def kind(self) -> str:
        """The key of the words for how such a run goes."""
        return "diverges" if self.product > 2 else "swings" if self.product > 1 else "steady"

    def losses(self, times: Sequence[int]) -> list[float]:
        """The loss after so many epochs."""
        data = self.data
        losses: list[float] = data.bowl.losses(data.w, data.b, self.lr, times).tolist()
        return losses

    def preds(self) -> Matrix:
        """(r, k) predictions at the present epoch."""
        return self.data.preds(*self.data.bowl.after(self.data.w, self.data.b, self.lr, self.epoch))

    def figure(self) -> str:
        """Losses, path and predictions, as one SVG whose axes do not depend on lr and epoch."""
        data, path = self.data, self._path()
        return figure(
            f"Gradient descent with lr {short(self.lr, 4)}",
            f"{self.says()} {describe_ends(path, data.crop_names)}",
            heading("Loss, epoch by epoch") + self._losses_plot(),
            heading(CONTOURS) + self._contours(path),
            *([data.predictions_panel(self.preds())] if data.inputs else []),
        )

    def says(self) -> str:
        """The loss, and how lr makes it go, in two sentences."""
        loss = self.losses([self.epoch])[0]
        past = WORDS["past"] if not loss <= self._loss_scale().high else ""
        words = f"{WORDS['now']} {WORDS[self.kind]} {past}".strip()
        return fill(words, epoch=self.epoch, lr=self.lr, loss=loss, product=self.product)

    def table(self) -> Table:
        """The loss at some epochs for this lr and for the two that matter."""
        data, bowl = self.data, self.data.bowl
        rates = {
            f"lr {short(self.lr, 4)}": self.lr,
            f"best fixed {short(bowl.best_lr, 4)}": bowl.best_lr,
            f"largest stable {short(bowl.largest_stable_lr, 4)}": bowl.largest_stable_lr,
        }
        times = sorted({0, 1, self.epoch, *(round(self.epochs ** (i / 4)) for i in range(1, 5))})
        losses = bowl.losses(data.w, data.b, list(rates.values()), times)  # (3, T)
        columns = [[short(loss) for loss in of_rate] for of_rate in losses.tolist()]
        return Table(
            caption="The loss after so many epochs",
            header=("epoch", *rates),
            rows=tuple((str(time), *cells) for time, *cells in zip(times, *columns, strict=True)),
            note=f"No weights reach less than {short(bowl.floor, 4)}.",
        )

    def prompt(self) -> PredictionPrompt:
        """The way that w and b go."""
        return PredictionPrompt(
            text=f"With lr {short(self.lr, 4)}, how do w and b go in {self.epochs} epochs?",
            choices=tuple(_KINDS.values()),
            right=list(_KINDS).index(self.kind),
            because=dataclasses.replace(self, epoch=self.epochs).says(),
        )

    def _loss_scale(self) -> Scale:
        start, floor = self.data.start_loss, self.data.bowl.floor
        high = (max(start, floor) or 1.0) * ABOVE
        low = max(floor / 2, high * 1e-12)
        return losses_scale([low, high], log=True)

    def _losses_plot(self) -> str:
        x, y = steps_scale(self.epochs), self._loss_scale()
        floor = self.data.bowl.floor
        own = [
            (number, loss)
            for number, loss in zip(self.data.numbers, self.data.losses, strict=True)
            if number <= self.epochs and 0 < loss <= y.high
        ]
        trail = self.losses(self.shown)
        return loss_plot(
            x,
            y,
            floor if floor > y.low else None,
            *_own_run(own, x, y),
            loss_curve("rk-curve", x, y, self.times, self.losses(self.times), stroke_opacity=0.35),
            loss_curve("rk-trail", x, y, self.shown, trail, stroke_width=2.6),
            loss_now(x, y, self.epoch, trail[-1]),
        )

    def _path(self) -> npt.NDArray[np.float64]:
        """(T, 2, k): distances from the lowest point up to the present epoch, while they are numbers."""
        data = self.data
        w, b = data.bowl.after(data.w, data.b, self.lr, self.shown)  # (T, k, d), (T, k)
        return path_of(data.bowl, w, b)

    def _contours(self, path: npt.NDArray[np.float64]) -> str:
        data = self.data
        steep, flat = data.bowl.eigenvalues[:2]
        # Room for every lr that the slider reaches: the steepest direction swings to the other side,
        # the flatter one only where it is nearly as steep.
        scales = contour_scales(data.bowl, path[:1], swings=(bool(flat > steep / 2), True))
        return contour_plot(
            data.bowl, path, *scales, input_names=data.input_names, crop_names=data.crop_names
        )


def _own_run(own: list[tuple[int, float]], x: Scale, y: Scale) -> list[str]:
    """The losses of the student's own run, dashed."""
    if not own:
        return []
    stride = max(1, len(own) // _MOST_POINTS)
    xs, ys = [x(n) for n, _ in own[::stride]], [y(max(loss, y.low)) for _, loss in own[::stride]]
    return [
        curve("rk-own", xs, ys, "currentColor", stroke_dasharray="2 4", stroke_width=3,
              stroke_opacity=0.6),
        # Above its own middle: at its end stands the loss of the present epoch.
        text("· · your run", xs[len(xs) // 2], ys[len(xs) // 2] - 8, opacity=0.85),
    ]  # fmt: skip


class LearningRateExplorer(Explorer[LearningRateView]):
    """See `explore_learning_rate`."""

    NAME = "learning_rate"
    TITLE = "How long should a step be?"
    STATE = ("lr", "epoch")
    LINES = (2, 0)

    lr = traitlets.Float().tag(sync=True)
    epoch = traitlets.Int().tag(sync=True)

    @traitlets.validate("lr")
    def _check_lr(self, proposal: dict[str, Any]) -> float:
        return positive("lr", proposal["value"])

    @traitlets.validate("epoch")
    def _check_epoch(self, proposal: dict[str, Any]) -> int:
        return whole("epoch", proposal["value"], 0, self._view.epochs)

    def _controls(self) -> tuple[Control, ...]:
        bowl = self._view.data.bowl
        stable, best = bowl.largest_stable_lr, bowl.best_lr
        low, high = log_range(stable / 1000, stable, self._view.lr)
        return (
            Slider(
                name="lr", label="learning rate lr", low=low, high=high, step=0.02, log=True,
                ticks=_ticks(stable, best),
            ),
            Slider(
                name="epoch", label="epoch", low=0, high=self._view.epochs, step=1, whole=True
            ),
            *epoch_buttons(self._view.epochs),
            Button(name="best", label="Best fixed lr", hint="the fastest for the slowest direction"),
        )  # fmt: skip

    def _constants(self) -> dict[str, Any]:
        data = self._view.data
        return {
            "bowl": bowl_constants(data),
            "states": {"start": {"epoch": 0}, "best": {"lr": data.bowl.best_lr}},
            "times": self._view.times,
            "inputs": data.inputs,
            "words": WORDS,
        }


def _ticks(stable: float, best: float) -> tuple[Tick, ...]:
    if abs(stable / best - 1) < 0.01:
        return (Tick(value=stable, label=f"largest stable, best fixed: {short(stable, 4)}"),)
    return (
        Tick(value=best, label=f"best fixed {short(best, 4)}"),
        Tick(value=stable, label=f"largest stable {short(stable, 4)}"),
    )


def explore_learning_rate(
    run: Run | None = None,
    *,
    lr: float | None = None,
    epoch: int | None = None,
    epochs: int | None = None,
    predict: bool = False,
    **data: Any,
) -> LearningRateExplorer:
    """Slide lr, scrub the epochs: the loss, the path on the contours, predictions beside targets.

    Args:
        run: a run of your own, as ``%%gd_step -o run`` keeps it: its data, start, lr and losses.
        lr: where the slider of lr stands at first; the run's, or the lesson's 1e-5.
        epoch: where the slider of the epoch stands at first; the last one unless told otherwise.
        epochs: how many epochs the picture shows; the run's, or 100.
        predict: whether to ask what you expect before the picture is shown.
        data: your own data and names, as for `rainfall_kit.explorers.explored_data.explored_data`:
            inputs (n, d) and targets (n, k), w (k, d) and b (k,), regions, input_names, crop_names.

    Returns:
        The explorer; ``explorer.lr`` and ``explorer.epoch`` can be read and set.

    Raises:
        DataError: the table cannot be used; the message says which row and column.
        OptionError: another argument is not allowed.

    Example:
        >>> explorer = explore_learning_rate(lr=1e-4)
        >>> explorer.epoch = 20
        >>> explorer.says()[:42]
        'Epoch 20 with lr 1e-4: the loss is 540.764'
    """
    explored, _ = explored_data(run, **data)
    lr = lr if lr is not None else (run.steps[0].lr if run else None) or LESSON_LR
    epochs = epochs if epochs is not None else (run.epochs if run else None) or 100
    epochs = whole("epochs", epochs, 1, _MOST_EPOCHS)
    view = LearningRateView(
        data=explored,
        lr=positive("lr", lr),
        epoch=whole("epoch", epochs if epoch is None else epoch, 0, epochs),
        epochs=epochs,
    )
    return LearningRateExplorer(view, predict=predict)
