"""Item statistics: which questions tell students apart, and which mistakes go together."""

from __future__ import annotations

import statistics
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FEWEST = 10  # students; of fewer, a correlation says next to nothing


def discrimination(points: Sequence[float], totals: Sequence[float]) -> float | None:
    """Item discrimination: the correlation of a question's points with the points of all others.

    The corrected item-total correlation: the question's own points are taken out of the total, or it would
    correlate with itself. Source: S. Henrysson, "Correction of item-total correlations in item analysis",
    Psychometrika 28 (1963), 211-218.

    Args:
        points: of the question, one for each student.
        totals: of the same students, this question's points among them.

    Returns:
        From -1 to 1; None where fewer than `FEWEST` students are there, or all have the same points.

    Example:
        >>> discrimination([0, 1] * 5, [0, 4] * 5)
        1.0
        >>> discrimination([1] * 10, range(10)) is None
        True
    """
    # rounded: what adding in another order leaves over is no difference between students
    rest = [round(total - own, 9) for total, own in zip(totals, points, strict=True)]
    if len(rest) < FEWEST or len(set(points)) == 1 or len(set(rest)) == 1:
        return None
    return round(statistics.correlation(points, rest), 12)


def pairs_together(groups: Iterable[Sequence[str]]) -> list[tuple[str, str, int, float]]:
    """Pairs that come together at least three times, and twice as often as chance alone would have them.

    Args:
        groups: for each student, what they have.

    Returns:
        Both names, how often they come together, and how often they would if neither had to do with the other;
        the most frequent first.

    Example:
        >>> pairs_together([["a", "b"]] * 3 + [["c"]] * 7)
        [('a', 'b', 3, 0.9)]
    """
    sets = [sorted(set(group)) for group in groups]
    alone = Counter(name for group in sets for name in group)
    together = Counter(pair for group in sets for pair in combinations(group, 2))
    expected = {(one, two): alone[one] * alone[two] / len(sets) for one, two in together}
    found = [
        (*pair, count, expected[pair])
        for pair, count in together.items()
        if count >= 3 and count >= 2 * expected[pair]
    ]
    return sorted(found, key=lambda row: (-row[2], row[0], row[1]))
