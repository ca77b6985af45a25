"""Worked prediction: a sum, its parts, and what is left over."""

from drawn import cells

from rainfall_kit.figures.panels.worked_prediction import MOST_TERMS, worked_prediction_panel


def test_a_prediction_is_the_sum_of_its_products_and_the_offset():
    svg = worked_prediction_panel("apples in Kanto", [("temp", 0.5, 73.0)], 0.25, 56.0, 10)
    assert "apples in Kanto" in svg
    assert cells(svg) == ["0.5", "× 73", "36.5", "0.25", "36.75", "56", "−19.25", "37.06"]


def test_many_terms_stand_together_in_one_row():
    terms = [(f"x{i}", 1.0, 2.0) for i in range(MOST_TERMS + 3)]
    svg = worked_prediction_panel("figs", terms, 0.0, 0.0, 1)
    assert "3 more" in svg
    assert cells(svg)[3 * MOST_TERMS] == "6"
