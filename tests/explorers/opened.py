"""Every explorer, opened with what it needs."""

import pytest
from drawn import lesson_run

import rainfall_kit as kit

RUN = lesson_run(epochs=30)
OPEN = {
    "learning_rate": kit.explore_learning_rate,
    "weights": kit.explore_weights,
    "step_by_step": kit.explore_step_by_step,
    "one_input": kit.explore_one_input,
    "bowl": kit.explore_bowl,
    "compare": lambda **options: kit.explore_compare(mine=RUN, **options),
}
ON_DATA = [name for name in OPEN if name != "compare"]


def assert_refused(explorer, trait, value):
    """Setting it raises an error that names it, and the old value stays."""
    before = getattr(explorer, trait)
    with pytest.raises(Exception, match=trait):  # traitlets has its own for a value of another type
        setattr(explorer, trait, value)
    assert getattr(explorer, trait) == before
