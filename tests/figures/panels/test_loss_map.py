"""Loss map: rings of equal loss, for any line's bowl."""

import re

import numpy as np
import pytest
from drawn import of_class, scale

from rainfall_kit.figures.panels.loss_map import map_panel, map_ranges
from rainfall_kit.quadratic.bowl import Bowl


@pytest.mark.parametrize("seed", range(4))
def test_the_loss_is_the_same_all_along_a_ring(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(6, 1)) + 1, rng.normal(size=(6, 1)) * 10
    bowl = Bowl.from_data(x, y)
    ranges = map_ranges(bowl, (0.0, 0.0))
    svg = f"<svg>{map_panel(bowl, [(0.0, 0.0)], ranges, input_name='x', crop_name='y')}</svg>"
    (plot,) = of_class(svg, "rk-map")
    across, up = scale(plot, "x"), scale(plot, "y")
    assert of_class(svg, "rk-ring")
    for ring in of_class(svg, "rk-ring"):
        places = np.array(re.findall(r"[-\d.]+", ring.get("d")), dtype=float).reshape(-1, 2)
        w = (places[:, 0] - across(0)) / (across(1) - across(0))
        b = (places[:, 1] - up(0)) / (up(1) - up(0))
        losses = [bowl.loss([[slope]], [offset]) for slope, offset in zip(w, b, strict=True)]
        added = np.array(losses) - bowl.floor
        assert added == pytest.approx(added.mean(), rel=0.1)  # places are rounded to tenths


def test_the_start_is_in_view_and_so_is_every_run_that_falls():
    bowl = Bowl.from_data([[0.0], [1.0], [2.0]], [[1.0], [0.0], [5.0]])
    (w_low, w_high), (b_low, b_high) = map_ranges(bowl, (10.0, -3.0))
    assert w_low < 10.0 < w_high and b_low < -3.0 < b_high
    w, b = bowl.after([[10.0]], [-3.0], 0.9 * bowl.largest_stable_lr, list(range(50)))
    assert w_low < w.min() and w.max() < w_high and b_low < b.min() and b.max() < b_high
