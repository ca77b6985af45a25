"""Torch steps: the tensors that the five steps fill, and what is read from them."""

import pytest
import torch

from rainfall_kit.explorers.explored_data import explored_data
from rainfall_kit.explorers.torch_steps import TorchSteps
from rainfall_kit.lesson.reference import model, mse


def steps(model=model, mse=mse, dtype=torch.float64):
    return TorchSteps(*explored_data(), model, mse, dtype)


def test_nothing_is_held_before_a_step_is_taken():
    held = steps().held()
    assert (held.grad_w, held.grad_b, held.preds, held.loss) == (None, None, (), None)
    assert held.path_w == (held.w,) and held.path_b == (held.b,)


def test_a_move_goes_against_the_gradient_and_keeps_where_it_was():
    taken = steps()
    for step in ("predict", "loss", "backward", "move"):
        taken.take(step, 1e-5)
    held = taken.held()
    assert len(held.path_w) == 2
    before, after = held.path_w[0][0][0], held.w[0][0]
    assert after == pytest.approx(before - 1e-5 * held.grad_w[0][0], rel=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_students_function_gets_tensors_of_one_dtype(dtype):
    seen = []
    taken = steps(model=lambda *given: seen.extend(given) or model(*given), dtype=dtype)
    taken.take("predict", 0.0)
    assert [tensor.dtype for tensor in seen] == [dtype] * 3


@pytest.mark.parametrize(
    "preds", [None, 3.0, torch.zeros(5), torch.zeros(4, 2), torch.zeros(5, 3)], ids=str
)
def test_what_is_no_table_of_a_column_for_each_crop_is_not_shown(preds):
    taken = steps(model=lambda *_: preds)
    taken.take("predict", 0.0)
    assert taken.held().preds == ()


@pytest.mark.parametrize(("loss", "shown"), [(2.5, 2.5), (torch.tensor([2.5]), 2.5), ("2", None)])
def test_only_one_number_is_shown_as_the_loss(loss, shown):
    taken = steps(mse=lambda *_: loss)
    taken.take("predict", 0.0)
    taken.take("loss", 0.0)
    assert taken.held().loss == shown


@pytest.mark.parametrize(
    ("step", "error", "says"),
    [
        ("loss", NameError, "name 'preds' is not defined"),
        ("backward", NameError, "name 'loss' is not defined"),
        ("move", TypeError, "NoneType"),
        ("reset", AttributeError, "'NoneType' object has no attribute 'zero_'"),
    ],
)
def test_a_step_that_comes_too_early_raises_pythons_own_error(step, error, says):
    with pytest.raises(error, match=says):
        steps().take(step, 1e-5)
