"""Fitted line: points, line and misses where the numbers say."""

import pytest
from drawn import of_class, scale

from rainfall_kit.figures.panels.fitted_line import FAR, line_panel


def drawn(w, b):
    panel = line_panel(
        w, b, [0.5, 1.0], [20.0, 60.0], regions=["a", "b"], input_name="rain", crop_name="figs",
        left_out=3,
    )  # fmt: skip
    return f"<svg>{panel}</svg>"


def test_points_and_misses_stand_where_the_numbers_say():
    svg = drawn(30.0, 10.0)
    (plot,) = of_class(svg, "rk-line-plot")
    x, y = scale(plot, "x"), scale(plot, "y")
    for point, miss, (at, target) in zip(
        of_class(svg, "rk-point"), of_class(svg, "rk-miss"), [(0.5, 20.0), (1.0, 60.0)], strict=True
    ):
        assert float(point.get("cx")) == pytest.approx(x(at), abs=0.06)
        assert float(point.get("cy")) == pytest.approx(y(target), abs=0.06)
        assert float(miss.get("y2")) == pytest.approx(y(30 * at + 10), abs=0.06)
    assert "3 more rows not drawn" in svg


def test_a_line_past_all_pictures_keeps_numbers_that_svg_can_hold():
    (line,) = of_class(drawn(1e300, 0.0), "rk-fit")
    assert abs(float(line.get("y2"))) == FAR
