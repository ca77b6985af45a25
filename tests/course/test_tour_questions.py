"""Questions of the tour: what they say is so."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from drawn import lesson_run

import rainfall_kit as kit
from rainfall_kit.course.progress import progress
from rainfall_kit.course.start_page import start_page
from rainfall_kit.course.tour_questions import QUESTIONS, ask
from rainfall_kit.errors import OptionError
from rainfall_kit.quadratic.bowl import Bowl

TOUR = nbformat.read(Path(kit.__file__).parent / "course" / "tour.ipynb", as_version=4).cells
START = lesson_run(epochs=1).losses[0]


def chosen(name):
    return QUESTIONS[name].choices[QUESTIONS[name].right]


def test_the_sign_of_a_gradient():
    explorer = kit.explore_one_input()
    slope, _ = explorer.view.slopes
    assert f"{slope:.1f}".replace("-", "−") in QUESTIONS["sign"].text
    before = explorer.view.loss
    explorer.w = 0.01
    assert (explorer.view.loss < before) == (chosen("sign") == "it falls")


def test_a_step_along_the_gradient_goes_up():
    w, b = (numbers.tolist() for numbers in kit.init_params(0))
    bowl = Bowl.from_data(*kit.load_orchard().tensors())
    grad_w, grad_b = bowl.gradient(w, b)
    after = bowl.loss(np.array(w) + 1e-5 * grad_w, np.array(b) + 1e-5 * grad_b)
    assert (after > bowl.loss(w, b)) == (chosen("plus") == "rise")


@pytest.mark.parametrize(("name", "lr", "epochs"), [("longer", 1e-4, 100), ("too_long", 2e-4, 20)])
def test_longer_steps_end_where_it_says(name, lr, epochs):
    loss = lesson_run(epochs=epochs, lr=lr).final_loss
    where = "lower" if loss < 1200 else "higher than it began" if loss > START else "the same"
    assert chosen(name) == where
    limit = Bowl.from_data(*kit.load_orchard().tensors()).largest_stable_lr
    assert "1.117e-4" in QUESTIONS[name].because and f"{limit:.4g}" == "0.0001117"
    assert name != "longer" or f"about {loss:.2g}" in QUESTIONS[name].because


def test_without_a_reset_gradients_add_up():
    explorer = kit.explore_step_by_step()
    explorer.press("predict", "loss", "backward", "predict", "loss", "backward")
    once = kit.explore_step_by_step()
    once.press("predict", "loss", "backward")
    assert explorer.view.grads == pytest.approx([2 * grad for grad in once.view.grads])
    assert "sum of all gradients" in chosen("reset")


def test_standardised_inputs_reach_the_floor():
    easy = Bowl.from_data(*kit.load_orchard().tensors()).standardised()
    w, b = kit.init_params(seed=0)
    (loss,) = easy.losses(w.tolist(), b.tolist(), 0.8, [100]).tolist()
    assert f"{loss:.4g}" in chosen("standardised")
    assert round(easy.condition_number) == 7


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_has_its_answers_as_buttons(name):
    html = ask(name)._repr_html_()
    assert html.count("<summary>") == len(QUESTIONS[name].choices)
    assert html.count("✓ Right.") == 1


def test_an_unknown_question_is_refused_in_words():
    with pytest.raises(OptionError, match="Try: sign, plus"):
        ask("nothing")


def test_the_minutes_that_the_tour_plans_are_those_of_its_parts():
    texts = [cell.source for cell in TOUR if cell.cell_type == "markdown"]
    codes = [cell.source for cell in TOUR if cell.cell_type == "code"]
    asked = [f"{p.text} {' '.join(p.choices)} {p.because}" for p in QUESTIONS.values()]
    read = sum(len(text.split()) for text in (*texts, *asked)) / 200
    read += sum(len(code.split()) for code in codes) / 100
    pictures = sum("%gd_explore" in code or "explore_one_input(" in code for code in codes)
    reports = sum("%gd_step" in code for code in codes)
    answers = sum(bool(re.search(r"\bask\(|--?predict|predict=True", code)) for code in codes)
    written = sum("check(" in code for code in codes)
    needed = read + 2 * pictures + reports + answers / 2 + 4 * written
    planned = re.search(r"Plan about \*\*(\d+) minutes", texts[0])
    assert needed == pytest.approx(int(planned[1]), abs=5)
    assert f"plan {planned[1]} minutes" in start_page(progress(Path("nowhere")))
