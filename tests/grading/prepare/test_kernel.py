"""A notebook in another language is refused, and not graded as Python."""

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.kernel import check_kernel


@pytest.mark.parametrize(
    "kernelspec",
    [{}, {"name": "python3"}, {"name": "python"}, {"name": "conda-root", "language": "python"}],
)
def test_python_passes_under_any_name(kernelspec):
    check_kernel("hw", kernelspec)


@pytest.mark.parametrize(
    ("kernelspec", "told"),
    [
        ({"name": "ir", "language": "R"}, r"'ir' \(R\)"),
        ({"name": "blarg"}, r"'blarg' \(not installed here\)"),
    ],
)
def test_another_language_is_told(kernelspec, told):
    with pytest.raises(CourseError, match=f"{told}.* runs Python only. Try: "):
        check_kernel("hw", kernelspec)
