"""Records of a run: the data as the loss sees it, the steps, and the losses.

A record holds numbers, texts and tuples of them, never a tensor, so that any process can read it
without torch. A matrix is a tuple of rows.

    >>> step = Step(number=1, lr=0.1, loss=4.0, w=((2.0,),), b=(0.0,), w_after=((1.0,),), b_after=(0.0,))
    >>> run = Run(steps=(step,), final_loss=1.0)
    >>> run.losses
    (4.0, 1.0)
    >>> Run.from_json(run.to_json()) == run
    True
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from rainfall_kit.records.json_record import Record, added_later

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

Vector = tuple[float, ...]
Matrix = tuple[Vector, ...]

# In the name of an optimiser that raises the loss.
MAXIMIZED = "maximize=True"


@dataclass(frozen=True, kw_only=True)
class Quadratic(Record):
    """The QR factor of a table of data: all that the loss depends on.

    For data of n rows, d inputs and k crops, the mean squared error of every model w, b follows
    from the (d+1+k, d+1+k) triangular factor R of the table [inputs, 1, targets]:
    table = Q R with orthonormal columns in Q. `rainfall_kit.quadratic.bowl.Bowl` reads it.

    Attributes:
        rows: n.
        n_inputs: d.
        factor: R, row by row; zero below the diagonal.
    """

    rows: int
    n_inputs: int
    factor: Matrix


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen(Record):
    """A step as hooks and looks between the lines of its cell saw it.

    Where it says w or b, it is that parameter, whatever the student calls it.

    Attributes:
        backwards: how many backward calls reached w or b.
        updates: how often w or b moved, one after another; the moves between two backward calls are one.
        lr_from: where the lr was read: ``"name"``, ``"option"``, ``"number"``, ``"product"`` of the
            name lr and another, ``"optimiser"`` or nowhere.
        optimiser: the name of one that does more than ``-lr * gradient``, or the empty text.
        stale: which of w and b held an older gradient when the first backward of the step came.
        piled_up: which did so at a later backward of the same step, one that followed a move.
        re_made: which of w and b were given other values, before any gradient was found.
        unseen: whether w or b were made anew by a function with a loop: its moves could not be seen.
        changed: which of the data were changed or bound anew while the cell ran, by their names.
        loss_bound: whether ``loss`` was bound ``"before"`` the move or only ``"after"`` it.
        follows_w: whether each move of w was -lr times what ``.grad`` held there, or for an lr that is not
            known some multiple below 0; None when w has not moved, or no gradient was found.
        follows_b: the same for b.
        times_w: by which multiple of that gradient w fell at every move; None when by none.
        times_b: the same for b.
        found_w: (k, d) the gradient that backward found for w, without what ``.grad`` held before.
        found_b: (k,) the same for b.
        preds_right: whether ``preds`` was inputs @ w.t() + b; None when there was none to look at.
        in_parts: whether the lines take some of the rows of the data at a time.
        beside: what else the lines read that their loss may depend on, such as weights of rows.
        zeroed_before: which of w and b were moved by a gradient that had been reset since backward.
        changed_after: which of them were changed once more, after a move by -lr times the gradient.
        vain_optimiser: why a step of an optimiser moved neither of them: it has ``"other tensors"``, or it
            found ``"no gradients"``; the empty text where none was in vain.
        unlike: whether the step went unwatched, and not like the watched one before it: of such a step
            only the values and the gradients that backward found are known.
    """

    backwards: int = 0
    updates: int = 0
    lr_from: str = ""
    optimiser: str = ""
    stale: tuple[str, ...] = ()
    piled_up: tuple[str, ...] = ()
    re_made: tuple[str, ...] = ()
    unseen: bool = False
    changed: tuple[str, ...] = ()
    loss_bound: str = ""
    follows_w: bool | None = None
    follows_b: bool | None = None
    times_w: float | None = None
    times_b: float | None = None
    found_w: Matrix | None = None
    found_b: Vector | None = None
    preds_right: bool | None = None
    in_parts: bool = False
    unlike: bool = False
    beside: tuple[str, ...] = added_later(())
    zeroed_before: tuple[str, ...] = added_later(())
    changed_after: tuple[str, ...] = added_later(())
    vain_optimiser: str = added_later("")


@dataclass(frozen=True, kw_only=True, slots=True)
class Step(Record):
    """One step of gradient descent.

    Attributes:
        number: 1 for the first step of a run.
        lr: the learning rate at the move; None when it is not known.
        loss: the mean squared error at `w` and `b`, before the step.
        w: (k, d) weights before the step.
        b: (k,) offsets before the step.
        w_after: (k, d) weights after the step.
        b_after: (k,) offsets after the step.
        grad_w: (k, d) what ``w.grad`` held when the step was taken; None when autograd filled in none.
        grad_b: (k,) the same for b.
        body_loss: what the cell's own ``loss`` held; None when it had none.
        seen: what was seen while the cell ran; None for a step that nobody watched.
    """

    number: int
    lr: float | None
    loss: float
    w: Matrix
    b: Vector
    w_after: Matrix
    b_after: Vector
    grad_w: Matrix | None = None
    grad_b: Vector | None = None
    body_loss: float | None = None
    seen: Seen | None = added_later(None)


@dataclass(frozen=True, kw_only=True)
class Run(Record):
    """A sequence of steps.

    ``len(run)`` and ``run[i]`` are about the steps that were kept: all of them, unless the run was
    so long that only every second, fourth, … was; each step's ``number`` tells which it was.

    Attributes:
        steps: the steps that were kept, in order.
        final_loss: the mean squared error after the last step.
        epochs: how many steps were taken; None in the constructor means as many as were kept.
        quadratic: the data, as the loss sees it; None when there were none that could be used.
        data_problem: why there were none; the empty text when there were.
        input_names: d names for the columns of inputs; empty when unknown.
        crop_names: k names for the columns of targets; empty when unknown.
        dtype: of the parameters, such as ``"float32"``; the coarsest that took part in the steps.
        seconds: how long the steps took.
        stopped: why the run ended early, or the empty text.
        told_lr: the lr that the student gave beside the lines; None when there was none.
        variables: what the student calls w, b, inputs and targets; empty when by these names.
    """

    steps: tuple[Step, ...]
    final_loss: float
    epochs: int | None = None
    quadratic: Quadratic | None = None
    data_problem: str = ""
    input_names: tuple[str, ...] = ()
    crop_names: tuple[str, ...] = ()
    dtype: str = "float32"
    seconds: float = 0.0
    stopped: str = ""
    told_lr: float | None = added_later(None)
    variables: tuple[str, ...] = added_later(())

    def __post_init__(self) -> None:
        if self.epochs is None:
            object.__setattr__(self, "epochs", len(self.steps))

    @property
    def losses(self) -> Vector:
        """The loss before each step that was kept, and at last the loss after the last one.

        For a run whose steps were all kept, ``losses[t]`` is the loss after t steps.
        """
        return (*(step.loss for step in self.steps), self.final_loss)

    @property
    def numbers(self) -> tuple[int, ...]:
        """How many steps had been taken at each of `losses`: 0, 1, 2 and on."""
        assert self.epochs is not None
        return (*(step.number - 1 for step in self.steps), self.epochs)

    @property
    def w(self) -> Matrix | None:
        """(k, d) weights after the last step; None for a run without steps."""
        return self.steps[-1].w_after if self.steps else None

    @property
    def b(self) -> Vector | None:
        """(k,) offsets after the last step; None for a run without steps."""
        return self.steps[-1].b_after if self.steps else None

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Step, ...]: ...
    def __getitem__(self, index: int | slice) -> Step | tuple[Step, ...]:
        return self.steps[index]

    def __repr__(self) -> str:
        if not self.steps:
            return "Run(no steps)"
        steps = "1 step" if self.epochs == 1 else f"{self.epochs} steps"
        return f"Run({steps}, loss {self.losses[0]:.6g} -> {self.final_loss:.6g})"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the losses against the steps, on a logarithmic axis where they allow it.

        Args:
            ax: your own matplotlib axes; a new figure's when None, which has alternative text for a
                screen reader.

        Returns:
            The axes that were drawn on. No setting of matplotlib's is changed.

        Raises:
            ImportError: matplotlib is not installed.

        Example:
            >>> from matplotlib.figure import Figure
            >>> Run(steps=(), final_loss=2.0).plot(Figure().subplots()).get_xlabel()
            'steps taken'
        """
        if ax is None:
            try:
                import matplotlib.pyplot as plt
            except ImportError:
                raise ImportError(
                    "run.plot draws with matplotlib, which is not installed. "
                    "Try: %pip install matplotlib"
                ) from None
            from rainfall_kit.records.described_figure import DescribedFigure

            drawn, ax = plt.subplots(FigureClass=DescribedFigure)
            assert isinstance(drawn, DescribedFigure)
            drawn.description = self._described()
        ax.plot(self.numbers, self.losses, label="loss")
        if all(loss > 0 for loss in self.losses):
            ax.set_yscale("log")
        ax.set_xlabel("steps taken")
        ax.set_ylabel("loss (mean squared error)")
        return ax

    def _described(self) -> str:
        """The curve of losses in a sentence."""
        steps = f"{self.epochs} step{'' if self.epochs == 1 else 's'}"
        return (
            f"Line chart of the loss over {steps}: it begins at {self.losses[0]:.6g} and ends at "
            f"{self.losses[-1]:.6g}."
        )
