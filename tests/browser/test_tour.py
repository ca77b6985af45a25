"""The tour that `rainfall lab` opens, and the report of %%gd_step, as a reader sees them."""

import re
from pathlib import Path

import pytest
from accessibility import assert_words_stand_out, violations
from playwright.sync_api import expect

import rainfall_kit
from rainfall_kit.course.progress import progress
from rainfall_kit.course.start_page import start_page
from rainfall_kit.course.tour_questions import QUESTIONS

TOUR = Path(rainfall_kit.__file__).parent / "course" / "tour.ipynb"
EXPLORERS = ["one_input", "weights", "step_by_step", "learning_rate", "compare", "bowl"]
REPORT = """%load_ext rainfall_kit
import torch, rainfall_kit
inputs, targets = rainfall_kit.load_orchard().tensors()
lr = 1e-5"""
STEP = """%%gd_step --seed 0 --epochs 100
preds = inputs @ w.t() + b
loss = ((preds - targets) ** 2).mean()
loss.backward()
with torch.no_grad():
    w -= lr * w.grad
    b -= lr * b.grad
w.grad.zero_()
b.grad.zero_()"""


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_the_tour_runs_and_its_pictures_answer(open_notebook, front_end):
    tour = open_notebook(f"tour-{front_end}", TOUR, front_end=front_end, height=1200)
    tour.run_all()
    page = tour.page
    errors = (
        "() => [...document.querySelectorAll('[data-mime-type*=stderr], .jp-mod-error')].length"
    )
    assert page.evaluate(errors) == 0
    for name in EXPLORERS:
        for box in page.locator(f'.rk-explorer[data-live="{name}"]').all():
            box.scroll_into_view_if_needed()
            if (answers := box.locator(".rk-choice summary")).count():
                expect(box.locator(".rk-figure")).to_be_hidden()
                answers.first.click()
            box.locator(".rk-figure").wait_for()
    asked = page.locator(".rk-explorer:not([data-live]) .rk-question")
    expect(asked).to_have_count(len(QUESTIONS))
    for question, prompt in zip(asked.all(), QUESTIONS.values(), strict=True):
        question.get_by_text(prompt.choices[prompt.right], exact=True).click()
        expect(question.locator("[open] p")).to_have_text(f"✓ Right. {prompt.because}")
    slider = page.locator('[data-live="learning_rate"]').get_by_role(
        "slider", name="learning rate lr"
    )
    says = page.locator('.rk-explorer[data-live="learning_rate"] .rk-says')
    slider.focus()
    page.keyboard.press("End")
    expect(says).to_contain_text("the run diverges")
    bounds = slider.bounding_box()
    page.mouse.move(bounds["x"] + bounds["width"] / 2, bounds["y"] + bounds["height"] / 2)
    page.mouse.down()
    page.mouse.move(bounds["x"] - 250, bounds["y"], steps=4)
    page.mouse.up()
    expect(says).to_contain_text("no direction swings")
    tour.becomes("print(explorer.says())", says.inner_text())
    standardise = page.get_by_role("slider", name="centre the inputs")
    standardise.focus()
    page.keyboard.press("End")
    page.get_by_role("slider", name="scale the inputs").focus()
    page.keyboard.press("End")
    expect(page.locator('[data-live="bowl"] .rk-says')).to_contain_text("Condition number 6.95")
    assert tour.errors == []


def test_the_start_page_shows_what_is_done_and_leads_to_the_tour(open_notebook, server, tmp_path):
    page_path = tmp_path / "start.ipynb"
    page_path.write_text(start_page(progress(tmp_path)))
    (server.folder / "tour.ipynb").write_bytes(TOUR.read_bytes())
    start = open_notebook("start", page_path)
    table = start.page.locator(".jp-OutputArea table")
    expect(table).to_contain_text("next: to_tensors")  # before anything was run
    start.run_all()
    expect(table).to_contain_text("0 of 24 cells run")
    table.get_by_role("link", name="The tour").click()
    start.page.get_by_role("heading", name="A tour of gradient descent").wait_for()
    assert start.errors == []


@pytest.fixture(scope="module")
def report(open_notebook):
    notebook = open_notebook("report", [REPORT, STEP])
    notebook.run_all()
    notebook.page.locator(".rk-report").wait_for()
    return notebook


@pytest.mark.parametrize("width", [400, 1600])
@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_the_report_reads_well_at_any_width_in_both_themes(report, width, theme, tmp_path):
    page = report.page
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(
        "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
    )
    page.wait_for_function(
        "(light) => document.body.dataset.jpThemeLight === light", arg=str("Light" in theme).lower()
    )
    box = page.locator(".rk-report")
    assert "33060.8" in box.inner_text() and "1270.12" in box.inner_text()
    # The words take the page's own colour, light on dark or dark on light.
    color = box.locator(".rk-figure text").first.evaluate("(text) => getComputedStyle(text).fill")
    brightness = sum(map(int, re.findall(r"\d+", color)[:3])) / 3
    assert brightness > 180 if "Dark" in theme else brightness < 80
    over = box.evaluate(
        "(box) => [...box.querySelectorAll('.rk-title, .rk-figure text, .rk-part')].map((part) => {"
        "const room = part.closest('.rk-sheet') ?? box;"  # it scrolls where words would be too small
        "return part.getBoundingClientRect().right - room.getBoundingClientRect().left - room.scrollWidth; })"
    )
    assert max(over) <= 2
    panels = box.locator(".rk-panel").evaluate_all(
        "(panels) => panels.map((panel) => panel.querySelector('.rk-axes').getBoundingClientRect().top)"
    )
    assert (panels[1] - panels[0] > 100) == (width == 400)  # below each other on a narrow page
    if width == 1600:
        page.set_viewport_size({"width": 1280, "height": 900})
    assert_words_stand_out(box, least_pixels=11 if width > 400 else 9)
    assert "Light" not in theme or violations(page, [[".rk-report"]]) == []
    box.screenshot(path=tmp_path / "report.png")
    assert (tmp_path / "report.png").stat().st_size > 20_000
    assert report.errors == []
