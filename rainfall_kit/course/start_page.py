"""Start page of a student without a teacher: the tour, the assignments, and how far each is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rainfall_kit.course.progress import Progress

_INTRODUCTION = """\
# Linear regression and gradient descent

**New here?** Begin with [the tour](tour.ipynb): plan 40 minutes, nothing to prepare. Then the six assignments, \
in the order below: plan an hour for each, and more for `learning_rate`. You need some Python, and nothing of PyTorch.

Each notebook tells you what to do, and its own tests say whether you are right, and where to look if you are not."""

_HOW_IT_IS_COUNTED = """\
**What is counted.** A function is done when the test below it was run and said that it is right, in the notebook \
as you saved it (Ctrl+S). Run the cell above to count again. The points are what a teacher's tests of these \
functions would give, if they agree; answers in words are for a reader, and not counted here.

**After a break**, type `rainfall lab` where you typed it before: this page opens, and every notebook is as you saved \
it. What you had run is gone from memory: *Run → Run All Above Selected Cell* brings it back.

**To begin a notebook again**, rename it or delete it, and type `rainfall lab`: a fresh copy is put in its place. \
Nothing of yours is ever overwritten. When the kit is newer, the notebooks that you have not changed become newer, too."""

_CODE = """\
from rainfall_kit.course.progress import progress

progress()"""


def start_page(progress: Progress) -> str:
    """The notebook, as text; its table is there before anything is run."""
    table = {
        "text/markdown": progress._repr_markdown_(),
        "text/plain": repr(progress),
    }  # IPython's protocol
    shown = {"output_type": "execute_result", "execution_count": 1, "data": table, "metadata": {}}
    notebook = {
        "cells": [
            _markdown("introduction", _INTRODUCTION),
            {
                "cell_type": "code", "id": "progress", "metadata": {}, "execution_count": 1,
                "outputs": [shown], "source": _CODE,
            },
            _markdown("how-it-is-counted", _HOW_IT_IS_COUNTED),
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }  # fmt: skip
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _markdown(name: str, source: str) -> dict[str, object]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}
