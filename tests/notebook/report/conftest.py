"""Runs of the lesson, changed as a mistake would, and their reports in both forms."""

import dataclasses
from html.parser import HTMLParser

import pytest

from rainfall_kit.lesson.orchard import CROPS, INPUT_NAMES, load_orchard
from rainfall_kit.lesson.reference import init_params, train
from rainfall_kit.notebook.report.run_report import report_html, report_text
from rainfall_kit.quadratic.bowl import Bowl


class Page(HTMLParser):
    """Collects what a page contains, and fails where tags do not match."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return flat(" ".join(self.words))


def flat(text):
    """The text without its line breaks."""
    return " ".join(text.split())


@pytest.fixture(scope="session")
def lesson_run():
    """A function that trains on the lesson's table."""

    def run_of_the_lesson(epochs=1, lr=1e-5):
        orchard = load_orchard()
        inputs, targets = orchard.tensors()
        run = train(inputs, targets, *init_params(0), lr=lr, epochs=epochs)
        quadratic = Bowl.from_data(orchard.inputs, orchard.targets).record()
        return dataclasses.replace(
            run, quadratic=quadratic, input_names=INPUT_NAMES, crop_names=CROPS
        )

    return run_of_the_lesson


@pytest.fixture(scope="session")
def with_steps():
    """A function that changes each step of a run."""

    def changed(run, **changes):
        """The run with each step changed; a callable gives the new value from the step."""
        return dataclasses.replace(
            run,
            steps=tuple(
                dataclasses.replace(
                    step,
                    **{name: new(step) if callable(new) else new for name, new in changes.items()},
                )
                for step in run
            ),
        )

    return changed


@pytest.fixture(scope="session")
def both():
    """A function that gives the words of a run's report as text and as HTML."""

    def words_of(run):
        return flat(report_text(run)), Page(report_html(run)).text

    return words_of


@pytest.fixture(scope="session")
def page_of():
    """A function that reads a piece of HTML, and fails where tags do not match."""
    return Page
