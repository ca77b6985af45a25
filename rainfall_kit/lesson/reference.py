"""The lesson in PyTorch: linear regression and gradient descent from scratch.

It is the original lesson from the first tensor to the final predictions, in the lesson's letters:

    >>> from rainfall_kit.lesson.orchard import load_orchard
    >>> inputs, targets = load_orchard().tensors()   # NumPy's tables become tensors
    >>> w, b = init_params(seed=0)                   # random, and watched by autograd
    >>> preds = model(inputs, w, b)                  # poor predictions, beside good targets
    >>> loss = mse(preds, targets)
    >>> round(loss.item(), 1)                       # in float32, further digits are the processor's
    33060.8

The five steps of gradient descent: predict, compute the loss, compute the gradients, move w and b
a little against them, reset the gradients to zero.

    >>> preds = model(inputs, w, b)                  # 1. predict
    >>> loss = mse(preds, targets)                   # 2. compute the loss
    >>> loss.backward()                              # 3. compute the gradients
    >>> with torch.no_grad():                        # 4. move against them, unwatched
    ...     w -= 1e-5 * w.grad
    ...     b -= 1e-5 * b.grad
    >>> _ = w.grad.zero_(), b.grad.zero_()           # 5. reset: backward adds to what is there
    >>> round(mse(model(inputs, w, b), targets).item(), 3)
    23432.488

What the sign of a gradient means: where ``w.grad[i, j]`` is positive, raising ``w[i, j]`` a little raises
the loss, and lowering it a little lowers the loss; where it is negative, the other way round. So a
step *subtracts* the gradient. A hundred epochs:

    >>> w, b = init_params(seed=0)
    >>> run = train(inputs, targets, w, b, lr=1e-5, epochs=100)
    >>> round(run.final_loss, 3)
    1270.123
    >>> model(inputs, w, b)[0]                       # final predictions, beside targets[0] = 56, 70
    tensor([69.3122, 80.2639], grad_fn=<SelectBackward0>)
"""

from __future__ import annotations

import time

import torch

from rainfall_kit.errors import OptionError
from rainfall_kit.lesson.devices import check_dtype, pick_device
from rainfall_kit.records.run import Matrix, Run, Step, Vector


def init_params(
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
) -> tuple[torch.Tensor, torch.Tensor]:
    """Random parameters, drawn like the lesson: first ``torch.randn(2, 3)``, then ``torch.randn(2)``.

    The numbers are drawn on the CPU, so that each device starts at the same place. The global
    random state stays as it is.

    Args:
        seed: a whole number; 0 is the lesson's.
        dtype: of both parameters.
        device: ``"cpu"``, ``"cuda"``, ``"mps"`` or ``"auto"``.

    Returns:
        w (2, 3) and b (2,), leaves that require gradients.

    Raises:
        DeviceError: the device is not there.
        OptionError: the device has no such dtype.

    Example:
        >>> w, b = init_params(seed=0)
        >>> w.shape, b.shape, w.requires_grad
        (torch.Size([2, 3]), torch.Size([2]), True)
    """
    place = pick_device(device)
    check_dtype(dtype, place)
    generator = torch.Generator("cpu").manual_seed(seed)
    w = torch.randn(2, 3, generator=generator, dtype=dtype, device="cpu")
    b = torch.randn(2, generator=generator, dtype=dtype, device="cpu")
    return (
        w.to(place).requires_grad_(),
        b.to(place).requires_grad_(),
    )


def model(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Predict: preds = x @ w.t() + b.

    Args:
        x: (n, d) inputs.
        w: (k, d) weights: one row for each crop.
        b: (k,) offsets: one for each crop.

    Returns:
        preds (n, k).

    Raises:
        RuntimeError: the shapes or dtypes do not fit together.

    Example:
        >>> model(torch.ones(5, 3), torch.ones(2, 3), torch.zeros(2)).shape
        torch.Size([5, 2])
    """
    return x @ w.t() + b  # (n, d) @ (d, k) + (k,) = (n, k)


def mse(preds: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean squared error over every element: sum((preds - targets)²) / numel.

    Args:
        preds: (n, k).
        targets: (n, k).

    Returns:
        The loss, shape (), in the targets' unit squared (tons²).

    Raises:
        RuntimeError: the shapes do not fit together.

    Example:
        >>> mse(torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 5.0]]))
        tensor(4.5000)
    """
    diff = preds - targets  # (n, k)
    return (diff * diff).sum() / diff.numel()  # ()


def gradients(
    inputs: torch.Tensor, targets: torch.Tensor, w: torch.Tensor, b: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The gradients of the loss by autograd; ``w.grad`` and ``b.grad`` stay as they are.

    Args:
        inputs: (n, d).
        targets: (n, k).
        w: (k, d), requires gradients.
        b: (k,), requires gradients.

    Returns:
        ∂loss/∂w (k, d) and ∂loss/∂b (k,).

    Raises:
        RuntimeError: the shapes do not fit together, or w or b does not require gradients.

    Example:
        >>> w, b = torch.zeros(1, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
        >>> gradients(torch.tensor([[2.0]]), torch.tensor([[3.0]]), w, b)
        (tensor([[-12.]]), tensor([-6.]))
    """
    loss = mse(model(inputs, w, b), targets)
    grad_w, grad_b = torch.autograd.grad(loss, (w, b))
    return grad_w, grad_b


def gd_step(
    inputs: torch.Tensor,
    targets: torch.Tensor,
    w: torch.Tensor,
    b: torch.Tensor,
    *,
    lr: float = 1e-5,
    number: int = 1,
) -> Step:
    """One step of gradient descent; w and b change in place.

    w ← w - lr · ∂loss/∂w and b ← b - lr · ∂loss/∂b, both gradients taken before either moves.

    Args:
        inputs: (n, d).
        targets: (n, k).
        w: (k, d), requires gradients; ``w.grad`` is zero afterwards.
        b: (k,), requires gradients; ``b.grad`` is zero afterwards.
        lr: the learning rate.
        number: what the record calls this step.

    Returns:
        The record of the step: loss, parameters before and after, gradients.

    Raises:
        RuntimeError: the shapes do not fit together, or w or b does not require gradients.

    Example:
        >>> w, b = torch.zeros(1, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
        >>> step = gd_step(torch.tensor([[2.0]]), torch.tensor([[4.0]]), w, b, lr=0.25)
        >>> step.loss, step.grad_w, step.grad_b
        (16.0, ((-16.0,),), (-8.0,))
        >>> w, b
        (tensor([[4.]], requires_grad=True), tensor([2.], requires_grad=True))
    """
    before = _matrix(w), _vector(b)
    for param in (w, b):
        param.grad = None  # what an earlier cell left there is not this step's
    preds = model(inputs, w, b)  # (n, k)
    loss = mse(preds, targets)  # ()
    loss.backward()
    assert w.grad is not None and b.grad is not None  # backward has filled them in
    grads = _matrix(w.grad), _vector(b.grad)
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    w.grad.zero_()
    b.grad.zero_()
    return Step(
        number=number,
        lr=lr,
        loss=loss.item(),
        w=before[0],
        b=before[1],
        w_after=_matrix(w),
        b_after=_vector(b),
        grad_w=grads[0],
        grad_b=grads[1],
    )


def train(
    inputs: torch.Tensor,
    targets: torch.Tensor,
    w: torch.Tensor,
    b: torch.Tensor,
    *,
    lr: float = 1e-5,
    epochs: int = 100,
) -> Run:
    """Gradient descent for a number of epochs, every step recorded; w and b change in place.

    Args:
        inputs: (n, d).
        targets: (n, k).
        w: (k, d), requires gradients.
        b: (k,), requires gradients.
        lr: the learning rate, above 0.
        epochs: how many steps, 0 or more.

    Returns:
        The run; ``run.losses[t]`` is the loss after t steps, in the dtype of the tensors.

    Raises:
        OptionError: lr is not above 0, or epochs is below 0.
        RuntimeError: the shapes do not fit together, or w or b does not require gradients.

    Example:
        >>> from rainfall_kit.lesson.orchard import load_orchard
        >>> inputs, targets = load_orchard().tensors()
        >>> train(inputs, targets, *init_params(seed=0), epochs=1)
        Run(1 step, loss 33060.8 -> 23432.5)
    """
    if not lr > 0:
        raise OptionError(f"lr must be above 0, got {lr}. Try: lr=1e-5")
    if epochs < 0:
        raise OptionError(f"epochs must be 0 or more, got {epochs}. Try: epochs=100")
    began = time.perf_counter()
    steps = [
        gd_step(inputs, targets, w, b, lr=lr, number=number) for number in range(1, epochs + 1)
    ]
    with torch.no_grad():
        final_loss = mse(model(inputs, w, b), targets).item()
    return Run(
        steps=tuple(steps),
        final_loss=final_loss,
        dtype=str(w.dtype).removeprefix("torch."),
        seconds=time.perf_counter() - began,
    )


def _matrix(values: torch.Tensor) -> Matrix:
    return tuple(tuple(row) for row in values.tolist())


def _vector(values: torch.Tensor) -> Vector:
    return tuple(values.tolist())
