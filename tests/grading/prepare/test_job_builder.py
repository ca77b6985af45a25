"""A job asks what is secret when every cell has run, with as many draws as the cell has seeds."""

import nbformat
import pytest
from made_class import known

from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.prepare.secret import Secret
from rainfall_kit.grading.record.gradebook import read_grades

pytestmark = pytest.mark.usefixtures("shared_server")

REMEMBERS = """\
seen = set()
def mse(preds, targets):
    seen.add(f"{preds.flatten()[0].item():.3g}")
    return ((preds - targets) ** 2).mean()
"""


def test_no_later_cell_finds_what_hidden_tests_called_with(short, tmp_path, monkeypatch):
    seed, drawn = Secret.seed, []
    monkeypatch.setattr(
        Secret, "seed", lambda self, *names: drawn.append(names) or seed(self, *names)
    )
    course = short.copy(tmp_path)
    short.hand_in(course, "ann", REMEMBERS)
    path = course / "submitted/ann/hw/hw.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells.append(nbformat.v4.new_code_cell("print(len(seen), 'seen')"))
    nbformat.write(nb, path)
    grade_assignment(course, "hw")
    assert [(grade.student, grade.score) for grade in read_grades(course, "hw")] == [("ann", 2)]
    graded = nbformat.read(course / "autograded/ann/hw/hw.ipynb", as_version=4)
    assert graded.cells[-1].outputs[0].text == "1 seen\n"  # by the cell that is scored inside
    # a draw from the secret for each of the two seeds that the hidden cell has
    assert {names[-1] for names in drawn if "hidden" in names} == {"0", "1"}


ASKS = {
    "own": 'require("baseline_loss", own_baseline, own_orchard=True)',
    "both": 'require("baseline_loss", own_baseline, own_orchard=True)\nrequire("baseline_loss", baseline_loss)',
}
CALLS_IT = """\
from rainfall_kit import own_orchard, require
def own_baseline():
    return baseline_loss(own_orchard().tensors()[1])
def baseline_loss(targets):
    ...
"""


def test_the_name_in_a_test_is_no_answer_where_nobody_is_asked_for_such_a_function(
    nbgrader, tmp_path
):
    for notebook, asks in ASKS.items():
        nb = nbformat.v4.new_notebook()
        for name, text in (("answer", CALLS_IT), *zip("ab", asks.splitlines(), strict=False)):
            nb.cells.append(nbformat.v4.new_code_cell(text, id=name))
            is_test = name != "answer"
            nb.cells[-1].metadata = known(name, points=int(is_test) or None, solution=not is_test)
        (tmp_path / "source" / notebook).mkdir(parents=True)
        nbformat.write(nb, tmp_path / "source" / notebook / "hw.ipynb")
        nbgrader("generate_assignment", notebook, cwd=tmp_path)
        folder = tmp_path / "submitted" / "ann" / notebook
        folder.mkdir(parents=True)
        nbformat.write(nb, folder / "hw.ipynb")
    own, both = (grade_assignment(tmp_path, name, trial=False)[0].entry for name in ASKS)
    assert (own.score, both.score) == (0, 1)  # one mistake costs once
