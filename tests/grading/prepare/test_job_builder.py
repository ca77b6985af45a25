"""A job asks what is secret when every cell has run, with as many draws as the cell has seeds."""

import nbformat
import pytest

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
