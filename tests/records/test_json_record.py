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


# As the first release wrote them; what is stored on somebody's disk must be read for good.
STORED = [
    (
        Run(
            steps=(
                Step(
                    number=1, lr=0.25, loss=9.0, w=((0.0,),), b=(0.0,), w_after=((3.0,),),
                    b_after=(1.5,), grad_w=((-12.0,),), grad_b=(-6.0,), body_loss=9.0,
                ),
                Step(
                    number=2, lr=None, loss=20.25, w=((3.0,),), b=(1.5,), w_after=((math.inf,),),
                    b_after=(-math.inf,),
                ),
            ),
            final_loss=math.inf,
            quadratic=Quadratic(
                rows=1, n_inputs=1, factor=((2.0, 1.0, 3.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
            ),
            input_names=("rain",),
            crop_names=("figs",),
            dtype="float64",
            seconds=0.5,
            stopped="interrupted",
        ),
        ('{"record": "Run", "version": 1, "steps": [{"record": "Step", "version": 1, "number": 1, '
        '"lr": 0.25, "loss": 9.0, "w": [[0.0]], "b": [0.0], "w_after": [[3.0]], "b_after": [1.5], '
        '"grad_w": [[-12.0]], "grad_b": [-6.0], "body_loss": 9.0}, {"record": "Step", "version": 1, '
        '"number": 2, "lr": null, "loss": 20.25, "w": [[3.0]], "b": [1.5], '
        '"w_after": [["Infinity"]], "b_after": ["-Infinity"], "grad_w": null, "grad_b": null, '
        '"body_loss": null}], "final_loss": "Infinity", "epochs": 2, "quadratic": '
        '{"record": "Quadratic", "version": 1, "rows": 1, "n_inputs": 1, "factor": '
        '[[2.0, 1.0, 3.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]}, "data_problem": "", '
        '"input_names": ["rain"], "crop_names": ["figs"], "dtype": "float64", "seconds": 0.5, '
        '"stopped": "interrupted"}'),
    ),
    (
        CheckResult(
            question="mse", outcome="wrong", message="mse is not right yet.",
            misconceptions=("RK016",), hint="Count.",
        ),
        ('{"record": "CheckResult", "version": 1, "question": "mse", "outcome": "wrong", '
        '"message": "mse is not right yet.", "misconceptions": ["RK016"], "hint": "Count.", '
        '"notes": []}'),
    ),
    (
        Grade(student="ada", assignment="lesson1", score=3.0, max_score=5.0, note="late"),
        ('{"record": "Grade", "version": 1, "student": "ada", "assignment": "lesson1", '
        '"score": 3.0, "max_score": 5.0, "needs_manual_grade": false, "note": "late"}'),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("record", "text"), STORED, ids=["run", "check result", "grade"])
def test_what_was_stored_before_is_read_and_written_the_same(record, text):
    assert type(record).from_json(text) == record
    assert record.to_json() == text
