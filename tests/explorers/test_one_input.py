"""The one-input explorer: its line, its steps, its path, and what it refuses."""

import numpy as np
import pytest
from drawn import of_class, scale
from opened import assert_refused

import rainfall_kit as kit
from rainfall_kit.errors import OptionError
from rainfall_kit.lesson.orchard import load_orchard

ORCHARD = load_orchard()
RAIN, APPLES = np.array(ORCHARD.inputs)[:, 1] / 100, np.array(ORCHARD.targets)[:, 0]


def test_it_opens_on_the_input_that_alone_tells_most():
    data = kit.explore_one_input().view.data
    assert data.input_names == ("rainfall ÷ 100",) and data.crop_names == ("apples",)
    assert np.ravel(data.inputs) == pytest.approx(RAIN)
    left = [np.polyfit(column, APPLES, 1, full=True)[1][0] for column in np.array(ORCHARD.inputs).T]
    assert int(np.argmin(left)) == 1


def test_its_steps_are_gradient_descent_on_one_line():
    explorer = kit.explore_one_input(lr=0.2)
    w = b = 0.0
    for _ in range(25):
        miss = w * RAIN + b - APPLES
        w, b = w - 0.2 * 2 * (miss * RAIN).mean(), b - 0.2 * 2 * miss.mean()
    explorer.step(25)
    assert (explorer.w, explorer.b) == pytest.approx((w, b))
    assert len(explorer.path) == 26 and explorer.path[-1] == (explorer.w, explorer.b)
    assert explorer.note.startswith("25 steps with lr 0.2: the loss went from 6990.2 to ")


def test_a_hand_begins_a_new_path_and_ends_what_a_button_said():
    explorer = kit.explore_one_input()
    explorer.step()
    explorer.b = 40.0
    assert explorer.path == ((explorer.w, 40.0),)
    assert explorer.note == ""


def test_the_map_shows_the_lowest_point_where_least_squares_has_it():
    slope, offset = np.polyfit(RAIN, APPLES, 1)
    explorer = kit.explore_one_input(w=slope, b=offset)
    svg = explorer.figure()
    (plot,) = of_class(svg, "rk-map")
    (now,) = of_class(svg, "rk-end")
    (cross,) = of_class(svg, "rk-lowest")
    x, y = scale(plot, "x")(slope), scale(plot, "y")(offset)
    assert float(now.get("cx")) == pytest.approx(x, abs=0.06)
    assert float(now.get("cy")) == pytest.approx(y, abs=0.06)
    assert cross.get("d").startswith(f"M{x - 5:.1f},{y:.1f}")
    assert explorer.view.loss == pytest.approx(explorer.view.data.bowl.floor)


def test_steps_that_lead_past_all_numbers_end_there():
    explorer = kit.explore_one_input(lr=10.0)
    explorer.step(1000)
    assert "the next one leads past all numbers" in explorer.note
    assert np.isfinite(explorer.view.loss)


@pytest.mark.parametrize("name", ["w", "b"])
def test_the_question_is_answered_by_the_gradient(name):
    explorer = kit.explore_one_input()
    prompt = explorer.view.prompt()
    before = explorer.view.loss
    setattr(explorer, name, 1e-3 if f"raise {name}" in prompt.choices[prompt.right] else -1e-3)
    assert explorer.view.loss < before


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: kit.explore_one_input(column=3), "column must be a whole number from 0 to 2"),
        (lambda: kit.explore_one_input(crop=2), "crop must be a whole number from 0 to 1"),
        (lambda: kit.explore_one_input(lr=0), "lr must be a number above 0"),
        (
            lambda: kit.explore_one_input(inputs=[[1.0, 2.0], [1.0, 3.0]], targets=[[1.0], [2.0]], column=0),
            "x0 is the same in all rows",
        ),
    ],
)  # fmt: skip
def test_bad_arguments_say_what_is_allowed(call, says):
    with pytest.raises(OptionError, match=says):
        call()


@pytest.mark.parametrize(
    ("trait", "value"), [("w", float("inf")), ("b", "high"), ("lr", -1.0), ("path", [[1.0]])]
)
def test_bad_state_is_refused_and_the_old_one_stays(trait, value):
    assert_refused(kit.explore_one_input(), trait, value)
