"""Random numbers of a fork: others in each, as in kernels, unless cells that all share have seeded them.

Python gives each fork other ones, whatever was seeded; NumPy gives all forks the same.

>>> numbers = RandomNumbers()
>>> random.seed(7)
>>> numbers.note_seeds()
>>> random.seed()  # what Python does in a fork
>>> numbers.start_in_fork()
>>> random.random() == random.Random(7).random()
True
"""

from __future__ import annotations

import random

import numpy as np


class RandomNumbers:
    """The states of Python's and NumPy's random numbers, before shared cells and after them."""

    def __init__(self) -> None:
        self._before = _states()
        self._after = self._before

    def note_seeds(self) -> None:
        """Note how the cells have left them."""
        self._after = _states()

    def start_in_fork(self) -> None:
        """Go on from there with what the cells have drawn or seeded, and begin anew with the other."""
        if self._after[0] != self._before[0]:
            random.setstate(self._after[0])
        if self._after[1] == self._before[1]:
            np.random.seed()  # noqa: NPY002  the old one is what everybody shares


def _states() -> tuple[tuple[object, ...], str]:
    numpy = np.random.get_state(legacy=False)  # noqa: NPY002
    numpy["state"]["key"] = numpy["state"]["key"].tobytes()
    return random.getstate(), repr(numpy)
