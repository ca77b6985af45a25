"""The bowl explorer: why descent is slow, and what centring and scaling the inputs does.

>>> bowl_figure(explore_bowl().view)[:4]
'<svg'
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from rainfall_kit.explorers.controls import Choice, Mark, Slider
from rainfall_kit.explorers.explored_data import Scene, scene_of
from rainfall_kit.explorers.prediction_prompt import Question
from rainfall_kit.explorers.validation import whole, within
from rainfall_kit.explorers.widget import Explorer
from rainfall_kit.figures.contours import mix_of
from rainfall_kit.figures.document import Table
from rainfall_kit.figures.layout import figure
from rainfall_kit.figures.number_format import short
from rainfall_kit.figures.panels.cross_section import RATIO, ring_shape, slice_panel
from rainfall_kit.figures.panels.half_lives import epochs, half_life_panel, half_life_scale
from rainfall_kit.records.json_record import Record

if TYPE_CHECKING:
    from rainfall_kit.explorers.controls import Control
    from rainfall_kit.quadratic.bowl import Bowl
    from rainfall_kit.records.run import Run

_MOST_BARS = 6
_MOST_SHARE = 1.2

WORDS = {
    "now": "Condition number {condition}, largest stable lr {stable}, best fixed lr {best}. "
    "With lr {lr}, epochs until the slowest direction is halved: {slowest}.",
    "ratio": RATIO,
}


@dataclass(frozen=True, kw_only=True)
class BowlView(Record):
    """What the explorer shows at one moment.

    Attributes:
        scene: the data.
        centre: how far each input is moved to mean 0: 0 not at all, 1 all the way.
        scale: how far each input is brought to standard deviation 1, by powers: 0 not at all.
        share: lr as a share of the largest stable one.
        plane: which two parameters the slice shows; see `planes`.
    """

    scene: Scene
    centre: float = 0.0
    scale: float = 0.0
    share: float = 0.5
    plane: int = 0

    @property
    def bowl(self) -> Bowl:
        """The bowl of the inputs as they are centred and scaled."""
        raw = self.scene.bowl
        return raw.rescaled(self.centre * raw.means, raw.stds**self.scale)

    @property
    def lr(self) -> float:
        """The learning rate."""
        return self.share * self.bowl.largest_stable_lr


def planes(scene: Scene) -> list[tuple[int, int]]:
    """The pairs of parameters that a slice can show."""
    return list(combinations(range(min(len(scene.input_names) + 1, 5)), 2))


def bowl_figure(view: BowlView) -> str:
    """The half-life of each direction, and a ring of equal loss, as one SVG."""
    bowl, names = view.bowl, [*view.scene.input_names, "offset"]
    halves = bowl.half_lives(view.lr)
    first, second = planes(view.scene)[view.plane]
    h = bowl.hessian
    shape = ring_shape(h[first, first], h[first, second], h[second, second])
    return figure(
        "The shape of the bowl",
        bowl_says(view),
        half_life_panel(
            half_life_scale(), _mixes(bowl, names)[:_MOST_BARS],
            bowl.eigenvalues.tolist()[:_MOST_BARS], halves.tolist()[:_MOST_BARS],
        ),
        slice_panel(names[first], names[second], *shape),
    )  # fmt: skip


def bowl_says(view: BowlView) -> str:
    """What is to be seen, in two sentences."""
    bowl = view.bowl
    slowest = float(bowl.half_lives(view.lr).max())
    return WORDS["now"].format(
        condition=short(bowl.condition_number, 3),
        stable=short(bowl.largest_stable_lr, 4),
        best=short(bowl.best_lr, 4),
        lr=short(view.lr, 4),
        slowest=epochs(slowest),
    )


def bowl_table(view: BowlView) -> Table:
    """Each direction with its eigenvalue and half-life."""
    bowl = view.bowl
    rows = zip(
        _mixes(bowl, [*view.scene.input_names, "offset"]),
        [short(each, 4) for each in bowl.eigenvalues.tolist()],
        [epochs(each) for each in bowl.half_lives(view.lr).tolist()],
        strict=True,
    )
    return Table(
        caption=f"The directions of the bowl, with lr {short(view.lr, 4)}",
        header=("direction", "λ", "epochs to halve"),
        rows=tuple(rows),
    )


def _mixes(bowl: Bowl, names: list[str]) -> list[str]:
    largest = np.abs(bowl.directions).argmax(axis=0)
    signs = np.sign(bowl.directions[largest, np.arange(len(largest))])
    return [mix_of(parts, names) for parts in (bowl.directions * signs).T]


class BowlExplorer(Explorer):
    """See `explore_bowl`."""

    NAME = "bowl"
    TITLE = "Why is it slow?"
    STATE = ("centre", "scale", "share", "plane")
    LINES = (2, 0)

    centre = traitlets.Float(0.0).tag(sync=True)
    scale = traitlets.Float(0.0).tag(sync=True)
    share = traitlets.Float(0.5).tag(sync=True)
    plane = traitlets.Int(0).tag(sync=True)

    def __init__(self, view: BowlView, *, predict: bool) -> None:
        self._scene = view.scene
        state = {name: getattr(view, name) for name in self.STATE}
        super().__init__(predict=predict, **state)

    @property
    def view(self) -> BowlView:
        """What it shows now, as a record."""
        state = {name: getattr(self, name) for name in self.STATE}
        return BowlView(scene=self._scene, **state)

    @property
    def lr(self) -> float:
        """The learning rate: `share` of the largest stable one."""
        return self.view.lr

    @traitlets.validate("centre", "scale")
    def _check_part(self, proposal: dict[str, Any]) -> float:
        return within(proposal["trait"].name, proposal["value"], 0, 1)

    @traitlets.validate("share")
    def _check_share(self, proposal: dict[str, Any]) -> float:
        return within("share", proposal["value"], 0.01, _MOST_SHARE)

    @traitlets.validate("plane")
    def _check_plane(self, proposal: dict[str, Any]) -> int:
        return whole("plane", proposal["value"], 0, len(planes(self._scene)) - 1)

    def figure(self) -> str:
        """The picture as it stands now, as SVG."""
        return bowl_figure(self.view)

    def says(self) -> str:
        """What is to be seen now."""
        return bowl_says(self.view)

    def table(self) -> Table:
        """Each direction with its eigenvalue and half-life."""
        return bowl_table(self.view)

    def _question(self) -> Question:
        bowl, names = self._scene.bowl, [*self._scene.input_names, "offset"]
        slowest = int(np.abs(bowl.directions[:, -1]).argmax())
        return Question(
            text="Each direction of the bowl shrinks at its own pace. Which parameter is most of "
            "the slowest one?",
            choices=tuple(names[:6]),
            right=min(slowest, 5),
            because=bowl_says(BowlView(scene=self._scene)),
        )

    def _controls(self) -> tuple[Control, ...]:
        names = [*self._scene.input_names, "offset"]
        pairs = tuple(f"{names[i]} and {names[j]}" for i, j in planes(self._scene))
        share = Mark(value=1.0, label="largest stable")
        return (
            Slider(name="centre", label="centre the inputs", low=0, high=1, step=0.01),
            Slider(name="scale", label="scale the inputs", low=0, high=1, step=0.01),
            Slider(name="share", label="lr ÷ largest stable", low=0.01, high=_MOST_SHARE,
                   step=0.01, marks=(share,)),
            Choice(name="plane", label="plane of", options=pairs),
        )  # fmt: skip

    def _constants(self) -> dict[str, Any]:
        bowl, factor = self._scene.bowl, np.array(self._scene.quadratic.factor)
        d1 = bowl.n_inputs + 1
        return {
            "a": factor[:d1, :d1].tolist(),
            "rows": bowl.rows,
            "elements": bowl.elements,
            "means": bowl.means.tolist(),
            "stds": bowl.stds.tolist(),
            "params": [*self._scene.input_names, "offset"],
            "planes": planes(self._scene),
            "words": WORDS,
        }


def explore_bowl(
    run: Run | None = None,
    *,
    centre: float = 0.0,
    scale: float = 0.0,
    share: float = 0.5,
    plane: int = 0,
    predict: bool = False,
    **scene: Any,
) -> BowlExplorer:
    """See why descent is slow: half-lives, condition number, and what standardising does to both.

    Args:
        run: a run of your own, as ``%%gd_step -o run`` keeps it: its data.
        centre: how far each input is moved to mean 0, from 0 to 1.
        scale: how far each input is brought to standard deviation 1, from 0 to 1.
        share: lr as a share of the largest stable one.
        plane: which pair of parameters the slice shows, counted from 0.
        predict: whether to ask what you expect before the picture is shown.
        scene: your own data and names, as for `rainfall_kit.explorers.explored_data.scene_of`:
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
    place = scene_of(run, **scene)
    pairs = planes(place)
    view = BowlView(
        scene=place,
        centre=within("centre", centre, 0, 1),
        scale=within("scale", scale, 0, 1),
        share=within("share", share, 0.01, _MOST_SHARE),
        plane=whole("plane", plane, 0, len(pairs) - 1),
    )
    return BowlExplorer(view, predict=predict)
