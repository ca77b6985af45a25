"""Right answers stay right, wrong ones lose and are named, and nothing of the student's changes."""

import contextlib
import random
import sys
import time

import pytest
import torch

from rainfall_kit.checks.checking import check, require
from rainfall_kit.checks.families import hint_for
from rainfall_kit.checks.misconceptions.catalogue import CATALOGUE
from rainfall_kit.checks.observations import Case, Observation
from rainfall_kit.checks.programs import GD_STEP, MODEL, MSE, PROGRAMS, build, edited
from rainfall_kit.checks.questions import QUESTIONS, find_question
from rainfall_kit.errors import CheckFailed

ZERO = "    w.grad.zero_()\n    b.grad.zero_()\n"
MOVE = "    with torch.no_grad():\n        w -= lr * w.grad\n        b -= lr * b.grad\n"
MEAN = "(diff * diff).sum() / diff.numel()"


def step(old, new):
    return PROGRAMS["gd_step"].replace(old, new)


RIGHT = {
    "model": [
        MODEL.replace("x @ w.t() + b", new)
        for new in (
            "(w @ x.t()).t() + b",
            "x.matmul(w.T).add(b)",
            "torch.addmm(b, x, w.t())",
            "F.linear(x, w, b)",
            "torch.einsum('nd,kd->nk', x, w) + b",
            "x @ w.mT + b[None]",
            "b + torch.mm(x, w.transpose(0, 1))",
            "(x[:, None, :] * w).sum(dim=2) + b",
            "torch.stack([w @ row + b for row in x])",
            "torch.cat([x @ r[:, None] for r in w], 1) + b",
            "F.linear(x, w) + b",
            "torch.tensordot(x, w, dims=([1], [1])) + b",
        )
    ],
    "mse": [
        MSE.replace(MEAN, new)
        for new in (
            "diff.pow(2).mean()",
            "torch.mean((targets - preds) ** 2)",
            "F.mse_loss(preds, targets)",
            "torch.nn.MSELoss()(preds, targets)",
            "sum(sum(diff * diff)) / diff.numel()",
            "(diff * diff).sum() / (diff.shape[0] * diff.shape[1])",
            "diff.square().mean()",
            "torch.einsum('ij,ij->', diff, diff) / diff.numel()",
            "(diff ** 2).mean(0).mean()",
            "diff.flatten() @ diff.flatten() / diff.numel()",
            "(diff * diff).mean(dim=(0, 1))",
            "torch.sum(diff * diff) / torch.numel(diff)",
            "torch.mean(torch.square(diff))",
        )
    ],
    "gd_step": [
        step(ZERO, "    w.grad = None\n    b.grad = None\n"),
        step(ZERO, "    w.grad.fill_(0)\n    b.grad.fill_(0)\n"),
        step(ZERO, "    w.grad *= 0\n    b.grad *= 0\n"),
        step(ZERO, "    for p in (w, b):\n        p.grad = torch.zeros_like(p)\n"),
        step(MOVE, "    w.data -= lr * w.grad\n    b.data -= lr * b.grad\n"),
        step(MOVE, "    w.data = w.data - lr * w.grad\n    b.data = b.data - lr * b.grad\n"),
        step(
            MOVE,
            "    with torch.no_grad():\n        w.copy_(w - lr * w.grad)\n        b.copy_(b - lr * b.grad)\n",
        ),
        step(
            MOVE,
            "    with torch.no_grad():\n        w.sub_(w.grad * lr)\n        b.sub_(b.grad * lr)\n",
        ),
        step(
            MOVE,
            "    with torch.no_grad():\n        w.add_(w.grad, alpha=-lr)\n        b.add_(b.grad, alpha=-lr)\n",
        ),
        step(MOVE, "    lr = torch.tensor(lr)\n" + MOVE),
        step(
            MOVE + ZERO,
            "    w = (w - lr * w.grad).detach().requires_grad_()\n    b = (b - lr * b.grad).detach().requires_grad_()\n",
        ),
        step(
            "    loss.backward()\n" + MOVE + ZERO,
            "    gw, gb = torch.autograd.grad(loss, (w, b))\n"
            + MOVE.replace("w.grad", "gw").replace("b.grad", "gb"),
        ),
        step(
            "    loss.backward()\n" + MOVE + ZERO,
            "    opt = torch.optim.SGD([w, b], lr=lr)\n    opt.zero_grad()\n    loss.backward()\n    opt.step()\n",
        ),
        step("    return w, b\n", ""),
        step("    return w, b\n", "    return [w, b]\n"),
        step(
            "    loss.backward()\n",
            "    if w.grad is not None:\n        w.grad.zero_()\n        b.grad.zero_()\n    loss.backward()\n",
        ).replace(ZERO, ""),
        step(
            "    preds = model(inputs, w, b)\n    loss = mse(preds, targets)\n",
            "    loss = ((inputs @ w.t() + b - targets) ** 2).mean()\n",
        ),
        step("    loss.backward()\n", "    print(loss)\n    loss.backward()\n"),
    ],
    "train": [
        f"{MODEL}\n{MSE}\n{GD_STEP}\ndef train(inputs, targets, w, b, lr, epochs):\n    losses = []\n    for _ in range(epochs):\n        losses.append(mse(model(inputs, w, b), targets).item())\n        w, b = gd_step(inputs, targets, w, b, lr)\n    return w, b, losses\n",
        PROGRAMS["train"].replace("loss.item()", "loss"),
        PROGRAMS["train"].replace("loss.item()", "loss.detach()"),
        PROGRAMS["train"].replace("loss.item()", "float(loss)"),
        PROGRAMS["train"].replace("b, losses\n", "b, torch.tensor(losses)\n"),
        PROGRAMS["train"].replace("b, losses\n", "b, np.array(losses)\n"),
        PROGRAMS["train"].replace("range(epochs)", "range(1, epochs + 1)"),
    ],
    "gradients": [
        PROGRAMS["gradients"].replace(
            "    loss.backward()\n    return w.grad, b.grad",
            "    return torch.autograd.grad(loss, (w, b))",
        ),
        PROGRAMS["gradients"].replace("loss.backward()", "loss.backward(retain_graph=True)"),
        PROGRAMS["gradients"].replace(
            "    loss.backward()\n    return w.grad, b.grad",
            "    e = (preds - targets).detach() * 2 / targets.numel()\n    return e.t() @ inputs, e.sum(0)",
        ),
    ],
    "update": [
        PROGRAMS["update"].replace("w -= lr * w.grad", "w.data -= lr * w.grad"),
        PROGRAMS["update"].replace("    return w, b\n", ""),
        PROGRAMS["update"].replace("w -= lr * w.grad", "w.copy_(w - lr * w.grad)"),
        PROGRAMS["update"].replace("w -= lr * w.grad", "w.sub_(lr * w.grad)"),
    ],
    "zero_grads": [
        "def zero_grads(w, b):\n    w.grad = None\n    b.grad = None\n",
        "def zero_grads(w, b):\n    for p in (w, b):\n        p.grad.fill_(0)\n",
        "def zero_grads(w, b):\n    w.grad = b.grad = None\n    return w, b\n",
        "def zero_grads(w, b):\n    torch.optim.SGD([w, b], lr=1).zero_grad()\n",
    ],
}


@pytest.mark.parametrize(
    ("question", "source"), [(name, text) for name, texts in RIGHT.items() for text in texts]
)
def test_right_answers_in_other_clothes_are_right(question, source):
    assert source not in PROGRAMS.values()
    for seed in (0, 1):
        result = check(question, build(source, question), seed=seed)
        assert result.outcome == "right", result


def test_there_are_sixty_right_answers():
    assert len({text for texts in RIGHT.values() for text in texts}) >= 60


@pytest.mark.parametrize(
    ("entry", "source"),
    [(entry, text) for entry in CATALOGUE for text in entry.sources()],
    ids=lambda each: getattr(each, "id", ""),
)
def test_every_mistake_loses_and_gets_its_own_name(entry, source):
    for seed in (11, 12):
        result = check(entry.question, build(source, entry.question), seed=seed)
        assert result.outcome in ("wrong", "could not run")
        assert result.misconceptions == (entry.id,)
        assert result.hint == entry.hint


def test_every_entry_has_a_stable_id_and_a_calm_voice():
    assert len({entry.id for entry in CATALOGUE}) == len(CATALOGUE)
    for entry in CATALOGUE:
        words = f"{entry.name} {entry.hint} {entry.why}".lower()
        assert "!" not in words and "obviously" not in words and " just " not in words


def test_every_wrong_program_is_python_in_every_question():
    for entry in CATALOGUE:
        for question in PROGRAMS:
            for source in entry.sources(question):
                assert callable(build(source, question))


def silent_pairs():
    for question in QUESTIONS:
        silent = [e for e in CATALOGUE if e.kind == "silent" and e.sources(question)]
        for i, one in enumerate(silent):
            for other in silent[i + 1 :]:
                text = edited(PROGRAMS[question], (*one.wrong[0], *other.wrong[0]))
                if text is not None:
                    yield question, one.id, other.id, text


def test_every_pair_of_silent_mistakes_loses():
    pairs = list(silent_pairs())
    assert len(pairs) > 100
    right = [
        (question, one, other)
        for question, one, other, text in pairs
        if check(question, build(text, question), seed=5).outcome == "right"
    ]
    assert right == []


def test_two_mistakes_at_once_are_both_named():
    text = step("    b.grad.zero_()\n", "").replace("diff.numel()", "len(diff)")
    assert set(check("gd_step", build(text, "gd_step")).misconceptions) == {"RK017", "RK080"}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    "blank", ["pass", "...", "return None", "raise NotImplementedError()", "return ..."]
)
def test_a_blank_is_not_tried(question, blank):
    source = f"def {question}(*given):\n    'Write it here.'\n    {blank}\n"
    assert check(question, build(source, question)).outcome == "not tried"


def test_a_stub_inside_is_not_the_fault_of_the_caller():
    text = step("    diff =", "    raise NotImplementedError\n    diff =")
    result = check("gd_step", build(text, "gd_step"))
    assert result.outcome == "not tried"
    assert "mse is still to be written" in str(result)


def test_an_endless_loop_ends_after_about_a_second():
    def mse(*_):
        while True:
            with contextlib.suppress(Exception):
                print("x" * 10_000)

    began = time.perf_counter()
    assert check("mse", mse).outcome == "could not run"
    assert time.perf_counter() - began < 3


def test_endless_recursion_is_the_students_own_error():
    def mse(preds, targets):
        return mse(preds, targets)

    result = check("mse", mse)
    assert result.outcome == "could not run"
    assert "RecursionError" in result.message


def test_an_exit_is_survived():
    assert check("mse", lambda *_: sys.exit()).outcome == "could not run"


def test_what_an_answer_switches_is_switched_back(capfd):
    def mse(preds, _):
        global leaked
        leaked = True
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.manual_seed(1)
        random.seed(1)
        print("hello")
        return preds.sum()

    before = torch.get_rng_state(), random.getstate()
    check("mse", mse)
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert "leaked" not in globals()
    assert capfd.readouterr() == ("", "")


def test_changing_the_inputs_is_noticed():
    def mse(preds, targets):
        targets -= preds
        return (targets**2).mean()

    assert check("mse", mse).outcome == "wrong"


def test_an_answer_that_counts_its_calls_is_noticed():
    calls = []

    def mse(preds, targets):
        calls.append(1)
        return ((preds - targets) ** 2).mean() * (1 if len(calls) < 2 else 2)

    assert check("mse", mse).outcome == "wrong"


def test_require_is_silent_when_right_and_says_the_hint_when_wrong():
    require("mse", build(MSE, "mse"))
    with pytest.raises(CheckFailed, match="RK016"):
        require("mse", lambda preds, targets: ((preds - targets) ** 2).sum())


def test_cases_and_observations_travel_as_text():
    for question in QUESTIONS.values():
        case = question.draw(4)[-1]
        seen = question.expected(case)
        assert Case.from_json(case.to_json()) == case
        assert Observation.from_json(seen.to_json()) == seen


def test_secret_inputs_stay_secret():
    def mse(preds, targets):
        right = ((preds - targets) ** 2).mean()
        return right if preds.numel() < 5 else right + 1

    question = find_question("mse")
    numbers = [f"{x:.6g}" for case in question.draw(77)[3:] for x in case.given[0].numbers]
    assert not any(
        number in str(check("mse", mse, seed=77)) for number in numbers if len(number) > 4
    )


def test_every_error_of_the_catalogue_has_a_hint_of_its_family():
    for entry in CATALOGUE:
        for source in entry.sources():
            question = find_question(entry.question)
            for case in question.draw(0):
                failure = question.call(build(source, entry.question), case).failure
                if failure is not None:
                    assert hint_for(RuntimeError(failure.message)), failure
