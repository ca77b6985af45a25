"""What an answer gave is read as plain numbers, whatever kind of tensor holds them."""

import math

import pytest
import torch

from rainfall_kit.checks.observations import (
    Observation,
    Value,
    agree,
    describe,
    read,
    read_text,
)
from rainfall_kit.errors import RecordError

ROWS = torch.tensor([[1.0, -2.0, 0.5], [0.25, math.inf, 3.0]])


class Own(torch.Tensor):
    pass


@pytest.mark.parametrize(
    "tensor",
    [
        ROWS.t().contiguous().t(),
        ROWS.repeat(2, 2)[2:, 3:],
        ROWS.clone().requires_grad_() * 1,
        torch.nn.Parameter(ROWS),
        ROWS.as_subclass(Own),
        ROWS.to_sparse(),
        ROWS.to_mkldnn(),
    ],
    ids=["turned", "a part", "watched", "parameter", "subclass", "sparse", "mkldnn"],
)
def test_the_same_numbers_are_read_whatever_holds_them(tensor):
    value = read("x", tensor, dtype=True)
    assert value == read("x", ROWS, dtype=True)
    assert (value.shape, value.dtype) == ((2, 3), "float32")
    assert value.numbers == (1.0, -2.0, 0.5, 0.25, math.inf, 3.0)


@pytest.mark.parametrize(
    ("tensor", "numbers"),
    [
        (torch.tensor(2.5), (2.5,)),
        (torch.tensor([True, False]), (1.0, 0.0)),
        (torch.tensor([[2**53]]), (2.0**53,)),
        (torch.arange(8.0).reshape(2, 1, 2, 2), tuple(map(float, range(8)))),
        (torch.zeros(0, 3), ()),
        (torch.zeros(10**9, 0), ()),
        (torch.ones(200, 100), (1.0,) * 10_000),
    ],
    ids=["one", "truths", "whole", "four ways", "no rows", "no columns", "huge"],
)
def test_tensors_of_all_shapes_are_read_row_by_row(tensor, numbers):
    value = read("x", tensor)
    assert (value.shape, value.numbers) == (tuple(tensor.shape), numbers)
    assert all(type(number) is float for number in value.numbers)


def test_a_value_comes_back_from_its_row():
    value = read("w", ROWS, dtype=True)
    assert Value.from_json(value.to_json()) == value


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '"loss"',
        '["loss", "number", [], ""]',
        '["loss", "number", [], "", [], []]',
        '["loss", "number", [], "", 1.0]',
        '["loss", "number", ["2"], "", [1.0]]',
        '["loss", "number", [], "", ["1.0"]]',
        '[1, "number", [], "", [1.0]]',
        '{"record": "Value", "version": 1, "name": "loss"}',
    ],
)
def test_what_is_no_row_of_a_value_is_refused(text):
    with pytest.raises(RecordError, match="expected the JSON of a Value"):
        Value.from_json(text)
    with pytest.raises(RecordError):
        Observation.from_json(f'{{"record": "Observation", "version": 1, "values": [{text}]}}')


@pytest.mark.parametrize("got", [0.7, -1e30, math.nan, -math.inf])
def test_no_other_number_is_as_good_as_an_infinite_one(got):
    want = Value(name="the share", numbers=(math.inf, 2.0))
    assert agree(want, want, "float32")
    assert not agree(Value(name="the share", numbers=(got, 2.0)), want, "float32")


@pytest.mark.parametrize("text", ["", "rain", "é", "\N{CLOUD WITH RAIN} and \N{SNOWMAN}"])
def test_a_text_comes_back_and_agrees_with_itself_alone(text):
    value = read_text("word", text)
    assert describe(value) == repr(text)
    assert agree(value, value, "float32")
    for other in (f"{text}a", text[:-1] + "b", text.upper() + " "):
        assert not agree(read_text("word", other), value, "float32")


@pytest.mark.parametrize("number", [-1.0, 1e9, math.nan, math.inf, 0xD800, 0.5])
def test_a_text_of_numbers_that_are_no_characters_can_be_told(number):
    told = describe(Value(name="word", kind="text", shape=(1,), numbers=(number,)))
    assert told.encode()
