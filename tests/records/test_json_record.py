"""Records travel as JSON and come back the same; anything else is refused in one line."""

import dataclasses
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rainfall_kit.errors import RecordError
from rainfall_kit.records.outcomes import CheckResult, Grade
from rainfall_kit.records.run import Quadratic, Run, Step

numbers = st.floats(allow_nan=False) | st.just(math.inf)
vectors = st.lists(numbers, max_size=3).map(tuple)
matrices = st.lists(vectors, max_size=3).map(tuple)
steps = st.builds(
    Step,
    number=st.integers(1, 100),
    lr=st.none() | numbers,
    loss=numbers,
    w=matrices,
    b=vectors,
    w_after=matrices,
    b_after=vectors,
    grad_w=st.none() | matrices,
    grad_b=st.none() | vectors,
    body_loss=st.none() | numbers,
)
quadratics = st.builds(Quadratic, rows=st.integers(1), n_inputs=st.integers(1, 5), factor=matrices)
runs = st.builds(
    Run,
    steps=st.lists(steps, max_size=3).map(tuple),
    final_loss=numbers,
    quadratic=st.none() | quadratics,
    input_names=st.lists(st.text(), max_size=2).map(tuple),
    stopped=st.text() | st.just("NaN"),
)


@settings(deadline=None)
@given(runs)
def test_a_run_comes_back_from_json_as_it_was(run):
    again = Run.from_json(run.to_json())
    assert again == run
    assert hash(again) == hash(run)


def test_nan_survives_in_standard_json():
    text = Run(steps=(), final_loss=math.nan).to_json()
    json.loads(text, parse_constant=pytest.fail)
    assert math.isnan(Run.from_json(text).final_loss)


def plain_run(**changes):
    return json.dumps({**json.loads(Run(steps=(), final_loss=1.0).to_json()), **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "3",
        "{}",
        plain_run(record="Step"),
        plain_run(version=2),
        plain_run(surprise=1),
        plain_run(final_loss="large"),
        plain_run(final_loss=None),
        plain_run(final_loss=True),
        plain_run(steps="none"),
        plain_run(steps=[1]),
        plain_run(quadratic={"record": "Quadratic"}),
        plain_run(input_names=[1]),
        '{"record": "Run", "version": 1}',
        None,
    ],
)
def test_what_is_not_the_records_json_is_refused(text):
    with pytest.raises(RecordError, match="Try: a text that"):
        Run.from_json(text)


@pytest.mark.parametrize("record", [Step, Run, Quadratic, CheckResult, Grade])
def test_records_are_frozen_and_keyword_only(record):
    assert record.__dataclass_params__.frozen
    assert all(field.kw_only for field in dataclasses.fields(record))


def test_losses_and_numbers_of_a_whole_run_count_from_before_the_first_step():
    place = {"lr": 0.1, "w": ((0.0,),), "b": (0.0,), "w_after": ((1.0,),), "b_after": (0.0,)}
    run = Run(
        steps=(Step(number=1, loss=9.0, **place), Step(number=2, loss=4.0, **place)),
        final_loss=1.0,
    )
    assert run.losses == (9.0, 4.0, 1.0)
    assert run.numbers == (0, 1, 2)
    assert (len(run), run[1].loss, [step.number for step in run]) == (2, 4.0, [1, 2])
    assert run[0:1] == (run[0],)
    assert repr(run) == "Run(2 steps, loss 9 -> 1)"


def test_a_run_is_drawn_on_the_users_own_axes_and_settings_stay():
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings = dict(mpl.rcParams)
    axes = Figure().subplots()
    assert Run(steps=(), final_loss=2.0).plot(axes) is axes
    assert axes.get_yscale() == "log"
    assert axes.lines[0].get_ydata()[-1] == 2.0
    assert dict(mpl.rcParams) == settings
