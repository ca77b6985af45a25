"""Panels that are tables: tensors, runs, and one prediction written out."""

from drawn import of_class

from rainfall_kit.figures.panels.runs_table import runs_panel
from rainfall_kit.figures.panels.tensor_table import tensor_panel
from rainfall_kit.figures.panels.worked_prediction import MOST_TERMS, worked_prediction_panel


def cells(svg):
    return [cell.text for cell in of_class(f"<svg>{svg}</svg>", "rk-cell")]


def test_tensors_without_gradients_hold_none():
    assert cells(tensor_panel(["apples, temp"], [1.0], None, [2.0], None)) == ["1", "None", "2"]


def test_tensors_stand_beside_the_gradient_where_they_are():
    svg = tensor_panel(["apples, temp"], [1.23456789], [-4.0], [2.0], 0.5)
    assert cells(svg) == ["1.2346", "−4", "2"]
    assert "loss holds 0.5" in svg


def test_a_run_has_a_row_with_its_name():
    svg = f"<svg>{runs_panel(['slow'], [('1e-5', '100', '1270', '1270')])}</svg>"
    assert "slow" in svg
    assert of_class(svg, "rk-value")[0].text == "1270"  # what moves with the step
    assert cells(svg) == ["1e-5", "100", "1270"]


def test_a_prediction_is_the_sum_of_its_products_and_the_offset():
    svg = worked_prediction_panel("apples in Kanto", [("temp", 0.5, 73.0)], 0.25, 56.0, 10)
    assert "apples in Kanto" in svg
    assert cells(svg) == ["0.5", "× 73", "36.5", "0.25", "36.75", "56", "−19.25", "37.06"]


def test_many_terms_stand_together_in_one_row():
    terms = [(f"x{i}", 1.0, 2.0) for i in range(MOST_TERMS + 3)]
    svg = worked_prediction_panel("figs", terms, 0.0, 0.0, 1)
    assert "3 more" in svg
    assert cells(svg)[3 * MOST_TERMS] == "6"
