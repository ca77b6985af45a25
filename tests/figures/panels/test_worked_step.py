"""Worked step: five steps, in the lesson's order, with their numbers."""

from drawn import of_class

from rainfall_kit.figures.panels.worked_step import worked_step_panel


def test_the_five_steps_stand_in_order_with_their_numbers():
    values = {
        "preds": "1, 2", "loss": 4.0, "slope_w": -2.0, "slope_b": 1.5, "w": 1.0, "b": 0.0,
        "w_after": 1.2, "b_after": -0.15,
    }  # fmt: skip
    svg = f"<svg>{worked_step_panel(values)}</svg>"
    written = [cell.text or "" for cell in of_class(svg, "rk-cell")]
    assert written == ["1, 2", "4", "∂loss/∂w = −2, ∂loss/∂b = 1.5", "w: 1 → 1.2, b: 0 → −0.15", ""]
    order = [svg.index(word) for word in ("predict", "loss:", "gradients", "move", "reset")]
    assert order == sorted(order)
