"""Progress: counted from the student's own checks, in notebooks as they were saved."""

import json

import pytest

from rainfall_kit import require
from rainfall_kit.course.assignments import find_assignment
from rainfall_kit.course.progress import progress
from rainfall_kit.errors import CheckFailed


def saved(folder, name, *tests):
    """A notebook with tests that were run or not: their grade ids, and what they showed."""
    cells = [
        {
            "cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade_id": grade_id}},
            "execution_count": count, "outputs": outputs,
        }
        for grade_id, count, outputs in tests
    ]  # fmt: skip
    (folder / name).mkdir()
    (folder / name / f"{name}.ipynb").write_text(json.dumps({"cells": cells}))


def test_a_check_counts_when_it_was_run_and_raised_nothing(tmp_path):
    raised = [{"output_type": "error"}]
    saved(
        tmp_path, "loss",
        ("test-mse", 3, [{"output_type": "display_data"}]),
        ("test-rmse", 4, raised), ("test-baseline_loss", None, []), ("test-other", 5, []),
    )  # fmt: skip
    (loss,) = (mark for mark in progress(tmp_path).done if mark.assignment.name == "loss")
    assert loss.right == ("mse",)
    assert (loss.points, loss.most) == (3, 16)
    assert find_assignment("loss").points - loss.most == 6  # for answers in words
    assert "1 of 5 functions; next: `rmse`" in progress(tmp_path)._repr_markdown_()
    assert "[loss](loss/loss.ipynb)" in progress(tmp_path)._repr_markdown_()


def test_what_was_written_and_not_tested_is_never_called_not_begun(tmp_path):
    saved(tmp_path, "loss", ("mse", None, []))
    assert "loss: 0 of 5 functions; next: `mse`" in repr(progress(tmp_path))


def test_all_right_is_said(tmp_path):
    functions = find_assignment("pytorch").functions
    saved(tmp_path, "pytorch", *((f"test-{name}", 1, []) for name in functions))
    assert "✓ all 6 functions" in repr(progress(tmp_path))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', '{"cells": [3, {}]}'])
def test_what_cannot_be_read_is_not_begun(tmp_path, text):
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss" / "loss.ipynb").write_text(text)
    assert {mark.right for mark in progress(tmp_path).done} == {()}


def test_what_is_not_tried_raises_and_so_does_not_count():
    def mse(_preds, _targets):
        raise NotImplementedError

    with pytest.raises(CheckFailed):
        require("mse", mse)
