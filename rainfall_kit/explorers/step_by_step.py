"""The step-by-step explorer: the five steps as buttons, pressed in any order, by torch itself.

>>> step_by_step_figure(explore_step_by_step().view)[:4]
'<svg'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from rainfall_kit.errors import OptionError
from rainfall_kit.explorers.controls import Button, Slider
from rainfall_kit.explorers.explored_data import matrix, scene_and_rows
from rainfall_kit.explorers.prediction_prompt import Question
from rainfall_kit.explorers.script_constants import (
    bowl_constants,
    plain,
    quadratic_constants,
    theta_of,
)
from rainfall_kit.explorers.torch_steps import Bench, StepByStepView
from rainfall_kit.explorers.validation import positive
from rainfall_kit.explorers.widget import Explorer
from rainfall_kit.figures.contours import CONTOURS, contour_plot, describe_ends, path_of, view
from rainfall_kit.figures.document import Table
from rainfall_kit.figures.layout import figure, heading
from rainfall_kit.figures.number_format import short
from rainfall_kit.figures.panels.predictions import harvest_panel, harvest_scale
from rainfall_kit.figures.panels.tensor_table import HOLDS, NOTHING, tensor_panel

if TYPE_CHECKING:
    from rainfall_kit.explorers.controls import Control
    from rainfall_kit.explorers.explored_data import Rows, Scene
    from rainfall_kit.records.run import Run

_LESSON_LR = 1e-5
_MOST_PRESSES = 12  # of the latest, told in words

WORDS = {
    "fresh": "Nothing is pressed yet.",
    "pressed": "Pressed: {names}.",
    "now": "At w and b as they stand, the loss is {loss}.",
    "holds": HOLDS,
    "nothing": NOTHING,
    "raised": "{step} raised {problem}",
    # As the bench and torch say it, for pages without them.
    "none": "NameError: {name} is None: the step that fills it has not been taken",
    "spent": "RuntimeError: Trying to backward through the graph a second time (or directly access "
    "saved tensors after they have already been freed)",
}

BUTTONS = {
    "predict": "preds = model(inputs, w, b)",
    "loss": "loss = mse(preds, targets)",
    "backward": "loss.backward()",
    "move": "w -= lr * w.grad, and b the same",
    "reset": "w.grad.zero_(), and b.grad the same",
}


def step_by_step_figure(view_: StepByStepView) -> str:
    """The tensors, the path that the moves made, and predictions, as one SVG."""
    scene = view_.scene
    path = path_of(scene.bowl, view_.path_w, view_.path_b)
    slope_w, slope_b = scene.bowl.gradient(view_.w, view_.b)
    scales = view(scene.bowl, path[:1], swings=(False, True))
    start = [
        [
            sum(x * w for x, w in zip(row, ws, strict=True)) + b
            for ws, b in zip(scene.w, scene.b, strict=True)
        ]
        for row in scene.inputs
    ]
    return figure(
        "The five steps, one by one",
        f"{step_by_step_says(view_)} {describe_ends(path, scene.crop_names)}",
        tensor_panel(
            scene.param_names,
            _flat(view_.w, view_.b),
            None if view_.grad_w is None else _flat(view_.grad_w, view_.grad_b),
            [*slope_w.ravel().tolist(), *slope_b.tolist()],
            view_.loss,
        ),
        heading(CONTOURS) + contour_plot(
            scene.bowl, path, *scales,
            input_names=scene.input_names, crop_names=scene.crop_names,
        ),
        harvest_panel(
            harvest_scale(scene.targets, matrix("preds", start)), view_.preds,
            scene.targets, regions=scene.regions, crop_names=scene.crop_names,
        ),
    )  # fmt: skip


def step_by_step_says(view_: StepByStepView) -> str:
    """What was pressed, and the loss at w and b as they are."""
    latest = ", ".join(name for name, _ in view_.pressed[-_MOST_PRESSES:])
    before = "… " if len(view_.pressed) > _MOST_PRESSES else ""
    pressed = WORDS["pressed"].format(names=before + latest) if latest else WORDS["fresh"]
    now = view_.scene.bowl.loss(view_.w, view_.b)
    return f"{pressed} {WORDS['now'].format(loss=short(now))}"


def step_by_step_table(view_: StepByStepView) -> Table:
    """What the tensors hold."""
    values = _flat(view_.w, view_.b)
    grads = ["None"] * len(values)
    if view_.grad_w is not None:
        grads = [short(each, 5) for each in _flat(view_.grad_w, view_.grad_b)]
    slope_w, slope_b = view_.scene.bowl.gradient(view_.w, view_.b)
    slopes = [short(each, 5) for each in _flat(slope_w.tolist(), slope_b.tolist())]
    rows = zip(view_.scene.param_names, [short(v, 5) for v in values], grads, slopes, strict=True)
    return Table(
        caption="The tensors",
        header=("", "value", ".grad", "gradient here"),
        rows=tuple(rows),
        note=f"loss holds {'nothing' if view_.loss is None else short(view_.loss)}.",
    )


def _flat(w: Any, b: Any) -> list[float]:
    return [*(each for row in w for each in row), *b]


class StepByStepExplorer(Explorer):
    """See `explore_step_by_step`."""

    NAME = "step_by_step"
    TITLE = "What happens in each of the five steps?"
    STATE = ("lr",)
    LINES = (1, 1)
    HELD = ("_held",)

    lr = traitlets.Float(_LESSON_LR).tag(sync=True)
    _held = traitlets.Dict().tag(sync=True)

    def __init__(
        self, scene: Scene, rows: Rows, lr: float, *, model: Any, mse: Any, predict: bool
    ) -> None:
        self._scene, self._rows = scene, rows
        self._model, self._mse = model, mse
        self._pressed: list[tuple[str, float]] = []
        self._bench = self._new_bench()
        super().__init__(predict=predict, lr=lr)
        self._show()

    @traitlets.validate("lr")
    def _check_lr(self, proposal: dict[str, Any]) -> float:
        return positive("lr", proposal["value"])

    @property
    def view(self) -> StepByStepView:
        """What it shows now, as a record."""
        return self._bench.view(self._scene, tuple(self._pressed))

    def figure(self) -> str:
        """The picture as it stands now, as SVG."""
        return step_by_step_figure(self.view)

    def says(self) -> str:
        """What is to be seen now."""
        return step_by_step_says(self.view)

    def table(self) -> Table:
        """What the tensors hold."""
        return step_by_step_table(self.view)

    def press(self, *buttons: str) -> None:
        """Press buttons: ``predict``, ``loss``, ``backward``, ``move``, ``reset`` or ``again``.

        Raises:
            OptionError: there is no such button.
        """
        known = (*BUTTONS, "again")
        for button in buttons:
            if button not in known:
                raise OptionError(f"there is no button {button!r}. Try: {', '.join(known)}")
        for button in buttons:
            self._take(button)
        self._show()

    def _press(self, button: str) -> None:
        self.press(button)

    def _take(self, button: str) -> None:
        self.note = ""
        if button == "again":
            self._pressed, self._bench = [], self._new_bench()
        else:
            self._pressed.append((button, self.lr))
            # What goes wrong here is the lesson: torch's own words are shown.
            try:
                self._bench.do(button, self.lr)
                self.note = BUTTONS[button]
            except Exception as problem:  # noqa: BLE001  # also from the student's own functions
                told = f"{type(problem).__name__}: {_first_line(problem)}"
                self.note = WORDS["raised"].format(step=button, problem=told)

    @property
    def _own(self) -> bool:
        """Whether a function of the student's own is in use."""
        return self._model is not None or self._mse is not None

    def _new_bench(self) -> Bench:
        import torch

        from rainfall_kit.lesson import reference

        # The student's functions are for the lesson's tensors; otherwise numbers are exact, as in
        # the other explorers.
        dtype = torch.float32 if self._own else torch.float64
        model, mse = self._model or reference.model, self._mse or reference.mse
        return Bench(self._scene, self._rows, model, mse, dtype)

    def _show(self) -> None:
        self._held = _held(self.view)

    def _question(self) -> Question:
        return Question(
            text="You press predict, loss, backward, and then the same three once more, without a "
            "reset. What does w.grad hold?",
            choices=("the gradient", "twice the gradient", "zeros"),
            right=1,
            because="backward adds to what .grad already holds. Press the buttons and watch it.",
        )

    def _controls(self) -> tuple[Control, ...]:
        return (
            Slider(name="lr", label="lr of a move", low=1e-7, high=1e-3, step=0.02, log=True),
            *(
                Button(name=name, label=f"{i}. {name}", hint=code)
                for i, (name, code) in enumerate(BUTTONS.items(), 1)
            ),
            Button(name="again", label="Start again"),
        )

    def _constants(self) -> dict[str, Any]:
        scene = self._scene
        return {
            **quadratic_constants(scene),
            "alone": not self._own,
            "bowl": bowl_constants(scene),
            "theta": theta_of(scene.w, scene.b),
            "inputs": scene.inputs,
            "targets": scene.targets,
            "codes": BUTTONS,
            "most": _MOST_PRESSES,
            "words": WORDS,
        }


def _held(view_: StepByStepView) -> dict[str, Any]:
    """What the tensors hold, for the script."""
    grad = None
    if view_.grad_w is not None and view_.grad_b is not None:
        grad = theta_of(view_.grad_w, view_.grad_b)
    path = [theta_of(w, b) for w, b in zip(view_.path_w, view_.path_b, strict=True)]
    return {
        "theta": plain(path[-1]),
        "grad": plain(grad),
        "preds": plain(view_.preds),
        "loss": plain(view_.loss),
        "path": plain(path),
        "pressed": view_.pressed,
    }


def _first_line(problem: Exception) -> str:
    return str(problem).split("\n", maxsplit=1)[0].split(". ", maxsplit=1)[0]


def explore_step_by_step(
    run: Run | None = None,
    *,
    lr: float = _LESSON_LR,
    model: Any = None,
    mse: Any = None,
    predict: bool = False,
    **scene: Any,
) -> StepByStepExplorer:
    """Press the five steps in any order, and see what w, b, their .grad and the loss hold.

    Args:
        run: a run of your own, as ``%%gd_step -o run`` keeps it: w and b start where it did.
        lr: of a move.
        model: your own function of (inputs, w, b) that gives preds; the reference's otherwise.
        mse: your own function of (preds, targets) that gives the loss; the reference's otherwise.
        predict: whether to ask what you expect before the picture is shown.
        scene: your own data and names, as for `rainfall_kit.explorers.explored_data.scene_of`:
            inputs (n, d) and targets (n, k), w (k, d) and b (k,), regions, input_names, crop_names.

    Returns:
        The explorer; ``explorer.press("predict", "loss")`` presses buttons, ``explorer.lr`` can be set.

    Raises:
        DataError: the table cannot be used; the message says which row and column.
        OptionError: another argument is not allowed.

    Example:
        >>> explorer = explore_step_by_step()
        >>> explorer.press("predict", "loss", "backward", "predict", "loss", "backward")
        >>> print(explorer.table().rows[0][2:])
        ('−13877', '−6938.4')
    """
    for name, function in (("model", model), ("mse", mse)):
        if function is not None and not callable(function):
            raise OptionError(f"{name} must be a function, got {function!r}. Try: {name}={name}")
    place, rows = scene_and_rows("explore_step_by_step", run, **scene)
    return StepByStepExplorer(place, rows, lr, model=model, mse=mse, predict=predict)
