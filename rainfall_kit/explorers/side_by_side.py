"""Explorers beside each other, which outlive their kernel as one alone does."""

from __future__ import annotations

from typing import Any

from rainfall_kit.errors import OptionError
from rainfall_kit.explorers.widget import WIDGET_VIEW, Explorer


class SideBySide:
    """See `side_by_side`."""

    def __init__(self, *explorers: Explorer[Any]) -> None:
        self.explorers = explorers

    def __repr__(self) -> str:
        return f"side_by_side({', '.join(map(repr, self.explorers))})"

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:
        bundles = [explorer._repr_mimebundle_() for explorer in self.explorers]
        outputs = "".join(f"<div>{bundle['text/html']}</div>" for bundle in bundles)
        together = {
            "text/plain": "\n\n".join(bundle["text/plain"] for bundle in bundles),
            "text/html": f'<div class="rk-row">{outputs}</div>',
        }
        if all(WIDGET_VIEW in bundle for bundle in bundles):
            import ipywidgets

            row: dict[str, Any] = ipywidgets.HBox(self.explorers)._repr_mimebundle_()
            together[WIDGET_VIEW] = row[WIDGET_VIEW]
        return together


def side_by_side(*explorers: Explorer[Any]) -> SideBySide:
    """Show explorers beside each other, and below each other where the page is narrow.

    ``ipywidgets.HBox`` shows them, too, as long as their kernel lives; when the notebook is opened
    again without it, ipywidgets says "model not found" where they stood. These stay, and move.

    Args:
        explorers: one or more, each made by ``explore_learning_rate()`` and its like.

    Returns:
        What shows them at the end of a cell, or by ``display``.

    Raises:
        OptionError: there is none, or something else is among them.

    Example:
        >>> from rainfall_kit import explore_bowl
        >>> side_by_side(explore_bowl())
        side_by_side(explore_bowl(centre=0.0, scale=0.0, share=0.5, plane=2))
    """
    other = next((one for one in explorers if not isinstance(one, Explorer)), None)
    if other is not None or not explorers:
        got = "nothing" if other is None else type(other).__name__
        raise OptionError(
            f"side_by_side takes explorers, got {got}. "
            "Try: side_by_side(explore_bowl(), explore_bowl(centre=1, scale=1))"
        )
    return SideBySide(*explorers)
