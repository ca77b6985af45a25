"""Number format: digits, signs and templates."""

import math

import pytest

from rainfall_kit.figures.number_format import fill, short


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (33060.8086, 6, "33060.8"),
        (-0.5, 6, "−0.5"),
        (1e-5, 6, "1e-5"),
        (9.9999e-4, 3, "1e-3"),
        (1.5e21, 4, "1.5e21"),
        (0.0, 6, "0"),
        (math.nan, 6, "NaN"),
        (-math.inf, 6, "−infinity"),
    ],
)
def test_a_number_is_short(value, digits, text):
    assert short(value, digits) == text


def test_a_template_says_how_many_digits():
    assert fill("{a:3} and {a:6}", a=math.pi) == "3.14 and 3.14159"


def test_a_template_leaves_texts_and_counts_as_they_are():
    assert fill("{name:4}: {count}", name="{loss:4}", count=100_000) == "{loss:4}: 100000"
