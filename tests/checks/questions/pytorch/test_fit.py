"""The expected losses and predictions are those of a loop in NumPy with slopes worked out by hand."""

from expected import expected_in, near

NAMES = ("inputs", "targets", "w", "b", "lr", "epochs", "rows_in_a_batch")


def test_what_is_expected_is_one_step_for_each_batch_by_hand():
    for (x, t, w, b, lr, epochs, size), wanted in expected_in("fit", *NAMES):
        losses = []
        for _ in range(int(epochs)):
            for at in range(0, len(x), int(size)):
                xb, tb = x[at : at + int(size)], t[at : at + int(size)]
                apart = xb @ w.T + b - tb
                losses.append((apart**2).mean())
                w = w - lr * 2 / apart.size * apart.T @ xb
                b = b - lr * 2 / apart.size * apart.sum(axis=0)
        assert wanted["the number of losses"] == len(losses)
        for step, loss in enumerate(losses):
            near(wanted[f"losses[{step}]"], loss)
        near(wanted["preds of the trained model"], x @ w.T + b)
