"""A feedback page is one file that can be read without scripts; no script that a student hands in runs in it."""

from pathlib import Path

import nbgrader
import pytest
from accessibility import violations
from made_class import make_course, notebook
from nbconvert import HTMLExporter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat import v4

import rainfall_kit as kit
from rainfall_kit.explorers.html import tag
from rainfall_kit.grading.feedback.page import FeedbackPage
from rainfall_kit.grading.plugins.feedback import FeedbackStyle

OWN = "window.owned=(window.owned||0)+1"
EVENTS = {
    "img": "onerror", "video": "onerror", "audio": "onerror", "svg": "onload", "body": "onload",
    "style": "onload", "iframe": "onload", "input autofocus": "onfocus", "details open": "ontoggle",
    "object data=x": "onerror", "embed src=x": "onload", "link rel=stylesheet href=x": "onerror",
    "marquee": "onstart", "select autofocus": "onfocus", "textarea autofocus": "onfocus",
    "button autofocus": "onfocus", "svg><animate": "onbegin", "svg><set": "onbegin",
    "picture><source><img src=x": "onerror", "math><mtext><img src=x": "onerror",
}  # fmt: skip
PAYLOADS = {
    **{f"{name}, {event}": f"<{name} src=x {event}='{OWN}'>" for name, event in EVENTS.items()},
    "a script": f"<script>{OWN}</script>",
    "a module": f"<script type=module>{OWN}</script>",
    "a script in SVG": f"<svg><script>{OWN}</script></svg>",
    "a script by its address": f"<script src='data:text/javascript,{OWN}'></script>",
    "an import": f"<script type=module>import 'data:text/javascript,{OWN}'</script>",
    "a frame of its own": '<iframe srcdoc="<script>parent.owned=1</script>"></iframe>',
    "a frame's address": f"<iframe src='javascript:parent.{OWN}'></iframe>",
    "an object's address": f"<object data='javascript:{OWN}'></object>",
    "MathJax's settings": f"<script type='text/x-mathjax-config'>{OWN}</script>",
    "another base": "<base href='https://example.org/'>",
    "a form": f"<form action='javascript:{OWN}' id=f></form><script>f.submit()</script>",
    "a link": f"<a id=go href='javascript:{OWN}'>go</a>",
    "a button": f"<button id=press onclick='{OWN}'>press</button>",
    "the end of a style": f"</style><script>{OWN}</script>",
    "a script in a comment's end": f"--><script>{OWN}</script>",
    "capital letters": f"<ScRiPt>{OWN}</sCrIpT>",
    "an SVG image": f"<svg><image href=x onerror='{OWN}'/></svg>",
    "an SVG use": f"<svg><a xlink:href='javascript:{OWN}'><text>go</text></a></svg>",
}
# Beside these, an SVG output and an attachment become the source of an image, where no script runs.
PLACES = ("markdown", "text/html", "text/markdown")
FORMGRADER = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"


def notebook_with(places):
    """A notebook with every payload in each of these places, and a picture of the kit's."""
    cells = []
    for payload in PAYLOADS.values():
        for place in places:
            if place == "markdown":
                cells.append(v4.new_markdown_cell(f"see\n\n{payload}\n\nand"))
                continue
            cell = v4.new_code_cell("x")
            cell.outputs = [v4.new_output("display_data", {place: payload})]
            cells.append(cell)
    shown = v4.new_code_cell("explorer")
    bundle = kit.explore_weights()._repr_mimebundle_()
    shown.outputs = [v4.new_output("display_data", {"text/html": bundle["text/html"]})]
    return v4.new_notebook(cells=[shown, *cells])


FACTS = {"notebook": "hw", "assignment": "hw", "student": "ann"}
FACTS |= {"score": 1.0, "max_score": 2.0, "late_penalty": 0.0}


def stock_page(places, steps):
    """nbgrader's own page."""
    exporter = HTMLExporter(
        template_name="feedback",
        extra_template_basedirs=[str(FORMGRADER / "templates")],
        extra_template_paths=[str(FORMGRADER / "static/node_modules/bootstrap/dist/css")],
    )
    for step in steps:  # as nbgrader's command does
        exporter.register_preprocessor(step, enabled=True)
    html, _ = exporter.from_notebook_node(notebook_with(places), {"nbgrader": FACTS})
    return html


def kits_page(places):
    return FeedbackPage().from_notebook_node(notebook_with(places), {"nbgrader": FACTS})[0]


PAGES = {
    "nbgrader's template": lambda places: stock_page(
        places, [CSSHTMLHeaderPreprocessor, FeedbackStyle]
    ),
    "the kit's": kits_page,
}


def owned(browser_page, path, html, *, least=0):
    """How many scripts have run; it waits for so many of them."""
    path.write_text(html, encoding="utf-8")
    browser_page.goto(path.as_uri(), wait_until="domcontentloaded")
    for name in ("#go", "#press"):
        browser_page.evaluate(
            f"document.querySelectorAll('{name}').forEach(found => found.click())"
        )
    browser_page.wait_for_function(f"(window.owned || 0) >= {least}")
    browser_page.wait_for_timeout(500)
    return browser_page.evaluate("window.owned || 0")


def test_there_are_a_hundred_payloads():
    assert len(PAYLOADS) * len(PLACES) > 100


@pytest.fixture
def in_a_course(tmp_path, monkeypatch):
    """A graded course in the folder where things are done."""
    monkeypatch.chdir(make_course(tmp_path / "course", {"ann": {}}))


@pytest.mark.parametrize("place", PLACES)
def test_each_place_would_let_a_script_run(browser, tmp_path, place):
    with browser.new_page() as opened:
        html = stock_page([place], [CSSHTMLHeaderPreprocessor])
        assert owned(opened, tmp_path / "open.html", html, least=6) > 5


@pytest.mark.usefixtures("in_a_course")
@pytest.mark.parametrize("kind", PAGES)
def test_no_script_of_a_student_runs(browser, tmp_path, kind):
    with browser.new_page() as opened:
        assert owned(opened, tmp_path / "kept.html", PAGES[kind](PLACES)) == 0
        # the kit's own script has run
        assert opened.evaluate(f"customElements.get('{tag('weights')}') !== undefined")


@pytest.mark.usefixtures("in_a_course")
def test_the_page_is_one_file_that_fits_its_window_and_needs_no_script(browser, tmp_path):
    nb = notebook({"mse": "def mse(preds, targets):\n    return " + "preds + " * 40 + "1"})
    html = FeedbackPage().from_notebook_node(nb, {"nbgrader": FACTS})[0]
    path = tmp_path / "page.html"
    path.write_text(html, encoding="utf-8")
    for width, scheme in ((480, "light"), (1600, "dark")):
        window = {"width": width, "height": 900}
        context = browser.new_context(
            viewport=window, color_scheme=scheme, java_script_enabled=False
        )
        opened, asked = context.new_page(), []
        opened.on("request", lambda request, asked=asked: asked.append(request.url))
        opened.goto(path.as_uri())
        assert asked == [path.as_uri()]
        assert opened.locator("main").bounding_box()["width"] <= width
        assert opened.evaluate("document.documentElement.scrollWidth") == width
        # the link to an answer leads to it, and hints are closed until one asks
        opened.get_by_role("link", name="to your answer").first.click()
        assert opened.url.endswith("#answer-mse")
        assert opened.locator("#answer-mse").is_visible()
        assert not opened.get_by_text("Read this.").is_visible()
        opened.get_by_text("2 cells as given out").first.click()
        assert opened.get_by_text("Read this.").is_visible()
        context.close()


@pytest.mark.usefixtures("in_a_course")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_traceback_can_be_read_on_light_and_on_dark(browser, tmp_path, scheme):
    cell = v4.new_code_cell("f()")
    line = (
        "\x1b[38;5;28;01mraise\x1b[39;00m \x1b[38;5;66;03m# here\x1b[39;00m \x1b[48;5;220mx\x1b[0m"
    )
    cell.outputs = [v4.new_output("error", ename="E", evalue="e", traceback=[line])]
    nb = v4.new_notebook(cells=[v4.new_markdown_cell("# hw"), cell])
    path = tmp_path / "page.html"
    path.write_text(FeedbackPage().from_notebook_node(nb, {"nbgrader": FACTS})[0])
    with browser.new_page(color_scheme=scheme) as opened:
        opened.goto(path.as_uri())
        assert opened.get_by_text("raise").is_visible()
        assert violations(opened) == []
