"""A teaching kit for one lesson: linear regression and gradient descent from scratch in PyTorch.

In a notebook, start with:

    %load_ext rainfall_kit
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from rainfall_kit.installation import VERSION

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from rainfall_kit.checks.checking import check as check
    from rainfall_kit.checks.checking import require as require
    from rainfall_kit.explorers.bowl import explore_bowl as explore_bowl
    from rainfall_kit.explorers.compare import explore_compare as explore_compare
    from rainfall_kit.explorers.learning_rate import (
        explore_learning_rate as explore_learning_rate,
    )
    from rainfall_kit.explorers.one_input import explore_one_input as explore_one_input
    from rainfall_kit.explorers.side_by_side import side_by_side as side_by_side
    from rainfall_kit.explorers.step_by_step import (
        explore_step_by_step as explore_step_by_step,
    )
    from rainfall_kit.explorers.weights import explore_weights as explore_weights
    from rainfall_kit.lesson.orchard import load_orchard as load_orchard
    from rainfall_kit.lesson.orchard import make_orchard as make_orchard
    from rainfall_kit.lesson.own_orchard import own_orchard as own_orchard
    from rainfall_kit.lesson.reference import init_params as init_params
    from rainfall_kit.quadratic.bowl import Bowl as Bowl
    from rainfall_kit.records.outcomes import CheckResult as CheckResult
    from rainfall_kit.records.run import Run as Run
    from rainfall_kit.records.run import Step as Step

__version__ = VERSION

# Each name and the module that it waits in: importing the kit must not load torch.
_HOMES = {
    "Bowl": "quadratic.bowl",
    "CheckResult": "records.outcomes",
    "Run": "records.run",
    "Step": "records.run",
    "check": "checks.checking",
    "explore_bowl": "explorers.bowl",
    "explore_compare": "explorers.compare",
    "explore_learning_rate": "explorers.learning_rate",
    "explore_one_input": "explorers.one_input",
    "explore_step_by_step": "explorers.step_by_step",
    "explore_weights": "explorers.weights",
    "init_params": "lesson.reference",
    "load_orchard": "lesson.orchard",
    "make_orchard": "lesson.orchard",
    "own_orchard": "lesson.own_orchard",
    "require": "checks.checking",
    "side_by_side": "explorers.side_by_side",
}

__all__ = [
    "Bowl",
    "CheckResult",
    "Run",
    "Step",
    "check",
    "explore_bowl",
    "explore_compare",
    "explore_learning_rate",
    "explore_one_input",
    "explore_step_by_step",
    "explore_weights",
    "init_params",
    "load_ipython_extension",
    "load_orchard",
    "make_orchard",
    "own_orchard",
    "require",
    "side_by_side",
    "unload_ipython_extension",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rainfall_kit' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"rainfall_kit.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magics and the reports: ``%load_ext rainfall_kit`` calls it.

    Example:
        >>> from IPython.core.interactiveshell import InteractiveShell
        >>> shell = InteractiveShell.instance()
        >>> load_ipython_extension(shell)
        >>> shell.find_cell_magic("gd_step") is None
        False
        >>> unload_ipython_extension(shell)
    """
    from rainfall_kit.notebook.extension import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Remove every trace: ``%unload_ext rainfall_kit`` calls it.

    Example:
        >>> from IPython.core.interactiveshell import InteractiveShell
        >>> shell = InteractiveShell.instance()
        >>> load_ipython_extension(shell)
        >>> unload_ipython_extension(shell)
        >>> shell.find_cell_magic("gd_step") is None
        True
    """
    from rainfall_kit.notebook.extension import unload

    unload(shell)
