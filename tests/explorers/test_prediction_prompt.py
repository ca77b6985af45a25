"""Prediction prompts: asked before the picture is shown."""

import pytest
from opened import OPEN

from rainfall_kit.explorers.prediction_prompt import PredictionPrompt, prompt_html


@pytest.mark.parametrize("name", OPEN)
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
    assert "yes</summary><p>It is otherwise: no. It is so.</p>" in html
    assert "no</summary><p>And so it is. It is so.</p>" in html
