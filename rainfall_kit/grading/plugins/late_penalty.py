"""Nbgrader late-penalty plugin: a share of the score for each day."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from nbgrader.plugins import BasePlugin
from traitlets import Dict, Float, TraitError, Unicode, validate

_SECONDS_A_MINUTE = 60
_SECONDS_A_DAY = 24 * 60 * 60


class DailyPenalty(BasePlugin):  # type: ignore[misc]  # nbgrader has no annotations
    """Takes a share of the score for each day that has begun: ``AssignLatePenalties.plugin_class``.

    Example:
        >>> DailyPenalty().late_submission_penalty("ash", 16.0, 60)
        1.6
        >>> DailyPenalty(share=0.25).late_submission_penalty("ash", 16.0, 1_000_000)
        16.0
        >>> DailyPenalty(grace_minutes=15).late_submission_penalty("ash", 16.0, 15 * 60)
        0.0
    """

    share = Float(0.1, min=0.0, help="The share of the score that each day costs.").tag(config=True)
    most_share = Float(
        1.0, min=0.0, max=1.0, help="The largest share that being late costs, however late."
    ).tag(config=True)
    grace_minutes = Float(
        0.0,
        min=0.0,
        help="Minutes after the due date that cost nothing; past them, it counts whole.",
    ).tag(config=True)
    extra_hours = Dict(
        value_trait=Float(),
        key_trait=Unicode(),
        help="By student, the hours by which every due date is later for them.",
    ).tag(config=True)

    @validate("extra_hours")
    def _check_extra_hours(self, proposal: Any) -> dict[str, float]:
        hours: dict[str, float] = proposal["value"]
        for student, number in hours.items():
            if not number >= 0:
                text = (
                    f"c.DailyPenalty.extra_hours must be 0 or more, and is {number:g} for {student}"
                )
                raise TraitError(text)
        return hours

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float:
        """The points to take off a score, at most all of it."""
        extra = self.extra_time(student_id).total_seconds()
        return self.points_off(score, total_seconds_late - extra)

    def extra_time(self, student: str) -> dt.timedelta:
        """By how much every due date is later for a student.

        Example:
            >>> print(DailyPenalty(extra_hours={"misty": 30.0}).extra_time("misty"))
            1 day, 6:00:00
        """
        return dt.timedelta(hours=self.extra_hours.get(student, 0.0))

    def points_off(self, score: float, late: float) -> float:
        """The points to take off a score, so many seconds after the student's own due date."""
        if late <= self.grace_minutes * _SECONDS_A_MINUTE:
            return 0.0
        days = math.ceil(late / _SECONDS_A_DAY)
        return float(min(days * self.share, self.most_share) * score)

    def in_words(self) -> str:
        """The rule, for a student.

        Example:
            >>> DailyPenalty(most_share=0.5).in_words()
            '10 % for each day that has begun, at most 50 %'
        """
        most = f", at most {100 * self.most_share:g} %" if self.most_share < 1 else ""
        return f"{100 * self.share:g} % for each day that has begun{most}"
