"""Contours: rings of equal loss with paths of w and b over them, for any part of the bowl.

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

from rainfall_kit.figures.layout import (
    BOTTOM,
    COLOURS,
    DASHES,
    KEY,
    LEFT,
    PAST,
    PAST_WING,
    RIGHT,
    SUBTITLE,
    TEXT_COLOURS,
    TOP,
    axes,
)
from rainfall_kit.figures.number_format import short
from rainfall_kit.figures.scale import Scale
from rainfall_kit.figures.svg import curve, dot, dots, element, ring, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.quadratic.bowl import Bowl

Floats = npt.NDArray[np.float64]

CONTOURS = "Path of w and b on rings of equal loss"

_PATH_POINTS = 400
DOTTED_STEPS = 40
REACH = 4  # half-widths of the view: where a path that flees it is cut off
MIX_PARTS, MIX_LEAST, MIX_DECIMALS, MIX_NAME = 3, 0.05, 2, 16  # the largest parts of a direction
_LABEL_SHIFT = 40  # how far beside the lowest point the rings' labels stand
_FAR = 1e6  # units of the picture
_TALLEST_RING = 0.5  # the part of the rings' own height that is shown at least
_ROUNDING = 1e-6  # of the start: a smaller distance is what rounding leaves of none
_KEY_WORDS = "+ lowest loss · ○ start · ● end (▲ outside) · rings: what is added"


def steepest_two(bowl: Bowl) -> Floats:
    """The flatter and the steepest of two directions, (d+1, 2), each with its largest part above 0."""
    two = bowl.directions[:, [1, 0]]
    return np.asarray(two * np.sign(two[np.abs(two).argmax(axis=0), [0, 1]]))


def path_of(bowl: Bowl, w: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    """A path of w (T, k, d) and b (T, k), measured from the lowest point, while it is a number.

    Returns:
        (T or less, 2, k) distances along `steepest_two`.
    """
    low_w, low_b = bowl.minimum
    weights, offsets = np.asarray(w, dtype=np.float64), np.asarray(b, dtype=np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.concatenate([weights - low_w, (offsets - low_b)[..., None]], axis=2)
        path = np.swapaxes(distance @ steepest_two(bowl), 1, 2)
    finite = np.isfinite(path).all(axis=(1, 2))
    return np.asarray(path if finite.all() else path[: int(finite.argmin())])


def contour_scales(
    bowl: Bowl, path: Floats, *, swings: tuple[bool, bool] = (False, False)
) -> tuple[Scale, Scale]:
    """The part of the bowl to look at: the starts, the lowest point, and the path unless it flees.

    Args:
        bowl: whose rings are drawn: none is taller than twice its width, so that what rounding leaves
            of the steepest direction does not fill the picture.
        path: (T, 2, k) distances from the lowest point.
        swings: whether to leave as much room on the other side of the lowest point, for x and y.

    Returns:
        The scales along x and y.
    """
    x_low, x_high = _span(path[:, 0], swings=swings[0])
    narrow = math.sqrt(float(bowl.eigenvalues[1] / bowl.eigenvalues[0]))
    least = (x_high - x_low or 1.0) * max(_TALLEST_RING * narrow, _ROUNDING)
    y_low, y_high = _span(path[:, 1], swings=swings[1], least=least)
    return _with_room(x_low, x_high, LEFT, RIGHT), _with_room(y_low, y_high, BOTTOM, TOP)


def _span(path: Floats, *, swings: bool, least: float = 0.0) -> tuple[float, float]:
    """From where to where one axis shows a path (T, k); at least so much of it."""
    limit = 2 * np.abs(path[0]).max()
    low, high = max(min(path.min(), 0.0), -limit), min(max(path.max(), 0.0), limit)
    if swings:
        low, high = min(low, -high), max(high, -low)
    missing = max(least - (high - low), 0.0)
    return float(low - missing / 2), float(high + missing / 2)


def _with_room(low: float, high: float, start: float, end: float) -> Scale:
    """A scale with room on both sides of the lowest point, which shows that the bowl rises there too."""
    size = high - low or 1.0
    return Scale(
        low=min(low - 0.15 * size, -0.3 * size),
        high=max(high + 0.15 * size, 0.3 * size),
        start=start,
        end=end,
    )


def contour_plot(
    bowl: Bowl,
    path: Floats,
    x: Scale,
    y: Scale,
    *,
    input_names: Sequence[str],
    crop_names: Sequence[str],
    whole: Floats | None = None,
) -> str:
    """The rings, with one path for each crop.

    Args:
        bowl: whose rings.
        path: (T, 2, k) distances from the lowest point along `steepest_two`, all finite.
        x: the scale across.
        y: the scale up.
        input_names: d names.
        crop_names: k names; each stands where its path does not go.
        whole: the path that this one is the beginning of, if more of it may be shown later.
    """
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
    names = [*input_names, "offset"]
    across, up = (mix_of(parts, names) for parts in steepest_two(bowl).T)
    middle = (LEFT + RIGHT) / 2
    return element(
        "g",
        axes(x, y, x.ticks(), grid=False),
        window,
        _lowest(x, y),
        *_names_at_starts(crop_names, path if whole is None else whole, x, y),
        text(f"↑ {up}", LEFT, SUBTITLE, opacity=0.75),
        text(f"→ {across}", middle, BOTTOM + 35, text_anchor="middle", opacity=0.75),
        text(
            f"{_KEY_WORDS}{_more(path, ' · ', ' not drawn')}",
            middle,
            KEY,
            text_anchor="middle",
            opacity=0.75,
        ),
        class_="rk-plot rk-contours",
        **x.data("x"),
        **y.data("y"),
    )


def describe_ends(path: Floats, crop_names: Sequence[str]) -> str:
    """Where a path (T, 2, k) begins and ends, in words.

    Example:
        >>> describe_ends(np.array([[[2.0], [1.0]], [[0.0], [0.5]]]), ["figs"])
        'Measured from the lowest point, the weights go: figs from 2, 1 to 0, 0.5.'
    """
    ends = []
    path = np.where(np.abs(path) < _ROUNDING * np.abs(path[0]).max(), 0.0, path)
    for crop in range(min(path.shape[2], len(COLOURS))):
        (x0, y0), (x1, y1) = path[0, :, crop], path[-1, :, crop]
        places = f"from {short(x0, 3)}, {short(y0, 3)} to {short(x1, 3)}, {short(y1, 3)}"
        ends.append(f"{crop_names[crop][:24]} {places}")
    return (
        f"Measured from the lowest point, the weights go: {'; '.join(ends)}{_more(path, '; ', '')}."
    )


def _more(path: Floats, before: str, after: str) -> str:
    """That more outputs are left out, or the empty text."""
    count = path.shape[2] - len(COLOURS)
    return f"{before}{count} more{after}" if count > 0 else ""


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
        if TOP + 10 < height < free - 13:
            free = height
            words = f"+{short(added)}"
            rings.append(text(words, place, height, text_anchor="middle"))
    return rings


def _crop_path(path: Floats, crop: int, x: Scale, y: Scale) -> str:
    """One crop's path (T, 2) with its steps, start and end."""
    path = _in_reach(path, x, y)
    xs, ys = list(map(x, path[:, 0].tolist())), list(map(y, path[:, 1].tolist()))
    kept = _thin(xs, ys)
    steps = kept[1:DOTTED_STEPS]
    colour, of_crop = COLOURS[crop], {"data_crop": crop}
    return "".join(
        [
            curve(
                "rk-path", [xs[i] for i in kept], [ys[i] for i in kept], colour,
                stroke_width=1.8, stroke_dasharray=DASHES[crop], **of_crop,
            ),
            dots("rk-steps", [xs[i] for i in steps], [ys[i] for i in steps], colour, **of_crop),
            ring("rk-start", xs[0], ys[0], colour, **of_crop),
            *_end(xs, ys, colour, of_crop),
        ]
    )  # fmt: skip


def _end(
    xs: Sequence[float], ys: Sequence[float], colour: str, of_crop: dict[str, int]
) -> list[str]:
    """The end of a path: a dot, or an arrow at the edge of the view, where the path leaves it."""
    (x_before, x), (y_before, y) = (xs[-2:][0], xs[-1]), (ys[-2:][0], ys[-1])
    across, up = _outside(x_before, x, LEFT, RIGHT), _outside(y_before, y, TOP, BOTTOM)
    left = max(across, up)
    edge_x = min(max(x + left * (x_before - x), LEFT), RIGHT)
    edge_y = min(max(y + left * (y_before - y), TOP), BOTTOM)
    if across > up:
        back = f"l{-PAST if edge_x < x else PAST},{-PAST_WING}v{2 * PAST_WING}z"
    else:
        back = f"l{-PAST_WING},{-PAST if edge_y < y else PAST}h{2 * PAST_WING}z"
    hidden = {"visibility": "hidden"}
    dot_seen, arrow_seen = (hidden, {}) if left else ({}, hidden)
    return [
        dot("rk-end", x, y, colour, **of_crop, **dot_seen),
        element(
            "path", class_="rk-out", d=f"M{edge_x:.1f},{edge_y:.1f}{back}", fill=colour,
            **of_crop, **arrow_seen,
        ),
    ]  # fmt: skip


def _outside(before: float, end: float, low: float, high: float) -> float:
    """The share of the last move, along one axis, that is outside the view."""
    edge = min(max(end, low), high)
    if edge == end:
        return 0.0
    share = (end - edge) / (end - before or end - edge)
    return share if 0 < share < 1 else 1.0


def _in_reach(path: Floats, x: Scale, y: Scale) -> Floats:
    """A path (T, 2) up to the first place far outside the view."""
    middle = np.array([x.low + x.high, y.low + y.high]) / 2
    half = np.array([x.high - x.low, y.high - y.low]) / 2
    far = np.abs((path - middle) / half).max(axis=1)  # (T,), above 1 outside the view
    if not (far[1:] > REACH).any():
        return path
    # That place is drawn nearer, on the same line, where SVG's numbers still hold.
    first = 1 + int((far[1:] > REACH).argmax())
    inside, out = path[first - 1], path[first]
    return np.vstack([path[:first], inside + (out - inside) * (REACH / far[first])])


def _thin(xs: Sequence[float], ys: Sequence[float]) -> list[int]:
    """The points to draw: all, or of a long path those a unit or more from the one before."""
    last = len(xs) - 1
    if last <= _PATH_POINTS:
        return list(range(last + 1))
    kept = [0]
    for i in range(1, last):
        if math.hypot(xs[i] - xs[kept[-1]], ys[i] - ys[kept[-1]]) >= 1:
            kept.append(i)
    return [*kept[:_PATH_POINTS], last]


def _lowest(x: Scale, y: Scale) -> str:
    cx, cy = x(0), y(0)
    cross = f"M{cx - 5:.1f},{cy:.1f}h10M{cx:.1f},{cy - 5:.1f}v10"
    return element("path", class_="rk-lowest", d=cross, stroke="currentColor", stroke_width=2)


def _names_at_starts(names: Sequence[str], path: Floats, x: Scale, y: Scale) -> list[str]:
    """The name of each crop beside its start, none on top of another."""
    crops = range(min(path.shape[2], len(COLOURS)))
    heights = {crop: y(float(path[0, 1, crop])) for crop in crops}
    order = sorted(crops, key=lambda crop: heights[crop])
    places, free = {}, float(TOP + 8)
    for crop in order:
        # A path that does not move yet will lead towards the lowest point.
        ahead = next((h for h in map(y, path[1:, 1, crop].tolist()) if h != heights[crop]), y(0))
        # The name stands on the other side, if it can.
        below = heights[crop] > ahead or heights[crop] - 10 < free
        places[crop] = max(heights[crop] + (18 if below else -10), free)
        free = places[crop] + 14
    free = float(BOTTOM - 6)
    for crop in reversed(order):
        places[crop] = min(places[crop], free)
        free = places[crop] - 14
    return [
        text(
            names[crop][:24], min(max(x(float(path[0, 0, crop])), LEFT + 40), RIGHT - 40),
            places[crop], fill=TEXT_COLOURS[crop], font_weight=600, text_anchor="middle",
        )
        for crop in order
    ]  # fmt: skip


def mix_of(parts: Floats, names: Sequence[str]) -> str:
    """The parameters that a direction is mixed from, the largest parts first.

    Example:
        >>> mix_of(np.array([0.6, -0.8]), ["temp", "offset"])
        '− 0.80 offset + 0.60 temp'
    """
    largest = np.argsort(-np.abs(parts))[:MIX_PARTS]
    words = [
        f"{'−' if parts[i] < 0 else '+'} {abs(parts[i]):.{MIX_DECIMALS}f} {names[i][:MIX_NAME]}"
        for i in largest
        if abs(parts[i]) >= MIX_LEAST
    ]
    return " ".join(words).removeprefix("+ ")
