"""zero_grads is judged by what is left: no gradient, and the parameters as they were."""

from expected import expected_in

from rainfall_kit.checks.questions.registry import find_question


def test_no_gradient_is_left_and_the_parameters_are_as_they_were():
    for given, wanted in expected_in("zero_grads", "w", "b"):
        for name, param in zip("wb", given, strict=True):
            assert not wanted[f"{name}.grad"].any()
            assert (wanted[f"{name} afterwards"] == param).all()
            assert wanted[f"{name}.requires_grad"]


def test_a_gradient_that_is_no_number_does_not_survive():
    question = find_question("zero_grads")
    case = next(case for case in question.draw(0) if case.label == "gradients that are nan")
    times_0 = question.run("def zero_grads(w, b):\n    w.grad *= 0\n    b.grad *= 0\n", case)
    set_to_none = question.run("def zero_grads(w, b):\n    w.grad = b.grad = None\n", case)
    assert question.judge(case, times_0).about == "w.grad"
    assert question.judge(case, set_to_none) is None
