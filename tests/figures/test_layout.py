"""Figure layout: the style sheet has the sizes of the figure."""

from rainfall_kit.figures.layout import FIGURE_STYLE, HEIGHT, NARROW, WIDTH, figure, figure_html


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
