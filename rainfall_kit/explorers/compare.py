"""The compare explorer: runs over each other, as curves, as paths, and in a table."""

from __future__ import annotations

import dataclasses
import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import traitlets

from rainfall_kit.errors import OptionError
from rainfall_kit.explorers.controls import Slider, epoch_buttons
from rainfall_kit.explorers.script_constants import plain
from rainfall_kit.explorers.validation import whole
from rainfall_kit.explorers.view import PredictionPrompt, View
from rainfall_kit.explorers.widget import Explorer
from rainfall_kit.figures.contours import contour_plot, contour_scales, path_of
from rainfall_kit.figures.document import Table
from rainfall_kit.figures.layout import (
    COLOURS,
    DASHES,
    KEY,
    LEFT,
    PAST,
    PAST_WING,
    RIGHT,
    figure,
    heading,
)
from rainfall_kit.figures.loss_axes import ABOVE, loss_curve, loss_plot, losses_scale, steps_scale
from rainfall_kit.figures.number_format import fill, short
from rainfall_kit.figures.panels.run_path import names_of
from rainfall_kit.figures.panels.runs_table import runs_panel
from rainfall_kit.figures.svg import dot, element, text
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.run import Run

if TYPE_CHECKING:
    from rainfall_kit.explorers.controls import Control
    from rainfall_kit.figures.scale import Scale

Floats = npt.NDArray[np.float64]

_MOST_RUNS = len(COLOURS)
_MOST_STEPS = 160  # of each run: the page carries them all

WORDS = {
    "now": "After step {epoch}: {losses}.",
    "one": "{name} has loss {loss:6}",
    "ended": "{name}, which ended after step {last}, has loss {loss:6}",
}


@dataclass(frozen=True, kw_only=True)
class CompareView(View):
    """All that the explorer shows at one moment.

    Attributes:
        names: of the runs.
        runs: the runs, each thinned to the steps that can be seen.
        epoch: after how many steps.
        crop: whose path is drawn.
    """

    names: tuple[str, ...]
    runs: tuple[Run, ...]
    epoch: int
    crop: int = 0

    @property
    def epochs(self) -> int:
        """The number of steps of the longest run."""
        return max(run.numbers[-1] for run in self.runs)

    @property
    def steps(self) -> list[int]:
        """The steps after which any of the runs kept its loss."""
        return sorted({number for run in self.runs for number in run.numbers})

    @property
    def losses(self) -> list[float]:
        """The loss of each run at the present step."""
        return [run.losses[_index(run, self.epoch)] for run in self.runs]

    @cached_property
    def bowl(self) -> Bowl | None:
        """The bowl that all runs descended; None if they had different data."""
        first = self.runs[0].quadratic
        if first is None or any(run.quadratic != first for run in self.runs):
            return None
        return Bowl.from_record(first)

    @cached_property
    def paths(self) -> list[Floats]:
        """(T, 2) for each run: the path of the chosen crop, at each loss that was kept; or none."""
        bowl = self.bowl
        return [] if bowl is None else [_path(bowl, run, self.crop) for run in self.runs]

    def figure(self) -> str:
        """Curves, paths and a table, as one SVG."""
        return figure(
            "Runs over each other",
            self.says(),
            heading("The losses of each run") + self._losses_plot(),
            *([self._contours(self.bowl)] if self.bowl else []),
            runs_panel(self.names, [row[1:] for row in self.table().rows]),
        )

    def says(self) -> str:
        """The loss of each run at the present step."""
        losses = [
            fill(
                WORDS["ended" if self.epoch > run.numbers[-1] else "one"],
                name=name, loss=loss, last=run.numbers[-1],
            )
            for name, run, loss in zip(self.names, self.runs, self.losses, strict=True)
        ]  # fmt: skip
        return fill(WORDS["now"], epoch=self.epoch, losses=", ".join(losses))

    def table(self) -> Table:
        """A row for each run: its lr, its steps, its loss now and at its lowest."""
        rows = []
        for name, run, now in zip(self.names, self.runs, self.losses, strict=True):
            lrs = {step.lr for step in run.steps}
            (lr,) = lrs if len(lrs) == 1 else (None,)
            finite = [loss for loss in run.losses if math.isfinite(loss)]
            cells = (short(lr, 4) if lr is not None else "–", str(run.epochs), short(now, 6))
            rows.append((name, *cells, short(min(finite, default=math.nan), 6)))
        return Table(
            caption=f"The runs after step {self.epoch}",
            header=("run", "lr", "steps", "loss now", "lowest loss"),
            rows=tuple(rows),
        )

    def prompt(self) -> PredictionPrompt:
        """The run with the lowest loss at the present step."""
        # NaN is lower than nothing, and nothing is lower than NaN.
        known = [loss if math.isfinite(loss) else math.inf for loss in self.losses]
        return PredictionPrompt(
            text=f"Which run has the lowest loss after {self.epoch} steps"
            f"{', or where it ended before' if self._any_ended else ''}?",
            choices=self.names,
            right=known.index(min(known)),
            because=self.says(),
        )

    @property
    def _any_ended(self) -> bool:
        return any(self.epoch > run.numbers[-1] for run in self.runs)

    def _loss_scale(self) -> Scale:
        top = ABOVE * max((run.losses[0] for run in self.runs if run.losses[0] > 0), default=1.0)
        shown = [loss for run in self.runs for loss in run.losses if 0 < loss <= top]
        return losses_scale([min(shown, default=1.0), max(shown, default=1.0)], log=True)

    def _losses_plot(self) -> str:
        x, y = steps_scale(self.epochs), self._loss_scale()
        floor = self.bowl.floor if self.bowl and self.bowl.floor > y.low else None
        markers = []
        for i, (run, loss) in enumerate(zip(self.runs, self.losses, strict=True)):
            now, is_inside = run.numbers[_index(run, self.epoch)], loss <= y.high  # NaN is not
            markers += [
                loss_curve("rk-curve", x, y, run.numbers, run.losses, COLOURS[i],
                           stroke_dasharray=DASHES[i], data_run=i),
                dot("rk-now", x(now), y.clip(loss), COLOURS[i], r=5, data_run=i, **_seen(is_inside)),
                element(
                    "path", class_="rk-past", fill=COLOURS[i], data_run=i, **_seen(not is_inside),
                    d=f"M{x(now):.1f},{y.end:.1f}l{-PAST_WING},{PAST}h{2 * PAST_WING}z",
                ),
            ]  # fmt: skip
        key = text(
            "● now (▲ past the axis)", (LEFT + RIGHT) / 2, KEY, text_anchor="middle", opacity=0.75
        )
        return loss_plot(x, y, floor, *markers, key)

    def _contours(self, bowl: Bowl) -> str:
        held = [
            path[[_index(run, step) for step in self.steps]]
            for run, path in zip(self.runs, self.paths, strict=True)
        ]
        path = np.moveaxis(np.array(held), 0, 2)  # (T, 2, runs)
        shown = path[: bisect_right(self.steps, self.epoch)]
        inputs, crops = names_of(self.runs[0])
        return heading(f"Path of {crops[self.crop]} on rings of equal loss") + contour_plot(
            bowl, shown, *contour_scales(bowl, path),
            input_names=inputs, crop_names=self.names, whole=path,
        )  # fmt: skip


def _seen(is_seen: bool) -> dict[str, str]:
    return {} if is_seen else {"visibility": "hidden"}


def _index(run: Run, epoch: int) -> int:
    """The index of the loss that stood last at this step, among those that were kept."""
    return bisect_right(run.numbers, epoch) - 1


def _path(bowl: Bowl, run: Run, crop: int) -> Floats:
    """(T, 2): the path of a crop, at each loss that was kept."""
    w = [*(step.w for step in run), run.steps[-1].w_after]
    b = [*(step.b for step in run), run.steps[-1].b_after]
    path = path_of(bowl, w, b)[:, :, crop]
    # `path_of` ends where numbers do; the curve of losses goes on to the run's end.
    lost = np.repeat(path[-1:], len(w) - len(path), axis=0)
    return np.concatenate([path, lost])


class CompareExplorer(Explorer[CompareView]):
    """See `explore_compare`."""

    NAME = "compare"
    TITLE = "Which run goes lower?"
    STATE = ("epoch",)

    epoch = traitlets.Int(0).tag(sync=True)

    @traitlets.validate("epoch")
    def _check_epoch(self, proposal: dict[str, Any]) -> int:
        return whole("epoch", proposal["value"], 0, self._view.epochs)

    def _controls(self) -> tuple[Control, ...]:
        slider = Slider(
            name="epoch", label="after step", low=0, high=self._view.epochs, step=1, whole=True
        )
        return slider, *epoch_buttons(self._view.epochs)

    def _constants(self) -> dict[str, Any]:
        view = self._view
        paths = [path.T.tolist() for path in view.paths] or [None] * len(view.runs)
        runs = [
            {"numbers": run.numbers, "losses": plain(run.losses), "path": path}
            for run, path in zip(view.runs, paths, strict=True)
        ]
        return {
            "states": {"start": {"epoch": 0}},
            "runs": runs,
            "labels": view.names,
            "steps": view.steps,
            "words": WORDS,
        }


def explore_compare(
    *runs: Run, epoch: int | None = None, crop: int = 0, predict: bool = False, **named: Run
) -> CompareExplorer:
    """Lay up to four runs over each other: curves, paths, a table, at any step.

    Args:
        runs: runs that ``%%gd_step -o NAME`` kept; they are called run 1, run 2 and on.
        epoch: after how many steps they are compared at first; the longest run's unless told
            otherwise.
        crop: whose path is drawn, counted from 0.
        predict: whether to ask what you expect before the picture is shown.
        named: further runs by name: ``explore_compare(slow=run, fast=other)``.

    Returns:
        The explorer; ``explorer.epoch`` can be read and set.

    Raises:
        OptionError: there are no runs, or more than four, or one without steps.

    Example:
        >>> from rainfall_kit.records.run import Step
        >>> step = Step(number=1, lr=0.1, loss=4.0, w=((2.0,),), b=(0.0,), w_after=((1.0,),), b_after=(0.0,))
        >>> explore_compare(mine=Run(steps=(step,), final_loss=1.0)).says()
        'After step 1: mine has loss 1.'
    """
    all_runs = {f"run {i}": run for i, run in enumerate(runs, 1)} | named
    if not 1 <= len(all_runs) <= _MOST_RUNS:
        raise OptionError(
            f"explore_compare takes from 1 to {_MOST_RUNS} runs, got {len(all_runs)}. "
            "Try: explore_compare(slow=run, fast=other)"
        )
    for name, run in all_runs.items():
        if not isinstance(run, Run) or not run.steps:
            what = "a run without steps" if isinstance(run, Run) else type(run).__name__
            raise OptionError(f"{name} must be a run, got {what}. Try: %%gd_step -o {name}")
    thinned = tuple(_thin(run) for run in all_runs.values())
    longest = max(run.numbers[-1] for run in thinned)
    crops = min(len(run.steps[0].b) for run in thinned)
    view = CompareView(
        names=tuple(all_runs),
        runs=thinned,
        epoch=whole("epoch", longest if epoch is None else epoch, 0, longest),
        crop=whole("crop", crop, 0, crops - 1),
    )
    return CompareExplorer(view, predict=predict)


def _thin(run: Run) -> Run:
    """As many of a run's steps as can be seen."""
    count = len(run.steps)
    if count <= _MOST_STEPS:
        return run
    kept = sorted({round(i * (count - 1) / (_MOST_STEPS - 1)) for i in range(_MOST_STEPS)})
    return dataclasses.replace(run, steps=tuple(run.steps[i] for i in kept))
