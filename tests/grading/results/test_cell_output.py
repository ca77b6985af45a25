"""What a graded cell says is read back, whoever ran it."""

import pytest
from nbformat import v4

from rainfall_kit.grading.results.cell_output import CellOutput, read_output
from rainfall_kit.records.outcomes import CheckResult

RESULT = CheckResult(
    question="mse", outcome="wrong", message="mse is not right yet.", hint="Should it double?",
    misconceptions=("RK016", "RK017"),
)  # fmt: skip
SAID = {"message": RESULT.message, "hint": RESULT.hint, "misconceptions": RESULT.misconceptions}


def printed(text):
    return v4.new_output("stream", name="stdout", text=text)


def error(name, value, traceback=()):
    return v4.new_output("error", ename=name, evalue=value, traceback=list(traceback))


CASES = {
    "right, by values": ([printed("right, 2 of 2 points: mse is right.\n")],
        CellOutput(outcome="right", message="mse is right.")),
    "wrong, by values": ([printed("wrong, 0 of 2 points\n"), error("CheckFailed", str(RESULT))],
        CellOutput(outcome="wrong", **SAID)),
    "not tried": ([printed("not tried, 0 of 2.5 points\n"), error("CheckFailed", "mse is still to be written.")],
        CellOutput(outcome="not tried", message="mse is still to be written.")),
    "by an ordinary kernel": ([error("CheckFailed", str(RESULT))], CellOutput(outcome="wrong", **SAID)),
    "an assert": ([error("AssertionError", "not 9\nnor 8")],
        CellOutput(outcome="wrong", message="AssertionError: not 9")),
    "a bare assert": ([error("AssertionError", "")], CellOutput(outcome="wrong", message="AssertionError")),
    "a hidden assert": ([error("AssertionError", "", ["AssertionError in a hidden test"])],
        CellOutput(outcome="wrong", message="AssertionError in a hidden test.")),
    "a bare assert in colours": ([error("AssertionError", "", ["\x1b[31mAssertionError\x1b[39m: "])],
        CellOutput(outcome="wrong", message="AssertionError.")),
    "ended": ([error("DeadKernelError", "this cell ended Python; the other cells were run without it")],
        CellOutput(outcome="could not run",
            message="The graded cell ended Python.")),
    "nothing": ([], CellOutput()),
    "words of its own": ([printed("hello\n")], CellOutput()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_outputs(name):
    outputs, expected = CASES[name]
    assert read_output(v4.new_code_cell("t", outputs=outputs)) == expected


def test_a_cell_of_text_says_nothing():
    assert read_output(v4.new_markdown_cell("Because.")) == CellOutput()
