"""Last report: what a class had done when the report was made before, and what has changed since."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.class_report.report import mistake_name
from rainfall_kit.grading.prepare.private_folder import PrivateFolder

if TYPE_CHECKING:
    from rainfall_kit.grading.results.class_results import ClassResults


def changes_since_last(results: ClassResults) -> list[str]:
    """Differences from the report before, in words; remembers how it is now.

    Where nothing has changed since the last report, what that one told is told again.

    Args:
        results: how it is now.

    Raises:
        CourseError: what is remembered cannot be read.
    """
    shared = results.folders.groupshared
    folder = PrivateFolder(Path(results.folders.root), group_shared=shared)
    path = folder.path / f"{results.assignment}.report.json"
    now = _state(results)
    last, before, lines = None, None, []
    if path.exists():
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            last, before = kept["last"], kept["before"]
            lines = _differences(before if last == now else last, now)
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise CourseError(
                f"{path} must hold what the last report told, and holds something else. "
                f"Try: rm {path}, after which the next report tells no changes"
            ) from problem
    if last != now:
        folder.write(path, json.dumps({"last": now, "before": last}).encode())
    return lines


def _state(results: ClassResults) -> dict[str, Any]:
    made = Counter(
        id_
        for result in results.results.values()
        for id_ in {id_ for answer in result.answers for id_ in answer.mistakes}
    )
    return {
        "scores": {student: result.grades.score for student, result in results.results.items()},
        "mistakes": dict(sorted(made.items())),
    }


def _differences(before: dict[str, Any] | None, now: dict[str, Any]) -> list[str]:
    """Changes from one state to another.

    Example:
        >>> before = {"scores": {"ash": 7}, "mistakes": {"RK016": 2}}
        >>> _differences(before, {"scores": {"ash": 9, "may": 3}, "mistakes": {"RK016": 1}})
        ['1 more is graded', '1 score is higher', 'sum instead of mean (RK016): 2 -> 1']
    """
    if before is None:
        return []
    old, new = before["scores"], now["scores"]
    both = old.keys() & new.keys()
    counts = {
        "more {is} graded": len(new.keys() - old.keys()),
        "fewer {is} graded": len(old.keys() - new.keys()),
        "score{s} {is} higher": sum(new[student] > old[student] for student in both),
        "score{s} {is} lower": sum(new[student] < old[student] for student in both),
    }
    lines = [
        f"{count} {words.format(s='s' * (count > 1), **{'is': 'are' if count > 1 else 'is'})}"
        for words, count in counts.items()
        if count
    ]
    made = [(id_, before["mistakes"].get(id_, 0), now["mistakes"].get(id_, 0))
            for id_ in sorted(before["mistakes"].keys() | now["mistakes"].keys())]  # fmt: skip
    lines += [f"{mistake_name(id_)}: {was} -> {is_}" for id_, was, is_ in made if was != is_]
    return lines
