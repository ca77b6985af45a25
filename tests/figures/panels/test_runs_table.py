"""Runs table: a row for each run, and the cell that moves."""

from drawn import cells, of_class

from rainfall_kit.figures.panels.runs_table import runs_panel


def test_a_run_has_a_row_with_its_name():
    svg = f"<svg>{runs_panel(['slow'], [('1e-5', '100', '1270', '1270')])}</svg>"
    assert "slow" in svg
    assert of_class(svg, "rk-value")[0].text == "1270"  # what moves with the step
    assert cells(svg) == ["1e-5", "100", "1270"]
