"""train is judged by steps that one derives on paper, and by the loss before each of them."""

from expected import expected_in, near

GIVEN = ("inputs", "targets", "w", "b", "lr", "epochs")


def test_the_expected_run_and_its_losses_are_those_of_the_formula():
    for (x, t, w, b, lr, epochs), wanted in expected_in("train", *GIVEN):
        assert wanted["the number of losses"] == epochs
        for epoch in range(int(epochs)):
            error = x @ w.T + b - t
            near(wanted[f"losses[{epoch}]"], (error**2).mean())
            share = 2 / t.size * error
            w, b = w - lr * (share.T @ x), b - lr * share.sum(axis=0)
        near(wanted["w at the end"], w)
        near(wanted["b at the end"], b)
