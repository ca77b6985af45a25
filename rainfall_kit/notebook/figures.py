"""The figures of a run: pure functions from the record to SVG.

Marks have classes (``rk-path``, ``rk-ring``, …) and each plot carries its scales in ``data-``
attributes, so that an explorer can move them. Text and axes take the colour of the page; the
colours of the paths stand out on light and dark, and dashes and names tell them apart too.
No ``id`` is used: any number of figures can stand on one page.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.bowl import Bowl
from rainfall_kit.errors import DataError, OptionError
from rainfall_kit.notebook.numerals import short
from rainfall_kit.notebook.svg import Scale, element, points, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.records import Run

__all__ = ["contour_path", "loss_curve", "run_figure"]

Floats = npt.NDArray[np.float64]

_WIDTH, _HEIGHT = 460, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 446, 46, 286
_COLOURS = ("#2f7ec7", "#d4680c", "#8e63ce", "#2e9360")
_DASHES = ("none", "7 3", "2 3", "9 3 2 3")
_BINS = 128  # of the loss curve: more would not be seen
_PATH_POINTS = 400
_DOTTED_STEPS = 40
_BELOW_FLOOR = 1e5  # a floor so many times below the losses would press the curve flat


def run_figure(run: Run) -> str:
    """The loss curve and the path on the contours, side by side, as one SVG.

    Each panel keeps its own coordinates, so that a page can put them below each other.

    Example:
        >>> from rainfall_kit.records import Run
        >>> run_figure(Run(steps=(), final_loss=2.0)).count("<title>")
        1
    """
    panels = [_loss_panel(run), *([_path_panel(run)] if _bowl(run) else [])]
    share = 100 / len(panels)
    nested = [
        element(
            "svg",
            panel,
            class_="rk-panel",
            x=f"{share * index}%",
            width=f"{share}%",
            height="100%",
            viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        )
        for index, panel in enumerate(panels)
    ]
    describe = [_describe_losses(run), *([_describe_path(run)] if len(panels) == 2 else [])]
    return _figure(
        "Loss and path of a run",
        " ".join(describe),
        *nested,
        class_="rk-figure rk-pair" if len(panels) == 2 else "rk-figure",
        width=_WIDTH * len(panels),
        height=_HEIGHT,
    )


def loss_curve(run: Run) -> str:
    """The losses against the steps, on a logarithmic axis, over the floor that no weights beat.

    Long runs are thinned so that each column of the picture keeps its lowest and highest loss. The
    axis is linear where a loss is negative; the line ends where losses are past all numbers.

    Example:
        >>> from rainfall_kit.records import Run
        >>> loss_curve(Run(steps=(), final_loss=2.0)).startswith("<svg")
        True
    """
    return _figure("Loss curve", _describe_losses(run), _loss_panel(run), **_VIEW)


def contour_path(run: Run) -> str:
    """The path of the weights down the bowl, one path for each crop, on rings of equal loss.

    All crops share one H, so measured from its own lowest point each crop descends the same bowl.
    The picture shows the two directions (eigenvectors) in which the bowl is steepest; a place
    (x, y) there adds ½(λ₂x² + λ₁y²) to the loss, so rings of equal loss are exact ellipses. Each axis
    has its own scale, to make the path fill the picture.

    Example:
        >>> from rainfall_kit.records import Run
        >>> "cannot be drawn" in contour_path(Run(steps=(), final_loss=2.0))
        True
    """
    return _figure("Path on the contours", _describe_path(run), _path_panel(run), **_VIEW)


_VIEW: dict[str, str | float] = {
    "class_": "rk-figure",
    "viewBox": f"0 0 {_WIDTH} {_HEIGHT}",
    "width": _WIDTH,
    "height": _HEIGHT,
    "style": "max-width:100%;height:auto",
}


def _figure(title: str, description: str, *children: str, **attributes: str | float) -> str:
    return element(
        "svg",
        element("title", title),
        element("desc", _escaped(description)),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        fill="currentColor",
        font_family="system-ui,sans-serif",
        font_size=12,
        **attributes,
    )


def _escaped(content: str) -> str:
    return content.replace("&", "&amp;").replace("<", "&lt;")


# The loss curve.


def _loss_panel(run: Run) -> str:
    numbers, losses = _finite_losses(run)
    heading = text("Loss, step by step", _LEFT, 16, font_weight=600)
    if not losses:
        return heading + text("There is no loss that is a number.", _LEFT, _TOP)
    floor = _floor(run, losses)
    log = min(losses) >= 0 and max(losses) > 0
    y = _loss_scale([*losses, *([floor] if floor is not None else [])], log)
    x = Scale(low=0, high=max(run.numbers[-1], 1), start=_LEFT, end=_RIGHT)
    kept = _thin(losses)
    places = [x(numbers[i]) for i in kept], [y(max(losses[i], y.low)) for i in kept]
    steps = [tick for tick in x.ticks() if tick == int(tick)]
    curve = element(
        "path", class_="rk-curve", d=points(*places), fill="none", stroke=_COLOURS[0], stroke_width=2,
        stroke_linejoin="round",
    )  # fmt: skip
    marks = [curve, *_loss_labels(run, places, losses, x)]
    if floor is not None:
        marks.append(_floor_line(floor, y))
    return heading + element(
        "g",
        _axes(x, y, steps, y.ticks()),
        text("steps taken", (_LEFT + _RIGHT) / 2, _BOTTOM + 36, text_anchor="middle"),
        text("mean squared error" + (" (log axis)" if log else ""), _LEFT, 34, opacity=0.75),
        *marks,
        class_="rk-plot rk-loss",
        **x.data("x"),
        **y.data("y"),
    )


def _finite_losses(run: Run) -> tuple[list[int], list[float]]:
    """The losses up to the first that is not a number, and after how many steps they were."""
    losses = run.losses
    count = next((i for i, loss in enumerate(losses) if not math.isfinite(loss)), len(losses))
    return list(run.numbers[:count]), list(losses[:count])


def _floor(run: Run, losses: Sequence[float]) -> float | None:
    bowl = _bowl(run)
    lowest = min((loss for loss in losses if loss > 0), default=0.0)
    return bowl.floor if bowl and bowl.floor > lowest / _BELOW_FLOOR else None


def _loss_scale(values: list[float], log: bool) -> Scale:
    if log:
        positive = [value for value in values if value > 0]
        low, high = min(positive) / 2.5, min(max(positive) * 1.6, 1e308)
    else:
        margin = (max(values) / 20 - min(values) / 20) or 1.0
        low, high = min(values) - margin, max(values) + margin
    return Scale(low=low, high=high, start=_BOTTOM, end=_TOP, log=log)


def _thin(losses: Sequence[float]) -> list[int]:
    """Which points to draw: of each narrow column the first, the lowest, the highest and the last."""
    if len(losses) <= 4 * _BINS:
        return list(range(len(losses)))
    kept: set[int] = set()
    for part in np.array_split(np.arange(len(losses)), _BINS):
        values = np.array([losses[i] for i in part])
        kept |= {part[0], part[-1], part[values.argmin()], part[values.argmax()]}
    return sorted(int(i) for i in kept)


def _loss_labels(
    run: Run, places: tuple[list[float], list[float]], losses: list[float], x: Scale
) -> list[str]:
    xs, ys = places
    start = text(
        short(losses[0]), xs[0] + 7, min(max(ys[0] + 4, _TOP + 10), _BOTTOM - 6), class_="rk-start"
    )
    dots = element("circle", cx=xs[0], cy=ys[0], r=3.5, fill=_COLOURS[0])
    if len(losses) == 1:
        return [dots, start]
    lost = len(losses) < len(run.losses)
    note = f"{short(losses[-1])}, then past all numbers" if lost else short(losses[-1])
    right = xs[-1] > x.start + 200
    end = text(
        note,
        xs[-1] if right else xs[-1] + 8,
        ys[-1] - 8 if ys[-1] > _TOP + 16 else ys[-1] + 18,
        text_anchor="end" if right else "start",
        class_="rk-end",
    )
    return [dots, element("circle", cx=xs[-1], cy=ys[-1], r=3.5, fill=_COLOURS[0]), start, end]


def _floor_line(floor: float, y: Scale) -> str:
    height = y(floor)
    line = element(
        "line", class_="rk-floor", x1=_LEFT, x2=_RIGHT, y1=height, y2=height,
        stroke="currentColor", stroke_dasharray="5 4",
    )  # fmt: skip
    words = f"{short(floor, 4)}: no weights reach less"
    return line + text(words, _LEFT + 7, height + 14, class_="rk-floor-label")


# The path on the contours.


def _path_panel(run: Run) -> str:
    bowl, path = _bowl(run), _path(run)
    heading = text("Path of the weights on rings of equal loss", _LEFT, 16, font_weight=600)
    if bowl is None or path is None:
        return heading + text("It cannot be drawn without steps and their data.", _LEFT, _TOP)
    x, y = _view(path)
    crops = min(path.shape[2], len(_COLOURS))
    inner = [*_rings(bowl, path, x, y), *(_crop_path(path[:, :, c], c, x, y) for c in range(crops))]
    window = element(
        "svg",
        element("g", *inner, transform=f"translate({-_LEFT} {-_TOP})"),
        x=_LEFT, y=_TOP, width=_RIGHT - _LEFT, height=_BOTTOM - _TOP, overflow="hidden",
    )  # fmt: skip
    across, up = _directions(run, bowl)
    return heading + element(
        "g",
        _axes(x, y, x.ticks(), y.ticks(), grid=False),
        window,
        _lowest(x, y),
        *_crop_names(run, path, x, y),
        text(f"↑ steepest direction: {up}", _LEFT, 34, opacity=0.75),
        text(f"→ {across}", (_LEFT + _RIGHT) / 2, _BOTTOM + 34, text_anchor="middle", opacity=0.75),
        text(
            "0, 0: lowest loss · each ring: what is added to it · ○ start ● end",
            (_LEFT + _RIGHT) / 2, _BOTTOM + 50, text_anchor="middle", font_size=11, opacity=0.75,
        ),
        class_="rk-plot rk-contours",
        **x.data("x"),
        **y.data("y"),
    )  # fmt: skip


def _bowl(run: Run) -> Bowl | None:
    """The bowl of the run, when its steps fit the data."""
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
    bowl = _bowl(run)
    if bowl is None:
        return None
    try:
        w = np.array([*(step.w for step in run), run.steps[-1].w_after])  # (T, k, d)
        b = np.array([*(step.b for step in run), run.steps[-1].b_after])  # (T, k)
    except ValueError:  # the shapes changed on the way
        return None
    low_w, low_b = bowl.minimum
    with np.errstate(invalid="ignore", over="ignore"):
        away = np.concatenate([w - low_w, (b - low_b)[..., None]], axis=2)  # (T, k, d+1)
        path = np.swapaxes(away @ _turned(bowl), 1, 2)  # (T, 2, k)
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
        Scale(low=lows[0], high=highs[0], start=_LEFT, end=_RIGHT),
        Scale(low=lows[1], high=highs[1], start=_BOTTOM, end=_TOP),
    )


def _rings(bowl: Bowl, path: Floats, x: Scale, y: Scale) -> list[str]:
    """Ellipses ½(λ₂x² + λ₁y²) = added loss, for added losses 1, 3, 10, 30, … that are in view."""
    steep, flat = float(bowl.eigenvalues[0]), float(bowl.eigenvalues[1])
    across, up = (x.end - x.start) / (x.high - x.low), (y.start - y.end) / (y.high - y.low)
    outermost = 0.5 * (flat * max(x.low**2, x.high**2) + steep * max(y.low**2, y.high**2))
    side = -1 if path[0, 1].mean() > 0 else 1  # the label stands away from the path
    rings: list[str] = []
    free = math.inf
    if not (0 < outermost < math.inf) or steep == 0:
        return rings
    power = math.floor(math.log10(outermost))
    for added in (m * 10.0**p for p in range(power, power - 4, -1) for m in (3, 1)):
        ry = math.sqrt(2 * added / steep) * up
        rx = math.sqrt(2 * added / flat) * across if flat > 0 else math.inf
        if added > outermost or ry < 7:
            continue
        # A direction without slope makes the ring a pair of lines: an ellipse far wider than the view.
        rings.append(
            element(
                "ellipse", class_="rk-ring", cx=x(0), cy=y(0), rx=min(rx, 1e6), ry=ry, fill="none",
                stroke="currentColor", stroke_opacity=0.35, data_added=repr(added),
            )
        )  # fmt: skip
        height = y(0) - side * ry
        if _TOP + 14 < height < _BOTTOM - 4 and abs(height - free) >= 12:
            free = height
            rings.append(text(f"+{short(added)}", x(0) + 4, height - 3, font_size=10, opacity=0.8))
    return rings


def _crop_path(path: Floats, crop: int, x: Scale, y: Scale) -> str:
    """One crop's path (T, 2) with its start and end."""
    path, fled = _in_reach(path, x, y)
    xs, ys = [x(each) for each in path[:, 0].tolist()], [y(each) for each in path[:, 1].tolist()]
    kept = _thin_path(xs, ys)
    places = [xs[i] for i in kept], [ys[i] for i in kept]
    colour = _COLOURS[crop]
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
    crops = range(min(path.shape[2], len(_COLOURS)))
    heights = {crop: y(float(path[0, 1, crop])) for crop in crops}
    labels, free = [], float(_TOP + 8)
    for crop in sorted(crops, key=lambda each: heights[each]):
        # A path leads from its start towards the middle: the name stands on the other side.
        below = heights[crop] > y(0)
        height = max(heights[crop] + (18 if below else -10), free)
        free = height + 14
        cx = min(max(x(float(path[0, 0, crop])), _LEFT + 40), _RIGHT - 40)
        labels.append(
            text(
                _crop_name(run, crop), cx, height, fill=_COLOURS[crop],
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


# Both.


def _axes(x: Scale, y: Scale, x_ticks: list[float], y_ticks: list[float], grid: bool = True) -> str:
    lines = [
        element("path", d=f"M{_LEFT},{_TOP}V{_BOTTOM}H{_RIGHT}", fill="none", stroke="currentColor")
    ]
    for tick in x_ticks:
        lines.append(text(short(tick), x(tick), _BOTTOM + 17, text_anchor="middle"))
        lines.append(
            element(
                "line", x1=x(tick), x2=x(tick), y1=_BOTTOM, y2=_BOTTOM + 4, stroke="currentColor"
            )
        )
    for tick in y_ticks:
        lines.append(text(short(tick), _LEFT - 8, y(tick) + 4, text_anchor="end"))
        end = _RIGHT if grid else _LEFT - 4
        faint = 0.15 if grid else 1
        lines.append(
            element(
                "line",
                x1=_LEFT,
                x2=end,
                y1=y(tick),
                y2=y(tick),
                stroke="currentColor",
                stroke_opacity=faint,
            )
        )
    return element("g", *lines, class_="rk-axes")


def _describe_losses(run: Run) -> str:
    bowl = _bowl(run)
    floor = f" No weights reach less than {short(bowl.floor, 4)}." if bowl else ""
    went = f"from {short(run.losses[0])} to {short(run.final_loss)}"
    return f"The loss goes {went} in {run.epochs} steps.{floor}"


def _describe_path(run: Run) -> str:
    path = _path(run)
    if path is None:
        return "The path cannot be drawn: there are no steps or no data."
    ends = []
    for crop in range(min(path.shape[2], len(_COLOURS))):
        (x0, y0), (x1, y1) = path[0, :, crop], path[-1, :, crop]
        places = f"from {short(x0, 3)}, {short(y0, 3)} to {short(x1, 3)}, {short(y1, 3)}"
        ends.append(f"{_crop_name(run, crop)} {places}")
    return f"Measured from the lowest point, the weights go: {'; '.join(ends)}."
