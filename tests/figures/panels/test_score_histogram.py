"""Each student stands in one bar, and the bars' heights are their counts."""

import re

import pytest

from rainfall_kit.figures.layout import BOTTOM
from rainfall_kit.figures.panels.score_histogram import score_panel

BAR = re.compile(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"')
COUNT = re.compile(r'class="rk-count".*?<text[^>]*>(\d+)</text>')

CASES = {
    "a bar for each point": (
        [0, 1, 1, 3.5, 4],
        4,
        [1, 2, 2],
    ),  # the highest score is in the last bar
    "wider bars for many points": ([0, 4, 5, 99, 100], 100, [2, 1, 2]),
    "all the same": ([2, 2, 2], 5, [3]),
    "nobody": ([], 10, []),
}


@pytest.mark.parametrize("name", CASES)
def test_bars(name):
    scores, most, expected = CASES[name]
    drawn = score_panel(scores, most)
    assert sorted(map(int, COUNT.findall(drawn))) == sorted(expected)
    bars = [tuple(map(float, found)) for found in BAR.findall(drawn)]
    for _, top, _, height in bars:
        assert top + height == pytest.approx(BOTTOM, abs=0.2)
    heights = sorted(height for *_, height in bars)
    unit = heights[0] / min(expected) if expected else 1
    assert heights == [pytest.approx(unit * count, abs=1) for count in sorted(expected)]
