"""Prediction prompts: asked before the picture is shown."""

import pytest
from opened import OPEN


@pytest.mark.parametrize("name", OPEN)
def test_it_can_ask_first(name):
    explorer = OPEN[name](predict=True)
    prompt = explorer.view.prompt()
    assert 0 <= prompt.right < len(prompt.choices) == len(set(prompt.choices))
    html = explorer._repr_mimebundle_()["text/html"]
    assert html.count('class="rk-choice"') == len(prompt.choices)
