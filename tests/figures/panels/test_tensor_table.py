"""Tensor table: values, gradients, and where there are none."""

from drawn import cells

from rainfall_kit.figures.panels.tensor_table import tensor_panel


def test_tensors_without_gradients_hold_none():
    assert cells(tensor_panel(["apples, temp"], [1.0], None, [2.0], None)) == ["1", "None", "2"]


def test_tensors_stand_beside_the_gradient_where_they_are():
    svg = tensor_panel(["apples, temp"], [1.23456789], [-4.0], [2.0], 0.5)
    assert cells(svg) == ["1.2346", "−4", "2"]
    assert "loss holds 0.5" in svg
