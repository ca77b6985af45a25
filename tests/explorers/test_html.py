"""An explorer's HTML: its script, and the page that stands alone."""

import json
import re

import pytest
from opened import OPEN

from rainfall_kit.explorers.html import script

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
    assert len(text.encode()) < 16_000
    assert not re.search(r"^\s*import\b|import\(|fetch\(|https?:", text, re.MULTILINE)
