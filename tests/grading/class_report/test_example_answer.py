"""An answer that is shown to a class tells nothing of who wrote it, and means what it meant."""

import pytest

from rainfall_kit.grading.class_report.example_answer import People, anonymous

PEOPLE = People(["ian", "Ash Ketchum", "May", "sum", "Li Wei", "Jos\u00e9 O'Neil", "anna-lena"])
HIDDEN = {
    "ian = 1": "name = 1",
    "ash, may = 1, 2": "name, name2 = (1, 2)",
    "def ashketchum(x):\n    return x": "def name(x):\n    return x",
    "class LossOfAsh:\n    pass": "class name:\n    pass",
    "import torch as ash\nash.ones(1)": "import torch as name\nname.ones(1)",
    "self.ash = 1\nprint(self.ash)": "self.name = 1\nprint(self.name)",
    "f(ash=1)": "f(name=1)",
    "jos\u00e9 = 1": "name = 1",
    "loss_neil = 1": "name = 1",
    "anna_lena_1 = 0": "name = 0",
    "x = 'by ash'  # ash": "x = '\u2026'",
    "try:\n    f()\nexcept E as ash:\n    raise ash": "try:\n    f()\nexcept E as name:\n    raise name",
}
KEPT = (
    "median = x.median()",  # not Ian's
    "y = sum(x)",  # Python's own word
    "y = x.sum()",  # a library's
    "weights = torch.linalg.norm(x)",
)


@pytest.mark.parametrize("source", HIDDEN)
def test_names_are_hidden(source):
    assert anonymous(source, PEOPLE) == HIDDEN[source]


@pytest.mark.parametrize("source", KEPT)
def test_words_of_the_code_are_kept(source):
    assert anonymous(source, PEOPLE) == source


def test_what_is_no_python_is_not_shown():
    assert anonymous("by ash", PEOPLE) == ""
