"""The bowl explorer: why descent is slow, and what centring and scaling the inputs does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from rainfall_kit.explorers.controls import Choice, Slider, Tick
from rainfall_kit.explorers.explored_data import ExploredData, explored_data
from rainfall_kit.explorers.script_constants import quadratic_constants
from rainfall_kit.explorers.validation import whole, within
from rainfall_kit.explorers.view import PredictionPrompt, View
from rainfall_kit.explorers.widget import Explorer
from rainfall_kit.figures.contours import mix_of
from rainfall_kit.figures.document import Table
from rainfall_kit.figures.layout import figure
from rainfall_kit.figures.number_format import fill, short
from rainfall_kit.figures.panels.cross_section import cross_section_panel, ring_axes
from rainfall_kit.figures.panels.half_lives import epochs, half_life_panel, half_life_scale

if TYPE_CHECKING:
    from rainfall_kit.explorers.controls import Control
    from rainfall_kit.quadratic.bowl import Bowl
    from rainfall_kit.records.run import Run

_MOST_BARS = 6  # directions, the steepest
_MOST_CHOICES = 6  # of the prompt
_MOST_OF_PLANES = 5  # parameters, each with each
_LEAST_SHARE, _MOST_SHARE = 0.01, 1.2

WORDS = {
    "now": "Condition number {condition:3}, largest stable lr {stable:4}, best fixed lr {best:4}. "
    "With lr {lr:4}, epochs until the slowest direction is halved: {slowest}.",
}


@dataclass(frozen=True, kw_only=True)
class BowlView(View):
    """All that the explorer shows at one moment.

    Attributes:
        data: the data.
        centre: how far each input is moved to mean 0: 0 not at all, 1 all the way.
        scale: how far each input is brought to standard deviation 1, by powers: 0 not at all.
        share: lr as a share of the largest stable one.
        plane: which two parameters the cross-section shows; see `planes`.
    """

    data: ExploredData
    centre: float = 0.0
    scale: float = 0.0
    share: float = 0.5
    plane: int

    @cached_property
    def bowl(self) -> Bowl:
        """The bowl of the inputs as they are centred and scaled."""
        raw = self.data.bowl
        return raw.rescaled(self.centre * raw.means, raw.stds**self.scale)

    @property
    def lr(self) -> float:
        """The learning rate."""
        return self.share * self.bowl.largest_stable_lr

    def figure(self) -> str:
        """The half-life of each direction, and a ring of equal loss, as one SVG."""
        bowl, names = self.bowl, self.data.column_names
        halves = bowl.half_lives(self.lr).tolist()
        first, second = planes(self.data)[self.plane]
        h = bowl.hessian
        axes = ring_axes(h[first, first], h[first, second], h[second, second])
        return figure(
            "The shape of the bowl",
            self.says(),
            half_life_panel(
                half_life_scale(), self._mixes()[:_MOST_BARS],
                bowl.eigenvalues.tolist()[:_MOST_BARS], halves[:_MOST_BARS],
                left_out=max(len(halves) - _MOST_BARS, 0),
            ),
            cross_section_panel(names[first], names[second], *axes),
        )  # fmt: skip

    def says(self) -> str:
        """The pace of descent, in two sentences."""
        bowl = self.bowl
        slowest = float(bowl.half_lives(self.lr).max())
        return fill(
            WORDS["now"],
            condition=bowl.condition_number,
            stable=bowl.largest_stable_lr,
            best=bowl.best_lr,
            lr=self.lr,
            slowest=epochs(slowest),
        )

    def table(self) -> Table:
        """Each direction with its eigenvalue and half-life."""
        bowl = self.bowl
        rows = zip(
            self._mixes(),
            [short(value, 4) for value in bowl.eigenvalues.tolist()],
            [epochs(half) for half in bowl.half_lives(self.lr).tolist()],
            strict=True,
        )
        return Table(
            caption=f"The directions of the bowl, with lr {short(self.lr, 4)}",
            header=("direction", "λ", "epochs to halve"),
            rows=tuple(rows),
        )

    def prompt(self) -> PredictionPrompt:
        """The slowest direction, of the inputs as they are given."""
        slowest = int(np.abs(self.data.bowl.directions[:, -1]).argmax())
        return PredictionPrompt(
            text="Each direction of the bowl shrinks at its own pace. Which parameter is most of "
            "the slowest one?",
            choices=tuple(self.data.column_names[:_MOST_CHOICES]),
            right=min(slowest, _MOST_CHOICES - 1),
            because=BowlView(data=self.data, plane=self.plane).says(),
        )

    def _mixes(self) -> list[str]:
        """Each direction in words, its largest part above 0."""
        directions = self.bowl.directions
        largest = np.abs(directions).argmax(axis=0)
        signs = np.sign(directions[largest, np.arange(len(largest))])
        return [mix_of(parts, self.data.column_names) for parts in (directions * signs).T]


def longest_plane(data: ExploredData) -> int:
    """The index of the plane in which a ring is longest and narrowest: standardising changes it most."""
    h = data.bowl.hessian
    narrow = [ring_axes(h[i, i], h[i, j], h[j, j])[0] for i, j in planes(data)]
    return int(np.argmin(narrow))


def planes(data: ExploredData) -> list[tuple[int, int]]:
    """The pairs of parameters that a cross-section can show."""
    return list(combinations(range(min(len(data.column_names), _MOST_OF_PLANES)), 2))


class BowlExplorer(Explorer[BowlView]):
    """See `explore_bowl`."""

    NAME = "bowl"
    TITLE = "Why is it slow?"
    STATE = ("centre", "scale", "share", "plane")
    LINES = (2, 0)

    centre = traitlets.Float(0.0).tag(sync=True)
    scale = traitlets.Float(0.0).tag(sync=True)
    share = traitlets.Float(0.5).tag(sync=True)
    plane = traitlets.Int(0).tag(sync=True)

    @property
    def lr(self) -> float:
        """The learning rate: `share` of the largest stable one."""
        return self.view.lr

    @traitlets.validate("centre", "scale")
    def _check_part(self, proposal: dict[str, Any]) -> float:
        return within(proposal["trait"].name, proposal["value"], 0, 1)

    @traitlets.validate("share")
    def _check_share(self, proposal: dict[str, Any]) -> float:
        return within("share", proposal["value"], _LEAST_SHARE, _MOST_SHARE)

    @traitlets.validate("plane")
    def _check_plane(self, proposal: dict[str, Any]) -> int:
        return whole("plane", proposal["value"], 0, len(planes(self._view.data)) - 1)

    def _controls(self) -> tuple[Control, ...]:
        data = self._view.data
        names = data.column_names
        return (
            Slider(name="centre", label="centre the inputs", low=0, high=1, step=0.01),
            Slider(name="scale", label="scale the inputs", low=0, high=1, step=0.01),
            Slider(name="share", label="lr ÷ largest stable", low=_LEAST_SHARE, high=_MOST_SHARE,
                   step=0.01, ticks=(Tick(value=1.0, label="largest stable"),)),
            Choice(name="plane", label="plane of",
                   options=tuple(f"{names[i]} and {names[j]}" for i, j in planes(data))),
        )  # fmt: skip

    def _constants(self) -> dict[str, Any]:
        data = self._view.data
        bowl = data.bowl
        return {
            "a": quadratic_constants(data)["a"],
            "rows": bowl.rows,
            "elements": bowl.elements,
            "means": bowl.means.tolist(),
            "stds": bowl.stds.tolist(),
            "params": data.column_names,
            "planes": planes(data),
            "words": WORDS,
        }


def explore_bowl(
    run: Run | None = None,
    *,
    centre: float = 0.0,
    scale: float = 0.0,
    share: float = 0.5,
    plane: int | None = None,
    predict: bool = False,
    **data: Any,
) -> BowlExplorer:
    """See why descent is slow: half-lives, condition number, and what standardising does to both.

    Args:
        run: a run of your own, as ``%%gd_step -o run`` keeps it: its data.
        centre: how far each input is moved to mean 0, from 0 to 1.
        scale: how far each input is brought to standard deviation 1, from 0 to 1.
        share: lr as a share of the largest stable one.
        plane: which pair of parameters the cross-section shows, counted from 0; unless told otherwise
            the one whose rings are longest.
        predict: whether to ask what you expect before the picture is shown.
        data: your own data and names, as for `rainfall_kit.explorers.explored_data.explored_data`:
            inputs (n, d) and targets (n, k), regions, input_names, crop_names.

    Returns:
        The explorer; ``explorer.centre``, ``scale``, ``share`` and ``plane`` can be read and set.

    Raises:
        DataError: the table cannot be used; the message says which row and column.
        OptionError: another argument is not allowed.

    Example:
        >>> explore_bowl(centre=1, scale=1).says()[:58]
        'Condition number 6.95, largest stable lr 1.007, best fixed'
    """
    explored, _ = explored_data(run, **data)
    view = BowlView(
        data=explored,
        centre=within("centre", centre, 0, 1),
        scale=within("scale", scale, 0, 1),
        share=within("share", share, _LEAST_SHARE, _MOST_SHARE),
        plane=longest_plane(explored)
        if plane is None
        else whole("plane", plane, 0, len(planes(explored)) - 1),
    )
    return BowlExplorer(view, predict=predict)
