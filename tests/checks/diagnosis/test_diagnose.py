"""A mistake is named by its numbers and signs; two at once, and two that nothing distinguishes, are, too."""

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.diagnosis.diagnose import cases_between, diagnose
from rainfall_kit.checks.harness.call import call
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import find_question


def step(old, new):
    return find_question("gd_step").program.replace(old, new)


def test_two_mistakes_at_once_are_both_named():
    text = step("    b.grad.zero_()\n", "").replace("diff.numel()", "len(diff)")
    found = check("gd_step", build(text, "gd_step"), given=())  # with its own wrong mse
    assert set(found.misconceptions) == {"RK017", "RK080"}


def test_steps_are_named_when_the_numbers_have_other_causes_too():
    text = step("diff * diff", "diff ** 4").replace("w.grad.zero_()", "pass")
    text = text.replace("b.grad.zero_()", "pass")
    result = check("gd_step", build(text, "gd_step"), given=())  # with its own wrong mse
    assert result.misconceptions == ("RK079",)
    assert "Its steps look like: gradients are never reset (RK079)." in result.message


def test_steps_that_one_known_mistake_explains_in_part_get_no_name():
    """Reset before the move: b does not move, and neither does w."""
    moves = "    with torch.no_grad():\n        w -= lr * w.grad\n        b -= lr * b.grad\n"
    resets = "    w.grad.zero_()\n    b.grad.zero_()\n"
    result = check("gd_step", build(step(moves + resets, resets + moves), "gd_step"))
    assert (result.outcome, result.misconceptions) == ("wrong", ())
    assert result.message.endswith(
        "In every try w stays what it was. What it gives stays the same when only inputs or only "
        "targets or only lr changes."
    )


def test_two_mistakes_that_nothing_tells_apart_are_both_hinted_at():
    source = find_question("gradients").program.replace(
        "(diff * diff).sum() / diff.numel()", "diff * diff"
    )
    result = check("gradients", build(source, "gradients"), given=())
    assert result.misconceptions == ("RK026", "RK027")
    assert "How many numbers does your loss return?" in result.hint


def test_inputs_are_drawn_that_tell_mistakes_apart():
    asked = find_question("mse")
    cases = asked.draw(0)[:1]  # one number, whose root is also its absolute value
    for wrong, id_ in (("diff.abs().mean()", "RK020"), ("(diff * diff).mean().sqrt()", "RK021")):
        answer = build(MSE.replace("(diff * diff).sum() / diff.numel()", wrong), "mse")
        seen = tuple(call(asked, answer, case) for case in cases)
        assert len(diagnose(asked, cases, seen)) != 1
        more = cases_between(asked, cases, seen, seed=0)
        assert more
        seen += tuple(call(asked, answer, case) for case in more)
        ((entry,),) = diagnose(asked, (*cases, *more), seen)
        assert entry.id == id_
