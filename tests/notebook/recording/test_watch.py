"""A watch on one parameter: backward calls, moves, old gradients, and the tensor left as it was."""

import pytest
import torch

from rainfall_kit.notebook.recording.watch import MOST_MOVES, Copies, Watch, stacked


@pytest.fixture
def w():
    return torch.ones(2, requires_grad=True)


def step(w, *, reset=True):
    (w * w).sum().backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    if reset:
        w.grad.zero_()


def test_moves_in_a_function_are_told_apart_by_the_backward_calls_between_them(w):
    watch = Watch(w)
    watch.begin(w)
    for _ in range(3):
        step(w)
    watch.look(w, deep=True)
    assert (watch.backwards, watch.count) == (3, 3)
    assert [move.backwards for move in watch.moves] == [1, 2, 3]
    for move in watch.moves:
        assert torch.allclose(move.before - 0.1 * move.held, move.after)
    assert not watch.piled_up


def test_gradients_that_pile_up_within_a_step_are_seen(w):
    watch = Watch(w)
    watch.begin(w)
    step(w, reset=False)
    step(w, reset=False)
    assert (watch.stale, watch.piled_up) == (False, True)


def test_an_old_gradient_is_seen_before_the_new_one_is_added(w):
    (w * w).sum().backward()
    watch = Watch(w)
    watch.begin(w)
    (w * w).sum().backward()
    assert watch.stale
    assert watch.found.tolist() == [2, 2]
    assert watch.held.tolist() == [4, 4]


def test_a_gradient_that_was_clipped_is_the_one_held_at_the_move(w):
    watch = Watch(w)
    watch.begin(w)
    (w * w).sum().backward()
    w.grad.clamp_(max=0.5)
    watch.look(w, deep=False)
    with torch.no_grad():
        w -= w.grad
    watch.look(w, deep=False)
    assert watch.moves[0].held.tolist() == [0.5, 0.5]


def test_a_number_that_is_none_does_not_move_by_itself():
    w = torch.tensor([float("nan"), 1.0])
    watch = Watch(w)
    watch.begin(w)
    watch.look(w, deep=True)
    assert watch.count == 0


def test_of_many_moves_the_first_are_kept_and_all_are_counted(w):
    watch = Watch(w)
    watch.begin(w)
    for _ in range(MOST_MOVES + 5):
        step(w)
    watch.look(w, deep=True)
    assert (len(watch.moves), watch.count) == (MOST_MOVES, MOST_MOVES + 5)


def test_no_hook_stays(w):
    watch = Watch(w)
    watch.begin(w)
    watch.release()
    assert not w._backward_hooks
    assert not w._post_accumulate_grad_hooks


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_a_copy_has_the_numbers_of_its_moment(dtype):
    w = torch.tensor([[1, 2], [3, 4]], dtype=dtype, requires_grad=True)
    copies = Copies(w)
    first = copies.of(w)
    with torch.no_grad():
        w.mul_(2)
    assert (first.tolist(), copies.of(w).tolist()) == ([[1, 2], [3, 4]], [[2, 4], [6, 8]])


@pytest.mark.parametrize(
    "change",
    [lambda w: w * 3, lambda w: w.t(), lambda w: w[:1], lambda w: w.clone().t().contiguous()],
)
def test_a_copy_follows_values_that_are_bound_anew(change):
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    copies = Copies(w)
    w.data = change(w.data)
    assert copies.of(w).tolist() == w.tolist()


def test_a_tensor_that_is_copied_can_be_resized_still():
    w = torch.ones(2)
    Copies(w).of(w)
    assert w.resize_(8).shape == (8,)


def test_copies_by_numpy_and_by_torch_are_put_together_where_they_are_alike():
    one, other = torch.ones(2), torch.zeros(2)
    assert stacked([one, other.numpy()]).tolist() == [[1, 1], [0, 0]]
    assert stacked([one, torch.zeros(3).numpy()]) is None
    assert stacked([one.bfloat16(), other.numpy()]) is None
    assert stacked([one, torch.zeros(3)]) is None
    assert stacked([one, torch.zeros(2, dtype=torch.float64)]) is None
