"""Every error that the kit raises on purpose belongs to one tree."""

import pytest

from rainfall_kit.errors import CheckFailed, RainfallError
from rainfall_kit.lesson.arrays import check_table


def test_every_error_of_the_kit_is_one_tree():
    with pytest.raises(RainfallError):
        check_table([[float("nan")]], [[1]])


def test_a_failed_check_is_shown_in_lines_that_end_between_words():
    words = "gd_step is not right yet. " * 5
    shown = CheckFailed(f"{words}\nHint: look.\nMore: %gd_hint RK079")._render_traceback_()
    assert max(map(len, shown)) < 79
    assert " ".join(shown[:-2]).split() == ["CheckFailed:", *words.split()]
    assert shown[-2:] == ["Hint: look.", "More: %gd_hint RK079"]
