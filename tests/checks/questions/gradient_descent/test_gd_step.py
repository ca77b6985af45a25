"""gd_step is judged by the step that one derives on paper, three times over."""

from expected import expected_in, near

GIVEN = ("inputs", "targets", "w", "b", "lr")


def test_the_expected_steps_are_those_of_the_formula():
    for (x, t, w, b, lr), wanted in expected_in("gd_step", *GIVEN):
        for step in (1, 2, 3):
            share = 2 / t.size * (x @ w.T + b - t)
            w, b = w - lr * (share.T @ x), b - lr * share.sum(axis=0)
            near(wanted[f"w after step {step}"], w)
            near(wanted[f"b after step {step}"], b)
