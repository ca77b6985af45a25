"""A watch on one parameter: backward calls, moves, old gradients, and the tensor left as it was."""

import pytest
import torch

from rainfall_kit.notebook.recording.watch import MOST_MOVES, Watch


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
