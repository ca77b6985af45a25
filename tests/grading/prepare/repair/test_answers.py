"""An answer is the cell that defines its function, whatever became of ids and metadata."""

import copy
from dataclasses import dataclass

import pytest
from nbformat import NotebookNode, v4

from rainfall_kit.grading.prepare.notes import notes_of
from rainfall_kit.grading.prepare.repair.repair import repair

STUBS = {
    "model": "def model(x, w, b):\n    '''Predict.'''\n    # YOUR CODE HERE\n    raise NotImplementedError()",
    "mse": "def mse(preds, targets):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
    "train": "def train(epochs):\n    losses = []\n    # YOUR CODE HERE\n"
    "    raise NotImplementedError()\n    return losses",
}
RIGHT = {
    "model": "def model(x, w, b):\n    return x @ w.t() + b",
    "mse": "def mse(preds, targets):\n    return ((preds - targets) ** 2).mean()",
    "train": "def train(epochs):\n    losses = []\n    return losses",
}
WORDS = "It is ten times the mean."


def released():
    cells = [v4.new_markdown_cell("# Title"), marked(v4.new_code_cell("import torch"), "setup")]
    for name, stub in STUBS.items():
        cells.append(v4.new_markdown_cell(f"## Write {name}"))
        cells.append(marked(v4.new_code_cell(stub), name, solution=True))
        cells.append(
            marked(v4.new_code_cell(f'require("{name}", {name})'), f"test-{name}", points=1)
        )
    cells.append(v4.new_markdown_cell("## In your own words"))
    cells.append(marked(v4.new_markdown_cell("YOUR ANSWER HERE"), "words", points=4, solution=True))
    return v4.new_notebook(cells=cells)


def marked(cell, name, *, points=0, solution=False):
    known = {"grade_id": name, "grade": points > 0, "solution": solution, "locked": not solution}
    cell.metadata.nbgrader = NotebookNode({**known, "points": points})
    cell.id = name
    return cell


@dataclass
class Work:
    """The released notebook with right answers in it, to do something to."""

    nb: NotebookNode

    def __getitem__(self, name):
        return next(cell for cell in self.nb.cells if cell.id == name)

    def place(self, name):
        return self.nb.cells.index(self[name])

    def add(self, source, *, before=None, kind=v4.new_code_cell):
        place = len(self.nb.cells) if before is None else self.place(before)
        self.nb.cells.insert(place, kind(source))

    def delete(self, *names):
        self.nb.cells = [cell for cell in self.nb.cells if cell.id not in names]

    def lose_marks(self):
        for number, cell in enumerate(self.nb.cells):
            cell.metadata, cell.id = NotebookNode(), f"lost-{number}"


def filled():
    work = Work(copy.deepcopy(released()))
    for name, source in {**RIGHT, "words": WORDS}.items():
        work[name].source = source
    return work


def all_lost(work):
    work.lose_marks()


def lost_and_in_another_order(work):
    work.lose_marks()
    work.nb.cells.insert(2, work.nb.cells.pop(10))


def in_new_cells(work):
    work.delete("mse")
    work.add(RIGHT["mse"], before="test-mse")


def below_the_stub(work):
    work["mse"].source = STUBS["mse"]
    work.add(RIGHT["mse"], before="test-mse")


def below_the_test(work):
    work["mse"].source = STUBS["mse"]
    work.add(RIGHT["mse"], before="train")


def at_the_end_with_a_helper(work):
    work["mse"].source = STUBS["mse"]
    work.add("def square(x):\n    return x * x")
    work.add(RIGHT["mse"])


def stub_copied_below(work):
    work.add(STUBS["mse"], before="test-mse")


def stub_without_its_comment_below(work):
    work.add("def mse(preds, targets):\n    raise NotImplementedError", before="test-mse")


def stub_that_returns_below(work):
    work.lose_marks()
    work.nb.cells.append(v4.new_code_cell(STUBS["train"]))


def all_in_one_cell(work):
    work["model"].source = "\n\n".join(RIGHT.values())
    for name in ("mse", "train"):
        work[name].source = STUBS[name]


def all_in_one_new_cell_at_the_end(work):
    work.delete(*RIGHT)
    work.add("\n\n".join(RIGHT.values()))


def all_in_the_last_answers_cell(work):
    work["train"].source = "\n\n".join(RIGHT.values())
    for name in ("mse", "model"):
        work[name].source = STUBS[name]


def under_a_magic(work):
    work.delete("mse")
    work.add("%%time\n" + RIGHT["mse"], before="test-mse")


def beside_a_shell_line(work):
    work.delete("mse")
    work.add("!pip list\n%matplotlib inline\n" + RIGHT["mse"], before="test-mse")


def in_a_lambda(work):
    work.delete("mse")
    work.add("mse = lambda preds, targets: ((preds - targets) ** 2).mean()", before="test-mse")


def under_an_if(work):
    work.delete("mse")
    work.add("if True:\n    " + RIGHT["mse"].replace("\n", "\n    "), before="test-mse")


def typed_into_the_test(work):
    work["mse"].source = STUBS["mse"]
    work["test-mse"].source = RIGHT["mse"]


def typed_into_a_copy_of_another_answer(work):
    copied = copy.deepcopy(work["model"])
    copied.source = RIGHT["mse"]
    work.nb.cells.insert(work.place("test-mse"), copied)
    work.delete("mse")


def an_experiment_below_everything(work):
    work.add("def mse(preds, targets):\n    return 'an experiment'")


def written_again_in_the_next_cell(work):
    work["mse"].source = "def mse(preds, targets):\n    return 'a first try'"
    work.add(RIGHT["mse"], before="test-mse")


def other_letters(work):
    work["mse"].source = RIGHT["mse"].replace("mse", "MSE")


def other_letters_in_a_new_cell(work):
    work["mse"].source = STUBS["mse"]
    work.add(RIGHT["mse"].replace("mse", "Mse"), before="test-mse")


FOUND = [
    all_lost, lost_and_in_another_order, in_new_cells, below_the_stub, below_the_test,
    at_the_end_with_a_helper, stub_copied_below, stub_without_its_comment_below,
    stub_that_returns_below, all_in_one_cell, all_in_one_new_cell_at_the_end,
    all_in_the_last_answers_cell, under_a_magic, beside_a_shell_line, in_a_lambda, under_an_if,
    typed_into_the_test, typed_into_a_copy_of_another_answer, an_experiment_below_everything,
    written_again_in_the_next_cell, other_letters, other_letters_in_a_new_cell,
]  # fmt: skip


def run(nb):
    """Run the cells as a kernel would: what each test finds under its name."""
    names, tested = {}, {}

    def require(name, function):
        tested[name] = function

    names["require"] = require
    for cell in nb.cells:
        if cell.cell_type == "code":
            text = "\n".join(
                line for line in cell.source.splitlines() if line[:1] not in ("%", "!")
            )
            if "import torch" not in text:
                exec(text, names)
    return tested


@pytest.mark.parametrize("change", FOUND, ids=lambda change: change.__name__)
def test_each_test_finds_the_right_function(change):
    work = filled()
    change(work)
    nb = repair(work.nb, released())
    tested = run(nb)
    numbers = FakeTensor(3.0), FakeTensor(1.0)
    assert tested["mse"](*numbers) == 4.0
    assert tested["train"](0) == []
    assert tested["model"].__code__.co_argcount == 3
    assert [name for name, function in tested.items() if function.__name__ == "stub"] == []
    assert sum("NotImplementedError" in cell.source for cell in nb.cells) == 0


class FakeTensor(float):
    def __sub__(self, other):
        return FakeTensor(float(self) - float(other))

    def __pow__(self, power):
        return FakeTensor(float(self) ** power)

    def mean(self):
        return float(self)


@pytest.mark.parametrize("change", FOUND, ids=lambda change: change.__name__)
def test_every_cell_is_there_once_and_in_order(change):
    work = filled()
    change(work)
    nb = repair(work.nb, released())
    marks = [cell.metadata.nbgrader.grade_id for cell in nb.cells if "nbgrader" in cell.metadata]
    assert marks == [cell.id for cell in released().cells if "nbgrader" in cell.metadata]
    assert len({cell.id for cell in nb.cells}) == len(nb.cells)


@pytest.mark.parametrize("change", FOUND, ids=lambda change: change.__name__)
def test_what_was_done_is_in_a_note_that_the_student_reads(change):
    work = filled()
    change(work)
    nb = repair(work.nb, released())
    if change is an_experiment_below_everything:
        assert notes_of(nb) == ["mse is written in 2 cells; the first one counts"]
    assert notes_of(nb)
    assert all(note in nb.cells[0].source for note in notes_of(nb))


@pytest.mark.parametrize("change", FOUND, ids=lambda change: change.__name__)
def test_the_written_answer_is_found(change):
    work = filled()
    change(work)
    nb = repair(work.nb, released())
    (words,) = (
        cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "words"
    )
    assert words.source == WORDS


def test_a_notebook_as_it_should_be_has_no_notes():
    nb = repair(filled().nb, released())
    assert notes_of(nb) == []


def test_a_function_of_another_name_is_told_and_not_covered_by_a_stub():
    work = filled()
    work["mse"].source = RIGHT["mse"].replace("mse", "mean_squared_error")
    nb = repair(work.nb, released())
    assert notes_of(nb) == ["no cell defines mse; its cell defines mean_squared_error"]
    assert "mse = " not in work["mse"].source


def test_a_cell_in_the_place_of_a_deleted_one_is_the_answer_and_gets_no_stub():
    work = filled()
    work.delete("mse")
    work.add(RIGHT["mse"].replace("mse", "mean_squared_error"), before="test-mse")
    nb = repair(work.nb, released())
    assert "mse: the cell that stands in its place was taken for it" in notes_of(nb)
    assert not any("NotImplementedError" in cell.source for cell in nb.cells)


def test_a_cell_is_put_back_where_nobody_wrote_anything():
    work = filled()
    work.delete("mse")
    nb = repair(work.nb, released())
    assert notes_of(nb) == ["not in what was handed in, so added: mse"]
    assert sum("NotImplementedError" in cell.source for cell in nb.cells) == 1


def test_a_stub_that_still_stands_above_code_is_no_copy_of_what_was_given_out():
    work = filled()
    work["mse"].source = STUBS["mse"] + "\n    return ((preds - targets) ** 2).mean()"
    nb = repair(work.nb, released())
    assert notes_of(nb) == []
    assert "mean()" in work["mse"].source
    assert nb.cells == work.nb.cells


def test_what_was_given_out_is_nobodys_answer():
    given = released()
    solved = "from solved import mse\nmse(preds, targets)"
    given.cells.append(marked(v4.new_code_cell(solved), "with-a-right-one", points=1))
    nb = repair(copy.deepcopy(given), given)
    assert next(cell for cell in nb.cells if cell.id == "mse").source == STUBS["mse"]
    assert notes_of(nb) == []


def test_an_answer_may_bind_anew_what_an_earlier_one_has_made():
    given = released()
    stubs = {
        "clean": "clean = None\nraise NotImplementedError()",
        "dates": "raise NotImplementedError()",
    }
    given.cells += [
        marked(v4.new_code_cell(stub), name, solution=True) for name, stub in stubs.items()
    ]
    nb = copy.deepcopy(given)
    answers = {"clean": "clean = None\nclean = table.dropna()", "dates": "clean = in_dates(clean)"}
    for cell in nb.cells:
        cell.source = answers.get(cell.id, cell.source)
    repair(nb, given)
    assert {cell.id: cell.source for cell in nb.cells if cell.id in answers} == answers
    assert notes_of(nb) == []
