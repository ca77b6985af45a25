"""Decides what each cell earned, from what came out of the walls; runs no student code.

Where a cell only asks a question of the kit, the values are judged. Every other graded cell is scored as
nbgrader scores it, by what the student's own process showed; that can be forged, so it is told.
"""

from __future__ import annotations

import ast
import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nbgrader.utils import determine_grade

from rainfall_kit.checks.observations import Failure, Observation
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.checks.verdict import conclude
from rainfall_kit.errors import RecordError
from rainfall_kit.grading.record.gradebook import CellScore
from rainfall_kit.grading.record.output_reader import printed, raised, read_outputs
from rainfall_kit.grading.safe_json import whole_json
from rainfall_kit.grading.sandbox.failures import FAILURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbformat import NotebookNode

    from rainfall_kit.checks.observations import Case
    from rainfall_kit.grading.prepare.assignment_notebook import SourceCell
    from rainfall_kit.grading.prepare.job_builder import PreparedNotebook
    from rainfall_kit.grading.sandbox.job import Ask, Result, ResultCell
    from rainfall_kit.records.outcomes import CheckResult, Outcome

_MOST_JUDGED = 4096
# by the question, its cases, what came back, and whether that process held secrets by then
_JUDGED: dict[tuple[str, tuple[str, ...], bytes, bool], CheckResult] = {}

How = Literal["by values", "inside the student's process", "by a person"]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What one graded cell earned.

    Attributes:
        name: its grade id.
        points: None where a person has to give them.
        most: what it could earn.
        outcome: as of a check; ``"not tried"`` where nothing was written.
        how: who decided.
        message: one or a few sentences.
        misconceptions: the ids of the known mistakes that explain the answer.
    """

    name: str
    points: float | None
    most: float
    outcome: Outcome
    how: How
    message: str = ""
    misconceptions: tuple[str, ...] = ()


def mark(paper: PreparedNotebook, result: Result) -> tuple[tuple[Mark, ...], dict[str, CellScore]]:
    """Mark one paper, and write into its notebook what was seen and what it earned.

    Args:
        paper: its notebook is changed in place.
        result: what came of its job.

    Returns:
        A mark for each graded cell, and the scores for the gradebook by grade id.
    """
    by_name = paper.sheet.by_name
    seen = {cell.number: cell for cell in result.cells}
    marks, scores = [], {}
    for number, cell in enumerate(paper.nb.cells):
        got = seen.get(number)
        if cell.cell_type == "code":
            _show(cell, got)
        source = by_name.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if source is None:
            continue
        if source.points is not None and not source.task:
            marks.append(_mark(cell, source, paper, got))
            scores[source.name] = CellScore(
                points=marks[-1].points, unchanged=_unchanged(cell, source)
            )
        elif source.solution or source.task:
            scores[source.name] = CellScore(unchanged=_unchanged(cell, source))
    return tuple(marks), scores


def _unchanged(cell: NotebookNode, source: SourceCell) -> bool:
    return source.solution and not source.task and cell.source == source.source


def _show(cell: NotebookNode, got: ResultCell | None) -> None:
    """Put what the cell printed and showed into the notebook."""
    cell.outputs = read_outputs(got.outputs) if got is not None else []
    cell.execution_count = got.count if got is not None else None
    if got is not None and got.problem == "interrupted":
        text = "\x1b[0;31mCellTimeoutError\x1b[0m: No reply from kernel before timeout"
        cell.outputs.append(raised("CellTimeoutError", "", text))
    elif got is not None and got.problem:
        message = f"this cell {FAILURES[got.problem]}; the other cells were run without it"
        line = f"\x1b[0;31m{got.problem}\x1b[0m: {message}"
        cell.outputs.append(raised(got.problem, message, line))


def _mark(
    cell: NotebookNode, source: SourceCell, paper: PreparedNotebook, got: ResultCell | None
) -> Mark:
    assert source.points is not None
    if source.solution or cell.cell_type != "code":
        points, most = determine_grade(cell)
        outcome: Outcome = "not tried" if points == 0 else "right"
        return Mark(name=source.name, points=points, most=most, outcome=outcome, how="by a person")
    if source.required and got is not None and not got.problem:
        return _mark_values(cell, source, paper, got)
    return _mark_outputs(cell, source)


def _mark_values(
    cell: NotebookNode, source: SourceCell, paper: PreparedNotebook, got: ResultCell
) -> Mark:
    assert source.points is not None
    job_cell = next(each for each in paper.job.cells if each.number == got.number)
    results = [
        _judge_once(
            ask, cases, got.seen[place] if place < len(got.seen) else (), examples=not job_cell.last
        )
        for place, (ask, cases) in enumerate(
            zip(job_cell.asks, paper.cases[got.number], strict=True)
        )
    ]
    first = next((each for each in results if each.outcome != "right"), results[0])
    points = source.points if first.outcome == "right" else 0.0
    told = f"{first.outcome}, {points:g} of {source.points:g} points"
    if first.outcome == "right":
        text = "".join(f"{each}\n" for each in results)
        cell.outputs = [printed(f"{told}: {text}")]
    else:
        line = f"CheckFailed: {first}"
        cell.outputs = [
            printed(f"{told}\n"),
            raised("CheckFailed", str(first), line),
        ]
    return Mark(
        name=source.name,
        points=points,
        most=source.points,
        outcome=first.outcome,
        how="by values",
        message=str(first),
        misconceptions=first.misconceptions,
    )


def _judge_once(
    ask: Ask, cases: tuple[Case, ...], texts: Sequence[str], *, examples: bool
) -> CheckResult:
    """As `judge`; in a class many answers give the same values, to the last bit."""
    said = hashlib.sha256()
    for text in texts:
        content = text.encode("utf-8", errors="surrogatepass")
        said.update(b"%d:%b" % (len(content), content))
    key = ask.question, ask.cases, said.digest(), examples
    if key not in _JUDGED:
        if len(_JUDGED) >= _MOST_JUDGED:
            _JUDGED.clear()
        _JUDGED[key] = judge(ask, cases, texts, examples=examples)
    return _JUDGED[key]


def judge(
    ask: Ask, cases: tuple[Case, ...], texts: Sequence[str], *, examples: bool = True
) -> CheckResult:
    """Judge what came back for one ask.

    Args:
        ask: what was asked.
        cases: what the function was called with.
        texts: the observations, as the student's process told them.
        examples: whether that process held no secret inputs by then, so that its words may be told.
    """
    question = find_question(ask.question)
    try:
        # what no file can hold would come back in a message
        seen = tuple(Observation.from_json(whole_json(text)) for text in texts[: len(cases)])
        if _is_whole(seen, cases):
            return conclude(question, cases[: len(seen)], seen, examples=examples)
    except (RecordError, ValueError, OverflowError, RecursionError):
        pass
    nothing = Failure(kind="RuntimeError", message="it gave nothing that can be read")
    return conclude(question, cases[:1], (Observation(failure=nothing),))


def _is_whole(seen: tuple[Observation, ...], cases: tuple[Case, ...]) -> bool:
    """Whether nothing is missing: a call for each case, up to a failure, and numbers for each shape."""
    values = [value for each in seen for value in each.values]
    if any(math.prod(each.shape) < len(each.numbers) for each in values if each.shape):
        return False
    return len(seen) == len(cases) or bool(seen and seen[-1].failure is not None)


def _mark_outputs(cell: NotebookNode, source: SourceCell) -> Mark:
    assert source.points is not None
    errors = [output for output in cell.outputs if output.output_type == "error"]
    by_values = bool(source.required)  # and there are none
    points = 0.0 if errors or by_values else _partial(cell, source)
    failed = any(output.ename in FAILURES for output in errors)
    outcome: Outcome = "could not run" if failed else "wrong" if points < source.points else "right"
    told = f"{points:g} of {source.points:g} points"
    where = "" if by_values else ", scored inside the student's process"
    cell.outputs.append(printed(f"{told}{where}\n"))
    return Mark(
        name=source.name,
        points=points,
        most=source.points,
        outcome=outcome,
        how="by values" if by_values else "inside the student's process",
        message="; ".join(f"{each.ename}: {each.evalue}"[:500] for each in errors),
    )


def _partial(cell: NotebookNode, source: SourceCell) -> float:
    """nbgrader's partial credit: the number that the cell's last line gives."""
    assert source.points is not None
    results = [output for output in cell.outputs if output.output_type == "execute_result"]
    if not results or not _ends_in_expression(source.source):
        return source.points
    try:
        number = float(results[-1]["data"]["text/plain"])
    except (KeyError, TypeError, ValueError):
        return source.points
    if math.isnan(number):
        return 0.0
    return source.points if number < 0 else min(number, source.points)


def _ends_in_expression(source: str) -> bool:
    """Whether the instructor's own last line gives a value; else none can be the score.

    Example:
        >>> _ends_in_expression("assert x"), _ends_in_expression("points")
        (False, True)
    """
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):  # a magic, perhaps
        return True
    return bool(body) and isinstance(body[-1], ast.Expr)
