"""A question's bar is cut into parts as wide as its outcomes are frequent."""

import re

import pytest

from rainfall_kit.figures.panels.outcome_bars import outcome_panel

NAMES = ("right", "partly right", "wrong", "could not run", "not tried", "to read")
RECT = re.compile(r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="[\d.]+" fill="(#\w+)"')


def parts(drawn):
    """The widths and colours of each question's parts."""
    rows = drawn.split('class="rk-question"')[1:]
    return [[(float(width), colour) for width, colour in RECT.findall(row)] for row in rows]


def test_parts_are_as_wide_as_their_share_and_each_outcome_has_its_colour():
    drawn = outcome_panel(
        ["a", "b", "c"], NAMES, [(6, 0, 3, 0, 0, 1), (0, 0, 0, 0, 10, 0), (1,) * 6]
    )
    first, second, _ = parts(drawn)
    assert [width for width, _ in first] == [
        pytest.approx(second[0][0] * share, abs=2) for share in (0.6, 0.3, 0.1)
    ]
    legend = RECT.findall(drawn.split('class="rk-question"')[0])
    assert len({colour for _, colour in legend}) == len(NAMES)
    assert [colour for _, colour in first] == [legend[place][1] for place in (0, 2, 5)]


def test_a_long_title_is_cut_and_shown_as_data():
    drawn = outcome_panel(["<b>" + "x" * 80], NAMES, [(1, 0, 0, 0, 0, 0)])
    assert "&lt;b&gt;xxx" in drawn
    assert "x…</text>" in drawn


def test_nobody_has_no_part():
    assert parts(outcome_panel(["a"], NAMES, [(0,) * 6])) == [[]]


def test_the_legend_has_what_is_in_the_picture_alone():
    drawn = outcome_panel(["a", "b"], NAMES, [(6, 0, 3, 0, 0, 0), (0, 0, 0, 0, 10, 0)])
    legend = drawn.split('class="rk-question"')[0]
    assert [name for name in NAMES if f">{name}</text>" in legend] == [
        "right",
        "wrong",
        "not tried",
    ]
