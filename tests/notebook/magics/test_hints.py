"""Hints: in stages, on what went wrong last, and behind a traceback."""

import pytest

from rainfall_kit.notebook.magics import hints
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
    assert "Hint" not in said(notebook, "open('missing')", capsys)


@pytest.mark.parametrize(
    ("cell", "where"),
    [
        ("prdes = 1\npreds + 1", "There is no preds, and there is prdes"),
        ("def f():\n    n = n + 1\nf()", "Which line is the first to use it?"),
        ("sum = 3\nsum([1])", "is no function but a thing of type int"),
        ("loss = (1 + 2\nprint(loss)", "Count the brackets"),
        ("loss =\u00a01", "A space in that line is none"),
        ("loss = 2 \u2212 1", "looks like a minus and is none"),
        ("{}['missing']", "Print the keys"),
    ],
)
def test_pythons_own_errors_get_a_hint_and_then_one_more(notebook, capsys, said, cell, where):
    hint = " ".join(said(notebook, cell, capsys).partition("→ Hint: ")[2].split())
    assert where in hint
    more = " ".join(said(notebook, "%gd_hint", capsys).split())
    assert hint in more
    assert "Look closer: " in more
    assert more.strip().endswith("That was the last hint on this.")


def test_after_a_report_the_first_hint_adds_to_what_is_on_the_screen(notebook, capsys, said):
    notebook.run(SUM)
    assert "Look closer: " not in said(notebook, "%gd_check mse", capsys)
    assert "Look closer: " in said(notebook, "%gd_hint", capsys)
    last = said(notebook, "%gd_hint", capsys)
    assert "Why: " in last
    assert last.strip().endswith("That was the last hint on this.")


def test_a_question_may_be_named_and_is_checked_first(notebook, capsys, said):
    notebook.run(SUM)
    assert "sum instead of mean (RK016)" in said(notebook, "%gd_hint mse", capsys)
    assert "Look closer: " in said(notebook, "%gd_hint mse", capsys)
    notebook.run("def mse(preds, targets):\n    return ((preds - targets) ** 2).mean()")
    assert "mse is right, so there is nothing to hint at" in said(notebook, "%gd_hint mse", capsys)
    assert "train is still to be written" in said(notebook, "%gd_hint train", capsys)


def test_after_a_test_of_what_is_still_to_be_written_a_hint_says_what_is_asked(
    notebook, capsys, said
):
    notebook.run("def mse(preds, targets):\n    raise NotImplementedError()")
    notebook.run("from rainfall_kit import require\nrequire('mse', mse)")
    shown = " ".join(said(notebook, "%gd_hint", capsys).split())
    assert "mse is still to be written. Asked is: mse(preds, targets)" in shown
    assert "Look closer" not in shown


def test_a_wrong_answer_without_a_name_gets_hints_all_the_same(notebook, capsys, said):
    notebook.run("def mse(preds, targets):\n    return ((preds - targets) ** 4).mean() + 1")
    shown = said(notebook, "%gd_check mse", capsys)
    assert "Hint: " in shown
    first, second, again = (said(notebook, "%gd_hint", capsys) for _ in range(3))
    assert "Look closer: Copy the lines of mse" in first
    assert "Asked is: mse(preds, targets)" in second
    assert second.strip().endswith("That was the last hint on this.")
    assert again == second


def test_after_what_an_answer_does_is_told_hints_add_to_it(notebook, capsys, said):
    notebook.run("def mse(preds, targets):\n    return ((preds - targets) ** 2).median()")
    shown = " ".join(said(notebook, "%gd_check mse", capsys).split())
    assert "with one change: in the mean of the squares, the median is taken." in shown
    first, second = (said(notebook, "%gd_hint", capsys) for _ in range(2))
    assert "Look closer: " in first and "Look closer" not in shown
    assert "Asked is: mse(preds, targets)" in second and "Asked is" not in first


def test_after_a_right_check_a_hint_says_that_it_is_right(notebook, capsys, said):
    notebook.run("%gd_check mse -q")
    assert "mse is right" in said(notebook, "%gd_hint", capsys)


def test_a_step_without_a_known_mistake_is_told_where_to_look(notebook, capsys, said):
    notebook.step()
    assert "No known mistake was seen in the last %%gd_step" in said(notebook, "%gd_hint", capsys)


def test_where_runs_are_left_a_hint_says_so(notebook, capsys, said, monkeypatch):
    monkeypatch.setattr(hints, "_READS_RUNS", [*hints._READS_RUNS])
    hints.leave_runs()
    assert seen_in(notebook.step("--epochs 100 --lr 1e-3")) == ()
    assert "not here while notebooks are graded" in said(notebook, "%gd_hint", capsys)


def test_where_answers_are_left_out_checks_and_hints_say_so_without_an_error(
    notebook, capsys, said, monkeypatch
):
    def check(*_, **__):
        raise RuntimeError("the answers of the kit are not here while notebooks are graded")

    monkeypatch.setattr("rainfall_kit.checks.checking.check", check)
    monkeypatch.setattr(hints, "_READS_RUNS", [])
    notebook.run(SUM)
    for line, what in (("%gd_hint", "Hints"), ("%gd_check", "Checks"), ("%gd_hint mse", "Checks")):
        shown = said(notebook, line, capsys)
        assert what in shown
        assert "not here while notebooks are graded" in " ".join(shown.split())
        assert "Error" not in shown


def test_a_bad_line_of_a_magic_is_no_mistake_to_hint_at(notebook, capsys, said):
    notebook.run(SUM)
    notebook.run("%gd_check mse -q")
    notebook.run("%gd_hint RK999")
    assert "RK016" in said(notebook, "%gd_hint", capsys)


def test_the_hint_on_a_run_makes_one_bowl(notebook, made):
    run = notebook.step("--epochs 100 --lr 1e-3")
    made.update(bowls=0, decompositions=0)
    assert seen_in(run) == ("RK098", "RK109")
    assert made["bowls"] == 1
    assert made["decompositions"] <= 1
