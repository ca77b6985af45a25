"""Every explorer without a browser: its picture, and what notebooks and feedback keep of it."""

import json
import re
import sys
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from opened import OPEN

every_explorer = pytest.mark.parametrize("name", OPEN)


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


def test_in_marimo_it_has_its_picture_and_no_sliders_of_ipywidgets(monkeypatch):
    marimo = SimpleNamespace(running_in_notebook=lambda: True)
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    explorer = OPEN["weights"]()
    assert explorer._name and explorer._widgets == {}
    assert explorer.figure() in explorer._still
    explorer.close()
    monkeypatch.setitem(sys.modules, "marimo", SimpleNamespace(running_in_notebook=lambda: False))
    assert not OPEN["weights"]()._name


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
    NotebookClient(notebook, kernel_name="python3", timeout=600).execute()
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
