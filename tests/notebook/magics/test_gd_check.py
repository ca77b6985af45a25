"""%gd_check, %gd_hint and the hint behind a traceback, in a real IPython."""

import warnings

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError

from rainfall_kit.records.outcomes import CheckResult

SUM = "def mse(preds, targets):\n    diff = preds - targets\n    return (diff * diff).sum()"


def said(notebook, cell, capsys):
    """What a cell prints and displays, as text."""
    capsys.readouterr()
    notebook.run(cell)
    return capsys.readouterr().out


def test_a_check_names_the_mistake_and_where_to_get_more(notebook, capsys):
    notebook.run(SUM)
    shown = said(notebook, "%gd_check mse", capsys)
    assert "✗ mse is not right yet" in shown
    assert "sum instead of mean (RK016)" in shown
    assert "Hint: " in shown
    assert "More: %gd_hint RK016" in shown


def test_a_check_gives_a_record_and_changes_no_name(notebook):
    before = dict(notebook.names)
    result = notebook.run("%gd_check mse -o kept;")
    result.raise_error()
    assert result.result is None
    kept = notebook.names["kept"]
    assert isinstance(kept, CheckResult)
    assert kept.outcome == "right"
    for name in ("w", "b", "inputs", "mse", "loss"):
        assert notebook.names.get(name) is before.get(name)


def test_a_result_is_shown_as_html_too(notebook):
    notebook.run(SUM)
    result = notebook.run("%gd_check mse").result
    data, _ = notebook.shell.display_formatter.format(result)
    assert "<b>Hint:</b>" in data["text/html"]
    assert "✗" in data["text/plain"]


def test_a_function_that_is_not_there_is_not_tried(notebook, capsys):
    assert "○ train is still to be written." in said(notebook, "%gd_check train", capsys)


def test_a_function_may_have_another_name(notebook, capsys):
    notebook.run("my_mse = mse")
    assert "✓ mse is right" in said(notebook, "%gd_check mse --answer my_mse", capsys)


def test_without_a_question_all_answers_of_the_notebook_are_checked(notebook, capsys):
    notebook.run("from rainfall_kit.lesson.reference import train\n" + SUM)
    notebook.run("def model(x, w, b):\n    return x @ w.t() + b")
    shown = said(notebook, "%gd_check", capsys)
    assert "✓ model is right" in shown
    assert "✗ mse is not right yet" in shown
    assert "train" not in shown


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("%gd_check nothing", "there is no question 'nothing'"),
        ("%gd_check mse --seed x", "--seed must be a whole number"),
        ("%gd_check mse -o 1st", "must be a name"),
        ("%gd_check mse --answer 'a b'", "must be a name"),
        ("%gd_check mse model --answer mse", "goes with one question"),
        ("%gd_hint RK999", "there is no misconception 'RK999'"),
        ("%gd_hint", "nothing has gone wrong"),
    ],
)
def test_a_bad_line_gives_one_line(notebook, line, what):
    with pytest.raises(UsageError, match=what):
        notebook.run(line).raise_error()


def test_a_notebook_without_answers_is_told_what_to_define(notebook):
    notebook.run("del model, mse")
    with pytest.raises(UsageError, match="nothing to check yet"):
        notebook.run("%gd_check").raise_error()


def test_hints_come_one_after_the_other(notebook, capsys):
    first, second, third, again = (said(notebook, "%gd_hint rk016", capsys) for _ in range(4))
    assert "Hint: " in first and "Look closer: " not in first and "More: " in first
    assert "Look closer: " in second and "Why: " not in second
    assert "Why: " in third and "More: " not in third
    assert again == third


def test_a_hint_without_an_id_is_on_what_went_wrong_last(notebook, capsys):
    notebook.run(SUM)
    notebook.run("%gd_check mse -q")
    assert "RK016: sum instead of mean." in said(notebook, "%gd_hint", capsys)
    notebook.run("from rainfall_kit import require\nrequire('mse', lambda p, t: (p - t).mean())")
    assert "RK022: " in said(notebook, "%gd_hint", capsys)
    notebook.run(
        "%%gd_step\n((model(inputs) - targets) ** 2).mean().backward()\nw.data += lr * w.grad; b.data += lr * b.grad"
    )
    assert "RK064: " in said(notebook, "%gd_hint", capsys)


def test_a_failed_test_shows_three_lines_and_no_traceback(notebook, capsys):
    notebook.run(SUM)
    shown = said(notebook, "import rainfall_kit\nrainfall_kit.require('mse', mse)", capsys)
    lines = shown.strip().splitlines()
    assert [line.split(":")[0] for line in lines] == ["CheckFailed", "Hint", "More"]


def test_an_error_that_torch_is_known_for_gets_a_hint_behind_it(notebook, capsys):
    shown = said(notebook, "inputs @ w", capsys)
    assert "shapes cannot be multiplied" in shown
    assert shown.strip().splitlines()[-1].startswith("→ Hint: Write the two shapes")


def test_the_hint_follows_an_error_in_a_step_too(notebook, capsys):
    shown = said(
        notebook, "%%gd_step\nloss = (inputs @ w.t() + b - targets)\nloss.backward()", capsys
    )
    assert shown.strip().splitlines()[-1].startswith("→ Hint: How many numbers")


def test_other_errors_get_no_hint(notebook, capsys):
    assert "Hint" not in said(notebook, "{}['missing']", capsys)


def test_a_step_that_is_not_descent_is_named_in_its_report(notebook, capsys):
    body = "loss = mse(model(inputs), targets)\nloss.backward()\n"
    body += "w.data += lr * w.grad; b.data += lr * b.grad"
    shown = said(notebook, "%%gd_step\n" + body, capsys)
    assert "✗ This looks like: a step uphill (RK064)." in shown


def test_questions_ids_and_options_are_completed(notebook):
    with provisionalcompleter(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        complete = notebook.shell.Completer.completions

        def texts(line):
            return [each.text for each in complete(line, len(line))]

        assert texts("%gd_check ms") == ["mse"]
        assert texts("%gd_check mse --an") == ["--answer"]
        assert "RK016" in texts("%gd_hint rk01")


def test_unloading_takes_the_hints_away(notebook, capsys):
    notebook.run("%unload_ext rainfall_kit")
    assert "Hint" not in said(notebook, "inputs @ w", capsys)
    assert notebook.shell.find_magic("gd_check") is None
    notebook.run("%load_ext rainfall_kit")


def test_help_runs_nothing(notebook, capsys):
    assert "--answer" in said(notebook, "%gd_check --help", capsys)
    assert "RK016" in said(notebook, "%gd_hint -h", capsys)
