"""A recorded run that is not gradient descent is named from its record."""

import pytest
import torch

from rainfall_kit.checks.diagnosis.recorded_runs import diagnose_run, misread_run
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import find_misconception, find_question
from rainfall_kit.lesson.orchard import load_orchard
from rainfall_kit.lesson.reference import init_params
from rainfall_kit.quadratic.bowl import Bowl
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
        old_w, new_w = (tuple(map(tuple, each)) for each in (before[0], w.tolist()))
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


def ids(entries):
    return [entry.id for entry in entries]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize(
    "id_", ["RK016", "RK017", "RK019", "RK064", "RK068", "RK069", "RK071", "RK079", "RK080"]
)
def test_a_run_of_a_mistake_gets_its_name(id_, dtype):
    for source in find_misconception(id_).sources("gd_step"):
        assert ids(diagnose_run(record(source, dtype))) == [id_], source


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_run_of_gradient_descent_has_no_mistake(dtype):
    assert diagnose_run(record(find_question("gd_step").program, dtype)) == ()


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
    assert ids(diagnose_run(record(RIGHT, epochs=epochs, lr=lr))) == [id_]


@pytest.mark.parametrize("lr", [1e-7, 1e-6, 1e-5, 1e-4, 1.1e-4])
def test_an_lr_that_gets_somewhere_is_no_mistake(lr):
    assert diagnose_run(record(RIGHT, epochs=100, lr=lr)) == ()


def test_a_start_at_the_lowest_point_does_not_make_lr_too_small():
    orchard = load_orchard()
    bowl = Bowl.from_data(orchard.inputs, orchard.targets)
    w, b = (tuple(map(tuple, bowl.minimum[0].tolist())), tuple(bowl.minimum[1].tolist()))
    step = Step(number=1, lr=1e-5, loss=bowl.floor, w=w, b=b, w_after=w, b_after=b)
    run = Run(steps=(step,), final_loss=bowl.floor, quadratic=bowl.record(), dtype="float32")
    assert diagnose_run(run) == ()


@pytest.mark.parametrize(
    ("source", "lr", "epochs", "misread"),
    [
        (RIGHT, 1e-5, 100, ["RK107"]),
        (RIGHT, 1e-5, 4, []),
        (RIGHT, 1e-3, 20, ["RK109"]),
        (RIGHT, 1e-9, 20, ["RK109"]),
        (find_misconception("RK016").sources("gd_step")[0], 1e-5, 40, ["RK108", "RK110"]),
        (find_misconception("RK017").sources("gd_step")[0], 1e-5, 40, ["RK108", "RK110"]),
        (find_misconception("RK019").sources("gd_step")[0], 1e-5, 40, ["RK110"]),
        (find_misconception("RK079").sources("gd_step")[0], 1e-5, 3, ["RK108", "RK110"]),
        (find_misconception("RK064").sources("gd_step")[0], 1e-5, 3, []),
    ],
)
def test_what_a_runs_losses_are_easily_taken_for_is_told(source, lr, epochs, misread):
    assert ids(misread_run(record(source, epochs=epochs, lr=lr))) == misread
