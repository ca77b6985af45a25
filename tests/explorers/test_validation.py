"""Validation: what is taken, as what, and what is refused."""

import math

import numpy as np
import pytest
import torch

from rainfall_kit.errors import OptionError
from rainfall_kit.explorers.validation import matrix, positive, vector, whole, within


@pytest.mark.parametrize(
    ("check", "taken"),
    [
        (lambda: positive("lr", 1), 1.0),
        (lambda: within("centre", 0, 0, 1), 0.0),
        (lambda: whole("epoch", 3.0, 0, 5), 3),
        (lambda: matrix("w", torch.ones(1, 2, requires_grad=True)), ((1.0, 1.0),)),
        (lambda: vector("b", np.array([1, 2])), (1.0, 2.0)),
    ],
)
def test_what_is_allowed_is_taken_as_plain_numbers(check, taken):
    assert check() == taken
    assert type(check()) is type(taken)


@pytest.mark.parametrize(
    ("check", "says"),
    [
        (lambda: positive("lr", math.inf), "lr must be a number above 0, got inf. Try: lr=1e-5"),
        (lambda: positive("lr", True), "lr must be a number above 0, got True"),
        (lambda: positive("lr", "1"), "lr must be a number above 0, got '1'"),
        (lambda: within("share", math.nan, 0, 1), "share must be a number from 0 to 1, got nan"),
        (lambda: whole("epoch", 1.5, 0, 5), "a whole number from 0 to 5, got 1.5. Try: epoch=5"),
        (lambda: matrix("w", [1.0]), r"w must be a table of numbers, got shape \(1,\)"),
        (lambda: vector("b", [[1.0]]), r"b must be a row of numbers, got shape \(1, 1\)"),
        (lambda: vector("b", ["one"]), r"b must be a row of numbers, got \['one'\]"),
        (lambda: vector("b", [math.nan]), "b must be a row of numbers that are finite"),
    ],
)
def test_what_is_not_is_refused_by_name(check, says):
    with pytest.raises(OptionError, match=says):
        check()
