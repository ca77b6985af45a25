"""init_params is judged by shapes, by what is watched, and by numbers that differ, not by which they are."""

import pytest

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.questions.programs import build


@pytest.mark.parametrize(
    ("draw_w", "draw_b", "right"),
    [
        ("torch.randn(2, 3)", "torch.randn(2)", True),
        ("torch.rand(2, 3) * 7 - 3", "torch.zeros(2)", True),
        ("torch.randn(3, 2)", "torch.randn(2)", False),
        ("torch.randn(2, 3)", "torch.randn(2, 1)", False),
        ("torch.ones(2, 3)", "torch.randn(2)", False),
        ("torch.randn(1, 3).repeat(2, 1)", "torch.randn(2)", False),
    ],
)
def test_what_is_drawn_is_not_judged_but_that_it_is_drawn(draw_w, draw_b, right):
    source = f"def init_params():\n    w, b = {draw_w}, {draw_b}\n"
    source += "    return w.requires_grad_(), b.requires_grad_()\n"
    outcome = check("init_params", build(source, "init_params")).outcome
    assert outcome == ("right" if right else "wrong")
