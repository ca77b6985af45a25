"""The magic %gd_explore: opened on the names of the notebook, and what to type."""

import pytest
from IPython.core.error import UsageError


def test_the_magic_opens_on_the_notebooks_own_names(notebook):
    notebook.run("w, b = rainfall_kit.init_params(3)")
    result = notebook.run("%gd_explore weights -o kept").result
    assert notebook.names["kept"] is result
    assert result.w[0][0] == pytest.approx(notebook.names["w"][0, 0].item())


def test_the_magic_opens_on_runs(notebook):
    notebook.step("--seed 0 --epochs 7 -o first")
    notebook.step("--seed 0 --epochs 9 --lr 1e-4 -o second")
    assert notebook.run("%gd_explore learning_rate first").result.epoch == 7
    both = notebook.run("%gd_explore compare").result
    assert [row[0] for row in both.table().rows] == ["first", "second"]
    assert notebook.run("%gd_explore learning_rate --predict --lr 2e-5").result.lr == 2e-5


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "which explorer"),
        ("nothing", "no explorer 'nothing'"),
        ("compare", "no run is kept"),
        ("weights torch", "torch is not a run"),
        ("bowl --lr 1", "bowl has no --lr"),
        ("weights --lr fast", "--lr must be a number"),
        ("weights -o 1st", "--output must be a name"),
    ],
)
def test_the_magic_says_what_to_type(notebook, line, says):
    with pytest.raises(UsageError, match=says):
        notebook.shell.run_line_magic("gd_explore", line)
