"""The lesson's numbers come out, by oracles other than the reference itself."""

import numpy as np
import pytest
import torch

from rainfall_kit.errors import DeviceError, OptionError
from rainfall_kit.lesson import reference
from rainfall_kit.lesson.orchard import load_orchard

# Published with the original lesson and its successor; the digits beyond from torch 2.13 on a CPU.
PUBLISHED = {
    torch.float32: {0: 33060.8086, 1: 23432.488, 100: 1270.12317, 101: 1258.02148},
    torch.float64: {0: 33060.8052942, 1: 23432.4894139, 100: 1270.1236521, 101: 1258.0215797},
}
PUBLISHED_PREDS = [
    [69.3122, 80.2639],
    [73.7528, 97.2381],
    [118.3933, 124.7628],
    [89.6111, 93.0286],
    [47.3014, 80.6467],
]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_published_losses_come_out(dtype):
    inputs, targets = load_orchard().tensors(dtype)
    run = reference.train(inputs, targets, *reference.init_params(0, dtype), lr=1e-5, epochs=101)
    tolerance = 2e-7 if dtype == torch.float32 else 1e-10
    for epoch, loss in PUBLISHED[dtype].items():
        assert run.losses[epoch] == pytest.approx(loss, rel=tolerance)


def test_the_published_predictions_come_out():
    inputs, targets = load_orchard().tensors()
    w, b = reference.init_params(0)
    reference.train(inputs, targets, w, b, lr=1e-5, epochs=100)
    preds = reference.model(inputs, w, b).tolist()
    np.testing.assert_allclose(preds, PUBLISHED_PREDS, atol=1e-3)


def test_the_parameters_are_what_torch_would_draw_after_manual_seed():
    with torch.random.fork_rng():
        torch.manual_seed(3)
        expected = torch.randn(2, 3), torch.randn(2)
    w, b = reference.init_params(3)
    assert torch.equal(w, expected[0])
    assert torch.equal(b, expected[1])


def test_global_dtype_and_random_state_stay_as_they_are():
    state, dtype = torch.random.get_rng_state(), torch.get_default_dtype()
    inputs, targets = load_orchard().tensors(torch.float64)
    reference.train(inputs, targets, *reference.init_params(1, torch.float64), epochs=2)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_default_dtype() == dtype


@pytest.mark.parametrize("seed", range(5))
def test_the_gradients_are_those_derived_by_hand(seed):
    rng = np.random.default_rng(seed)
    n, d, k = rng.integers(1, 7, size=3)
    x, y, w, b = (rng.normal(size=shape) for shape in ((n, d), (n, k), (k, d), (k,)))
    residual = x @ w.T + b - y  # (n, k)
    grad_w, grad_b = reference.gradients(
        torch.tensor(x),
        torch.tensor(y),
        torch.tensor(w, requires_grad=True),
        torch.tensor(b, requires_grad=True),
    )
    np.testing.assert_allclose(grad_w, 2 / (n * k) * residual.T @ x, rtol=1e-10)
    np.testing.assert_allclose(grad_b, 2 / (n * k) * residual.sum(axis=0), rtol=1e-10)


def test_a_run_is_what_torchs_own_optimiser_does():
    inputs, targets = load_orchard().tensors(torch.float64)
    w, b = reference.init_params(5, torch.float64)
    w2, b2 = reference.init_params(5, torch.float64)
    optimiser = torch.optim.SGD([w2, b2], lr=2e-5)
    run = reference.train(inputs, targets, w, b, lr=2e-5, epochs=20)
    for step in run:
        optimiser.zero_grad()
        loss = torch.nn.functional.mse_loss(inputs @ w2.t() + b2, targets)
        loss.backward()
        np.testing.assert_allclose(step.grad_w, w2.grad, rtol=1e-9)
        assert step.loss == pytest.approx(loss.item(), rel=1e-12)
        optimiser.step()
        np.testing.assert_allclose(step.w_after, w2.detach(), rtol=1e-12)
        np.testing.assert_allclose(step.b_after, b2.detach(), rtol=1e-12)


def test_gradients_that_an_earlier_cell_left_behind_do_not_count():
    inputs, targets = load_orchard().tensors()
    w, b = reference.init_params(0)
    w.grad, b.grad = torch.ones_like(w), torch.ones_like(b)
    step = reference.gd_step(inputs, targets, w, b)
    w2, b2 = reference.init_params(0)
    assert step == reference.gd_step(inputs, targets, w2, b2)
    assert torch.count_nonzero(w.grad) == 0


def test_no_epochs_is_an_empty_run_with_a_loss():
    inputs, targets = load_orchard().tensors()
    run = reference.train(inputs, targets, *reference.init_params(0), epochs=0)
    assert len(run) == 0
    assert run.losses == (run.final_loss,)


@pytest.mark.parametrize("bad", [{"lr": 0}, {"lr": -1e-5}, {"lr": float("nan")}, {"epochs": -1}])
def test_a_bad_option_is_named(bad):
    inputs, targets = load_orchard().tensors()
    with pytest.raises(OptionError, match=next(iter(bad))):
        reference.train(inputs, targets, *reference.init_params(0), **bad)


def test_a_device_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(DeviceError, match="cpu") as refused:
        reference.init_params(0, device="nowhere")
    assert refused.value.available[-1] == "cpu"
    if not torch.cuda.is_available():
        with pytest.raises(DeviceError, match=r"there is .*cpu"):
            load_orchard().tensors(device="cuda")


def test_auto_is_a_device_that_works():
    inputs, _ = load_orchard().tensors(device="auto")
    assert inputs.sum().item() == 1122
