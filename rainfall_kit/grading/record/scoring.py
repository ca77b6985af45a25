"""Scoring of cells, from the results that came out of the sandbox; runs no student code.

Where a cell only asks a question of the kit, the values are judged. Every other graded cell is scored as
nbgrader scores it, by what the student's own process showed; that can be forged, so it is told.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbgrader.utils import determine_grade

from rainfall_kit.checks.verdict import with_others
from rainfall_kit.grading.judging.judge import NotJudged
from rainfall_kit.grading.prepare.notes import failure_message
from rainfall_kit.grading.record.journal import CellEntry
from rainfall_kit.grading.record.output_reader import printed, raised, read_outputs
from rainfall_kit.grading.safe_json import Pruner
from rainfall_kit.grading.sandbox.job import FAILURES
from rainfall_kit.handing_in.definitions import definitions, names_used

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from rainfall_kit.grading.judging.judge import Judge
    from rainfall_kit.grading.prepare.assignment_notebook import SourceCell
    from rainfall_kit.grading.prepare.job_builder import PreparedNotebook
    from rainfall_kit.grading.sandbox.job import Result, ResultCell
    from rainfall_kit.records.outcomes import Outcome

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
    untouched = False  # the answer above, as it had been given out
    for number, cell in enumerate(prepared.nb.cells):
        got = seen.get(number)
        if cell.cell_type == "code":
            _show(cell, got, pruned)
        source = by_name.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if source is None:
            continue
        if source.solution and cell.cell_type == "code":
            untouched = _unchanged(cell, source)
        if source.task:
            entries.append(_leave_task(source, prepared.source.name))
            scores[source.name] = CellScore()
        elif source.points is not None:
            entries.append(
                _score(cell, source, prepared, got, judge, outcomes, untouched=untouched)
                if prepared.handed_in
                else _score_nothing(source, prepared.source.name)
            )
            scores[source.name] = CellScore(
                points=entries[-1].points, unchanged=_unchanged(cell, source)
            )
        elif source.solution:
            scores[source.name] = CellScore(unchanged=_unchanged(cell, source))
    return tuple(entries), scores


def errors_elsewhere(prepared: PreparedNotebook) -> dict[str, str]:
    """The first line of each error that is no test's, by the cell's id: a failed import, perhaps.

    Args:
        prepared: its notebook has been scored.
    """
    known = dict(prepared.source.cells_in(prepared.nb))
    found = {}
    for number, cell in enumerate(prepared.nb.cells):
        source = known.get(number)
        is_test = source is not None and source.points is not None and not source.solution
        errors = [output for output in cell.get("outputs", ()) if output.output_type == "error"]
        if errors and not is_test:
            found[str(cell.id)] = said_of(errors[-1])
    return found


def _unchanged(cell: NotebookNode, source: SourceCell) -> bool:
    return source.solution and cell.source == source.source


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
    *,
    untouched: bool,
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
    return _score_outputs(cell, source, prepared, untouched=untouched)


def _leave_task(source: SourceCell, notebook: str) -> CellEntry:
    """A task, wherever the student has done it: its points are a person's."""
    assert source.points is not None
    return CellEntry(
        notebook=notebook,
        name=source.name,
        points=None,
        most=source.points,
        outcome="right",
        how="by a person",
    )


def _score_nothing(source: SourceCell, notebook: str) -> CellEntry:
    """No points, not even for a cell that asks for no answer, and nothing for a person to read."""
    assert source.points is not None
    return CellEntry(
        notebook=notebook,
        name=source.name,
        points=0.0,
        most=source.points,
        outcome="not tried",
        how="by a person" if source.solution or source.cell_type != "code" else "by values",
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
    try:
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
    except NotJudged as problem:
        return _leave_to_a_person(cell, source, prepared, problem.kind)
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


def _leave_to_a_person(
    cell: NotebookNode, source: SourceCell, prepared: PreparedNotebook, problem: str
) -> CellEntry:
    """No points of the autograder's: nbgrader then asks for a person's."""
    assert source.points is not None
    message = failure_message(problem)
    cell.outputs = [raised(problem, message, f"{problem}: {message}")]
    return CellEntry(
        notebook=prepared.source.name,
        name=source.name,
        points=None,
        most=source.points,
        outcome="could not run",
        how="by values",
        message=message,
    )


def _names_called(nb: NotebookNode, name: str) -> set[str]:
    """The names that the text reads in which a function is defined."""
    texts = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    return {used for text in texts if name in definitions(text) for used in names_used(text)}


def _score_outputs(
    cell: NotebookNode, source: SourceCell, prepared: PreparedNotebook, *, untouched: bool
) -> CellEntry:
    assert source.points is not None
    errors = [output for output in cell.outputs if output.output_type == "error"]
    by_values = bool(source.required)  # and there are none
    points = 0.0 if errors or by_values else _partial_credit(cell, source, prepared)
    failed = any(output.ename in FAILURES for output in errors)
    lost = errors or by_values or points < source.points  # also where there are none to lose
    outcome: Outcome = "could not run" if failed else "wrong" if lost else "right"
    if outcome == "wrong" and untouched and not points:
        outcome = "not tried"
    told = f"{points:g} of {source.points:g} points"
    where = "" if by_values else ", scored inside the student's process"
    cell.outputs.append(printed(f"{told}{where}\n"))
    return CellEntry(
        notebook=prepared.source.name,
        name=source.name,
        points=points,
        most=source.points,
        outcome=outcome,
        how="by values" if by_values else "inside the student's process",
        message=said_of(errors[-1]) if errors else "",
    )


def said_of(error: NotebookNode) -> str:
    """The first line of an error: all of it, or the whole sentences with which a long one begins.

    Example:
        >>> from nbformat import v4
        >>> said_of(v4.new_output("error", ename="ValueError", evalue="It is 1. " + "It is 2 " * 50))
        'ValueError: It is 1.'
        >>> said_of(v4.new_output("error", ename="ValueError", evalue="word " * 80))[-15:]
        'word word [...]'
    """
    first = str(error.evalue).strip().partition("\n")[0]
    said = f"{error.ename}: {first}".removesuffix(": ")
    if len(said) <= _MOST_SAID:
        return said
    begun = said[:_MOST_SAID]
    whole, ended, _ = begun.rpartition(". ")
    return f"{whole}." if ended else f"{begun.rpartition(' ')[0] or begun} [...]"


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
