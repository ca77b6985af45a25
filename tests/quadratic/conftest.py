"""The bowl of the lesson, and random cases."""

import numpy as np
import pytest

from rainfall_kit.lesson.orchard import load_orchard
from rainfall_kit.quadratic.bowl import Bowl


@pytest.fixture(scope="session")
def lesson():
    return Bowl.from_data(*load_orchard().tensors())


@pytest.fixture(scope="session")
def case():
    """A function that draws data and a start from a seed."""

    def draw(seed):
        """Random data and a start; a third of them cannot decide every weight."""
        rng = np.random.default_rng(seed)
        n, d, k = rng.integers(1, 9), rng.integers(1, 5), rng.integers(1, 4)
        x = rng.normal(size=(n, d)) * 10 ** rng.uniform(-1, 2) + rng.normal(size=d)
        if seed % 3 == 0:
            x[:, -1] = x[:, 0]
        y = rng.normal(size=(n, k)) * 10 ** rng.uniform(-1, 2)
        return x, y, rng.normal(size=(k, d)), rng.normal(size=k), rng

    return draw
