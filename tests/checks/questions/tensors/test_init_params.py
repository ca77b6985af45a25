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


@pytest.mark.parametrize(
    ("draws", "notes"),
    [
        ("torch.manual_seed(3)\n    numbers = torch.randn(8)", ("RK495",)),
        ("numbers = torch.randn(8, generator=torch.Generator().manual_seed(3))", ("RK495",)),
        ("numbers = torch.randn(8)", ()),
        ("numbers = torch.from_numpy(np.random.default_rng().normal(size=8)).float()", ()),
    ],
)
def test_a_start_that_is_the_same_each_time_is_right_and_hears_a_note(draws, notes):
    source = f"def init_params():\n    {draws}\n    w, b = numbers[:6].reshape(2, 3), numbers[6:]\n"
    source += "    return w.clone().requires_grad_(), b.clone().requires_grad_()\n"
    result = check("init_params", build(source, "init_params"))
    assert (result.outcome, result.notes) == ("right", notes)
