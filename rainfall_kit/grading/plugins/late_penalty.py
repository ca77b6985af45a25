"""Nbgrader late-penalty plugin: a share of the score for each day."""

from __future__ import annotations

import math

from nbgrader.plugins import BasePlugin
from traitlets import Float

_SECONDS_A_DAY = 24 * 60 * 60


class DailyPenalty(BasePlugin):  # type: ignore[misc]  # nbgrader has no annotations
    """Takes a share of the score for each day that has begun: ``AssignLatePenalties.plugin_class``.

    Example:
        >>> DailyPenalty().late_submission_penalty("ash", 16.0, 60)
        1.6
        >>> DailyPenalty(share=0.25).late_submission_penalty("ash", 16.0, 1_000_000)
        16.0
    """

    share = Float(0.1, help="The share of the score that each day costs.").tag(config=True)

    def late_submission_penalty(
        self,
        student_id: str,  # noqa: ARG002  # nbgrader gives it
        score: float,
        total_seconds_late: float,
    ) -> float:
        """The points to take off a score, at most all of it."""
        days = math.ceil(total_seconds_late / _SECONDS_A_DAY)
        return float(min(days * self.share, 1.0) * score)
