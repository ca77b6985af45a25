"""Drawing of what a cell handed over: the report of a run, or an explorer's still picture.

What was handed over is student code's word. It is read as records, its sizes are looked at before any work,
and nothing of it is run.
"""

from __future__ import annotations

import functools
import importlib
import json
from typing import TYPE_CHECKING, Any

from rainfall_kit.errors import RainfallError
from rainfall_kit.grading.sandbox.outside_call import ACTIONS, EXPLORERS, OutsideCall
from rainfall_kit.records.run import Run

if TYPE_CHECKING:
    from rainfall_kit.grading.sandbox.outside_call import Handed

_COLUMNS = 79  # of text, as in every kernel
_MOST_CHARACTERS = 1 << 20
_MOST_COLUMNS = 32  # of inputs or targets: all of the bowl's work grows with their cube
_MOST_DONE = 50
_MOST_WHOLE = 10**9  # Python's own whole numbers have no end, and neither has the work with them
_NOT_DRAWN = "This picture was not drawn: {0}"


@functools.lru_cache(maxsize=256)  # in a class many cells are as they were given out
def draw_outside(text: str) -> dict[str, str]:
    """The bundle of outputs, by type, that stands in the place of what was handed over.

    Example:
        >>> from rainfall_kit.grading.sandbox.inside.outside_work import explore_weights
        >>> from rainfall_kit.grading.sandbox.outside_call import MIME
        >>> drawn = draw_outside(explore_weights()._repr_mimebundle_()[MIME])
        >>> "<svg" in drawn["text/html"], drawn["text/plain"].splitlines()[0]
        (True, 'What does each weight do?')
        >>> draw_outside("[]")
        {'text/plain': 'This picture was not drawn: it cannot be read.'}
    """
    try:
        if len(text) > _MOST_CHARACTERS:
            return _say("it is too large.")
        return _drawn(OutsideCall.from_json(text))
    except RainfallError as problem:
        return _say("it cannot be read." if "JSON" in str(problem) else str(problem))
    except Exception:  # noqa: BLE001  # no handed-over data stop the others
        return _say("it cannot be read.")


def _say(why: str) -> dict[str, str]:
    return {"text/plain": _NOT_DRAWN.format(why)}


def _drawn(call: OutsideCall) -> dict[str, str]:
    if call.draws == "report":
        from rainfall_kit.notebook.report.run_report import report_html, report_text

        run = _run(call.handed[0].value)
        return {"text/html": report_html(run), "text/plain": report_text(run, _COLUMNS)}
    if call.draws not in EXPLORERS or len(call.handed) > _MOST_DONE:
        return _say("it cannot be read.")
    home = importlib.import_module(f"rainfall_kit.explorers.{call.draws}")
    given = [one for one in call.handed if one.kind in ("plain", "run")]
    explorer = getattr(home, f"explore_{call.draws}")(
        *(_value(one) for one in given if not one.name),
        **{one.name: _value(one) for one in given if one.name},
    )
    for one in call.handed:
        if one.kind == "set" and one.name in explorer.STATE:
            setattr(explorer, one.name, _value(one))
        elif one.kind == "done" and one.name in ACTIONS:
            getattr(explorer, one.name)(*_value(one))
    bundle: dict[str, str] = explorer._repr_mimebundle_()  # IPython's own protocol
    return {mime: bundle[mime] for mime in ("text/html", "text/plain")}


def _run(text: str) -> Run:
    run = Run.from_json(text)
    quadratic = run.quadratic
    if quadratic is not None:
        _check_columns(quadratic.n_inputs)
        _check_columns(len(quadratic.factor))
        _check_whole(quadratic.rows)
    _check_whole(run.epochs)
    for step in run.steps:
        _check_whole(step.number)
        _check_columns(len(step.w))
        _check_columns(len(step.w[0]) if step.w else 0)
    return run


def _value(handed: Handed) -> Any:
    if handed.kind == "run":
        return _run(handed.value)
    value = json.loads(handed.value)
    _check_plain(value)
    return value


def _check_plain(value: Any) -> None:
    """Refuse what makes much work of little: long rows and huge whole numbers."""
    if isinstance(value, list):
        if value and isinstance(value[0], list):
            _check_columns(len(value[0]))
        for part in value:
            _check_plain(part)
    elif type(value) is int:
        _check_whole(value)


def _check_columns(count: int) -> None:
    if not 0 <= count <= _MOST_COLUMNS:
        raise ValueError(count)


def _check_whole(number: int | None) -> None:
    if number is not None and not 0 <= abs(number) <= _MOST_WHOLE:
        raise ValueError(number)
