"""gradients_by_hand is judged by what torch finds, and torch may not be asked by the answer."""

import pytest
import torch
from expected import expected_in, near

from rainfall_kit.checks.checking import check


def test_the_expected_slopes_are_those_of_autograd():
    for given, wanted in expected_in("gradients_by_hand", "inputs", "targets", "w", "b"):
        inputs, targets, w, b = (torch.tensor(one, dtype=torch.float64) for one in given)
        w.requires_grad_()
        b.requires_grad_()
        loss = torch.nn.functional.mse_loss(inputs @ w.t() + b, targets)
        for name, slope in zip("wb", torch.autograd.grad(loss, (w, b)), strict=True):
            near(wanted[f"the slope for {name}"], slope.numpy())


def by_backward(x, t, w, b):
    v, c = (p.detach().clone().requires_grad_() for p in (w, b))
    ((x @ v.t() + c - t) ** 2).mean().backward()
    return v.grad, c.grad


def by_func(x, t, w, b):
    return torch.func.grad(lambda v, c: ((x @ v.t() + c - t) ** 2).mean(), argnums=(0, 1))(w, b)


def by_vjp(x, t, w, b):
    return torch.autograd.functional.vjp(lambda v, c: ((x @ v.t() + c - t) ** 2).mean(), (w, b))[1]


def by_optimiser(x, t, w, b):
    layer = torch.nn.Linear(w.shape[1], w.shape[0], dtype=w.dtype)
    layer.load_state_dict({"weight": w.detach(), "bias": b.detach()})
    torch.nn.functional.mse_loss(layer(x), t).backward()
    return layer.weight.grad, layer.bias.grad


@pytest.mark.parametrize("answer", [by_backward, by_func, by_vjp, by_optimiser])
def test_slopes_that_torch_found_are_not_by_hand(answer):
    result = check("gradients_by_hand", answer)
    assert result.outcome == "wrong"
    assert result.misconceptions == ("RK309",)
