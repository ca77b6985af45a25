"""Class report as a page: one HTML file with pictures, fit to be shown in a lecture; names are not in it."""

from __future__ import annotations

import functools
import math
from itertools import pairwise
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from rainfall_kit.figures.layout import FIGURE_STYLE, figure, figure_html
from rainfall_kit.figures.panels.outcome_bars import MOST_ROWS, outcome_panel
from rainfall_kit.figures.panels.score_histogram import score_panel
from rainfall_kit.grading.class_report.report import mistake_name
from rainfall_kit.grading.class_report.tables import HARDLY, discrimination_text, states_seen
from rainfall_kit.grading.results.class_results import STATES
from rainfall_kit.grading.results.markup import with_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.grading.class_report.report import ClassReport, QuestionRow


def page(report: ClassReport) -> str:
    """The whole file."""
    return _templates().get_template("report.html.j2").render(
        report=report, states=states_seen(report), hardly=HARDLY, pictures=Markup(_pictures(report)),  # noqa: S704
        figure_style=Markup(FIGURE_STYLE),  # noqa: S704  the kit's own
        not_there=[line for line in report.students if not line.handed_in],
        late=[line for line in report.students if line.seconds_late],
        look=[line for line in report.students if line.look],
    )  # fmt: skip


def _pictures(report: ClassReport) -> str:
    """The points beside the outcomes; where there are many questions, further pairs of panels below."""
    questions = report.questions
    parts = max(1, math.ceil(len(questions) / MOST_ROWS))
    ends = [len(questions) * part // parts for part in range(parts + 1)]
    panels = [
        score_panel(report.scores, max(report.max_score, 1.0)),
        *(_outcomes(questions[begin:end]) for begin, end in pairwise(ends)),
    ]
    description = f"{report.headline} The tables below have the numbers."
    title = f"Points and outcomes of {report.assignment}"
    pairs = [panels[place : place + 2] for place in range(0, len(panels), 2)]
    return "".join(figure_html(figure(title, description, *pair)) for pair in pairs)


def _outcomes(questions: Sequence[QuestionRow]) -> str:
    titles = [row.title.replace("`", "") for row in questions]
    return outcome_panel(titles, STATES, [row.counts for row in questions])


@functools.cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader(__package__, "template"), autoescape=True, trim_blocks=True
    )
    templates.filters["code"] = with_code
    templates.filters["mistake"] = mistake_name
    templates.filters["apart"] = discrimination_text
    templates.filters["hours"] = lambda seconds: f"{seconds / 3600:.1f}"
    return templates
