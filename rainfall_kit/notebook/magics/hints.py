"""Hints on mistakes, told in stages: where to look, then closer, then why.

>>> hints = Hints()
>>> print(hints.next_for("RK016").lines[1])
Hint: If the table had twice as many rows, should the loss double?
>>> hints.next_for("RK016").stage
2
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.diagnosis.torch_errors import hint_for
from rainfall_kit.checks.questions.registry import find_misconception
from rainfall_kit.errors import CheckFailed, RainfallError
from rainfall_kit.notebook.report.check_report import lines_html, lines_text
from rainfall_kit.records.outcomes import CheckResult
from rainfall_kit.records.run import Run

if TYPE_CHECKING:
    from IPython.lib.pretty import RepresentationPrinter

_STAGES = ("Hint", "Look closer", "Why")


@dataclass(frozen=True, kw_only=True)
class Hint:
    """A hint as a notebook shows it.

    Attributes:
        lines: its lines.
        stage: how much has been told of a mistake so far, from 1; 0 for the hint behind an error.
    """

    lines: tuple[str, ...]
    stage: int = 0

    def _repr_html_(self) -> str:
        return lines_html("→", self.lines)

    def _repr_pretty_(self, printer: RepresentationPrinter, _cycle: bool) -> None:
        printer.text(lines_text("→", self.lines, printer.max_width))


class Hints:
    """Remembers how much has been told about each mistake."""

    def __init__(self) -> None:
        self._told: Counter[str] = Counter()

    def next_for(self, misconception: str) -> Hint:
        """All that has been told about a mistake, and one stage more.

        Args:
            misconception: its id.

        Raises:
            OptionError: there is no such mistake.

        Example:
            >>> Hints().next_for("rk016").lines[0]
            'RK016: sum instead of mean.'
        """
        entry = find_misconception(misconception)
        texts = (entry.hint, entry.more, entry.why)
        stage = min(self._told[entry.id] + 1, len(texts))
        self._told[entry.id] = stage
        lines = [f"{entry.id}: {entry.name}."]
        lines += [f"{name}: {text}" for name, text in zip(_STAGES[:stage], texts, strict=False)]
        if stage < len(texts):
            lines.append(f"More: %gd_hint {entry.id}")
        return Hint(lines=tuple(lines), stage=stage)


def hint_behind(problem: BaseException) -> Hint | None:
    """The hint that follows a student's own traceback; None where none is known.

    Example:
        >>> hint_behind(RuntimeError("grad can be implicitly created only for scalar outputs")).lines
        ('Hint: How many numbers does your loss return?',)
        >>> hint_behind(ValueError("something else")) is None
        True
    """
    hint = None if isinstance(problem, RainfallError) else hint_for(problem)
    return Hint(lines=(f"Hint: {hint}",)) if hint else None


def is_worth_a_hint(thing: Any) -> bool:
    """True for what `seen_in` can tell mistakes from."""
    return isinstance(thing, CheckResult | CheckFailed | Run)


def seen_in(thing: Any) -> tuple[str, ...]:
    """The ids of the mistakes that a check, a failed test or a recorded run shows.

    Example:
        >>> seen_in(CheckResult(question="mse", outcome="wrong", message="", misconceptions=("RK016",)))
        ('RK016',)
    """
    if isinstance(thing, tuple):
        return tuple(dict.fromkeys(id_ for part in thing for id_ in seen_in(part)))
    if isinstance(thing, CheckResult | CheckFailed):
        return thing.misconceptions
    if isinstance(thing, Run):
        from rainfall_kit.checks.diagnosis.gradient_check import compare_moves
        from rainfall_kit.checks.diagnosis.recorded_runs import diagnose_run
        from rainfall_kit.quadratic.run_data import RunData

        data = RunData(thing)
        diagnosis = diagnose_run(data, compare_moves(data))
        return tuple(entry.id for entry in (*diagnosis.mistakes, *diagnosis.misreadings))
    return ()
