"""Every error that the kit raises on purpose belongs to one tree."""

import pytest

from rainfall_kit.errors import RainfallError
from rainfall_kit.lesson.arrays import check_table


def test_every_error_of_the_kit_is_one_tree():
    with pytest.raises(RainfallError):
        check_table([[float("nan")]], [[1]])
