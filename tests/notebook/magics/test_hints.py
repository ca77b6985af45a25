"""Hints: in stages, on what went wrong last, and behind a traceback."""

from rainfall_kit.notebook.magics.hints import seen_in

SUM = "def mse(preds, targets):\n    diff = preds - targets\n    return (diff * diff).sum()"


def test_hints_come_one_after_the_other(notebook, capsys, said):
    first, second, third, again = (said(notebook, "%gd_hint rk016", capsys) for _ in range(4))
    assert "Hint: " in first and "Look closer: " not in first and "More: " in first
    assert "Look closer: " in second and "Why: " not in second
    assert "Why: " in third and "More: " not in third
    assert again == third


def test_a_hint_without_an_id_is_on_what_went_wrong_last(notebook, capsys, said):
    notebook.run(SUM)
    notebook.run("%gd_check mse -q")
    assert "RK016: sum instead of mean." in said(notebook, "%gd_hint", capsys)
    notebook.run("from rainfall_kit import require\nrequire('mse', lambda p, t: (p - t).mean())")
    assert "RK022: " in said(notebook, "%gd_hint", capsys)
    notebook.run(
        "%%gd_step\n((model(inputs) - targets) ** 2).mean().backward()\nw.data += lr * w.grad; b.data += lr * b.grad"
    )
    assert "RK064: " in said(notebook, "%gd_hint", capsys)


def test_an_error_that_torch_is_known_for_gets_a_hint_behind_it(notebook, capsys, said):
    shown = said(notebook, "inputs @ w", capsys)
    assert "shapes cannot be multiplied" in shown
    assert shown.strip().splitlines()[-1].startswith("→ Hint: Write the two shapes")


def test_the_hint_follows_an_error_in_a_step_too(notebook, capsys, said):
    shown = said(
        notebook, "%%gd_step\nloss = (inputs @ w.t() + b - targets)\nloss.backward()", capsys
    )
    assert shown.strip().splitlines()[-1].startswith("→ Hint: How many numbers")


def test_other_errors_get_no_hint(notebook, capsys, said):
    assert "Hint" not in said(notebook, "{}['missing']", capsys)


def test_the_hint_on_a_run_makes_one_bowl(notebook, made):
    run = notebook.step("--epochs 100 --lr 1e-3")
    made.update(bowls=0, decompositions=0)
    assert seen_in(run) == ("RK098", "RK109")
    assert made["bowls"] == 1
    assert made["decompositions"] <= 1
