"""The explorers without a browser: what they show, accept, keep and refuse."""

import dataclasses
import json
import re
import xml.etree.ElementTree as ET

import nbformat
import numpy as np
import pytest
import torch
from IPython.core.error import UsageError
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory

import rainfall_kit as kit
from rainfall_kit.errors import DataError, OptionError
from rainfall_kit.explorers.html import script
from rainfall_kit.lesson.orchard import CROPS, INPUT_NAMES, load_orchard, make_orchard
from rainfall_kit.lesson.reference import init_params, train
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.run import Run


def lesson_run(epochs=30, lr=1e-5, **more):
    orchard = load_orchard()
    run = train(*orchard.tensors(), *init_params(0), lr=lr, epochs=epochs)
    quadratic = Bowl.from_data(orchard.inputs, orchard.targets).record()
    names = {"input_names": INPUT_NAMES, "crop_names": CROPS}
    return dataclasses.replace(run, quadratic=quadratic, **names, **more)


RUN = lesson_run()
OPEN = {
    "learning_rate": kit.explore_learning_rate,
    "weights": kit.explore_weights,
    "step_by_step": kit.explore_step_by_step,
    "bowl": kit.explore_bowl,
    "compare": lambda **options: kit.explore_compare(mine=RUN, **options),
}
ON_DATA = [name for name in OPEN if name != "compare"]
every_explorer = pytest.mark.parametrize("name", OPEN)
on_data = pytest.mark.parametrize("name", ON_DATA)


def of_class(svg, name):
    return [each for each in ET.fromstring(svg).iter() if name in each.get("class", "").split()]


@every_explorer
def test_the_figure_is_clean_svg_with_a_title_and_a_description(name):
    svg = OPEN[name]().figure()
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root[0].text and len(root[1].text) > 20
    assert not re.search(r'="[^"]*\b(nan|inf)\b', svg)
    assert "id=" not in svg


@every_explorer
def test_without_a_front_end_it_shows_a_still_picture_and_a_table(name):
    explorer = OPEN[name]()
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert explorer.comm is None
    assert explorer.figure() in bundle["text/html"]
    assert "<table>" in bundle["text/html"]
    assert bundle["text/plain"].count("\n") >= 3
    assert len(bundle["text/html"]) < 100_000


@every_explorer
def test_a_saved_page_needs_no_network(name, tmp_path):
    page = OPEN[name]().save(tmp_path / "page.html").read_text("utf-8")
    assert "rk-figure" in page
    assert not re.search(
        r"(?:src|href)=|@import|url\(|fetch\(|https?://(?!www\.w3\.org/2000/svg)", page
    )
    given = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page)[1])
    assert given["given"]["explorer"] == name


@every_explorer
def test_the_script_is_one_small_module_without_imports(name):
    text = script(name)
    assert len(text.encode()) < 16_000
    assert not re.search(r"^\s*import\b|import\(|fetch\(|https?:", text, re.MULTILINE)


def test_state_is_read_and_set_from_python():
    explorer = kit.explore_learning_rate()
    assert (explorer.lr, explorer.epoch) == (1e-5, 100)
    explorer.lr, explorer.epoch = 1e-4, 20
    bowl, start = explorer.view.data.bowl, explorer.view.data
    loss = bowl.losses(start.w, start.b, 1e-4, 20)
    assert f"the loss is {loss:.6g}" in explorer.says()
    assert f">{loss:.6g}<" in explorer.figure()


def test_past_the_limit_it_says_why():
    says = kit.explore_learning_rate(lr=1.34e-4).says()
    assert "lr·λmax = 2.4 > 2" in says
    assert "above the picture" in says


def test_it_opens_on_a_run_with_its_start_lr_and_losses():
    run = lesson_run(epochs=40, lr=2e-5)
    explorer = kit.explore_learning_rate(run)
    assert (explorer.lr, explorer.epoch) == (2e-5, 40)
    assert f"{run.final_loss:.5g}"[:5] in explorer.says()
    assert len(of_class(explorer.figure(), "rk-own")) == 1


def test_it_opens_on_data_of_another_shape():
    rng = np.random.default_rng(1)
    inputs, targets = rng.normal(size=(30, 5)), rng.normal(size=(30, 1))
    for name in ON_DATA:
        svg = OPEN[name](inputs=inputs, targets=targets).figure()
        assert "x0" in svg or name == "learning_rate"
    named = kit.explore_weights(inputs=inputs, targets=targets, input_names=list("abcde"))
    assert "crop 0, a" in named.table().rows[0][0]


def test_a_run_on_unknown_rows_shows_no_predictions_and_asks_for_them():
    other = make_orchard(50)
    bowl = Bowl.from_data(other.inputs, other.targets)
    run = dataclasses.replace(RUN, quadratic=bowl.record())
    assert "Predictions" not in kit.explore_learning_rate(run).figure()
    with pytest.raises(OptionError, match="inputs=inputs"):
        kit.explore_weights(run)
    assert (
        "Predictions"
        in kit.explore_weights(run, inputs=other.inputs, targets=other.targets).figure()
    )


DEGENERATE = {
    "one row": ([[73.0, 67.0, 43.0]], [[56.0, 70.0]]),
    "rank-deficient": ([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]], [[1.0, 2.0]] * 3),
    "all the same": ([[2.0, 2.0, 2.0]] * 4, [[1.0, 2.0]] * 4),
    "zeros": ([[0.0, 0.0, 0.0]] * 3, [[0.0, 0.0]] * 3),
}


@on_data
@pytest.mark.parametrize("data", DEGENERATE)
def test_degenerate_data_give_a_clean_picture(name, data):
    inputs, targets = DEGENERATE[data]
    explorer = OPEN[name](inputs=inputs, targets=targets)
    svg = explorer.figure()
    assert not re.search(r'="[^"]*\b(nan|inf)\b', svg)
    json.dumps(explorer._given_now(), allow_nan=False)


@on_data
def test_nan_in_the_data_names_its_place(name):
    with pytest.raises(DataError, match="row 0, column 1"):
        OPEN[name](inputs=[[1.0, float("nan"), 2.0]], targets=[[1.0, 2.0]])


def test_numbers_past_all_numbers_are_refused():
    with pytest.raises(OptionError, match="past all numbers"):
        kit.explore_bowl(inputs=[[1e200]], targets=[[1.0]])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: kit.explore_learning_rate(lr=-1), "lr must be a number above 0, got -1"),
        (lambda: kit.explore_learning_rate(epochs=0), "epochs must be a whole number from 1"),
        (lambda: kit.explore_learning_rate(epoch=101), "from 0 to 100, got 101"),
        (lambda: kit.explore_learning_rate(Run(steps=(), final_loss=1.0)), "has no steps"),
        (lambda: kit.explore_learning_rate([1, 2]), "opens on a run, got list"),
        (lambda: kit.explore_weights(inputs=[[1.0]]), "must be given together"),
        (lambda: kit.explore_weights(w=[[1.0]], b=[1.0]), r"w must be \(2, 3\)"),
        (lambda: kit.explore_weights(chosen=10), "chosen must be a whole number from 0 to 9"),
        (lambda: kit.explore_weights(regions=["a"]), "regions must be 5 names, got 1"),
        (lambda: kit.explore_bowl(share=0), "share must be a number from 0.01 to 1.2"),
        (lambda: kit.explore_step_by_step(model=3), "model must be a function, got 3"),
        (lambda: kit.explore_step_by_step().press("jump"), "there is no button 'jump'"),
        (lambda: kit.side_by_side(), "takes explorers, got nothing"),
        (lambda: kit.side_by_side(kit.explore_bowl(), 3), "takes explorers, got int"),
        (lambda: kit.explore_compare(), "from 1 to 4 runs, got 0"),
        (lambda: kit.explore_compare(*[RUN] * 5), "got 5"),
        (lambda: kit.explore_compare(Run(steps=(), final_loss=1.0)), "a run without steps"),
    ],
)
def test_bad_arguments_say_what_is_allowed(call, says):
    with pytest.raises(OptionError, match=says):
        call()


@pytest.mark.parametrize(
    ("name", "trait", "value"),
    [
        ("learning_rate", "lr", 0.0),
        ("learning_rate", "epoch", -1),
        ("weights", "w", [[1.0]]),
        ("weights", "b", [1.0, float("nan")]),
        ("weights", "lr", "fast"),
        ("bowl", "centre", 2.0),
        ("compare", "epoch", 31),
    ],
)
def test_bad_state_is_refused_and_the_old_one_stays(name, trait, value):
    explorer = OPEN[name]()
    before = getattr(explorer, trait)
    with pytest.raises(Exception, match=trait):
        setattr(explorer, trait, value)
    assert getattr(explorer, trait) == before


def test_a_real_step_moves_against_the_gradient():
    explorer = kit.explore_weights(lr=1e-5)
    w, b = np.array(explorer.w), np.array(explorer.b)
    grad_w, grad_b = explorer.view.data.bowl.gradient(w, b)
    explorer.step()
    assert np.array(explorer.w) == pytest.approx(w - 1e-5 * grad_w, rel=1e-12)
    assert np.array(explorer.b) == pytest.approx(b - 1e-5 * grad_b, rel=1e-12)
    assert "went from 33060.8 to 23432.5" in explorer.note


def test_skipping_the_reset_makes_grad_add_up():
    explorer = kit.explore_step_by_step()
    explorer.press("predict", "loss", "backward")
    once = np.array(explorer.view.grad_w)
    explorer.press("predict", "loss", "backward")
    assert np.array(explorer.view.grad_w) == pytest.approx(2 * once)
    explorer.press("reset")
    assert not np.array(explorer.view.grad_w).any()


def test_an_unknown_button_presses_none_of_the_others():
    explorer = kit.explore_step_by_step()
    with pytest.raises(OptionError, match="jump"):
        explorer.press("predict", "jump")
    assert explorer.view.pressed == ()


def test_steps_in_order_are_the_lessons_step():
    explorer = kit.explore_step_by_step()
    explorer.press("predict", "loss", "backward", "move", "reset", "predict", "loss")
    assert explorer.view.loss == pytest.approx(23432.488, abs=0.01)
    assert len(of_class(explorer.figure(), "rk-path")) == 2


@pytest.mark.parametrize(
    ("buttons", "note"),
    [
        (["loss"], "preds is None"),
        (["backward"], "loss is None"),
        (["move"], "w.grad is None"),
        (["reset"], "w.grad is None"),
        (["predict", "loss", "backward", "backward"], "RuntimeError: Trying to backward through"),
    ],
)
def test_what_goes_wrong_is_told_in_its_own_words(buttons, note):
    explorer = kit.explore_step_by_step()
    explorer.press(*buttons)
    assert note in explorer.note
    assert "raised" in explorer.note


def test_the_students_own_functions_are_used():
    explorer = kit.explore_step_by_step(
        model=lambda x, w, _b: x @ w.t(), mse=lambda preds, targets: (preds - targets).abs().mean()
    )
    explorer.press("predict", "loss")
    w, _ = init_params(0)
    inputs, targets = load_orchard().tensors()
    assert explorer.view.loss == pytest.approx((inputs @ w.t() - targets).abs().mean().item())


def test_a_students_function_that_fails_or_gives_nonsense_is_told():
    def broken(*_):
        raise ZeroDivisionError("division by zero")

    explorer = kit.explore_step_by_step(model=broken)
    explorer.press("predict")
    assert "ZeroDivisionError: division by zero" in explorer.note
    explorer = kit.explore_step_by_step(model=lambda *_: torch.zeros(3))
    explorer.press("predict", "loss")
    assert "raised" in explorer.note
    ET.fromstring(explorer.figure())


def test_the_bowl_knows_what_standardising_does():
    raw, standardised = kit.explore_bowl(), kit.explore_bowl(centre=1, scale=1)
    assert "Condition number 2.19e6" in raw.says()
    assert "Condition number 6.95" in standardised.says()
    expected = raw.view.data.bowl.standardised().eigenvalues
    assert standardised.view.bowl.eigenvalues == pytest.approx(expected)


def test_runs_are_compared_at_the_same_step():
    fast = lesson_run(epochs=20, lr=1e-4)
    explorer = kit.explore_compare(slow=RUN, fast=fast, epoch=10)
    rows = {name: cells for name, *cells in explorer.table().rows}
    assert rows["slow"][2] == f"{RUN.losses[10]:.6g}"
    assert rows["fast"][2] == f"{fast.losses[10]:.6g}"
    assert len(of_class(explorer.figure(), "rk-path")) == 2


def test_runs_that_diverge_or_had_other_data_can_be_compared():
    wild = lesson_run(epochs=60, lr=1e-2)
    bare = dataclasses.replace(RUN, quadratic=None)
    svg = kit.explore_compare(RUN, wild).figure()
    assert not re.search(r'="[^"]*\b(nan|inf)\b', svg)
    explorer = kit.explore_compare(RUN, bare)
    assert not of_class(explorer.figure(), "rk-path")
    json.dumps(kit.explore_compare(RUN, wild)._given_now(), allow_nan=False)


@every_explorer
def test_it_can_ask_first(name):
    explorer = OPEN[name](predict=True)
    question = explorer.view.prompt()
    assert 0 <= question.right < len(question.choices) == len(set(question.choices))
    html = explorer._repr_mimebundle_()["text/html"]
    assert html.count('class="rk-choice"') == len(question.choices)


CELLS = [
    "%load_ext rainfall_kit\n%gd_step --seed 0 --epochs 5 -o mine -q",
    *(f"%gd_explore {name}" for name in OPEN),
]


@pytest.fixture(scope="module")
def executed():
    setup = "import rainfall_kit, torch\ninputs, targets = rainfall_kit.load_orchard().tensors()"
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in [setup, *CELLS]]
    )
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    return notebook


def test_an_executed_notebook_keeps_pictures_and_no_widget_state(executed):
    assert "widgets" not in executed.metadata
    shown = [cell.outputs for cell in executed.cells[2:]]
    assert all("<svg" in output.data["text/html"] for (output,) in shown)
    assert all(len(json.dumps(outputs)) < 100_000 for outputs in shown)


def feedback_page(notebook):
    """The page that nbgrader hands back, by the exporter and the template that it uses."""
    scores = dict.fromkeys(("score", "max_score", "late_penalty"), 0)
    resources = {"nbgrader": {"notebook": "lesson", **scores}}
    exporter = HTMLExporter(config=GenerateFeedback(CourseDirectory()).config)
    page, _ = exporter.from_notebook_node(notebook, resources)
    return page


def test_feedback_shows_still_pictures_and_tables_and_no_widget_state(executed):
    page = feedback_page(executed)
    bare = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(c.source) for c in executed.cells]
    )
    assert page.count('class="rk-figure"') == page.count("The numbers as a table") == len(OPEN)
    assert page.count("<table>") >= len(OPEN)
    assert "widget-view" not in page
    assert "widget-state" not in page
    assert len(page) - len(feedback_page(bare)) < 100_000 * len(OPEN)


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
