"""to_tensors is judged by the numbers that were handed in, and by the dtype that was asked for."""

from expected import expected_in, near

from rainfall_kit.checks.questions.tensors.to_tensors import QUESTION


def test_the_expected_tensors_hold_the_arrays_numbers():
    for given, wanted in expected_in("to_tensors", "inputs", "targets"):
        for name, array in zip(("inputs", "targets"), given, strict=True):
            near(wanted[name], array)
            assert (wanted[f"{name} afterwards"] == array).all()


def test_both_are_float32_whatever_numpy_gave():
    given, dtypes = set(), set()
    for case in QUESTION.draw(0):
        given.add(case.dtype)
        dtypes |= {value.dtype for value in QUESTION.expected(case).values[:2]}
    assert (given, dtypes) == ({"int64", "float32", "float64"}, {"float32"})
