"""A recorded run that is not gradient descent is named from its record."""

import pytest
import torch

from rainfall_kit.bowl import Bowl
from rainfall_kit.checks.misconceptions.catalogue import find_misconception
from rainfall_kit.checks.programs import PROGRAMS, build
from rainfall_kit.checks.runs import diagnose_run
from rainfall_kit.orchard import load_orchard
from rainfall_kit.records import Run, Step
from rainfall_kit.reference import init_params


def record(source, dtype, epochs=4):
    orchard = load_orchard()
    inputs, targets = orchard.tensors(dtype)
    w, b = init_params(0, dtype)
    gd_step, steps = build(source, "gd_step"), []
    for number in range(1, epochs + 1):
        before = w.tolist(), b.tolist()
        w, b = gd_step(inputs, targets, w, b, 1e-5)
        old_w, new_w = (tuple(map(tuple, each)) for each in (before[0], w.tolist()))
        steps.append(
            Step(
                number=number,
                lr=1e-5,
                loss=0.0,
                w=old_w,
                b=tuple(before[1]),
                w_after=new_w,
                b_after=tuple(b.tolist()),
            )
        )
    quadratic = Bowl.from_data(orchard.inputs, orchard.targets).record()
    name = str(dtype).removeprefix("torch.")
    return Run(steps=tuple(steps), final_loss=0.0, quadratic=quadratic, dtype=name)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize(
    "id_", ["RK016", "RK017", "RK019", "RK064", "RK068", "RK069", "RK071", "RK079", "RK080"]
)
def test_a_run_of_a_mistake_gets_its_name(id_, dtype):
    source = find_misconception(id_).sources("gd_step")[0]
    assert [entry.id for entry in diagnose_run(record(source, dtype))] == [id_]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_run_of_gradient_descent_has_no_mistake(dtype):
    assert diagnose_run(record(PROGRAMS["gd_step"], dtype)) == ()
