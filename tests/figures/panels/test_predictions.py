"""Predictions beside targets: where they stand, and what waits unseen."""

import pytest
from drawn import of_class

from rainfall_kit.figures.panels.predictions import predictions_panel, predictions_scale

NAMES = {"regions": ["Kanto"], "crop_names": ["figs"]}
X = predictions_scale(((56.0,),), ((40.0,),))


def drawn(preds):
    return f"<svg>{predictions_panel(X, preds, ((56.0,),), **NAMES)}</svg>"


def test_the_axis_shows_zero_and_all_of_them():
    assert X.low < 0
    assert X.high > 56


def test_a_prediction_stands_at_its_place_and_the_miss_reaches_to_the_target():
    svg = drawn(((40.0,),))
    assert "Kanto" in svg and "figs" in svg
    (dot,), (miss,), (value,) = (of_class(svg, f"rk-{name}") for name in ("pred", "miss", "value"))
    assert dot.get("cx") == f"{X(40.0):.1f}"
    assert (miss.get("x1"), miss.get("x2")) == (f"{X(56.0):.1f}", f"{X(40.0):.1f}")
    assert value.text == "40"


@pytest.mark.parametrize(
    ("pred", "points"),
    [(1e9, f"M{X.end:.1f},"), (float("nan"), f"M{X.end:.1f},"), (-1e9, f"M{X.start:.1f},")],
)
def test_a_prediction_outside_the_axis_is_an_arrow_at_its_end_and_no_dot(pred, points):
    svg = drawn(((pred,),))
    (dot,), (arrow,) = of_class(svg, "rk-pred"), of_class(svg, "rk-past")
    assert dot.get("visibility") == "hidden" and arrow.get("visibility") is None
    assert arrow.get("d").startswith(points)
    inside = of_class(drawn(((40.0,),)), "rk-past")
    assert inside[0].get("visibility") == "hidden"


def test_what_is_not_predicted_yet_waits_unseen():
    svg = drawn(())
    for name in ("pred", "miss", "value"):
        assert of_class(svg, f"rk-{name}")[0].get("visibility") == "hidden"


def test_rows_that_are_not_drawn_are_counted():
    assert "not drawn" not in drawn(((40.0,),))
    more = predictions_panel(X, ((40.0,),), ((56.0,),), **NAMES, more_rows=3)
    assert "prediction and target, 3 more rows not drawn" in more
