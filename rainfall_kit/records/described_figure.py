"""Described figure: a matplotlib figure whose image in a notebook has alternative text."""

from __future__ import annotations

from html import escape

from IPython.core.pylabtools import print_figure
from matplotlib.figure import Figure

# Matplotlib's words of 10 points have 9 px where its image is so wide; a narrower page scrolls it.
_NARROWEST = 385


class DescribedFigure(Figure):
    """A figure that notebooks show as an image with `description`; everything else is matplotlib's.

    Attributes:
        description: what is to be seen, for a screen reader.
    """

    description = ""

    def _repr_html_(self) -> str:
        # A front end prefers HTML to the bare image, for which it has no alternative text.
        data = print_figure(self, "png", base64=True)
        return (
            '<div tabindex="0" role="group" aria-label="Figure" style="overflow-x:auto">'
            f'<img alt="{escape(self.description)}" style="max-width:max(100%,{_NARROWEST}px)" '
            f'src="data:image/png;base64,{data}"></div>'
        )
