"""The tables of a report: what the numbers mean and how they are named."""

import dataclasses

from rainfall_kit.notebook.report.run_report import report_text


def test_a_single_step_says_what_the_signs_of_its_gradients_mean(lesson_run, both):
    lines = report_text(lesson_run()).splitlines()
    row = next(line.split() for line in lines if line.strip().startswith("oranges, rainfall"))
    assert row[2:] == ["−20595.9", "rise", "−1.0845", "0.205959", "−0.8786"]
    assert "raising this number raises the loss" in both(lesson_run())[0]


def test_numbers_without_names_are_called_by_their_place(lesson_run, both):
    run = dataclasses.replace(lesson_run(), input_names=(), crop_names=())
    for words in both(run):
        assert "w[1, 2]" in words
        assert "b[1]" in words
