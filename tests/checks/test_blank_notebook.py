"""What is released, and not yet written, is not tried; it never reads as a mistake."""

from pathlib import Path

import nbformat
import pytest
from nbgrader.preprocessors import ClearSolutions

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import QUESTIONS

SOURCE = Path(__file__).parents[2] / "assignments" / "source"


def blank_cells():
    """The solution cells of every released notebook: (notebook, name of the function, source)."""
    for path in sorted(SOURCE.glob("*/*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        released, _ = ClearSolutions().preprocess(notebook, {})
        for cell in released.cells:
            about = cell.metadata.get("nbgrader", {})
            if (
                cell.cell_type == "code"
                and about.get("solution")
                and about["grade_id"] in QUESTIONS
            ):
                yield path.stem, about["grade_id"], cell.source


@pytest.mark.parametrize(("notebook", "question", "source"), list(blank_cells()))
def test_the_released_cell_of_a_function_is_not_tried(notebook, question, source):
    assert "raise NotImplementedError" in source, notebook
    result = check(question, build(source, question))
    assert result.outcome == "not tried"
    assert result.message == f"{question} is still to be written."
    assert (result.misconceptions, result.hint) == ((), "")


def test_there_are_released_cells():
    assert {"model", "mse", "gd_step", "train"} <= {name for _, name, _ in blank_cells()}


def test_a_loop_that_calls_blank_functions_names_the_blank_one():
    blanks = {name: source for _, name, source in blank_cells()}
    source = (
        blanks["model"] + "\n" + blanks["mse"] + "\n"
        "def train(inputs, targets, w, b, lr, epochs):\n"
        "    return w, b, [mse(model(inputs, w, b), targets)]\n"
    )
    result = check("train", build(source, "train"))
    assert result.outcome == "wrong"  # it takes no step
    assert result.message.endswith(
        "Besides, it calls your model, which is still to be written, and your mse, which is still to be "
        "written. Try: %gd_check model"
    )
