"""Scoring of cells, from the results that came out of the sandbox; runs no student code.

Where a cell only asks a question of the kit, the values are judged. Every other graded cell is scored as
nbgrader scores it, by what the student's own process showed; that can be forged, so it is told.
"""

from __future__ import annotations

import ast
import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbgrader.utils import determine_grade

from rainfall_kit.checks.observations import MOST_NUMBERS, Failure, Observation
from rainfall_kit.checks.own_verdict import conclude_own
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.checks.verdict import conclude, with_others
from rainfall_kit.errors import RecordError
from rainfall_kit.grading.prepare.notes import failure_message
from rainfall_kit.grading.record.journal import CellEntry
from rainfall_kit.grading.record.output_reader import printed, raised, read_outputs
from rainfall_kit.grading.safe_json import Pruner, clean_json
from rainfall_kit.grading.sandbox.job import FAILURES
from rainfall_kit.handing_in.definitions import definitions, names_used

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbformat import NotebookNode

    from rainfall_kit.checks.observations import Case, Value
    from rainfall_kit.checks.questions.question import Question
    from rainfall_kit.grading.prepare.assignment_notebook import SourceCell
    from rainfall_kit.grading.prepare.job_builder import PreparedNotebook
    from rainfall_kit.grading.sandbox.job import Ask, Result, ResultCell
    from rainfall_kit.records.outcomes import CheckResult, Outcome

# What is judged is student code's word. Nothing honest comes near any of these.
_MOST_CHARACTERS = 8 << 20  # of one ask
_MOST_VALUES = 5_000
_MOST_TEXT = 10_000
_MOST_DIMENSIONS = 64
_MOST_SIZE = 1 << 48
_MOST_SAID = 300  # characters of an error, in the journal


@dataclass(frozen=True, kw_only=True)
class CellScore:
    """The autograder's score of one cell, for the gradebook.

    Attributes:
        points: None where a person has to give them.
        unchanged: whether a cell for a student's answer is as it had been given out.
    """

    points: float | None = None
    unchanged: bool = False


def score_notebook(
    prepared: PreparedNotebook, result: Result, judge: Judge
) -> tuple[tuple[CellEntry, ...], dict[str, CellScore]]:
    """Score one notebook, and write into it what its cells showed and earned.

    Args:
        prepared: its notebook is changed in place.
        result: what came of its job.
        judge: judges values.

    Returns:
        An entry for each graded cell, and the scores for the gradebook by grade id.
    """
    by_name = prepared.source.by_name
    seen, pruned = {cell.number: cell for cell in result.cells}, Pruner()
    entries, scores = [], {}
    outcomes: dict[str, Outcome] = {}
    for number, cell in enumerate(prepared.nb.cells):
        got = seen.get(number)
        if cell.cell_type == "code":
            _show(cell, got, pruned)
        source = by_name.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if source is None:
            continue
        if source.points is not None and not source.task:
            entries.append(
                _score(cell, source, prepared, got, judge, outcomes)
                if prepared.handed_in
                else _score_nothing(source, prepared.source.name)
            )
            scores[source.name] = CellScore(
                points=entries[-1].points, unchanged=_unchanged(cell, source)
            )
        elif source.solution or source.task:
            scores[source.name] = CellScore(unchanged=_unchanged(cell, source))
    return tuple(entries), scores


def _unchanged(cell: NotebookNode, source: SourceCell) -> bool:
    return source.solution and not source.task and cell.source == source.source


def _show(cell: NotebookNode, got: ResultCell | None, pruned: Pruner) -> None:
    """Put what the cell printed and showed into the notebook."""
    cell.outputs = read_outputs(got.outputs, pruned) if got is not None else []
    cell.execution_count = got.count if got is not None else None
    if got is not None and got.problem == "interrupted":
        text = "\x1b[0;31mCellTimeoutError\x1b[0m: No reply from kernel before timeout"
        cell.outputs.append(raised("CellTimeoutError", "", text))
    elif got is not None and got.problem:
        message = failure_message(got.problem)
        line = f"\x1b[0;31m{got.problem}\x1b[0m: {message}"
        cell.outputs.append(raised(got.problem, message, line))


def _score(
    cell: NotebookNode,
    source: SourceCell,
    prepared: PreparedNotebook,
    got: ResultCell | None,
    judge: Judge,
    outcomes: dict[str, Outcome],
) -> CellEntry:
    assert source.points is not None
    notebook = prepared.source.name
    if source.solution or cell.cell_type != "code":
        points, most = determine_grade(cell)
        return CellEntry(
            notebook=notebook,
            name=source.name,
            points=points,
            most=most,
            outcome="not tried" if points == 0 else "right",
            how="by a person",
        )
    if source.required and got is not None and not got.problem:
        return _score_values(cell, source, prepared, got, judge, outcomes)
    return _score_outputs(cell, source, prepared)


def _score_nothing(source: SourceCell, notebook: str) -> CellEntry:
    """No points, not even for a cell that asks for no answer, and nothing for a person to read."""
    assert source.points is not None
    return CellEntry(
        notebook=notebook,
        name=source.name,
        points=0.0,
        most=source.points,
        outcome="not tried",
        how="by a person",
    )


def _score_values(
    cell: NotebookNode,
    source: SourceCell,
    prepared: PreparedNotebook,
    got: ResultCell,
    judge: Judge,
    outcomes: dict[str, Outcome],
) -> CellEntry:
    """Score what came back for a cell's asks; `outcomes` by question are those of the cells above."""
    assert source.points is not None
    (job_cell,) = (one for one in prepared.job.cells if one.number == got.number)
    results = [
        judge(
            # `seen` is student code's word: it may be shorter than what was asked
            ask,
            cases,
            got.seen[place] if place < len(got.seen) else (),
            examples=not job_cell.last,
        )
        for place, (ask, cases) in enumerate(
            zip(job_cell.asks, prepared.cases[got.number], strict=True)
        )
    ]
    for place, result in enumerate(results):
        ask = job_cell.asks[place]
        called = _names_called(prepared.nb, ask.name)
        others = {
            given.name: outcomes[given.name]
            for given in ask.given
            if given.name in called and given.name in outcomes
        }
        results[place] = with_others(result, others)
        if outcomes.get(result.question, "right") == "right":
            outcomes[result.question] = result.outcome
    first = next((result for result in results if result.outcome != "right"), results[0])
    points = source.points if first.outcome == "right" else 0.0
    told = f"{first.outcome}, {points:g} of {source.points:g} points"
    if first.outcome == "right":
        text = "".join(f"{result}\n" for result in results)
        cell.outputs = [printed(f"{told}: {text}")]
    else:
        line = f"CheckFailed: {first}"
        cell.outputs = [printed(f"{told}\n"), raised("CheckFailed", str(first), line)]
    return CellEntry(
        notebook=prepared.source.name,
        name=source.name,
        points=points,
        most=source.points,
        outcome=first.outcome,
        how="by values",
        misconceptions=first.misconceptions,
        message="" if first.outcome == "right" else first.message,
    )


def _names_called(nb: NotebookNode, name: str) -> set[str]:
    """The names that the text reads in which a function is defined."""
    texts = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    return {used for text in texts if name in definitions(text) for used in names_used(text)}


class Judge:
    """Judges values as `judge_values` does, and the same ones once: in a class many answers agree.

    Args:
        most_remembered: how many results it keeps.
    """

    def __init__(self, most_remembered: int = 4096) -> None:
        self._most = most_remembered
        self._results: dict[tuple[str, str, tuple[str, ...], bytes, bool], CheckResult] = {}

    def __call__(
        self, ask: Ask, cases: tuple[Case, ...], texts: Sequence[str], *, examples: bool
    ) -> CheckResult:
        """Judge, or remember: the arguments are those of `judge_values`."""
        key = ask.question, ask.name, ask.cases, _digest(texts), examples
        if key not in self._results:
            if len(self._results) >= self._most:
                self._results.clear()
            self._results[key] = judge_values(ask, cases, texts, examples=examples)
        return self._results[key]


def _digest(texts: Sequence[str]) -> bytes:
    """Differs with any of the texts; kept in their place, since they may be long."""
    digest = hashlib.sha256()
    for text in texts:
        content = text.encode("utf-8", errors="surrogatepass")
        # with its length, or ("ab", "c") would be the same as ("a", "bc")
        digest.update(b"%d:%b" % (len(content), content))
    return digest.digest()


def judge_values(
    ask: Ask, cases: tuple[Case, ...], texts: Sequence[str], *, examples: bool = True
) -> CheckResult:
    """Judge the values that came back for one ask.

    Args:
        ask: what was asked.
        cases: what the function was called with.
        texts: the observations, as the student's process told them.
        examples: whether that process held no secret inputs by then, so that its words may be told.
    """
    question = find_question(ask.question)
    try:
        # a lone surrogate would come back in a message, and no file could hold it
        texts = texts[: len(cases)]
        if sum(map(len, texts)) > _MOST_CHARACTERS:
            raise ValueError("more than any answer says")  # noqa: TRY301
        seen = tuple(Observation.from_json(clean_json(text)) for text in texts)
        if _has_sane_sizes(seen) and _is_whole(question, seen, cases):
            if ask.own_orchard:
                return conclude_own(question, ask.name, cases, seen, secret=True)
            return conclude(question, cases[: len(seen)], seen, examples=examples)
    except (RecordError, ValueError, OverflowError, RecursionError):
        pass
    nothing = Failure(kind="RuntimeError", message="it gave nothing that can be read")
    if ask.own_orchard:
        return conclude_own(question, ask.name, cases, (Observation(failure=nothing),), secret=True)
    return conclude(question, cases[:1], (Observation(failure=nothing),))


def _has_sane_sizes(seen: tuple[Observation, ...]) -> bool:
    """True if no size is past all that a worker of the kit's sends: work grows with each of them."""
    values = [value for one in seen for value in (*one.values, *one.signs)]
    failures = [one.failure for one in seen if one.failure is not None]
    texts = [text for one in failures for text in (one.kind, one.message, one.where)]
    texts += [text for value in values for text in (value.name, value.kind, value.dtype)]
    return (
        len(values) <= _MOST_VALUES
        and max(map(len, texts), default=0) <= _MOST_TEXT
        and all(len(value.shape) <= _MOST_DIMENSIONS for value in values)
        and all(0 <= size < _MOST_SIZE for value in values for size in value.shape)
    )


def _is_whole(question: Question, seen: tuple[Observation, ...], cases: tuple[Case, ...]) -> bool:
    """True if nothing is missing: a call for each case, up to a failure, and numbers for each shape."""
    if len(seen) < len(cases) and not (seen and seen[-1].failure is not None):
        return False
    for case, one in zip(cases, seen, strict=False):
        odd = [value for value in (*one.values, *one.signs) if not _fits_its_shape(value)]
        # where numbers are left open, none are told
        left_open = {
            value.name
            for value in (question.expected(case).values if odd else ())
            if not value.numbers
        }
        if any(value.numbers or value.name not in left_open for value in odd):
            return False
    return True


def _fits_its_shape(value: Value) -> bool:
    return not value.shape or min(math.prod(value.shape), MOST_NUMBERS) == len(value.numbers)


def _score_outputs(cell: NotebookNode, source: SourceCell, prepared: PreparedNotebook) -> CellEntry:
    assert source.points is not None
    errors = [output for output in cell.outputs if output.output_type == "error"]
    by_values = bool(source.required)  # and there are none
    points = 0.0 if errors or by_values else _partial_credit(cell, source, prepared)
    failed = any(output.ename in FAILURES for output in errors)
    told = f"{points:g} of {source.points:g} points"
    where = "" if by_values else ", scored inside the student's process"
    cell.outputs.append(printed(f"{told}{where}\n"))
    return CellEntry(
        notebook=prepared.source.name,
        name=source.name,
        points=points,
        most=source.points,
        outcome="could not run" if failed else "wrong" if points < source.points else "right",
        how="by values" if by_values else "inside the student's process",
        message=_said(errors[-1]) if errors else "",
    )


def _said(error: NotebookNode) -> str:
    """The first line of an error, cut where it is long."""
    first = str(error.evalue).strip().partition("\n")[0]
    return f"{error.ename}: {first}".removesuffix(": ")[:_MOST_SAID]


def _partial_credit(cell: NotebookNode, source: SourceCell, prepared: PreparedNotebook) -> float:
    """nbgrader's partial credit: the number that the cell's last line gives."""
    assert source.points is not None
    results = [output for output in cell.outputs if output.output_type == "execute_result"]
    in_python = prepared.job.kernel is None
    if not results or (in_python and not _ends_in_expression(source.source)):
        return source.points
    try:
        number = float(results[-1]["data"]["text/plain"])
    except (KeyError, TypeError, ValueError):
        return source.points
    if math.isnan(number):
        return 0.0
    return source.points if number < 0 else min(number, source.points)


def _ends_in_expression(source: str) -> bool:
    """True if the instructor's own last line gives a value; else none can be the score.

    Example:
        >>> _ends_in_expression("assert x"), _ends_in_expression("points")
        (False, True)
    """
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):  # a magic, perhaps
        return True
    return bool(body) and isinstance(body[-1], ast.Expr)
