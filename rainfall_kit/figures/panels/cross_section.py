"""Cross-section of the bowl at its lowest point: rings of equal loss in the plane of two parameters."""

from __future__ import annotations

import math

from rainfall_kit.figures.layout import BOTTOM, COLOURS, LEFT, RIGHT, SUBTITLE, TOP, heading
from rainfall_kit.figures.number_format import fill
from rainfall_kit.figures.svg import element, text

RATIO = "short to long axis 1 : {ratio:3}"
ROUND = 1 - 1e-9  # a ring less narrow than that is turned by nothing but rounding
LEAST_RING = 0.5
ANGLE_DECIMALS = 2

_RADII = tuple(104 * part for part in (1.0, 0.66, 0.33))
_CX, _CY = (LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2


def ring_axes(a: float, b: float, c: float) -> tuple[float, float]:
    """The shape of a ring ½(a·p² + 2b·pq + c·q²) = 1: how narrow it is, and how far it is turned.

    Returns:
        Its short axis over its long one, from 0 to 1, and the angle of the short axis from the
        first parameter's, in degrees.

    Example:
        >>> ring_axes(4.0, 0.0, 1.0)
        (0.5, 0.0)
    """
    apart = math.hypot(a - c, 2 * b)
    narrow = math.sqrt(max(a + c - apart, 0.0) / (a + c + apart)) if a + c > 0 else 1.0
    return narrow, math.degrees(0.5 * math.atan2(2 * b, a - c)) if narrow < ROUND else 0.0


def cross_section_panel(first: str, second: str, narrow: float, angle: float) -> str:
    """The picture; both axes have one scale, so that a round ring is drawn round.

    Args:
        first: the parameter across.
        second: the parameter up.
        narrow: as `ring_axes` gives it.
        angle: the same.
    """
    rings = [
        element(
            "ellipse", class_="rk-slice", rx=max(radius * narrow, LEAST_RING), ry=radius,
            fill="none", stroke=COLOURS[0], stroke_width=2 if radius == _RADII[0] else 1,
        )
        for radius in _RADII
    ]  # fmt: skip
    turned = element(
        "g", *rings, class_="rk-turned", transform=f"rotate({-angle:.{ANGLE_DECIMALS}f})"
    )
    cross = f"M{_CX - 118:.0f},{_CY:.0f}h236M{_CX:.0f},{_CY - 118:.0f}v236"
    return element(
        "g",
        heading("Rings of equal loss, in the plane of two weights"),
        element("path", d=cross, stroke="currentColor", stroke_opacity=0.3),
        element("g", turned, transform=f"translate({_CX:.0f} {_CY:.0f})"),
        text(f"↑ {second}", LEFT, SUBTITLE, class_="rk-up", opacity=0.75),
        text(f"→ {first}", _CX, BOTTOM + 20, text_anchor="middle", class_="rk-across",
             opacity=0.75),
        text(ratio(narrow), _CX, BOTTOM + 40, text_anchor="middle", class_="rk-ratio"),
        class_="rk-plot rk-plane",
    )  # fmt: skip


def ratio(narrow: float) -> str:
    """A ring's axes in words.

    Example:
        >>> ratio(1.0), ratio(0.0)
        ('short to long axis 1 : 1', 'short to long axis 1 : infinity')
    """
    return fill(RATIO, ratio=1 / narrow if narrow > 0 else math.inf)
