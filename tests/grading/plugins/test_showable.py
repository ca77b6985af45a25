"""What nbconvert gives up on costs a student one output, and never the feedback page."""

import copy

import pytest
from nbconvert import HTMLExporter
from nbformat import NotebookNode, from_dict, v4

from rainfall_kit.grading.plugins.showable import make_showable


def notebook(*, text="hello", attachments=None, output=None, metadata=None):
    nb = v4.new_notebook(cells=[v4.new_markdown_cell(text), v4.new_code_cell("1 + 1")])
    if attachments is not None:
        nb.cells[0].attachments = from_dict(attachments)
    shown = {"output_type": "display_data", "metadata": {}, "data": {"text/plain": "kept"}}
    printed = {"output_type": "stream", "name": "stdout", "text": "before"}
    nb.cells[1].outputs = [from_dict(printed), from_dict({**shown, **(output or {})})]
    nb.metadata = NotebookNode(metadata or {})
    return nb


STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
REFUSED = {
    "an attachment that is gone": notebook(text="see ![x](attachment:gone.png)"),
    "an attachment of no type": notebook(
        text="see ![x](attachment:a.png)", attachments={"a.png": {}}
    ),
    "widgets that are none": notebook(metadata={"widgets": None}),
    "widgets in a list": notebook(metadata={"widgets": [STATE]}),
    "a language that is a text": notebook(metadata={"language_info": "python"}),
    "a title that is a list": notebook(metadata={"title": [1]}),
    "authors that are a number": notebook(metadata={"authors": 3}),
    "a picture's size in a list": notebook(
        output={"data": {"image/png": "aa"}, "metadata": {"image/png": [1]}}
    ),
    "a picture's size in a text": notebook(
        output={"data": {"image/png": "aa"}, "metadata": {"image/png": "x"}}
    ),
    "a widget that is a number": notebook(output={"data": {VIEW: 3}}),
    "a text with an attachment": notebook(
        output={"data": {"text/markdown": "![x](attachment:a.png)"}}
    ),
    "half a colour": notebook(
        output={"output_type": "stream", "name": "stdout", "text": "\x1b[38mx"}
    ),
}


@pytest.mark.parametrize("nb", REFUSED.values(), ids=REFUSED)
def test_a_page_can_be_made_of_it_and_the_rest_is_there(nb):
    with pytest.raises(Exception):  # noqa: B017, PT011  nbconvert says it in many ways
        HTMLExporter(template_name="basic").from_notebook_node(copy.deepcopy(nb))
    nb = copy.deepcopy(nb)
    make_showable(nb)
    page, _ = HTMLExporter(template_name="basic").from_notebook_node(nb)
    assert "before" in page
    assert "hello" in page or "see" in page


def test_what_can_be_shown_stays_as_it_is():
    nb = notebook(metadata={"authors": [{"name": "ash"}]})
    before = copy.deepcopy(nb)
    make_showable(nb)
    assert nb == before
