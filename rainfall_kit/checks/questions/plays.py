"""How the model, the loss and the steps are called, and what is noted about what comes back.

Each tensor that an answer gets is new, and each value that comes back is copied at once.

>>> from rainfall_kit.lesson import reference
>>> from rainfall_kit.checks.questions.cases import draw_preds
>>> from rainfall_kit.checks.tracing.trace import Trace
>>> notes = Trace()
>>> play_mse(reference.mse, draw_preds(seed=0)[0], notes)  # preds 5, targets 2
>>> notes.values[0].numbers
(9.0,)
"""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.tracing.gradient_hooks import GradientHooks
from rainfall_kit.checks.tracing.torch_calls import torch_calls_noted
from rainfall_kit.checks.tracing.trace import unpacked

if TYPE_CHECKING:
    import torch

    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

# Missing zeroing is invisible in the first step, and zeroing every other time in the second.
_STEPS = 3


def play_model(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``model(x, w, b)`` twice, and follow the wire from the predictions back to w and b."""
    x, w, b = case.tensors("x", "w", "b")
    w.requires_grad_()
    b.requires_grad_()
    preds = answer(x, w, b)
    notes.value("preds", preds, dtype=case.dtype == "float64")  # a finer dtype costs nothing
    notes.slopes(preds, {"w": w, "b": b})
    notes.value("preds of a second call", answer(x, w, b))
    notes.unchanged(x=x, w=w, b=b)


def play_mse(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``mse(preds, targets)`` twice, and follow the wire from the loss back to preds."""
    preds, targets = case.tensors("preds", "targets")
    preds.requires_grad_()
    # as in the lesson, preds is computed from something: one that is a leaf may not change in place
    loss = answer(preds * 1, targets)
    notes.value("the loss", loss, dtype=case.dtype == "float64")
    notes.slopes(loss, {"preds": preds})
    again = preds * 1
    notes.value("the loss of a second call", answer(again, targets))
    notes.unchanged(preds=again, targets=targets)


def play_gradients(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``gradients(inputs, targets, w, b)`` once, with gradients that start at None or zero."""
    inputs, targets, w, b = _start(case)
    with torch_calls_noted(notes, answer, w, b) as asked:
        pair = unpacked(asked(inputs, targets, w, b))
    notes.parts(pair, "the slope for w", "the slope for b")
    notes.sign("inputs.requires_grad", inputs.requires_grad)


def play_update(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``update(w, b, lr)`` once, with gradients of both signs that nothing else equals."""
    inputs, _, w, b = _start(case)
    w.grad, b.grad = _uphill(w, len(inputs)), _uphill(b, len(inputs) + 1)
    version = _version(w)
    with torch_calls_noted(notes, answer, w, b) as asked:
        pair = unpacked(asked(w, b, case.number("lr")))
    pair = (w, b) if pair is None else pair
    if notes.parts(pair, "w after the update", "b after the update"):
        notes.ready(*pair)
        notes.change("w", w, pair[0], counted=_version(w) > version)


def play_zero_grads(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``zero_grads(w, b)`` once; None is as good as zeros."""
    import torch

    inputs, _, w, b = _start(case)
    w.grad, b.grad = _uphill(w, len(inputs)), _uphill(b, len(inputs) + 1)
    answer(w, b)
    for name, param in (("w.grad", w), ("b.grad", b)):
        notes.value(name, torch.zeros_like(param) if param.grad is None else param.grad)
    notes.unchanged(w=w, b=b)
    notes.ready(w, b)


def play_gd_step(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``gd_step(inputs, targets, w, b, lr)`` three times, each with what the last one gave."""
    inputs, targets, w, b = _start(case)
    lr, steps, first, version = case.number("lr"), GradientHooks(notes), w, _version(w)
    with torch_calls_noted(notes, answer, w, b) as asked:
        for step in range(1, _STEPS + 1):
            steps.follow(w=w, b=b)
            pair = unpacked(asked(inputs, targets, w, b, lr))
            pair = (w, b) if pair is None else pair
            if not notes.parts(pair, f"w after step {step}", f"b after step {step}"):
                return
            w, b = pair
    notes.unchanged(inputs=inputs, targets=targets)
    notes.change("w", first, w, counted=_version(first) > version)
    notes.sign("inputs.requires_grad", inputs.requires_grad)
    steps.note(lr=lr, w=w, b=b)


def play_train(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``train(inputs, targets, w, b, lr, epochs)`` once."""
    inputs, targets, w, b = _start(case)
    lr, epochs = case.number("lr"), int(case.number("epochs"))
    steps, version = GradientHooks(notes), _version(w)
    steps.follow(w=w, b=b)
    with torch_calls_noted(notes, answer, w, b) as asked:
        triple = unpacked(asked(inputs, targets, w, b, lr, epochs))
    if not notes.parts(triple, "w at the end", "b at the end", ""):
        return
    losses = triple[2]
    if not hasattr(losses, "__len__"):
        notes.sign("given back", losses)
        return
    notes.value("the number of losses", len(losses))
    first = [*itertools.islice(losses, epochs + 1)]
    for epoch, loss in enumerate(first):
        notes.value(f"losses[{epoch}]", _as_number(loss))
    notes.unchanged(inputs=inputs, targets=targets)
    notes.change("w", w, triple[0], counted=_version(w) > version)
    notes.sign("inputs.requires_grad", inputs.requires_grad)
    notes.sign(
        "losses with a history", any(getattr(loss, "requires_grad", False) for loss in first)
    )
    steps.note(lr=lr, w=triple[0], b=triple[1])


def _as_number(loss: Any) -> Any:
    """A loss as a plain number, whatever holds it; what is no one number stays as it is."""
    with contextlib.suppress(TypeError, ValueError, RuntimeError, OverflowError):
        return loss if isinstance(loss, str) else float(loss)
    return loss


def _uphill(param: torch.Tensor, turn: int) -> torch.Tensor:
    """Numbers of alternating sign, in the shape of the parameter."""
    import torch

    signs = (-1.0) ** (torch.arange(param.numel(), dtype=param.dtype) + turn)
    return param.detach() * 0.25 + 2 * signs.reshape(param.shape)


def _version(tensor: torch.Tensor) -> int:
    """How often torch has counted a change of the tensor; a change through .data is not counted."""
    return tensor._version  # noqa: SLF001  the only way to see it


def _start(case: Case) -> list[torch.Tensor]:
    import torch

    inputs, targets, w, b = case.tensors("inputs", "targets", "w", "b")
    for param in (w, b):
        param.requires_grad_()
        if case.number("reset"):
            param.grad = torch.zeros_like(param)
    return [inputs, targets, w, b]
