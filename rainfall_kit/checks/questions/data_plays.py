"""How the questions about data, the start and the results are called, and what is noted about them.

Each tensor or array that an answer gets is new, and each value that comes back is copied at once.

>>> from rainfall_kit.checks.questions.data_cases import draw_temps
>>> from rainfall_kit.checks.tracing.trace import Trace
>>> notes = Trace()
>>> play_in_celsius(lambda temps: (temps - 32) / 1.8, draw_temps(seed=0)[0], notes)  # 32, 50, 212 °F
>>> [round(number) for number in notes.values[0].numbers]
[0, 10, 100]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.harness.process_state import memory_marked
from rainfall_kit.checks.tracing.trace import unpacked

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

# Below this share of the largest lr with which the loss falls, a hundred epochs get nowhere.
_LEAST_SHARE = 2e-3


def play_to_tensors(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``to_tensors(inputs, targets)`` once, with NumPy arrays."""
    inputs, targets = case.arrays("inputs", "targets")
    pair = unpacked(answer(inputs, targets))
    if not notes.parts(pair, "inputs", "targets"):
        return
    notes.value("torch's default dtype is float32", _default_is_float32())
    notes.unchanged(inputs=inputs, targets=targets)
    notes.sign("inputs.requires_grad", getattr(pair[0], "requires_grad", False))
    _note_sharing(notes, pair[0], inputs)


def play_in_celsius(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``in_celsius(temps)`` once, with a NumPy array."""
    (temps,) = case.arrays("temps")
    notes.value("the result", answer(temps), dtype=True)
    notes.unchanged(temps=temps)


def play_standardise(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``standardise(inputs)`` once; a deviation may be divided by n or by n - 1."""
    import torch

    (inputs,) = case.tensors("inputs")
    result = answer(inputs)
    n = len(inputs)
    if isinstance(result, torch.Tensor) and result.shape == inputs.shape:
        over_n = result.detach().std(dim=0, unbiased=False)
        if (over_n - 1).abs().max() < 1e-3:
            result = result * ((n - 1) / n) ** 0.5
    notes.value("the result", result, dtype=True)
    notes.unchanged(inputs=inputs)


def play_init_params(answer: Answer, _: Case, notes: Trace) -> None:
    """Call ``init_params()`` once. What the answer does not fill in shows as no number."""
    import torch

    with memory_marked():
        pair = unpacked(answer())
    if not notes.parts(pair, "", ""):  # its numbers are not judged
        return
    for name, param in zip("wb", pair, strict=True):
        notes.kind(name, param)
        if not isinstance(param, torch.Tensor):
            return
    for name, param in zip("wb", pair, strict=True):
        notes.value(f"{name}.requires_grad", param.requires_grad)
        notes.value(f"{name}.is_leaf", param.is_leaf)
        notes.value(f"every number of {name} is filled in", bool(param.isfinite().all()))
    notes.value("the numbers of w differ from each other", len(pair[0].unique()) > 1)
    notes.value("each crop has weights of its own", len(pair[0].unique(dim=0)) == len(pair[0]))
    notes.value("torch's default dtype is float32", _default_is_float32())


def play_is_gradient(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``is_gradient(inputs, targets, w, b, grad_w, grad_b)`` once."""
    inputs, targets, w, b, grad_w, grad_b = case.tensors(
        "inputs", "targets", "w", "b", "grad_w", "grad_b"
    )
    w.requires_grad_()
    b.requires_grad_()
    notes.truth("the answer", answer(inputs, targets, w, b, grad_w, grad_b))
    notes.unchanged(inputs=inputs, targets=targets, w=w, b=b)
    notes.sign("inputs.requires_grad", inputs.requires_grad)


def play_choose_lr(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``choose_lr(inputs, targets)`` once, and hold the answer against the table's limit."""
    import torch

    inputs, targets = case.tensors("inputs", "targets")
    lr = answer(inputs, targets)
    if isinstance(lr, torch.Tensor) or hasattr(lr, "dtype"):
        lr = lr.item() if lr.shape == () else lr
    notes.kind("lr", lr)
    if isinstance(lr, int | float):
        if case.public:  # once is enough; a right answer may take its time
            again = answer(10 * inputs, targets)
            notes.value("lr changes with the units of the inputs", bool(again != lr))
        limit = 2 / _steepest(*case.arrays("inputs", "targets"))
        notes.value("lr is above 0", lr > 0)
        notes.value("lr is small enough for the loss to fall", abs(lr) < limit)
        notes.value("lr is large enough to get anywhere", abs(lr) > _LEAST_SHARE * limit)
    notes.unchanged(inputs=inputs, targets=targets)


def play_has_diverged(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``has_diverged(losses)`` once, with a list of plain numbers."""
    # each nan is one of its own, as in a run: `is math.nan` and `math.nan in losses` find none
    losses = [1.0 * loss for loss in case.value("losses").numbers]
    notes.truth("the answer", answer(losses))


def play_has_converged(answer: Answer, case: Case, notes: Trace) -> None:
    """Call ``has_converged(losses, floor)`` once, with plain numbers."""
    losses = list(case.value("losses").numbers)
    notes.truth("the answer", answer(losses, case.number("floor")))


def _steepest(inputs: Any, targets: Any) -> float:
    """λmax, the curvature of the loss along its steepest direction."""
    import numpy as np

    a = np.column_stack([inputs, np.ones(len(inputs))])
    return float(2 / targets.size * np.linalg.norm(a, 2) ** 2)


def _default_is_float32() -> bool:
    import torch

    return torch.get_default_dtype() == torch.float32


def _note_sharing(notes: Trace, tensor: Any, array: Any) -> None:
    """Note whether a change of the array reaches the tensor."""
    import torch

    if isinstance(tensor, torch.Tensor):
        before = tensor.clone()
        array += 1
        notes.sign("shares the array's memory", not torch.equal(before, tensor))
