"""The weights explorer: what each entry of w and b does to the predictions and to the loss.

>>> weights_figure(explore_weights().view)[:4]
'<svg'
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from rainfall_kit.explorers.controls import Button, Choice, Slider
from rainfall_kit.explorers.explored_data import Scene, matrix, scene_and_rows, vector
from rainfall_kit.explorers.prediction_prompt import Question
from rainfall_kit.explorers.script_constants import quadratic_constants
from rainfall_kit.explorers.validation import positive, whole
from rainfall_kit.explorers.widget import Explorer
from rainfall_kit.figures.document import Table
from rainfall_kit.figures.layout import figure
from rainfall_kit.figures.number_format import short
from rainfall_kit.figures.panels.gradient_arrows import gradient_panel, gradient_scale
from rainfall_kit.figures.panels.predictions import harvest_panel, harvest_scale
from rainfall_kit.figures.panels.worked_prediction import MOST_TERMS, sum_panel
from rainfall_kit.records.json_record import Record
from rainfall_kit.records.run import Matrix, Run, Vector

if TYPE_CHECKING:
    from rainfall_kit.explorers.controls import Control
    from rainfall_kit.explorers.explored_data import Rows

_MOST_ENTRIES = 12  # of w and b, with a slider and an arrow each
_STEEPER = 10  # than at the start: what the arrows have room for
_LESSON_LR = 1e-5

WORDS = {
    "now": "The loss is {loss}; no weights reach less than {floor}.",
    "did": "One real step with lr {lr}: the loss went from {before} to {after}.",
}


@dataclass(frozen=True, kw_only=True)
class WeightsView(Record):
    """What the explorer shows at one moment.

    Attributes:
        scene: the data and the start.
        w: (k, d) where the sliders stand.
        b: (k,) the same.
        chosen: which prediction is written out: row by row, crop by crop, from 0.
    """

    scene: Scene
    w: Matrix
    b: Vector
    chosen: int = 0

    @property
    def preds(self) -> Matrix:
        """(r, k) predictions."""
        preds = np.array(self.scene.inputs) @ np.array(self.w).T + np.array(self.b)
        return tuple(tuple(row) for row in preds.tolist())

    @property
    def loss(self) -> float:
        """The mean squared error over all rows, shown or not."""
        return self.scene.bowl.loss(self.w, self.b)

    @property
    def grads(self) -> list[float]:
        """∂loss/∂w, row by row, and then ∂loss/∂b."""
        grad_w, grad_b = self.scene.bowl.gradient(self.w, self.b)
        return [*grad_w.ravel().tolist(), *grad_b.tolist()]


def weights_figure(view: WeightsView) -> str:
    """Predictions, gradients and one prediction written out, as one SVG."""
    scene = view.scene
    start = WeightsView(scene=scene, w=scene.w, b=scene.b)
    count = min(len(view.grads), _MOST_ENTRIES)
    row, crop = divmod(view.chosen, len(scene.b))
    terms = zip(scene.input_names, view.w[crop], scene.inputs[row], strict=True)
    return figure(
        "Weights, predictions and gradients",
        weights_says(view),
        harvest_panel(
            harvest_scale(scene.targets, start.preds), view.preds, scene.targets,
            regions=scene.regions, crop_names=scene.crop_names,
        ),
        gradient_panel(
            gradient_scale(max(map(abs, start.grads)) * _STEEPER),
            scene.param_names[:count], _crops(scene)[:count], view.grads[:count],
        ),
        sum_panel(
            _what(scene, view.chosen), list(terms), view.b[crop],
            scene.targets[row][crop], scene.bowl.elements,
        ),
    )  # fmt: skip


def weights_says(view: WeightsView) -> str:
    """What is to be seen, in a sentence."""
    return WORDS["now"].format(loss=short(view.loss), floor=short(view.scene.bowl.floor, 4))


def weights_table(view: WeightsView) -> Table:
    """Each entry of w and b with its gradient."""
    values = [*(each for row in view.w for each in row), *view.b]
    rows = zip(view.scene.param_names, values, view.grads, strict=True)
    return Table(
        caption="w and b, and the gradient of the loss",
        header=("", "value", "gradient"),
        rows=tuple((name, short(value, 5), short(grad, 5)) for name, value, grad in rows),
    )


def _crops(scene: Scene) -> list[int]:
    k, d = len(scene.b), len(scene.input_names)
    return [crop for crop in range(k) for _ in range(d)] + list(range(k))


def _what(scene: Scene, chosen: int) -> str:
    row, crop = divmod(chosen, len(scene.b))
    return f"{scene.crop_names[crop]} in {scene.regions[row]}"


def _whats(scene: Scene) -> tuple[str, ...]:
    return tuple(_what(scene, i) for i in range(len(scene.regions) * len(scene.b)))


class WeightsExplorer(Explorer):
    """See `explore_weights`."""

    NAME = "weights"
    TITLE = "What does each weight do?"
    STATE = ("w", "b", "chosen", "lr")
    LINES = (1, 1)

    w = traitlets.Any().tag(sync=True)
    b = traitlets.Any().tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True)
    lr = traitlets.Float(_LESSON_LR).tag(sync=True)

    def __init__(self, view: WeightsView, rows: Rows, lr: float, *, predict: bool) -> None:
        self._scene, self._rows = view.scene, rows
        super().__init__(predict=predict, w=view.w, b=view.b, chosen=view.chosen, lr=lr)

    @property
    def view(self) -> WeightsView:
        """What it shows now, as a record."""
        return WeightsView(scene=self._scene, w=self.w, b=self.b, chosen=self.chosen)

    @traitlets.validate("w")
    def _check_w(self, proposal: dict[str, Any]) -> Matrix:
        w = matrix("w", proposal["value"])
        self._scene.bowl.loss(w, self._scene.b)  # whether it fits
        return w

    @traitlets.validate("b")
    def _check_b(self, proposal: dict[str, Any]) -> Vector:
        b = vector("b", proposal["value"])
        self._scene.bowl.loss(self._scene.w, b)  # whether it fits
        return b

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: dict[str, Any]) -> int:
        return whole("chosen", proposal["value"], 0, len(_whats(self._scene)) - 1)

    @traitlets.validate("lr")
    def _check_lr(self, proposal: dict[str, Any]) -> float:
        return positive("lr", proposal["value"])

    def figure(self) -> str:
        """The picture as it stands now, as SVG."""
        return weights_figure(self.view)

    def says(self) -> str:
        """What is to be seen now."""
        return weights_says(self.view)

    def table(self) -> Table:
        """Each entry of w and b with its gradient."""
        return weights_table(self.view)

    def step(self) -> None:
        """Take one real step of gradient descent, by autograd, from where the sliders stand."""
        import torch

        from rainfall_kit.explorers.torch_steps import tensors
        from rainfall_kit.lesson.reference import gd_step

        before = gd_step(*tensors(self._rows, self.w, self.b, torch.float64), lr=self.lr)
        with self.hold_trait_notifications():
            self.w, self.b = before.w_after, before.b_after
        self.note = WORDS["did"].format(
            lr=short(self.lr, 4), before=short(before.loss), after=short(self.view.loss)
        )

    def _press(self, button: str) -> None:
        if button == "step":
            self.step()

    def _question(self) -> Question:
        return _question(self.view)

    def _controls(self) -> tuple[Control, ...]:
        scene = self._scene
        k, d = len(scene.b), len(scene.input_names)
        names = [f"w.{i}.{j}" for i in range(k) for j in range(d)] + [f"b.{i}" for i in range(k)]
        reach_w, reach_b = (
            _reach(scene.w, scene.bowl.minimum[0]),
            _reach(scene.b, scene.bowl.minimum[1]),
        )
        sliders = [
            Slider(name=name, label=label, low=-reach, high=reach, step=reach / 500)
            for name, label in zip(names[:_MOST_ENTRIES], scene.param_names, strict=False)
            for reach in [reach_w if name.startswith("w") else reach_b]
        ]
        stable = scene.bowl.largest_stable_lr
        top = 10.0 ** math.ceil(math.log10(stable))
        return (
            *sliders,
            Choice(name="chosen", label="written out", options=_whats(scene)),
            Slider(name="lr", label="lr of the step", low=top / 1e4, high=top, step=0.02, log=True),
            Button(name="step", label="Take one real step",
                   hint="torch computes the gradients and moves w and b"),
            Button(name="start", label="Back to the start"),
        )  # fmt: skip

    def _constants(self) -> dict[str, Any]:
        scene = self._scene
        return {
            **quadratic_constants(scene),
            "alone": True,
            "floor": scene.bowl.floor,
            "start": {"w": scene.w, "b": scene.b},
            "inputs": scene.inputs,
            "targets": scene.targets,
            "whats": _whats(scene),
            "most": MOST_TERMS,
            "words": WORDS,
        }


def _reach(start: Any, low: Any) -> float:
    """A round number beyond both the start and the lowest point."""
    most = 1.4 * max(np.abs(start).max(), np.abs(low).max(), 1e-6)
    power = 10.0 ** math.floor(math.log10(most))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= most))


def _question(view: WeightsView) -> Question:
    grads, names = view.grads, view.scene.param_names
    order = sorted(range(len(grads)), key=lambda i: -abs(grads[i]))
    ways = ["lower" if grads[i] > 0 else "raise" for i in order]
    other = {"lower": "raise", "raise": "lower"}
    choices = {
        f"{ways[-1]} {names[order[-1]]}",
        f"{other[ways[0]]} {names[order[0]]}",
        f"{ways[0]} {names[order[0]]}",
    }
    ordered = tuple(sorted(choices))
    return Question(
        text="You may change one number of w and b a little. Which change lowers the loss most?",
        choices=ordered,
        right=ordered.index(f"{ways[0]} {names[order[0]]}"),
        because=f"Its gradient is {short(grads[order[0]], 4)}, the largest of all in size; "
        "going against it leads down.",
    )


def explore_weights(
    run: Run | None = None,
    *,
    lr: float = _LESSON_LR,
    chosen: int = 0,
    predict: bool = False,
    **scene: Any,
) -> WeightsExplorer:
    """Slide each entry of w and b: predictions, gradients, and one prediction written out.

    Args:
        run: a run of your own, as ``%%gd_step -o run`` keeps it: the sliders start where it did.
        lr: of the button that takes one real step.
        chosen: which prediction is written out, counted row by row, crop by crop.
        predict: whether to ask what you expect before the picture is shown.
        scene: your own data and names, as for `rainfall_kit.explorers.explored_data.scene_of`:
            inputs (n, d) and targets (n, k), w (k, d) and b (k,), regions, input_names, crop_names.

    Returns:
        The explorer; ``explorer.w``, ``explorer.b``, ``explorer.chosen`` and ``explorer.lr`` can be
        read and set, and ``explorer.step()`` takes a step.

    Raises:
        DataError: the table cannot be used; the message says which row and column.
        OptionError: another argument is not allowed.

    Example:
        >>> explorer = explore_weights()
        >>> explorer.step()
        >>> explorer.note
        'One real step with lr 1e-5: the loss went from 33060.8 to 23432.5.'
    """
    place, rows = scene_and_rows("explore_weights", run, **scene)
    view = WeightsView(scene=place, w=place.w, b=place.b, chosen=chosen)
    return WeightsExplorer(view, rows, lr, predict=predict)
