"""A feedback page is made of any notebook, also of what nbconvert gives up on."""

import copy
import shutil

import pytest
from made_class import make_course, notebook
from nbformat import from_dict, v4, write
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback

from rainfall_kit.grading.feedback import page as page_module
from rainfall_kit.grading.feedback.page import FeedbackPage
from rainfall_kit.grading.prepare.course import open_course

ENGINE = "c.Autograde.exporter_class = 'rainfall_kit.grading.exporter.EngineExporter'\n"
PAGE = "c.GenerateFeedback.exporter_class = 'rainfall_kit.grading.feedback.page.FeedbackPage'\n"
FACTS = {"notebook": "hw", "assignment": "hw", "student": "ann"}
FACTS |= {"score": 1.0, "max_score": 2.0, "late_penalty": 0.0}


def text_cell(text):
    return notebook_with(v4.new_markdown_cell(text))


def output_cell(output):
    cell = v4.new_code_cell("x")
    cell.outputs = [
        from_dict({"output_type": "display_data", "metadata": {}, "data": {}, **output})
    ]
    return notebook_with(cell)


def notebook_with(*cells, **metadata):
    nb = notebook()
    nb.cells += cells
    nb.metadata.update(metadata)
    return nb


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("class") / "course", {"ann": {}})


@pytest.mark.parametrize(
    "nb",
    [
        text_cell("see ![x](attachment:gone.png)"),
        output_cell({"data": {"image/png": "aa"}, "metadata": {"image/png": [1]}}),
        output_cell({"data": {"application/vnd.jupyter.widget-view+json": 3}}),
        notebook_with(widgets=None),
        notebook_with(language_info="python"),
    ],
    ids=["an attachment", "a size", "a widget", "widgets", "a language"],
)
def test_a_page_is_made_of_what_nbconvert_gives_up_on(course, monkeypatch, nb):
    monkeypatch.chdir(course)
    before = copy.deepcopy(nb)
    page, _ = FeedbackPage().from_notebook_node(nb, {"nbgrader": FACTS})
    assert "Your turn" in page
    assert nb == before


@pytest.mark.parametrize(("line", "shows"), [(ENGINE, True), (ENGINE + PAGE, False)])
def test_the_engines_line_alone_leaves_hidden_tests_in_feedback_and_the_pages_takes_them_out(
    course, tmp_path, line, shows
):
    course = shutil.copytree(course, tmp_path / "course")
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(line)
    graded = course / "autograded/ann/hw/hw.ipynb"
    graded.parent.mkdir(parents=True)
    write(notebook(), graded)
    folders = open_course(course)
    folders.assignment_id = "hw"
    GenerateFeedback(coursedir=folders, config=folders.config).start()
    html = (course / "feedback/ann/hw/hw.html").read_text()
    assert "tested again" in html
    assert ("BEGIN HIDDEN TESTS" in html) == shows


def test_no_graded_notebook_lies_beside_a_page_where_an_id_has_brackets(tmp_path):
    for student in ("ann", "[b]racket"):
        place = tmp_path / "autograded" / student / "hw"
        place.mkdir(parents=True)
        for name in ("hw.ipynb", "rain.csv"):
            (place / name).touch()
    folders = open_course(tmp_path)
    folders.assignment_id = "hw"
    converter = GenerateFeedback(coursedir=folders)
    converter.init_notebooks()
    FeedbackPage(parent=converter)
    assert len(converter.assignments) == 2
    for student in ("ann", "[b]racket"):
        converter.init_assignment("hw", student)
        found = (tmp_path / "feedback" / student / "hw").iterdir()
        assert [path.name for path in found] == ["rain.csv"]
    shutil.rmtree(tmp_path / "autograded" / "ann")  # and a class of nobody else
    converter.init_notebooks()
    assert len(converter.assignments) == 1


def test_only_a_page_that_shows_an_earlier_grade_is_made_anew(course, tmp_path):
    course = shutil.copytree(course, tmp_path / "course")
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(PAGE)
    graded, page = course / "autograded/ann/hw/hw.ipynb", course / "feedback/ann/hw/hw.html"
    graded.parent.mkdir(parents=True)
    write(notebook(), graded)

    def generate():
        folders = open_course(course)
        folders.assignment_id = "hw"
        GenerateFeedback(coursedir=folders, config=folders.config).start()
        return page.stat().st_ino, page.read_text()

    first = generate()
    assert generate() == first
    assert "mathjax/" not in first[1]
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.find_comment("words", "hw", "hw", "ann").manual_comment = "well said: $x^2$"
        gradebook.db.commit()
    read = generate()
    assert "well said" in read[1]
    assert "mathjax/" in read[1]
    write(notebook({"mse": "def mse(preds, targets):\n    return 3"}), graded)
    again = generate()
    assert "return" in again[1]
    assert "well said" in again[1]
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("c.LocalTime.zone = 'Europe/Berlin'\n")
    assert generate() != again
    assert generate() == generate()


def code_cell(source, **data):
    cell = v4.new_code_cell(source)
    cell.outputs = [v4.new_output("display_data", data=data)] if data else []
    return notebook_with(cell)


@pytest.mark.parametrize(
    "nb",
    [
        code_cell("." * 200_000),
        text_cell("\\begin{a}" * 20_000),
        text_cell("[" * 300_000),
        code_cell("x", **{"text/html": "<i>" * 400_000, "text/plain": "many"}),
        code_cell("x", **{"text/plain": "\x1b[" + "1;" * 500_000 + "m"}),
    ],
    ids=["a program", "formulas", "brackets", "tags", "colours"],
)
def test_what_takes_too_long_to_draw_is_shown_as_plain_text(course, monkeypatch, nb):
    monkeypatch.chdir(course)
    monkeypatch.setattr(page_module, "_CPU_SECONDS", 1.5)
    page, _ = FeedbackPage().from_notebook_node(nb, {"nbgrader": FACTS})
    assert "takes too long to draw" in page
    assert "Your turn" in page
    assert f"<pre>{nb.cells[-1].source[:100]}" in page
    assert len(page) < 100_000
    assert nb.cells[-1].source not in page or len(nb.cells[-1].source) < 100


def test_the_next_page_is_drawn_in_full_again(course, monkeypatch):
    monkeypatch.chdir(course)
    exporter = FeedbackPage()
    monkeypatch.setattr(page_module, "_CPU_SECONDS", 1.5)
    first, _ = exporter.from_notebook_node(code_cell("." * 200_000), {"nbgrader": FACTS})
    second, _ = exporter.from_notebook_node(notebook(), {"nbgrader": FACTS})
    assert ("too long" in first, "too long" in second) == (True, False)
