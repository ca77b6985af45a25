"""Described figure: a matplotlib figure whose image in a notebook has alternative text."""

from __future__ import annotations

from html import escape

from IPython.core.pylabtools import print_figure
from matplotlib.figure import Figure


class DescribedFigure(Figure):
    """What notebooks show of it is an image with `description`; everything else is matplotlib's.

    Attributes:
        description: what is to be seen, for a screen reader.
    """

    description = ""

    def _repr_html_(self) -> str:
        # A front end prefers HTML to the bare image, for which it has no alternative text.
        data = print_figure(self, "png", base64=True)
        return f'<img alt="{escape(self.description)}" src="data:image/png;base64,{data}">'
