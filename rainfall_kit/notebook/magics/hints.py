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

from rainfall_kit.checks.diagnosis.python_errors import hint_for_name
from rainfall_kit.checks.diagnosis.torch_errors import hint_for
from rainfall_kit.checks.questions.registry import (
    QUESTIONS,
    find_misconception,
    find_question,
)
from rainfall_kit.errors import CheckFailed, RainfallError
from rainfall_kit.notebook.report.check_report import lines_html, lines_text
from rainfall_kit.records.outcomes import CheckResult
from rainfall_kit.records.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from IPython.lib.pretty import RepresentationPrinter

    from rainfall_kit.records.outcomes import Outcome

_STAGES = ("Hint", "Look closer", "Why")

# Where the mistake is no known one, and the first hint has been read.
_WRONG = (
    "Copy the lines of {} into a cell of their own, give its names the numbers of the example or small "
    "ones of your own, and run them one by one. Which line is the first to give something that you did not expect?"
)
_STOPPED = (
    "Copy the lines of {} up to the one that stopped into a cell of their own, and print each thing that "
    "stands in that line, with its type and its shape."
)
_TRACEBACK = (
    "In the traceback, an arrow (---->) points to the line that stopped; the lowest one that is yours "
    "counts. Print each thing in it, with its type and its shape, in a cell of its own."
)
_UNREAD = (
    "Python could not read the cell, so none of its lines has run. Take lines away until it runs: which "
    "one was it?"
)
_REPORT = "If its report has a ✗, the first one is the place to look: the steps above it are as they should be."
_LAST = "That was the last hint on this."
_GRADED = (
    "while notebooks are graded"  # there the kit has no answers, and the tests say what came out
)


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

    def on_screen(self, *misconceptions: str) -> None:
        """Note that the first hint on these mistakes has been shown, as a check does."""
        for id_ in misconceptions:
            self._told[id_] = max(self._told[id_], 1)

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
        lines.append(f"More: %gd_hint {entry.id}" if stage < len(texts) else _LAST)
        return Hint(lines=tuple(lines), stage=stage)

    def next_unnamed(self, result: CheckResult) -> Hint:
        """The same on an answer whose mistake is no known one.

        Example:
            >>> result = CheckResult(question="mse", outcome="wrong", message="mse is not right yet.")
            >>> Hints().next_unnamed(result).lines[1]
            'More: %gd_hint mse'
        """
        question = find_question(result.question)
        closer = _STOPPED if result.outcome == "could not run" else _WRONG
        texts = (closer.format(question.name), f"Asked is: {question.asks}.")
        stage = min(self._told[str(result)] + 1, len(texts))
        self._told[str(result)] = stage
        lines = [f"{name}: {text}" for name, text in zip(_STAGES[1:], texts[:stage], strict=False)]
        lines.append(f"More: %gd_hint {question.name}" if stage < len(texts) else _LAST)
        return Hint(lines=tuple(lines), stage=stage)


def hint_on(result: CheckResult) -> Hint | None:
    """Answer where nothing is wrong; None where something is.

    Example:
        >>> right = CheckResult(question="mse", outcome="right", message="mse is right.")
        >>> hint_on(right).lines
        ('mse is right, so there is nothing to hint at.',)
    """
    if result.outcome == "right":
        return Hint(lines=(f"{result.question} is right, so there is nothing to hint at.",))
    if result.outcome == "not tried":
        question = find_question(result.question)
        return Hint(lines=(result.message, f"Asked is: {question.asks}."))
    return None


def hint_on_error(problem: BaseException, names: Iterable[str] = ()) -> Hint:
    """Deeper hint on an error of the student's own, behind the one below its traceback.

    Example:
        >>> hint_on_error(NameError("name 'preds' is not defined")).lines[0]
        "The last cell stopped: NameError: name 'preds' is not defined"
    """
    first = (str(problem).splitlines() or [""])[0]
    said = f"The last cell stopped: {type(problem).__name__}: {first}".rstrip(": ")
    hint = hint_behind(problem, names)
    closer = _UNREAD if isinstance(problem, SyntaxError) else _TRACEBACK
    return Hint(lines=(said, *(hint.lines if hint else ()), f"Look closer: {closer}", _LAST))


def hint_on_run() -> Hint:
    """Answer about a recorded run that shows no known mistake."""
    return Hint(lines=(f"No known mistake was seen in the last %%gd_step. {_REPORT}", _LAST))


def hint_while_graded() -> Hint | None:
    """Answer where notebooks are graded, and tests are not run in their place; None elsewhere."""
    if _READS_RUNS:
        return None
    return Hint(lines=(f"Hints on what came before are not here {_GRADED}.",))


def in_place_of_answers(problem: RuntimeError) -> Hint:
    """Answer where the kit's answers are not there, since notebooks are graded.

    Raises:
        RuntimeError: the problem is another one.
    """
    if not str(problem).endswith(_GRADED):
        raise problem
    return Hint(
        lines=(f"Checks are not here {_GRADED}: the tests of the notebook say what came out.",)
    )


def hint_behind(problem: BaseException, names: Iterable[str] = ()) -> Hint | None:
    """The hint that follows a student's own traceback; None where none is known.

    Args:
        problem: the error.
        names: that the notebook has, one of which may be mistyped.

    Example:
        >>> hint_behind(RuntimeError("grad can be implicitly created only for scalar outputs")).lines
        ('Hint: How many numbers does your loss return?',)
        >>> hint_behind(ValueError("something else")) is None
        True
    """
    hint = None if isinstance(problem, RainfallError) else hint_for(problem)
    if isinstance(problem, NameError) and not isinstance(problem, UnboundLocalError):
        hint = hint_for_name(problem, names) or hint
    return Hint(lines=(f"Hint: {hint}",)) if hint else None


def is_worth_a_hint(thing: Any) -> bool:
    """True for what `seen_in` can tell mistakes from."""
    return isinstance(thing, CheckResult | CheckFailed | Run)


def result_behind(problem: CheckFailed) -> CheckResult | None:
    """The result that a failed test tells of; None where its message names no question.

    Example:
        >>> result_behind(CheckFailed("mse is not right yet.")).question
        'mse'
    """
    message = str(problem)
    question = message.partition(" ")[0]
    if question not in QUESTIONS:
        return None
    outcome: Outcome = "wrong"
    if message.startswith(f"{question} stopped"):
        outcome = "could not run"
    elif message.endswith("is still to be written."):
        outcome = "not tried"
    return CheckResult(
        question=question,
        outcome=outcome,
        message=message,
        misconceptions=problem.misconceptions,
    )


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
        return tuple(id_ for read in _READS_RUNS for id_ in read(thing))
    return ()


def leave_runs() -> None:
    """See no mistake in a run from here on: where notebooks are graded, nothing computes its gradients."""
    _READS_RUNS.clear()


def _seen_in_run(run: Run) -> tuple[str, ...]:
    from rainfall_kit.checks.diagnosis.gradient_check import compare_moves
    from rainfall_kit.checks.diagnosis.recorded_runs import diagnose_run
    from rainfall_kit.quadratic.run_data import RunData

    data = RunData(run)
    diagnosis = diagnose_run(data, compare_moves(data))
    return tuple(entry.id for entry in (*diagnosis.mistakes, *diagnosis.misreadings))


_READS_RUNS = [_seen_in_run]  # one, or none
