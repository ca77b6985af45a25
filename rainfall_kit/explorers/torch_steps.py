"""Torch steps: the tensors that the five steps work on, and what each step does to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from rainfall_kit.records.json_record import Record
from rainfall_kit.records.run import Matrix, Vector

if TYPE_CHECKING:
    from collections.abc import Callable

    from rainfall_kit.explorers.explored_data import ExploredData, Rows


# The five steps as a notebook has them.
CODE = {
    "predict": "preds = model(inputs, w, b)",
    "loss": "loss = mse(preds, targets)",
    "backward": "loss.backward()",
    "move": "with torch.no_grad():\n    w -= lr * w.grad\n    b -= lr * b.grad",
    "reset": "w.grad.zero_()\nb.grad.zero_()",
}


@dataclass(frozen=True, kw_only=True)
class HeldTensors(Record):
    """Values of the tensors at one moment.

    Attributes:
        w: (k, d) weights.
        b: (k,) offsets.
        grad_w: the values of ``w.grad``, or None.
        grad_b: the values of ``b.grad``, or None.
        preds: (r, k) the first rows of ``preds``, or none.
        loss: the value of ``loss``, or None.
        path_w: (T, k, d) where w has been.
        path_b: (T, k) where b has been.
    """

    w: Matrix
    b: Vector
    grad_w: Matrix | None = None
    grad_b: Vector | None = None
    preds: Matrix = ()
    loss: float | None = None
    path_w: tuple[Matrix, ...]
    path_b: Matrix


def tensors(
    rows: Rows, w: Matrix, b: Vector, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs, targets, w and b; the last two are watched by autograd."""
    inputs, targets = (torch.tensor(values, dtype=dtype) for values in rows)
    weights, offsets = (torch.tensor(values, dtype=dtype, requires_grad=True) for values in (w, b))
    return inputs, targets, weights, offsets


class TorchSteps:
    """Tensors in the lesson's letters; any step may be taken at any time."""

    def __init__(
        self,
        data: ExploredData,
        rows: Rows,
        model: Callable[..., Any],
        mse: Callable[..., Any],
        dtype: torch.dtype = torch.float32,
    ) -> None:
        inputs, targets, self.w, self.b = tensors(rows, data.w, data.b, dtype)
        # What a notebook would hold; `preds` and `loss` come with their steps.
        self._names: dict[str, Any] = {
            "torch": torch, "model": model, "mse": mse,
            "inputs": inputs, "targets": targets, "w": self.w, "b": self.b,
        }  # fmt: skip
        self._shown = len(data.inputs)
        self._path = [self._place()]

    def take(self, step: str, lr: float) -> None:
        """Take one of the five steps: predict, loss, backward, move or reset.

        Its own lines are run, so that what goes wrong is Python's and torch's own error.

        Raises:
            Exception: whatever Python, torch or the student's own function raises.
        """
        exec(CODE[step], self._names | {"lr": lr}, self._names)  # noqa: S102  # the kit's own lines
        if step == "move":
            self._path.append(self._place())

    def held(self) -> HeldTensors:
        """The values of the tensors now."""
        w, b = self._place()
        return HeldTensors(
            w=w,
            b=b,
            grad_w=_matrix(self.w.grad),
            grad_b=_vector(self.b.grad),
            preds=_preds(self._names.get("preds"), self._shown, len(b)),
            loss=_number(self._names.get("loss")),
            path_w=tuple(w for w, _ in self._path),
            path_b=tuple(b for _, b in self._path),
        )

    def _place(self) -> tuple[Matrix, Vector]:
        w, b = _matrix(self.w), _vector(self.b)
        assert w is not None and b is not None
        return w, b


def _preds(preds: Any, rows: int, crops: int) -> Matrix:
    """The first rows of what the model gave; nothing if it is not a table of one column a crop."""
    shape: tuple[int, ...] = tuple(getattr(preds, "shape", ()))
    fits = len(shape) == 2 and shape[0] >= rows and shape[1] == crops
    return _matrix(preds[:rows]) or () if fits else ()


def _number(loss: Any) -> float | None:
    # A student's mse may return a tensor of any shape, a plain number, or nothing of use.
    if hasattr(loss, "detach") and loss.numel() == 1:
        return float(loss.detach())
    return loss if isinstance(loss, float) else None


def _matrix(tensor: torch.Tensor | None) -> Matrix | None:
    return None if tensor is None else tuple(tuple(row) for row in tensor.tolist())


def _vector(tensor: torch.Tensor | None) -> Vector | None:
    return None if tensor is None else tuple(tensor.tolist())
