"""The report of a run in both forms: its width, its tags, and what it costs."""

import dataclasses

import pytest
import torch

from rainfall_kit.lesson.reference import train
from rainfall_kit.notebook.report.run_report import report_html, report_text
from rainfall_kit.quadratic.bowl import Bowl


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("epochs", [0, 1, 3, 100])
def test_text_keeps_to_its_width(width, epochs, lesson_run):
    lines = report_text(lesson_run(epochs), width=width).splitlines()
    assert max(map(len, lines)) <= width


def test_html_is_one_closed_piece_that_asks_for_nothing_outside(lesson_run, page_of):
    page = page_of(report_html(lesson_run(100)))
    tags = [tag for tag, _ in page.tags]
    assert tags[0] == "div"
    assert tags.count("caption") == tags.count("table") == 2
    assert not {"script", "link", "img", "iframe"} & set(tags)
    assert not any("href" in attrs or "src" in attrs or "id" in attrs for _, attrs in page.tags)
    assert all("scope" in attrs for tag, attrs in page.tags if tag == "th")


def test_long_and_wide_runs_stay_bounded(lesson_run):
    inputs, targets = torch.randn(50, 40), torch.randn(50, 30)
    w, b = torch.zeros(30, 40, requires_grad=True), torch.zeros(30, requires_grad=True)
    wide = train(inputs, targets, w, b, lr=0.1, epochs=20)
    wide = dataclasses.replace(wide, quadratic=Bowl.from_data(inputs, targets).record())
    for run in (lesson_run(3000, lr=1.1e-4), wide, dataclasses.replace(wide, steps=wide[:1])):
        assert len(report_html(run)) < 60_000
        assert len(report_text(run)) < 6_000


@pytest.mark.parametrize("report", [report_html, report_text])
@pytest.mark.parametrize("epochs", [1, 100])
@pytest.mark.parametrize("lr", [1e-5, 1.2e-4])
def test_a_report_makes_one_bowl_and_decomposes_it_once(report, epochs, lr, made, lesson_run):
    run = lesson_run(epochs, lr=lr)
    made.update(bowls=0, decompositions=0)
    report(run)
    assert made["bowls"] == 1
    assert made["decompositions"] <= 1
