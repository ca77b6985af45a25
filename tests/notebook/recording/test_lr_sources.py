"""Places that an lr can come from: names, numbers, defaults, and what a name holds."""

import types

import pytest

from rainfall_kit.notebook.recording.lr_sources import LrSources, numbers_behind


def sources(source, **names):
    return LrSources(compile(source, "", "exec"), names)


def function(source):
    names = {}
    exec(source, names)
    return names["step"]


@pytest.mark.parametrize(
    "source",
    [
        "def step():\n    w.sub_(1e-5 * g)",
        "def step(rate=1e-5): pass",
        "def step(*, rate=1e-5): pass",
        "def step():\n    def inner():\n        return 1e-5\n    return inner",
    ],
)
def test_numbers_of_a_function_that_is_called_count(source):
    assert 1e-5 in sources("step()", step=function(source)).constants


def test_an_attribute_called_lr_is_not_the_name_lr():
    assert not sources("w -= cfg.lr * w.grad").reads_lr
    assert sources("w -= lr * w.grad").reads_lr


def test_lr_comes_first_among_the_names():
    assert sources("w -= rate * lr * w.grad").names[0] == "lr"


@pytest.mark.parametrize("loop", [True, False])
def test_a_loop_in_a_function_is_seen(loop):
    body = "for _ in range(3): pass" if loop else "pass"
    assert sources("step()", step=function(f"def step():\n    {body}")).loops is loop


@pytest.mark.parametrize(
    "value", [{"lr": 0.5}, types.SimpleNamespace(lr=0.5), 0.5], ids=["dict", "object", "number"]
)
def test_a_number_is_found_in_what_holds_it(value):
    assert [*numbers_behind(value)] == [0.5]
