"""The tour that JupyterLab opens tells a true story when it runs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import rainfall_kit
from rainfall_kit.course.lab import lab_command
from rainfall_kit.course.tour_questions import QUESTIONS

TOUR = Path(rainfall_kit.__file__).parent / "course" / "tour.ipynb"


def test_the_tour_is_stripped():
    tour = nbformat.read(TOUR, as_version=4)
    nbformat.validate(tour)
    assert tour.metadata.kernelspec.name == "python3"
    assert all(cell.id == cell.id.lower() and len(cell.id) < 30 for cell in tour.cells)
    code = [cell for cell in tour.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_the_tour_runs_from_top_to_bottom_and_its_story_is_true(tmp_path):
    tour = nbformat.read(TOUR, as_version=4)
    NotebookClient(tour, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = {
        cell.id: "\n".join(
            output.get("text") or output["data"]["text/plain"] for output in cell.outputs
        )
        for cell in tour.cells
        if cell.cell_type == "code"
    }
    errors = [
        output
        for cell in tour.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]
    assert errors == []
    assert "33060.8 -> 1270.12" in said["record"]
    assert "to 67.9" in said["longer"]
    assert "The loss grew" in said["too-long"]
    assert "sum instead of mean" in said["mse"]
    # What the questions say in advance comes true, and stands nowhere before it is asked.
    assert "Kanto" in said["table"] and "Unova" in said["start"]
    assert "raw: 2.19e+06" in said["standardise"] and "standardised: 6.95" in said["standardise"]
    assert "to 0.483121" in said["standardised-run"]


TERMS = {  # each is said in bold, or written out, no later than it is used
    "∂loss": "They are written ∂loss/∂w",
    "learning rate": "**learning rate**, `lr`",
    "`lr`": "**learning rate**, `lr`",
    "epoch": "An **epoch** is one pass",
    "λ": "**λ** (lambda)",
    "condition number": "is the **condition number**",
    "`@`": "`@` multiplies",
    "ring": "have the same loss",
    "loss": "The **loss** is",
    "gradient ": "*gradient descent*",
    "standardis": "called **standardising**",
}


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_defined_where_it_first_appears(term):
    tour = nbformat.read(TOUR, as_version=4)
    asked = {
        f'ask("{name}")': " ".join((question.text, *question.choices))
        for name, question in QUESTIONS.items()
    }
    cells = [
        asked.get(cell.source, cell.source)
        for cell in tour.cells
        if cell.cell_type == "markdown" or cell.source in asked
    ]
    first = next(cell for cell in cells if term in cell)
    assert TERMS[term] in first


def test_the_tour_says_nowhere_what_a_question_asks_before_it():
    tour = nbformat.read(TOUR, as_version=4)
    sources = [cell.source for cell in tour.cells]
    for name, question in QUESTIONS.items():
        before = "".join(sources[: sources.index(f'ask("{name}")') + 2])
        assert question.because not in before
        assert "67.9" not in before and "about 68" not in before
    assert {f'ask("{name}")' for name in QUESTIONS} <= set(sources)


def test_the_tour_has_nine_parts_and_leads_on_to_the_first_assignment():
    tour = nbformat.read(TOUR, as_version=4)
    parts = [
        line.split(".")[0]
        for cell in tour.cells if cell.cell_type == "markdown"
        for line in cell.source.splitlines() if line.startswith("## ") and line[3].isdigit()
    ]  # fmt: skip
    assert parts == [f"## {number}" for number in range(1, 10)]
    assert "(tensors/tensors.ipynb)" in tour.cells[-1].source


def test_jupyterlab_opens_on_the_start_page():
    command = lab_command(Path("/home/ash"), port=None, browser=False)
    assert "--LabApp.default_url=/lab/tree/start.ipynb" in command
