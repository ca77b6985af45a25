"""Figure layout: the style sheet has the sizes of the figure."""

from rainfall_kit.figures.layout import (
    FIGURE_STYLE,
    HEIGHT,
    NARROW,
    WIDTH,
    axes,
    figure,
    figure_html,
    x_axis,
)
from rainfall_kit.figures.scale import Scale


def test_panels_below_each_other_have_the_figures_sizes():
    assert f"aspect-ratio:calc({WIDTH}*var(--across))/calc({HEIGHT + 12}*var(--down) - 12)" in (
        FIGURE_STYLE
    )
    assert f"@container (max-width:{NARROW}px)" in FIGURE_STYLE
    assert f"translate(0,{HEIGHT + 12}px)" in FIGURE_STYLE
    assert "$" not in FIGURE_STYLE


def test_three_panels_are_told_to_stand_in_two_rows():
    three = figure_html(figure("Loss", "It falls.", "", "", ""))
    assert 'class="rk-three" style="--panels:3"' in three
    assert "rk-three" not in figure_html(figure("Loss", "It falls.", "", ""))


def test_a_figure_has_a_title_and_a_description():
    svg = figure("Loss", "It <falls>.")
    assert "<title>Loss</title><desc>It &lt;falls&gt;.</desc>" in svg


def test_axes_have_a_line_at_each_tick():
    x = y = Scale(low=0, high=1, start=0, end=100)
    assert axes(x, y, [0.0, 1.0], grid=False).count("<line") == 8
    assert x_axis(x).count("<line") == 12
