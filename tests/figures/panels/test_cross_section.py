"""Cross-section of the bowl: the axes of its rings."""

import numpy as np
import pytest
from drawn import of_class

from rainfall_kit.figures.panels.cross_section import cross_section_panel, ring_axes


@pytest.mark.parametrize(
    ("a", "b", "c"), [(4.0, 0.0, 1.0), (1.0, 0.0, 4.0), (3.0, 1.0, 2.0), (5.0, -2.0, 1.0)]
)
def test_axes_are_those_of_the_eigenvectors(a, b, c):
    values, vectors = np.linalg.eigh([[a, b], [b, c]])
    narrow, angle = ring_axes(a, b, c)
    assert narrow == pytest.approx(np.sqrt(values[0] / values[1]))
    along = [np.cos(np.radians(angle)), np.sin(np.radians(angle))]
    assert abs(np.dot(along, vectors[:, 1])) == pytest.approx(1)  # the short axis is the steep one


def test_a_round_ring_is_not_turned():
    assert ring_axes(2.0, 1e-12, 2.0) == (pytest.approx(1), 0.0)


def test_rings_are_drawn_as_narrow_as_they_are_but_can_be_seen():
    svg = f"<svg>{cross_section_panel('temp', 'offset', 0.5, 30.0)}</svg>"
    assert "1 : 2" in svg and "rotate(-30.00)" in svg
    for ring in of_class(svg, "rk-slice"):
        assert float(ring.get("rx")) == pytest.approx(0.5 * float(ring.get("ry")), abs=0.051)
    line = f"<svg>{cross_section_panel('temp', 'offset', 0.0, 0.0)}</svg>"
    assert {ring.get("rx") for ring in of_class(line, "rk-slice")} == {"0.5"}
    assert "1 : infinity" in line
