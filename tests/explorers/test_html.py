"""An explorer's HTML: its script, and the page that stands alone."""

import json
import re

import pytest
from opened import OPEN

from rainfall_kit.explorers.html import (
    page_html,
    prompt_html,
    script,
    script_data,
    style,
    tag,
)
from rainfall_kit.explorers.view import PredictionPrompt

every_explorer = pytest.mark.parametrize("name", OPEN)


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
    assert len(text.encode()) < 20_000
    assert not re.search(r"^\s*import\b|import\(|fetch\(|https?:", text, re.MULTILINE)


@every_explorer
def test_each_version_of_a_script_has_a_tag_of_its_own(name):
    assert re.fullmatch(rf"rk-{name.replace('_', '-')}-[0-9a-f]{{8}}", tag(name))
    assert len(set(map(tag, OPEN))) == len(OPEN)


def test_a_page_has_its_title_escaped():
    assert "<title>A &amp; B</title>" in page_html("A & B", "<p>…</p>")


def test_names_from_the_notebook_cannot_end_the_data():
    text = script_data({"names": ["</script>"]}, {})
    assert text.count("</script>") == 1
    assert json.loads(text[text.index("{") : text.rindex("}") + 1])["given"]["names"] == [
        "</script>"
    ]


def test_the_style_holds_no_gap():
    assert "$" not in style() and "\n" not in style()
    assert "solid #2f7ec7" in style() and "(max-width:810px)" in style()


@every_explorer
def test_it_can_ask_first(name):
    explorer = OPEN[name](predict=True)
    prompt = explorer.view.prompt()
    assert 0 <= prompt.right < len(prompt.choices) == len(set(prompt.choices))
    html = explorer._repr_mimebundle_()["text/html"]
    assert html.count('class="rk-choice"') == len(prompt.choices)


def test_every_answer_says_whether_it_is_right_and_why():
    prompt = PredictionPrompt(text="a < b?", choices=("yes", "no"), right=1, because="It is so.")
    html = prompt_html(prompt)
    assert html.count("<summary>") == 2
    assert "a &lt; b?" in html
    assert "yes</summary><p>✗ Not so. Right is: no. It is so.</p>" in html
    assert "no</summary><p>✓ Right. It is so.</p>" in html
