"""The path of w and b down the bowl, on rings of equal loss, one path for each crop.

All crops share one H, so measured from its own lowest point each crop descends the same bowl. The
picture shows the two directions (eigenvectors of H) in which the bowl is steepest; being at (x, y)
there adds ½(λ₂x² + λ₁y²) to the loss, so rings of equal loss are exact ellipses. Each axis has its
own scale, so that the path fills the picture.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.bowl import Bowl
from rainfall_kit.errors import DataError, OptionError
from rainfall_kit.notebook.numerals import short
from rainfall_kit.notebook.panel import BOTTOM, COLOURS, LEFT, RIGHT, TOP, axes
from rainfall_kit.notebook.svg import Scale, element, points, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.records import Run

__all__ = ["bowl_of", "describe_path", "path_panel"]

Floats = npt.NDArray[np.float64]

_DASHES = ("none", "7 3", "2 3", "9 3 2 3")
_PATH_POINTS = 400
_DOTTED_STEPS = 40
_LABEL_SHIFT = 40  # how far beside the lowest point the rings' labels stand
_FAR = 1e6  # units of the picture
_KEY = "+ lowest loss · ○ start · ● end · on the rings: what is added"


def path_panel(run: Run) -> str:
    """The picture, as markup that stands in a `rainfall_kit.notebook.panel.figure`.

    Example:
        >>> from rainfall_kit.records import Run
        >>> "without steps" in path_panel(Run(steps=(), final_loss=2.0))
        True
    """
    bowl, path = bowl_of(run), _path(run)
    heading = text("Path of w and b on rings of equal loss", LEFT, 16, font_weight=600)
    if bowl is None or path is None:
        words = "It cannot be drawn without steps and the data that they fit."
        return heading + text(words, LEFT, TOP)
    x, y = _view(path)
    crops = range(min(path.shape[2], len(COLOURS)))
    inner = [
        *_rings(bowl, path, x, y),
        *(_crop_path(path[:, :, crop], crop, x, y) for crop in crops),
    ]
    window = element(  # an inner svg shows nothing outside itself
        "svg",
        element("g", *inner, transform=f"translate({-LEFT} {-TOP})"),
        x=LEFT, y=TOP, width=RIGHT - LEFT, height=BOTTOM - TOP, overflow="hidden",
    )  # fmt: skip
    across, up = _directions(run, bowl)
    middle = (LEFT + RIGHT) / 2
    return heading + element(
        "g",
        axes(x, y, x.ticks(), grid=False),
        window,
        _lowest(x, y),
        *_crop_names(run, path, x, y),
        text(f"↑ {up}", LEFT, 36, opacity=0.75),
        text(f"→ {across}", middle, BOTTOM + 35, text_anchor="middle", opacity=0.75),
        text(_KEY, middle, BOTTOM + 52, text_anchor="middle", opacity=0.75, font_size=11),
        class_="rk-plot rk-contours",
        **x.data("x"),
        **y.data("y"),
    )


def bowl_of(run: Run) -> Bowl | None:
    """The bowl of the data of a run; None without data that its steps fit.

    Example:
        >>> from rainfall_kit.records import Run
        >>> bowl_of(Run(steps=(), final_loss=2.0)) is None
        True
    """
    if run.quadratic is None or not run.steps:
        return None
    try:
        bowl = Bowl.from_record(run.quadratic)
        bowl.loss(run.steps[0].w, run.steps[0].b)
    except (DataError, OptionError, ValueError):
        return None
    return bowl


def _turned(bowl: Bowl) -> Floats:
    """The flatter and the steepest of two directions, (d+1, 2), each with its largest part above 0."""
    axes = bowl.directions[:, [1, 0]]
    return np.asarray(axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]]))


def _path(run: Run) -> Floats | None:
    """(T, 2, k): each crop's distance from its lowest point along x and y, while it is a number."""
    bowl = bowl_of(run)
    if bowl is None:
        return None
    try:
        w = np.array([*(step.w for step in run), run.steps[-1].w_after])  # (T, k, d)
        b = np.array([*(step.b for step in run), run.steps[-1].b_after])  # (T, k)
    except ValueError:  # the shapes changed on the way
        return None
    low_w, low_b = bowl.minimum
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.concatenate([w - low_w, (b - low_b)[..., None]], axis=2)  # (T, k, d+1)
        path = np.swapaxes(distance @ _turned(bowl), 1, 2)  # (T, 2, k)
    finite = np.isfinite(path).all(axis=(1, 2))
    count = len(path) if finite.all() else int(finite.argmin())
    return path[:count] if count else None


def _view(path: Floats) -> tuple[Scale, Scale]:
    """The part of the bowl to look at: the starts, the lowest point, and the path unless it flees."""
    far = 2 * np.abs(path[0]).max(axis=1)  # (2,)
    lows, highs = [], []
    for each, limit in zip(np.moveaxis(path, 1, 0), far, strict=True):
        low, high = max(min(each.min(), 0.0), -limit), min(max(each.max(), 0.0), limit)
        size = high - low or 1.0
        # Room on both sides of the lowest point shows that the bowl rises there too.
        lows.append(float(min(low - 0.15 * size, -0.3 * size)))
        highs.append(float(max(high + 0.15 * size, 0.3 * size)))
    return (
        Scale(low=lows[0], high=highs[0], start=LEFT, end=RIGHT),
        Scale(low=lows[1], high=highs[1], start=BOTTOM, end=TOP),
    )


def _rings(bowl: Bowl, path: Floats, x: Scale, y: Scale) -> list[str]:
    """Ellipses ½(λ₂x² + λ₁y²) = added loss, for added losses 1, 3, 10, 30, … that are in view."""
    steep, flat = float(bowl.eigenvalues[0]), float(bowl.eigenvalues[1])
    across, up = (x.end - x.start) / (x.high - x.low), (y.start - y.end) / (y.high - y.low)
    corner = 0.5 * (flat * max(x.low**2, x.high**2) + steep * max(y.low**2, y.high**2))
    if not 0 < corner < math.inf:
        return []
    power = math.floor(math.log10(corner))
    rings: list[str] = []
    free = y(0.0)  # the labels stand above each other, on the side where no path starts
    place = x(0) + (-_LABEL_SHIFT if path[0, 0].mean() > 0 else _LABEL_SHIFT)
    for added in (m * 10.0**p for p in range(power - 3, power + 1) for m in (1, 3)):
        ry = math.sqrt(2 * added / steep) * up
        # Without slope along x a ring is two lines: an ellipse far wider than the view.
        wide = math.sqrt(2 * added / flat) * across if flat > 0 else math.inf
        rx = min(wide, _FAR)
        if added > corner or ry < 7:
            continue
        rings.append(
            element(
                "ellipse", class_="rk-ring", cx=x(0), cy=y(0), rx=rx, ry=ry, fill="none",
                stroke="currentColor", stroke_opacity=0.35, data_added=repr(added),
            )
        )  # fmt: skip
        height = y(0) - ry * math.sqrt(max(0.0, 1 - (_LABEL_SHIFT / rx) ** 2)) - 2
        if TOP + 10 < height < free - 11:
            free = height
            words = f"+{short(added)}"
            rings.append(text(words, place, height, font_size=10, text_anchor="middle"))
    return rings


def _crop_path(path: Floats, crop: int, x: Scale, y: Scale) -> str:
    """One crop's path (T, 2) with its start and end."""
    path, fled = _in_reach(path, x, y)
    xs, ys = (
        [
            scale(each)
            for each in np.clip(
                places, scale.low * 9 - 8 * scale.high, scale.high * 9 - 8 * scale.low
            ).tolist()
        ]
        for places, scale in zip(path.T, (x, y), strict=True)
    )
    kept = _thin_path(xs, ys)
    places = [xs[i] for i in kept], [ys[i] for i in kept]
    colour = COLOURS[crop]
    line = element(
        "path", class_="rk-path", data_crop=crop, d=points(*places), fill="none", stroke=colour,
        stroke_width=1.8, stroke_dasharray=_DASHES[crop], stroke_linejoin="round",
    )  # fmt: skip
    dots = [
        element("circle", class_="rk-step", cx=xs[i], cy=ys[i], r=1.8, fill=colour)
        for i in kept[1:_DOTTED_STEPS]
    ]
    start = element(
        "circle", class_="rk-start", data_crop=crop, cx=xs[0], cy=ys[0], r=4.5, fill="none",
        stroke=colour, stroke_width=2,
    )  # fmt: skip
    end = element(
        "circle", class_="rk-end", data_crop=crop, cx=xs[-1], cy=ys[-1], r=4.5, fill=colour
    )
    return line + "".join(dots) + start + ("" if fled else end)


def _in_reach(path: Floats, x: Scale, y: Scale) -> tuple[Floats, bool]:
    """A path (T, 2) up to where it leaves the view for good, and whether it does."""
    middle = np.array([x.low + x.high, y.low + y.high]) / 2
    half = np.array([x.high - x.low, y.high - y.low]) / 2
    far = np.abs((path - middle) / half).max(axis=1)  # (T,), above 1 outside the view
    if far[-1] <= 1:
        return path, False
    stay = len(path) - int((far[::-1] <= 1).argmax()) if (far <= 1).any() else 0
    # The first place outside is drawn nearer, on the same line, where SVG's numbers still hold.
    first = min(stay, len(path) - 1)
    inside, out = path[max(first - 1, 0)], path[first]
    shown = inside + (out - inside) * min(1.0, 4 / far[first])
    return np.vstack([path[:stay], shown]), True


def _thin_path(xs: Sequence[float], ys: Sequence[float]) -> list[int]:
    """Which points to draw: those a unit or more from the one before, as many as can be seen."""
    kept = [0]
    for i in range(1, len(xs)):
        if math.hypot(xs[i] - xs[kept[-1]], ys[i] - ys[kept[-1]]) >= 1:
            kept.append(i)
    last = len(xs) - 1
    return [*kept[:_PATH_POINTS], last] if last not in kept[:_PATH_POINTS] else kept


def _lowest(x: Scale, y: Scale) -> str:
    cx, cy = x(0), y(0)
    cross = f"M{cx - 5:.1f},{cy:.1f}h10M{cx:.1f},{cy - 5:.1f}v10"
    return element("path", class_="rk-lowest", d=cross, stroke="currentColor", stroke_width=2)


def _crop_names(run: Run, path: Floats, x: Scale, y: Scale) -> list[str]:
    """The name of each crop beside its start, none on top of another."""
    crops = range(min(path.shape[2], len(COLOURS)))
    heights = {crop: y(float(path[0, 1, crop])) for crop in crops}
    labels, free = [], float(TOP + 8)
    for crop in sorted(crops, key=lambda each: heights[each]):
        # A path leads from its start towards the middle: the name stands on the other side.
        below = heights[crop] > y(0)
        height = max(heights[crop] + (18 if below else -10), free)
        free = height + 14
        cx = min(max(x(float(path[0, 0, crop])), LEFT + 40), RIGHT - 40)
        labels.append(
            text(
                _crop_name(run, crop), cx, height, fill=COLOURS[crop],
                font_weight=600, text_anchor="middle",
            )
        )  # fmt: skip
    return labels


def _crop_name(run: Run, crop: int) -> str:
    names = run.crop_names
    return names[crop][:24] if len(names) == len(run.steps[0].b) else f"crop {crop}"


def _directions(run: Run, bowl: Bowl) -> tuple[str, str]:
    """What the two directions are mixed from, such as ``0.66 rainfall + 0.63 temp``."""
    known = len(run.input_names) == bowl.n_inputs
    names = [*(run.input_names if known else (f"x{i}" for i in range(bowl.n_inputs))), "offset"]
    across, up = (_mix(parts, names) for parts in _turned(bowl).T)
    return across, up


def _mix(parts: Floats, names: Sequence[str]) -> str:
    shown = [i for i in np.argsort(-np.abs(parts))[:3] if abs(parts[i]) >= 0.05]
    words = [f"{'−' if parts[i] < 0 else '+'} {abs(parts[i]):.2f} {names[i][:16]}" for i in shown]
    return " ".join(words).removeprefix("+ ")


def describe_path(run: Run) -> str:
    """The picture in words, for a screen reader.

    Example:
        >>> from rainfall_kit.records import Run
        >>> describe_path(Run(steps=(), final_loss=2.0))
        'The path cannot be drawn: there are no steps, or no data that they fit.'
    """
    path = _path(run)
    if path is None:
        return "The path cannot be drawn: there are no steps, or no data that they fit."
    ends = []
    for crop in range(min(path.shape[2], len(COLOURS))):
        (x0, y0), (x1, y1) = path[0, :, crop], path[-1, :, crop]
        places = f"from {short(x0, 3)}, {short(y0, 3)} to {short(x1, 3)}, {short(y1, 3)}"
        ends.append(f"{_crop_name(run, crop)} {places}")
    return f"Measured from the lowest point, the weights go: {'; '.join(ends)}."
