"""Described figure: the image that a notebook shows has alternative text."""

import re

from IPython.core.formatters import DisplayFormatter

from rainfall_kit.records.run import Run, Step


def test_the_image_of_a_plot_says_what_is_to_be_seen():
    import matplotlib as mpl

    before = mpl.get_backend()
    mpl.use("agg")
    step = Step(
        number=1, lr=0.1, loss=4.0, w=((2.0,),), b=(0.0,), w_after=((1.0,),), b_after=(0.0,)
    )
    figure = Run(steps=(step,), final_loss=1.0).plot().figure
    shown, _ = DisplayFormatter().format(figure)
    mpl.pyplot.close(figure)
    mpl.use(before)
    alt = re.search(r'<img alt="(.*?)" .*src="data:image/png;base64,', shown["text/html"])[1]
    assert alt == "Line chart of the loss over 1 step: it begins at 4 and ends at 1."
