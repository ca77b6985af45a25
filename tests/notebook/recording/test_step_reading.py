"""Reading of a step: where the lr comes from, and whether each move follows the gradient that was there."""

import pytest
import torch

from rainfall_kit.notebook.recording.lr_sources import LrSources
from rainfall_kit.notebook.recording.step_reading import Watched, cast_from, read_moves
from rainfall_kit.notebook.recording.watch import Watch

GRADIENT = torch.tensor([2.0, -4.0])


def reading(source, *, by, told=None, **names):
    """The reading of a step that moved a parameter by so many times its gradient."""
    w = torch.ones(2, requires_grad=True)
    sources = LrSources(compile(source, "", "exec"), names)
    watch = Watch(w)
    watch.numbers = sources.now()
    watch.begin(w)
    for times in by:
        (w * GRADIENT).sum().backward()
        with torch.no_grad():
            w += times * w.grad
        w.grad = None
    watch.look(w, deep=True)
    return read_moves(Watched.of(watch), sources, told, None)


@pytest.mark.parametrize(
    ("source", "names", "told", "lr", "lr_from", "follows"),
    [
        ("lr", {"lr": 0.25}, None, 0.25, "name", True),
        ("lr", {"lr": 0.5}, None, 0.5, "name", False),
        ("print(lr); x = 0.25", {"lr": 0.5}, None, 0.25, "number", True),
        ("x = 0.25", {}, None, 0.25, "number", True),
        ("x = 1 / 4", {}, None, 0.25, "number", True),
        ("w / 4", {}, None, 0.25, "number", True),
        ("rate", {"rate": 0.25}, None, 0.25, "number", True),
        ("x = 0.25", {}, 0.1, 0.25, "number", True),
        ("w.grad", {}, 0.1, 0.1, "option", False),
        ("w.grad", {}, None, None, "", True),
    ],
)
def test_the_lr_is_what_explains_the_move_or_else_what_it_was_called(
    source, names, told, lr, lr_from, follows
):
    found = reading(source, by=[-0.25], told=told, **names)
    assert (found.lr, found.lr_from, found.follows) == (lr, lr_from, follows)


def test_a_step_uphill_has_its_number_and_does_not_follow():
    found = reading("x = 0.25", by=[0.25])
    assert (found.lr, found.follows, found.times) == (0.25, False, -0.25)


def test_several_updates_are_counted_and_each_is_held_against_its_own_gradient():
    found = reading("lr", by=[-0.25] * 3, lr=0.25)
    assert (found.updates, found.follows) == (3, True)
    found = reading("lr", by=[-0.25, 0.25, -0.25], lr=0.25)
    assert (found.updates, found.follows, found.times) == (3, False, None)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32], ids=str)
def test_a_gradient_tells_the_dtype_that_it_was_computed_in(dtype):
    assert cast_from((torch.randn(8) / 7).to(dtype).double()) == dtype


def test_whole_numbers_tell_nothing_of_a_dtype():
    assert cast_from(torch.arange(8.0)) is None
