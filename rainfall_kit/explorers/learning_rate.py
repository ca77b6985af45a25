"""The learning-rate explorer: how far and how fast a run gets for every lr, at every epoch.

>>> learning_rate_figure(explore_learning_rate().view)[:4]
'<svg'
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from rainfall_kit.explorers.controls import EPOCH_BUTTONS, Mark, Slider
from rainfall_kit.explorers.explored_data import Scene, scene_of
from rainfall_kit.explorers.prediction_prompt import Question
from rainfall_kit.explorers.script_constants import bowl_constants
from rainfall_kit.explorers.validation import positive, whole
from rainfall_kit.explorers.widget import Explorer
from rainfall_kit.figures.contours import CONTOURS, contour_plot, describe_ends, path_of, view
from rainfall_kit.figures.document import Table
from rainfall_kit.figures.layout import figure, heading
from rainfall_kit.figures.loss_axes import (
    loss_curve,
    loss_now,
    loss_plot,
    losses_scale,
    steps_scale,
)
from rainfall_kit.figures.number_format import short
from rainfall_kit.figures.panels.predictions import harvest_panel, harvest_scale
from rainfall_kit.figures.svg import curve, text
from rainfall_kit.records.json_record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from rainfall_kit.explorers.controls import Control
    from rainfall_kit.figures.scale import Scale
    from rainfall_kit.records.run import Matrix, Run

_LESSON_LR = 1e-5
_MOST_EPOCHS = 100_000
_MOST_POINTS = 400  # of a curve; more would not be seen
_ABOVE = 30  # how many times the first loss the picture shows

WORDS = {
    "now": "Epoch {epoch} with lr {lr}: the loss is {loss}.",
    "steady": "lr·λmax = {product}, not above 1: every direction shrinks at each step.",
    "swings": "lr·λmax = {product}, between 1 and 2: the steepest direction swings from side to "
    "side while it shrinks.",
    "diverges": "lr·λmax = {product} > 2: each step overshoots by more than it corrects, so the "
    "run diverges.",
    "past": "The loss is above the picture.",
}

_KINDS = {
    "steady": "straight down, without swinging",
    "swings": "down, swinging from side to side",
    "diverges": "further up with each step",
}


@dataclass(frozen=True, kw_only=True)
class LearningRateView(Record):
    """What the explorer shows at one moment.

    Attributes:
        scene: the data and the start.
        lr: the learning rate.
        epoch: how many epochs have been taken, up to `epochs`.
        epochs: how many the picture shows.
    """

    scene: Scene
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

    def losses(self, times: Sequence[int]) -> list[float]:
        """The loss after so many epochs."""
        scene = self.scene
        losses: list[float] = scene.bowl.losses(scene.w, scene.b, self.lr, times).tolist()
        return losses

    def preds(self) -> Matrix:
        """(r, k) predictions at the present epoch."""
        w, b = self.scene.bowl.after(self.scene.w, self.scene.b, self.lr, self.epoch)
        with np.errstate(over="ignore", invalid="ignore"):
            preds = np.array(self.scene.inputs) @ w.T + b if self.scene.inputs else np.empty((0, 0))
        return tuple(tuple(row) for row in preds.tolist())


def learning_rate_figure(view: LearningRateView) -> str:
    """Losses, path and predictions, as one SVG whose axes do not depend on lr and epoch."""
    return figure(
        f"Gradient descent with lr {short(view.lr, 4)}",
        f"{learning_rate_says(view)} {describe_ends(_path(view), view.scene.crop_names)}",
        heading("Loss, epoch by epoch") + _losses(view),
        heading(CONTOURS) + _contours(view),
        *([_harvest(view)] if view.scene.inputs else []),
    )


def learning_rate_says(view: LearningRateView) -> str:
    """What is to be seen, in two sentences."""
    product = view.lr * float(view.scene.bowl.eigenvalues[0])
    loss = view.losses([view.epoch])[0]
    past = WORDS["past"] if not loss <= _loss_scale(view).high else ""
    return f"{WORDS['now']} {WORDS[_kind(view)]} {past}".strip().format(
        epoch=view.epoch, lr=short(view.lr, 4), loss=short(loss), product=short(product, 3)
    )


def _kind(view: LearningRateView) -> str:
    product = view.lr * float(view.scene.bowl.eigenvalues[0])
    return "diverges" if product > 2 else "swings" if product > 1 else "steady"


def learning_rate_table(view: LearningRateView) -> Table:
    """The loss at some epochs for this lr and for the two that matter."""
    bowl, scene = view.scene.bowl, view.scene
    rates = {
        f"lr {short(view.lr, 4)}": view.lr,
        f"best fixed {short(bowl.best_lr, 4)}": bowl.best_lr,
        f"largest stable {short(bowl.largest_stable_lr, 4)}": bowl.largest_stable_lr,
    }
    times = sorted({0, 1, view.epoch, *(round(view.epochs ** (i / 4)) for i in range(1, 5))})
    losses = bowl.losses(scene.w, scene.b, list(rates.values()), times)  # (3, T)
    columns = [[short(loss) for loss in each] for each in losses.tolist()]
    return Table(
        caption="The loss after so many epochs",
        header=("epoch", *rates),
        rows=tuple((str(time), *cells) for time, *cells in zip(times, *columns, strict=True)),
        note=f"No weights reach less than {short(bowl.floor, 4)}.",
    )


def _loss_scale(view: LearningRateView) -> Scale:
    start, floor = view.scene.start_loss, view.scene.bowl.floor
    high = (max(start, floor) or 1.0) * _ABOVE
    low = max(floor / 2, high * 1e-12)
    return losses_scale([low, high], log=True)


def _losses(view: LearningRateView) -> str:
    x, y = steps_scale(view.epochs), _loss_scale(view)
    floor = view.scene.bowl.floor
    own = [
        (number, loss)
        for number, loss in zip(view.scene.numbers, view.scene.losses, strict=True)
        if number <= view.epochs and 0 < loss <= y.high
    ]
    trail = view.losses(view.shown)
    return loss_plot(
        x,
        y,
        floor if floor > y.low else None,
        *_own_run(own, x, y),
        loss_curve("rk-curve", x, y, view.times, view.losses(view.times), stroke_opacity=0.35),
        loss_curve("rk-trail", x, y, view.shown, trail, stroke_width=2.6),
        loss_now(x, y, view.epoch, trail[-1]),
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
        text("· · your run", xs[-1], ys[-1] + 16, text_anchor="end", opacity=0.85),
    ]  # fmt: skip


def _path(view: LearningRateView) -> npt.NDArray[np.float64]:
    """(T, 2, k): distances from the lowest point up to the present epoch, while they are numbers."""
    scene = view.scene
    w, b = scene.bowl.after(scene.w, scene.b, view.lr, view.shown)  # (T, k, d), (T, k)
    return path_of(scene.bowl, w, b)


def _contours(view_: LearningRateView) -> str:
    path, scene = _path(view_), view_.scene
    steep, flat = scene.bowl.eigenvalues[:2]
    scales = view(scene.bowl, path[:1], swings=(bool(flat > steep / 2), True))
    return contour_plot(
        scene.bowl, path, *scales,
        input_names=scene.input_names, crop_names=scene.crop_names,
    )  # fmt: skip


def _harvest(view: LearningRateView) -> str:
    scene = view.scene
    start = LearningRateView(scene=scene, lr=view.lr, epoch=0, epochs=view.epochs).preds()
    return harvest_panel(
        harvest_scale(scene.targets, start), view.preds(), scene.targets,
        regions=scene.regions, crop_names=scene.crop_names,
    )  # fmt: skip


class LearningRateExplorer(Explorer):
    """See `explore_learning_rate`."""

    NAME = "learning_rate"
    TITLE = "How long should a step be?"
    STATE = ("lr", "epoch")
    LINES = (2, 0)

    lr = traitlets.Float().tag(sync=True)
    epoch = traitlets.Int().tag(sync=True)

    def __init__(self, view: LearningRateView, *, predict: bool) -> None:
        self._scene, self._epochs = view.scene, view.epochs
        super().__init__(predict=predict, lr=view.lr, epoch=view.epoch)

    @property
    def view(self) -> LearningRateView:
        """What it shows now, as a record."""
        return LearningRateView(
            scene=self._scene, lr=self.lr, epoch=self.epoch, epochs=self._epochs
        )

    @traitlets.validate("lr")
    def _check_lr(self, proposal: dict[str, Any]) -> float:
        return positive("lr", proposal["value"])

    @traitlets.validate("epoch")
    def _check_epoch(self, proposal: dict[str, Any]) -> int:
        return whole("epoch", proposal["value"], 0, self._epochs)

    def figure(self) -> str:
        """The picture as it stands now, as SVG."""
        return learning_rate_figure(self.view)

    def says(self) -> str:
        """What is to be seen now."""
        return learning_rate_says(self.view)

    def table(self) -> Table:
        """The loss at some epochs."""
        return learning_rate_table(self.view)

    def _question(self) -> Question:
        view_ = self.view
        return Question(
            text=f"With lr {short(self.lr, 4)}, how do w and b go in {self._epochs} epochs?",
            choices=tuple(_KINDS.values()),
            right=list(_KINDS).index(_kind(view_)),
            because=learning_rate_says(view_),
        )

    def _controls(self) -> tuple[Control, ...]:
        bowl = self._scene.bowl
        stable, best = bowl.largest_stable_lr, bowl.best_lr
        low, high = 10.0 ** math.floor(math.log10(stable) - 3), 10 ** math.ceil(math.log10(stable))
        return (
            Slider(
                name="lr", label="learning rate lr", low=low, high=float(high), step=0.02, log=True,
                marks=_marks(stable, best),
            ),
            Slider(
                name="epoch", label="epoch", low=0, high=self._epochs, step=1, whole=True
            ),
            *EPOCH_BUTTONS,
        )  # fmt: skip

    def _constants(self) -> dict[str, Any]:
        scene = self._scene
        return {
            "bowl": bowl_constants(scene),
            "start": {"epoch": 0},
            "times": self.view.times,
            "inputs": scene.inputs,
            "words": WORDS,
        }


def _marks(stable: float, best: float) -> tuple[Mark, ...]:
    if abs(stable / best - 1) < 0.01:
        return (Mark(value=stable, label=f"largest stable, best fixed: {short(stable, 4)}"),)
    return (
        Mark(value=stable, label=f"largest stable {short(stable, 3)}"),
        Mark(value=best, label=f"best fixed {short(best, 3)}"),
    )


def explore_learning_rate(
    run: Run | None = None,
    *,
    lr: float | None = None,
    epoch: int | None = None,
    epochs: int | None = None,
    predict: bool = False,
    **scene: Any,
) -> LearningRateExplorer:
    """Slide lr, scrub the epochs: the loss, the path on the contours, predictions beside targets.

    Args:
        run: a run of your own, as ``%%gd_step -o run`` keeps it: its data, start, lr and losses.
        lr: where the slider of lr stands at first; the run's, or the lesson's 1e-5.
        epoch: where the slider of the epoch stands at first; the last one unless told otherwise.
        epochs: how many epochs the picture shows; the run's, or 100.
        predict: whether to ask what you expect before the picture is shown.
        scene: your own data and names, as for `rainfall_kit.explorers.explored_data.scene_of`:
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
    place = scene_of(run, **scene)
    lr = lr if lr is not None else (run.steps[0].lr if run else None) or _LESSON_LR
    epochs = epochs if epochs is not None else (run.epochs if run else None) or 100
    epochs = whole("epochs", epochs, 1, _MOST_EPOCHS)
    view_ = LearningRateView(
        scene=place,
        lr=positive("lr", lr),
        epoch=whole("epoch", epochs if epoch is None else epoch, 0, epochs),
        epochs=epochs,
    )
    return LearningRateExplorer(view_, predict=predict)
