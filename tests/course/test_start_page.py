"""Start page: links to everything, and a table that is there before anything is run."""

import re

import nbformat

from rainfall_kit.course.assignments import assignment_names
from rainfall_kit.course.progress import progress
from rainfall_kit.course.start_page import start_page


def test_it_is_a_valid_notebook_that_leads_everywhere(tmp_path):
    page = nbformat.reads(start_page(progress(tmp_path)), as_version=4)
    nbformat.validate(page)
    shown = page.cells[1].outputs[0].data["text/markdown"]
    links = set(re.findall(r"\]\((.*?)\)", page.cells[0].source + shown))
    assert links == {"tour.ipynb", *(f"{name}/{name}.ipynb" for name in assignment_names())}


def test_its_cell_shows_the_same_table_again(tmp_path):
    page = nbformat.reads(start_page(progress(tmp_path)), as_version=4)
    names = {}
    exec(page.cells[1].source.replace("\nprogress()", ""), names)
    shown = page.cells[1].outputs[0].data
    assert names["progress"](tmp_path)._repr_markdown_() == shown["text/markdown"]
