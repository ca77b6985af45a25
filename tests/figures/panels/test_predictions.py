"""Predictions beside targets: where they stand, and what waits unseen."""

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


def test_a_prediction_outside_the_axis_stands_at_its_end():
    assert of_class(drawn(((1e9,),)), "rk-pred")[0].get("cx") == f"{X.end:.0f}"
    assert of_class(drawn(((float("nan"),),)), "rk-pred")[0].get("cx") == f"{X.end:.0f}"


def test_what_is_not_predicted_yet_waits_unseen():
    svg = drawn(())
    for name in ("pred", "miss", "value"):
        assert of_class(svg, f"rk-{name}")[0].get("visibility") == "hidden"
