"""Scales: from numbers to places along an axis, linear or logarithmic, with round ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scale:
    """From numbers to places along one axis, linear or logarithmic.

    Attributes:
        low: the number at `start`.
        high: the number at `end`; not `low`.
        start: where the axis begins, in units of the figure.
        end: where it ends.
        log: whether equal ratios, not equal differences, are equally far apart.

    Example:
        >>> Scale(low=1, high=100, start=0, end=200, log=True)(10)
        100.0
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The place of a number."""
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        return self.start + (value - low) / (high - low) * (self.end - self.start)

    def clip(self, value: float) -> float:
        """The same; the end of the axis for a number outside it. NaN, too, is past the upper end."""
        return self(max(value, self.low) if value <= self.high else self.high)

    def ticks(self, at_most: int = 6) -> list[float]:
        """Round numbers within the axis: powers of ten on a logarithmic one.

        Example:
            >>> Scale(low=0, high=100, start=0, end=1).ticks()
            [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
            >>> Scale(low=0.4, high=5e4, start=0, end=1, log=True).ticks()
            [1.0, 10.0, 100.0, 1000.0, 10000.0]
        """
        return self._log_ticks(at_most) if self.log else _round_ticks(self.low, self.high, at_most)

    def _log_ticks(self, at_most: int) -> list[float]:
        first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
        stride = max(1, math.ceil((last - first + 1) / at_most))
        powers = [float(f"1e{power}") for power in range(first, last + 1, stride)]
        # Within one power of ten the axis is nearly linear.
        return powers if len(powers) >= 2 else _round_ticks(self.low, self.high, at_most)

    def data(self, axis: str) -> dict[str, str]:
        """The attribute that lets a script find places along the axis called `axis`, as this scale does."""
        parts = (self.low, self.high, self.start, self.end, int(self.log))
        # the digits after these differ from processor to processor
        return {f"data_{axis}": f"[{','.join(f'{part:.12g}' for part in parts)}]"}


def _round_ticks(low: float, high: float, at_most: int) -> list[float]:
    raw = (high - low) / (at_most - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    stride = next((m * power for m in (1, 2, 5, 10) if m * power >= raw * (1 - 1e-9)), 10 * power)
    first, last = math.ceil(low / stride - 1e-9), math.floor(high / stride + 1e-9)
    return [round(i * stride, 12 - math.floor(math.log10(stride))) for i in range(first, last + 1)]
