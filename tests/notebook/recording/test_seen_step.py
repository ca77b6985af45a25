"""What an optimiser is called beside plain gradient descent."""

import pytest
import torch

from rainfall_kit.notebook.recording.seen_step import rule_name


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda w: torch.optim.SGD([w], lr=0.1), ""),
        (lambda w: torch.optim.SGD([w], lr=0.1, momentum=0.9), "torch.optim.SGD with momentum 0.9"),
        (
            lambda w: torch.optim.SGD([w], lr=0.1, momentum=0.5, weight_decay=0.01),
            "torch.optim.SGD with momentum 0.5 and weight decay 0.01",
        ),
        (
            lambda w: torch.optim.SGD([w], lr=0.1, maximize=True),
            "torch.optim.SGD with maximize=True",
        ),
        (lambda w: torch.optim.Adam([w]), "torch.optim.Adam"),
    ],
)
def test_only_plain_sgd_has_no_name(make, name):
    optimiser = make(torch.ones(1, requires_grad=True))
    assert rule_name(optimiser, optimiser.param_groups[0]) == name
