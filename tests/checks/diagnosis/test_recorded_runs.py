"""A recorded run that is not gradient descent is named from its record."""

import dataclasses

import pytest
import torch

from rainfall_kit.checks.diagnosis.gradient_check import compare_moves
from rainfall_kit.checks.diagnosis.recorded_runs import diagnose_run
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import find_misconception, find_question, wrong_programs
from rainfall_kit.lesson.orchard import load_orchard
from rainfall_kit.lesson.reference import init_params
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.quadratic.run_data import RunData
from rainfall_kit.records.run import Run, Step


def record(source, dtype=torch.float32, epochs=4, lr=1e-5):
    orchard = load_orchard()
    inputs, targets = orchard.tensors(dtype)
    w, b = init_params(0, dtype)
    bowl = Bowl.from_data(orchard.inputs, orchard.targets)
    gd_step, steps = build(source, "gd_step"), []
    for number in range(1, epochs + 1):
        before = w.tolist(), b.tolist()
        w, b = gd_step(inputs, targets, w, b, lr)
        old_w, new_w = (tuple(map(tuple, rows)) for rows in (before[0], w.tolist()))
        steps.append(
            Step(
                number=number,
                lr=lr,
                loss=bowl.loss(*before),
                w=old_w,
                b=tuple(before[1]),
                w_after=new_w,
                b_after=tuple(b.tolist()),
            )
        )
    return Run(
        steps=tuple(steps),
        final_loss=bowl.loss(w.tolist(), b.tolist()),
        quadratic=bowl.record(),
        dtype=str(dtype).removeprefix("torch."),
    )


def diagnose(run):
    data = RunData(run)
    return diagnose_run(data, compare_moves(data))


def mistakes(run):
    return [entry.id for entry in diagnose(run).mistakes]


def misreadings(run):
    return [entry.id for entry in diagnose(run).misreadings]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize(
    "id_", ["RK016", "RK017", "RK019", "RK064", "RK068", "RK069", "RK071", "RK079", "RK080"]
)
def test_a_run_of_a_mistake_gets_its_name(id_, dtype):
    for source in wrong_programs(find_misconception(id_), "gd_step"):
        assert mistakes(record(source, dtype)) == [id_], source


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_run_of_gradient_descent_has_no_mistake(dtype):
    assert mistakes(record(find_question("gd_step").program, dtype)) == []


RIGHT = find_question("gd_step").program


@pytest.mark.parametrize(
    ("id_", "lr", "epochs"),
    [
        ("RK065", -1e-5, 4),
        ("RK098", 1.2e-4, 20),
        ("RK098", 1e-3, 100),
        ("RK098", 0.1, 20),
        ("RK098", 0.1, 1),
        ("RK099", 1e-9, 100),
        ("RK099", 1e-9, 1),
    ],
)
def test_a_run_with_an_unfit_lr_says_so(id_, lr, epochs):
    assert mistakes(record(RIGHT, epochs=epochs, lr=lr)) == [id_]


@pytest.mark.parametrize("lr", [1e-7, 1e-6, 1e-5, 1e-4, 1.1e-4])
def test_an_lr_that_gets_somewhere_is_no_mistake(lr):
    assert mistakes(record(RIGHT, epochs=100, lr=lr)) == []


def test_a_start_at_the_lowest_point_does_not_make_lr_too_small():
    orchard = load_orchard()
    bowl = Bowl.from_data(orchard.inputs, orchard.targets)
    w, b = (tuple(map(tuple, bowl.minimum[0].tolist())), tuple(bowl.minimum[1].tolist()))
    step = Step(number=1, lr=1e-5, loss=bowl.floor, w=w, b=b, w_after=w, b_after=b)
    run = Run(steps=(step,), final_loss=bowl.floor, quadratic=bowl.record(), dtype="float32")
    assert mistakes(run) == []


@pytest.mark.parametrize(
    ("source", "lr", "epochs", "misread"),
    [
        (RIGHT, 1e-5, 100, ["RK107"]),
        (RIGHT, 1e-5, 4, []),
        (RIGHT, 1e-3, 20, ["RK109"]),
        (RIGHT, 1e-9, 20, ["RK109"]),
        (wrong_programs(find_misconception("RK016"), "gd_step")[0], 1e-5, 40, ["RK108", "RK110"]),
        (wrong_programs(find_misconception("RK017"), "gd_step")[0], 1e-5, 40, ["RK108", "RK110"]),
        (wrong_programs(find_misconception("RK019"), "gd_step")[0], 1e-5, 40, ["RK110"]),
        (wrong_programs(find_misconception("RK079"), "gd_step")[0], 1e-5, 3, ["RK108", "RK110"]),
        (wrong_programs(find_misconception("RK064"), "gd_step")[0], 1e-5, 3, []),
    ],
)
def test_what_a_runs_losses_are_easily_taken_for_is_told(source, lr, epochs, misread):
    assert misreadings(record(source, epochs=epochs, lr=lr)) == misread


def with_step(run, index, **changes):
    step = dataclasses.replace(run[index], **changes)
    return dataclasses.replace(run, steps=(*run[:index], step, *run[index + 1 :]))


def test_one_wrong_step_late_in_a_run_is_no_gradient_descent_here_either():
    run = record(RIGHT, epochs=100)
    assert misreadings(run) == ["RK107"]
    run = with_step(run, 80, b_after=run[80].b)
    assert (mistakes(run), misreadings(run)) == ([], [])


def test_a_move_that_the_gradient_check_refuses_is_no_gradient_descent_here_either():
    def stretched(step):
        moves = [
            [old + 1.00005 * (new - old) for old, new in zip(*rows, strict=True)]
            for rows in zip(step.w, step.w_after, strict=True)
        ]
        return dataclasses.replace(step, w_after=tuple(map(tuple, moves)))

    run = record(RIGHT, torch.float64, lr=1e-9)
    assert mistakes(run) == ["RK099"]
    run = dataclasses.replace(run, steps=tuple(map(stretched, run)))
    assert not compare_moves(RunData(run)).is_descent
    assert mistakes(run) == []


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_the_allowance_for_rounding_is_that_of_the_dtype(dtype):
    assert mistakes(record(RIGHT, dtype, lr=1e-8)) == ["RK099"]


@pytest.mark.parametrize("id_", ["RK016", "RK064", "RK071", "RK079"])
def test_in_half_precision_no_mistake_is_named(id_):
    (source, *_) = wrong_programs(find_misconception(id_), "gd_step")
    assert mistakes(record(source, torch.bfloat16)) == []
