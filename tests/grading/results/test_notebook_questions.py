"""A notebook's own headings name its questions, in whatever way an instructor has put cells below them."""

import pytest
from made_class import known, notebook
from nbformat import v4

from rainfall_kit.grading.results.notebook_questions import questions_of


def read(*cells, hidden=None):
    found = questions_of(v4.new_notebook(cells=cells), "hw", hidden or {})
    return [(one.title, one.answers, one.graded) for one in found]


def text(source):
    return v4.new_markdown_cell(source)


def answer(name, source=""):
    return v4.new_code_cell(source, metadata=known(name, solution=True))


def grading(name, source=""):
    return v4.new_code_cell(source, metadata=known(name, points=1))


def test_each_heading_names_the_answers_and_the_tests_below_it():
    assert [(one.title, one.answers, one.graded) for one in questions_of(notebook(), "hw")] == [
        ("1. Your turn: `mse`", ["mse"], ["test-mse", "test-mse-hidden"]),
        ("2. Its root", ["rmse"], ["test-rmse"]),
        ("3. In your own words", ["words"], ["words"]),
    ]


TWO = answer("f", "def f(): ..."), answer("g", "def g(): ...")

CASES = {
    "two answers, then their tests": (
        [text("## Both"), *TWO, grading("t-g", "g()"), grading("t-f", "f()")],
        [("Both", ["f"], ["t-f"]), ("Both: g", ["g"], ["t-g"])],
    ),
    "no heading at all": ([TWO[0], grading("t", "f()")], [("f", ["f"], ["t"])]),
    "a test without an answer": ([text("# Given"), grading("t", "1")], [("Given", [], ["t"])]),
    "an answer that earns nothing": ([text("# Free"), TWO[0]], []),
    "a comment in code is no heading": (
        [text("## A\n\n```python\n# not one\n```\nwords"), answer("f"), grading("t")],
        [("A", ["f"], ["t"])],
    ),
    "the same heading twice": (
        [text("## Try"), answer("f"), grading("a"), text("## Try"), answer("g"), grading("b")],
        [("Try", ["f"], ["a"]), ("Try: g", ["g"], ["b"])],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_questions(name):
    cells, expected = CASES[name]
    assert read(*cells) == expected


def test_a_hidden_test_belongs_to_what_it_asks_about():
    cells = [text("## Both"), *TWO, grading("t", "# again")]
    assert read(*cells)[0] == ("Both: g", ["g"], ["t"])
    assert read(*cells, hidden={"t": "f()"})[0] == ("Both", ["f"], ["t"])
