"""Class report as a page: one HTML file with pictures, fit to be shown in a lecture; names are not in it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from rainfall_kit.figures.layout import FIGURE_STYLE, figure, figure_html
from rainfall_kit.figures.panels.outcome_bars import outcome_panel
from rainfall_kit.figures.panels.score_histogram import score_panel
from rainfall_kit.grading.class_report.report import mistake_name
from rainfall_kit.grading.class_report.tables import HARDLY, discrimination_text
from rainfall_kit.grading.results.class_results import STATES
from rainfall_kit.grading.results.markup import with_code

if TYPE_CHECKING:
    from rainfall_kit.grading.class_report.report import ClassReport


def page(report: ClassReport) -> str:
    """The whole file."""
    return _templates().get_template("report.html.j2").render(
        report=report, states=STATES, hardly=HARDLY, picture=Markup(_picture(report)),  # noqa: S704
        figure_style=Markup(FIGURE_STYLE),  # noqa: S704  the kit's own
        not_there=[line for line in report.students if not line.handed_in],
        late=[line for line in report.students if line.seconds_late],
        look=[line for line in report.students if line.look],
    )  # fmt: skip


def _picture(report: ClassReport) -> str:
    titles = [row.title.replace("`", "") for row in report.questions]
    drawn = figure(
        f"Points and outcomes of {report.assignment}",
        f"{report.headline} The tables below have the numbers.",
        score_panel(report.scores, max(report.max_score, 1.0)),
        outcome_panel(titles, STATES, [row.counts for row in report.questions]),
    )
    return figure_html(drawn)


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
