"""Watch on the data: whether a cell changes them, whether ``preds`` fits them, what their columns are called.

>>> names = {"inputs": torch.ones(2, 1), "targets": torch.ones(2, 1)}
>>> data = DataWatch(names, Names())
>>> data.begin()
>>> names["targets"] = torch.zeros(2, 1)
>>> data.look()
>>> data.changed
('targets',)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from rainfall_kit.lesson.orchard import CROPS, INPUT_NAMES, load_orchard
from rainfall_kit.notebook.recording.names import Names, reader, value_of, version_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rainfall_kit.records.run import Matrix


_HALF, _FULL = 0.02, 1e-5  # of the numbers that go into a prediction


class DataWatch:
    """Watch on inputs and targets while a cell runs.

    Attributes:
        changed: which of them the cell changed or bound to other values, by their names.
    """

    def __init__(self, namespace: Mapping[str, Any], names: Names) -> None:
        self._namespace = namespace
        self._names = (names.inputs, names.targets)
        self._get = reader(namespace, *self._names)
        self._known: list[tuple[Any, int | None]] = []
        self.changed: tuple[str, ...] = ()

    def begin(self) -> None:
        """Remember what the names stand for at the beginning of a step."""
        self.changed = ()
        self._known = [(value, version_of(value)) for value in self._values()]

    def look(self) -> None:
        """Note which of them are others now."""
        for i, value in enumerate(self._values()):
            known, version = self._known[i]
            if value is known and version_of(value) == version:
                continue
            if value is known or not _equal(value, known):
                self.changed = tuple(dict.fromkeys((*self.changed, self._names[i])))
            self._known[i] = value, version_of(value)

    def are_as_they_were(self) -> bool:
        """True if the tensors that were seen last have not been changed in place; cheap."""
        for known, version in self._known:
            if version is not None and known._version != version:  # noqa: SLF001
                return False
        return True

    def are_the_same(self) -> bool:
        """True if the names stand for the tensors that were seen last, and these have not been changed."""
        first, second = self._values()
        of_first, of_second = self._known
        return first is of_first[0] and second is of_second[0] and self.are_as_they_were()

    def fits(self, preds: object, w: torch.Tensor, b: torch.Tensor) -> bool | None:
        """True if ``preds`` is inputs @ w.t() + b, up to rounding; None where that cannot be told."""
        return self._fits(self._values()[0], preds, w, b)

    def other_table(
        self, names: Iterable[str], preds: object, w: torch.Tensor, b: torch.Tensor
    ) -> str:
        """The name of another table, of the shape of inputs, that ``preds`` fits; the empty text without."""
        inputs = self._values()[0]
        shape = getattr(inputs, "shape", None)
        for name in names:
            table = self._namespace.get(name)
            if table is inputs or getattr(table, "shape", None) != shape:
                continue
            if self._fits(table, preds, w, b):
                return name
        return ""

    def _fits(self, inputs: object, preds: object, w: torch.Tensor, b: torch.Tensor) -> bool | None:
        if not isinstance(preds, torch.Tensor) or not isinstance(inputs, torch.Tensor):
            return None
        x = table_of(inputs.detach())
        if x.dim() != 2 or w.dim() != 2 or x.shape[1] != w.shape[1] or w.shape[0] != b.numel():
            return None
        right = x.double() @ w.double().t() + b.double().reshape(-1)
        found = table_of(preds.detach()).double()
        if found.shape != right.shape:
            is_part = found.dim() == 2 and found.shape[0] < right.shape[0]
            return None if is_part and found.shape[1] == right.shape[1] else False
        # Half precision may have taken part, also where autocast gave the result back in full.
        coarse = torch.equal(found.bfloat16().double(), found) or preds.dtype == torch.float16
        allowed = _HALF if coarse else _FULL
        size = x.abs().double() @ w.abs().double().t() + b.abs().double().reshape(-1)
        return bool((torch.abs(found - right) <= allowed * size).all())

    def _values(self) -> tuple[Any, Any]:
        first, second = self._names
        return self._get(first), self._get(second)


def table_of(values: Any) -> Any:
    """The values as a table: one column, where they stand in a row."""
    return values[:, None] if getattr(values, "ndim", 2) == 1 else values


def column_names(
    namespace: Mapping[str, Any], names: Names, w: Matrix
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the columns of inputs and of targets, where w fits them; empty where nobody knows.

    A data frame has names, and the lesson's own table has: no other table is about apples.
    """
    tables = [value_of(namespace, name) for name in (names.inputs, names.targets)]
    k, d = len(w), len(w[0]) if w else 0
    orchard = load_orchard()
    lesson = ((orchard.inputs, INPUT_NAMES), (orchard.targets, CROPS))
    found = [
        tuple(map(str, getattr(table, "columns", ()))) or (known if _holds(table, numbers) else ())
        for table, (numbers, known) in zip(tables, lesson, strict=True)
    ]
    return found[0] if len(found[0]) == d else (), found[1] if len(found[1]) == k else ()


def _holds(table: Any, numbers: Any) -> bool:
    """True if a student's table has just these numbers."""
    right = np.array(numbers)
    if tuple(getattr(table, "shape", ())) != right.shape:
        return False
    values = table.detach().double().cpu().numpy() if isinstance(table, torch.Tensor) else table
    return np.array_equal(np.asarray(values, dtype=np.float64), right)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        same_kind = (one.dtype, one.device) == (other.dtype, other.device)
        return same_kind and torch.equal(one, other)
    return False
