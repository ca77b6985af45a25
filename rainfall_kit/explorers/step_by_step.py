"""The step-by-step explorer: the five steps as buttons, pressed in any order, by torch itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import traitlets

from rainfall_kit.errors import OptionError
from rainfall_kit.explorers.controls import Button, Slider, log_range
from rainfall_kit.explorers.explored_data import LESSON_LR, ExploredData, data_and_rows
from rainfall_kit.explorers.script_constants import (
    bowl_constants,
    in_order,
    plain,
    quadratic_constants,
    theta_of,
)
from rainfall_kit.explorers.torch_steps import CODE, HeldTensors, TorchSteps
from rainfall_kit.explorers.validation import positive
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
from rainfall_kit.figures.number_format import fill, short
from rainfall_kit.figures.panels.tensor_table import HOLDS, NONE, NOTHING, tensor_panel

if TYPE_CHECKING:
    from rainfall_kit.explorers.controls import Control
    from rainfall_kit.explorers.explored_data import Rows
    from rainfall_kit.records.run import Run

_MOST_PRESSES = 12  # the latest, named below the title

WORDS = {
    "fresh": "Nothing is pressed yet.",
    "pressed": "Pressed: {names}.",
    "now": "At w and b as they stand, the loss is {loss:6}.",
    "raised": "{step} raised {problem}",
    # As torch says it, for pages without Python.
    "spent": "RuntimeError: Trying to backward through the graph a second time (or directly access "
    "saved tensors after they have already been freed)",
}

# As Python says it, for pages without it: a step before the one that it needs.
UNTAKEN = {
    "loss": "NameError: name 'preds' is not defined",
    "backward": "NameError: name 'loss' is not defined",
    "move": "TypeError: unsupported operand type(s) for *: 'float' and 'NoneType'",
    "reset": "AttributeError: 'NoneType' object has no attribute 'zero_'",
}

BUTTONS = {
    **CODE,
    "move": "w -= lr * w.grad, and b the same",
    "reset": "w.grad.zero_(), and b.grad the same",
}


@dataclass(frozen=True, kw_only=True)
class StepByStepView(HeldTensors, View):
    """All that the explorer shows at one moment: the tensors' values, and more.

    Attributes:
        data: the data and the start.
        lr: of the next move.
        pressed: the buttons that were pressed, in order, each with the lr at its time.
    """

    data: ExploredData
    lr: float
    pressed: tuple[tuple[str, float], ...] = ()

    @property
    def slopes(self) -> list[float]:
        """The gradient where w and b stand, whatever their ``.grad`` holds."""
        return in_order(*self.data.bowl.gradient(self.w, self.b))

    @property
    def grads(self) -> list[float] | None:
        """The values of ``w.grad`` and ``b.grad``, or None."""
        if self.grad_w is None or self.grad_b is None:
            return None
        return in_order(self.grad_w, self.grad_b)

    def figure(self) -> str:
        """The tensors, the path that the moves made, and predictions, as one SVG."""
        data = self.data
        path = path_of(data.bowl, self.path_w, self.path_b)
        scales = contour_scales(data.bowl, path[:1], swings=(False, True))
        return figure(
            "The five steps, one by one",
            f"{self.says()} {describe_ends(path, data.crop_names)}",
            tensor_panel(
                data.param_names, in_order(self.w, self.b), self.grads, self.slopes, self.loss
            ),
            heading(CONTOURS) + contour_plot(
                data.bowl, path, *scales,
                input_names=data.input_names, crop_names=data.crop_names,
            ),
            data.predictions_panel(self.preds),
        )  # fmt: skip

    def says(self) -> str:
        """The latest presses, and the loss at w and b as they are."""
        latest = ", ".join(name for name, _ in self.pressed[-_MOST_PRESSES:])
        before = "… " if len(self.pressed) > _MOST_PRESSES else ""
        pressed = fill(WORDS["pressed"], names=before + latest) if latest else WORDS["fresh"]
        now = fill(WORDS["now"], loss=self.data.bowl.loss(self.w, self.b))
        return f"{pressed} {now}"

    def table(self) -> Table:
        """The values of the tensors, and the gradient beside them."""
        names, held = self.data.param_names, self.grads
        grads = [NONE] * len(names) if held is None else [short(grad, 5) for grad in held]
        values = [short(value, 5) for value in in_order(self.w, self.b)]
        slopes = [short(slope, 5) for slope in self.slopes]
        return Table(
            caption="The tensors",
            header=("", "value", ".grad", "gradient here"),
            rows=tuple(zip(names, values, grads, slopes, strict=True)),
            note=f"{fill(HOLDS, loss=NOTHING if self.loss is None else self.loss)}.",
        )

    def prompt(self) -> PredictionPrompt:
        """The sum in ``.grad`` where it is not reset."""
        return PredictionPrompt(
            text="You press predict, loss, backward, and then the same three once more, without a "
            "reset. What does w.grad hold?",
            choices=("the gradient", "twice the gradient", "zeros"),
            right=1,
            because="backward adds to what .grad already holds. Press the buttons and watch it.",
        )


class StepByStepExplorer(Explorer[StepByStepView]):
    """See `explore_step_by_step`."""

    NAME = "step_by_step"
    TITLE = "What happens in each of the five steps?"
    STATE = ("lr",)
    LINES = (1, 1)
    HELD = ("_held",)

    lr = traitlets.Float(LESSON_LR).tag(sync=True)
    _held = traitlets.Dict().tag(sync=True)

    def __init__(
        self, data: ExploredData, rows: Rows, lr: float, *, model: Any, mse: Any, predict: bool
    ) -> None:
        self._data, self._rows = data, rows
        self._model, self._mse = model, mse
        self._lrs = log_range(1e-7, 1e-3, lr)
        self._start_again()
        super().__init__(self._view_with(lr), predict=predict)
        self._show()

    @traitlets.validate("lr")
    def _check_lr(self, proposal: dict[str, Any]) -> float:
        return positive("lr", proposal["value"])

    def press(self, *buttons: str) -> None:
        """Press buttons: ``predict``, ``loss``, ``backward``, ``move``, ``reset`` or ``again``.

        Raises:
            OptionError: there is no such button.
        """
        known = (*BUTTONS, "again")
        for button in buttons:  # all of them first: a wrong one presses none of the others
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
            self._start_again()
        else:
            self._pressed.append((button, self.lr))
            # What goes wrong here is the lesson: torch's own words are shown.
            try:
                self._steps.take(button, self.lr)
                self.note = BUTTONS[button]
            except Exception as problem:  # noqa: BLE001  # also from the student's own functions
                raised = f"{type(problem).__name__}: {_first_line(problem)}"
                self.note = fill(WORDS["raised"], step=button, problem=raised)

    @property
    def _own(self) -> bool:
        """True if a function of the student's own is in use."""
        return self._model is not None or self._mse is not None

    def _start_again(self) -> None:
        import torch

        from rainfall_kit.lesson import reference

        # The student's functions are for the lesson's tensors; otherwise numbers are exact, as in
        # the other explorers.
        dtype = torch.float32 if self._own else torch.float64
        model, mse = self._model or reference.model, self._mse or reference.mse
        self._steps = TorchSteps(self._data, self._rows, model, mse, dtype)
        self._pressed: list[tuple[str, float]] = []

    # The trait lr is there only after the widget's own start, which takes a view.
    def _view_with(self, lr: float) -> StepByStepView:
        held = vars(self._steps.held())
        return StepByStepView(data=self._data, lr=lr, pressed=tuple(self._pressed), **held)

    def _show(self) -> None:
        self._view = self._view_with(self.lr)
        self._held = _held(self._view)

    def _controls(self) -> tuple[Control, ...]:
        low, high = self._lrs
        return (
            Slider(name="lr", label="lr of a move", low=low, high=high, step=0.02, log=True),
            *(
                Button(name=name, label=f"{i}. {name}", hint=code)
                for i, (name, code) in enumerate(BUTTONS.items(), 1)
            ),
            Button(name="again", label="Start again"),
        )

    def _constants(self) -> dict[str, Any]:
        data = self._data
        return {
            **quadratic_constants(data),
            "alone": not self._own,
            "bowl": bowl_constants(data),
            "theta": theta_of(data.w, data.b),
            "inputs": data.inputs,
            "targets": data.targets,
            "codes": BUTTONS,
            "most": _MOST_PRESSES,
            "words": WORDS | {"untaken": UNTAKEN},
        }


def _held(view: StepByStepView) -> dict[str, Any]:
    """The values of the tensors, for the script."""
    grad = None
    if view.grad_w is not None and view.grad_b is not None:
        grad = theta_of(view.grad_w, view.grad_b)
    path = [theta_of(w, b) for w, b in zip(view.path_w, view.path_b, strict=True)]
    return {
        "theta": plain(path[-1]),
        "grad": plain(grad),
        "preds": plain(view.preds),
        "loss": plain(view.loss),
        "path": plain(path),
        "pressed": view.pressed,
    }


def _first_line(problem: Exception) -> str:
    # Torch goes on with advice for much later lessons: "Specify retain_graph=True if …".
    return str(problem).split("\n", maxsplit=1)[0].split(". ", maxsplit=1)[0]


def explore_step_by_step(
    run: Run | None = None,
    *,
    lr: float = LESSON_LR,
    model: Any = None,
    mse: Any = None,
    predict: bool = False,
    **data: Any,
) -> StepByStepExplorer:
    """Press the five steps in any order, and see what w, b, their .grad and the loss hold.

    Args:
        run: a run of your own, as ``%%gd_step -o run`` keeps it: w and b start where it did.
        lr: of a move.
        model: your own function of (inputs, w, b) that gives preds; the reference's otherwise.
        mse: your own function of (preds, targets) that gives the loss; the reference's otherwise.
        predict: whether to ask what you expect before the picture is shown.
        data: your own data and names, as for `rainfall_kit.explorers.explored_data.explored_data`:
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
    explored, rows = data_and_rows("explore_step_by_step", run, **data)
    return StepByStepExplorer(explored, rows, lr, model=model, mse=mse, predict=predict)
