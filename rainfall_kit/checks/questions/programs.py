r"""Right answers as source text, which the misconceptions edit.

A program is the text that a student could have in one cell: the asked function and what it calls.
A wrong implementation is a program with a few pieces replaced, so it can be run here, combined with
another, and pasted into a notebook.

    >>> double = build("def double(x):\n    return 2 * x\n", "double")
    >>> double(4)
    8
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MODEL = """\
def model(x, w, b):
    return x @ w.t() + b
"""

MSE = """\
def mse(preds, targets):
    diff = preds - targets
    return (diff * diff).sum() / diff.numel()
"""

GD_STEP = """\
def gd_step(inputs, targets, w, b, lr):
    preds = model(inputs, w, b)
    loss = mse(preds, targets)
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    w.grad.zero_()
    b.grad.zero_()
    return w, b
"""

TRAIN = """\
def train(inputs, targets, w, b, lr, epochs):
    losses = []
    for epoch in range(epochs):
        preds = model(inputs, w, b)
        loss = mse(preds, targets)
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
        w.grad.zero_()
        b.grad.zero_()
    return w, b, losses
"""

GRADIENTS = """\
def gradients(inputs, targets, w, b):
    preds = model(inputs, w, b)
    loss = mse(preds, targets)
    loss.backward()
    return w.grad, b.grad
"""

UPDATE = """\
def update(w, b, lr):
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    return w, b
"""

ZERO_GRADS = """\
def zero_grads(w, b):
    w.grad.zero_()
    b.grad.zero_()
"""

TO_TENSORS = """\
def to_tensors(inputs, targets):
    inputs = torch.tensor(inputs, dtype=torch.float32)
    targets = torch.tensor(targets, dtype=torch.float32)
    return inputs, targets
"""

IN_CELSIUS = """\
def in_celsius(temps):
    t = torch.tensor(temps, dtype=torch.float32)
    t -= 32
    t /= 1.8
    return t
"""

STANDARDISE = """\
def standardise(inputs):
    return (inputs - inputs.mean(dim=0)) / inputs.std(dim=0)
"""

INIT_PARAMS = """\
def init_params():
    w = torch.randn(2, 3, requires_grad=True)
    b = torch.randn(2, requires_grad=True)
    return w, b
"""

IS_GRADIENT = """\
def is_gradient(inputs, targets, w, b, grad_w, grad_b):
    slopes = torch.autograd.grad(mse(model(inputs, w, b), targets), (w, b))
    pairs = zip((grad_w, grad_b), slopes)
    return all(torch.allclose(grad, slope, rtol=1e-3) for grad, slope in pairs)
"""

CHOOSE_LR = """\
def choose_lr(inputs, targets):
    a = torch.cat([inputs, torch.ones_like(inputs[:, :1])], dim=1)
    steepest = 2 / targets.numel() * torch.linalg.matrix_norm(a, 2) ** 2
    return 1 / steepest.item()
"""

HAS_DIVERGED = """\
def has_diverged(losses):
    return math.isnan(losses[-1]) or losses[-1] > losses[0]
"""

HAS_CONVERGED = """\
def has_converged(losses, floor):
    return losses[-1] <= 1.01 * floor
"""

# What stands in the cell of each question.
PROGRAMS = {
    "to_tensors": TO_TENSORS,
    "in_celsius": IN_CELSIUS,
    "standardise": STANDARDISE,
    "init_params": INIT_PARAMS,
    "model": MODEL,
    "mse": MSE,
    "gradients": f"{MODEL}\n{MSE}\n{GRADIENTS}",
    "update": UPDATE,
    "zero_grads": ZERO_GRADS,
    "gd_step": f"{MODEL}\n{MSE}\n{GD_STEP}",
    "train": f"{MODEL}\n{MSE}\n{TRAIN}",
    "is_gradient": f"{MODEL}\n{MSE}\n{IS_GRADIENT}",
    "choose_lr": CHOOSE_LR,
    "has_diverged": HAS_DIVERGED,
    "has_converged": HAS_CONVERGED,
}


def build(source: str, name: str) -> Callable[..., Any]:
    """Run a program and hand back one of its functions.

    Its names are those of the lesson's notebook: `math`, `np`, `torch` and `F`.

    Raises:
        SyntaxError: the text is no Python.
        KeyError: it defines no such function.

    Example:
        >>> build(MODEL, "model").__name__
        'model'
    """
    import math

    import numpy as np
    import torch
    import torch.nn.functional as f

    names: dict[str, Any] = {"math": math, "np": np, "torch": torch, "F": f}
    exec(_compiled(source), names)  # noqa: S102  the text is the kit's own
    function: Callable[..., Any] = names[name]
    return function


def edited(source: str, edits: Sequence[tuple[str, str]]) -> str | None:
    """The program with each (old, new) piece replaced in turn; None when one finds nothing to replace.

    Example:
        >>> edited("a + b", [("+", "-")])
        'a - b'
        >>> edited("a + b", [("*", "-")]) is None
        True
    """
    for old, new in edits:
        if old not in source:
            return None
        source = source.replace(old, new)
    return source


@functools.lru_cache(maxsize=2_000)
def _compiled(source: str) -> Any:
    return compile(source, "<a program of the kit>", "exec")
