"""What judges ends alone: at its limits, or killed from outside; the same values are judged once."""

import os
import select
import signal
from pathlib import Path

import pytest

from rainfall_kit.checks import verdict
from rainfall_kit.checks.harness.observing import observe
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.judging import process
from rainfall_kit.grading.judging.judge import Judge, NotJudged
from rainfall_kit.grading.judging.process import JudgingProcess
from rainfall_kit.grading.judging.values import judge_values
from rainfall_kit.grading.sandbox.job import Ask

QUESTION = find_question("mse")


def right(preds, targets):
    return ((preds - targets) ** 2).mean()


def wrong(preds, targets):
    return ((preds - targets) ** 2).sum()


def asked(judge, answer, seed=1, *, examples=True):
    cases = QUESTION.cases(seed)
    ask = Ask(question="mse", name="mse", cases=tuple(case.to_json() for case in cases))
    texts = tuple(one.to_json() for one in observe(QUESTION, answer, cases, seconds=5))
    judged = judge(ask, cases, texts, examples=examples)
    assert judged == judge_values(ask, cases, texts, examples=examples)
    return judged


@pytest.fixture
def judge():
    judge = Judge()
    yield judge
    judge.close()


@pytest.fixture
def judged(monkeypatch):
    """The calls that really judged something."""
    real, calls = JudgingProcess.judge, []
    monkeypatch.setattr(JudgingProcess, "judge", lambda *a, **k: calls.append(a) or real(*a, **k))
    return calls


def test_the_same_values_are_judged_once(judge, judged):
    assert asked(judge, right) is asked(judge, right)
    assert len(judged) == 1


def test_other_values_cases_and_circumstances_are_judged_anew(judge, judged):
    assert asked(judge, right).outcome == "right"
    assert asked(judge, wrong).outcome == "wrong"
    asked(judge, right, seed=2)
    asked(judge, wrong, seed=2)
    asked(judge, wrong, seed=2, examples=False)
    assert len(judged) == 5


def test_texts_that_only_together_are_the_same_are_not(judge, judged):
    ask = Ask(question="mse", name="mse")
    for texts in (("ab", "c"), ("a", "bc")):
        judge(ask, QUESTION.cases(1), texts, examples=True)
    assert len(judged) == 2


def test_no_more_than_so_many_are_remembered():
    judge = Judge(most_remembered=2)
    for seed in range(5):
        asked(judge, right, seed)
        assert len(judge._results) <= 2
    judge.close()


def test_the_process_ends_where_the_grader_is_killed():
    told, grader = os.pipe(), os.fork()
    if grader == 0:
        try:
            os.write(told[1], str(JudgingProcess()._pid).encode())
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(grader, 0)
    ended = os.pidfd_open(int(os.read(told[0], 20)))
    assert select.select([ended], [], [], 300)[0]
    for fd in (*told, ended):
        os.close(fd)


# What becomes of a process that judges something; the fork has this module as it stands here.


def spin(_):
    while True:
        pass


def spin_on(*_):
    spin(None)


def fill_memory(_):
    assert bytearray(448 << 20)  # for which there is room
    bytearray(512 << 20)


def killed(_):
    os.kill(os.getpid(), signal.SIGKILL)


def killed_once(place):
    if not place.exists():
        place.touch()
        killed(place)


def interrupted(_):
    os.kill(os.getpid(), signal.SIGINT)  # as Ctrl-C, which the whole terminal gets


@pytest.fixture
def judge_that(monkeypatch, tmp_path, judge):
    """Makes a judge whose process does something first."""

    def make(does, seconds=0.5):
        def first(*arguments, **options):
            does(tmp_path / "done")
            return judge_values(*arguments, **options)

        monkeypatch.setattr(process, "judge_values", first)
        judge.close()  # its process is of before
        judge._seconds = seconds
        judge.begin_submission()
        return judge

    return make


@pytest.mark.parametrize(
    ("does", "problem"),
    [
        (spin, "JudgingLimitError"),
        (fill_memory, "JudgingLimitError"),
        (killed, "JudgingEndedError"),
    ],
)
def test_what_is_ended_is_told_and_the_next_submission_is_judged(judge_that, does, problem):
    judge = judge_that(does)
    for _ in range(2):  # at a limit nothing is left for the submission's other asks
        with pytest.raises(NotJudged, match=problem):
            asked(judge, right)
    assert asked(judge_that(lambda _: None), right).outcome == "right"


def test_what_takes_too_long_to_explain_earns_what_it_should(judge, monkeypatch):
    monkeypatch.setattr(verdict, "diagnose", spin_on)
    judge.close()  # its process is of before
    judge._seconds = 1.0
    judge.begin_submission()
    cases = QUESTION.cases(1)
    ask = Ask(question="mse", name="mse", cases=tuple(case.to_json() for case in cases))
    texts = tuple(one.to_json() for one in observe(QUESTION, wrong, cases, seconds=5))
    told = judge(ask, cases, texts, examples=True)
    assert (told.outcome, told.misconceptions) == ("wrong", ())
    assert told.message
    assert told.hint
    assert asked(judge, right).outcome == "right"
    monkeypatch.undo()
    judge.close()
    judge.begin_submission()
    assert asked(judge, wrong).misconceptions  # what was not explained is not remembered


@pytest.mark.parametrize("does", [killed_once, interrupted])
def test_what_comes_from_outside_loses_nothing(judge_that, does):
    assert asked(judge_that(does), right).outcome == "right"


def test_each_submission_has_five_seconds(judge, monkeypatch):
    given = []
    real = JudgingProcess.judge
    monkeypatch.setattr(
        JudgingProcess, "judge", lambda *a, **k: given.append(k["seconds"]) or real(*a, **k)
    )
    asked(judge, wrong)
    asked(judge, wrong, seed=2)
    judge.begin_submission()
    asked(judge, wrong, seed=3)
    assert given[0] == given[2] == 3.5  # the rest is kept for the points alone
    assert given[1] < 3.5


def test_a_bug_in_judging_is_raised_where_it_was_asked(judge_that):
    with pytest.raises(RuntimeError, match="ValueError: odd"):
        asked(judge_that(lambda _: exec("raise ValueError('odd')")), right)


def test_the_process_holds_no_file_of_the_graders_and_ends_with_it(judge_that, tmp_path):
    def note_what_is_open(place):
        folder = Path("/proc/self/fd")
        place.write_text("\n".join(str(one.readlink()) for one in folder.iterdir() if one.exists()))

    with (tmp_path / "gradebook").open("w"):
        judge = judge_that(note_what_is_open)
        asked(judge, right)
    opened = (tmp_path / "done").read_text()
    assert os.devnull in opened
    assert "gradebook" not in opened
    pid = judge._process._pid
    judge.close()
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.usefixtures("shared_server")
def test_a_class_is_graded_whatever_becomes_of_one_submissions_judging(
    short, tmp_path, monkeypatch
):
    config = "c.SandboxLimits.judging_seconds = 1.0\n"
    course = short.copy(tmp_path, config)
    hostile = short.wrong.replace("1.0", "1234567.0")
    answers = {"ann": short.right, "ben": hostile, "cleo": short.wrong, "dan": short.right}
    for student, answer in answers.items():
        short.hand_in(course, student, answer)

    def first(ask, cases, texts, **options):
        if any("1234567" in text for text in texts):
            spin(None)
        killed_once(tmp_path / "done")
        return judge_values(ask, cases, texts, **options)

    monkeypatch.setattr(process, "judge_values", first)
    entries = {one.entry.student: one.entry for one in grade_assignment(course, "hw")}
    assert (tmp_path / "done").exists()
    assert {student: entry.score for student, entry in entries.items()} == {
        "ann": 2, "ben": 0, "cleo": 0, "dan": 2,
    }  # fmt: skip
    told = "hidden gave what takes too long to judge, or too much memory: a person has to look"
    assert entries["ben"].note == told
    assert entries["ben"].needs_manual_grade
    assert not any(entries[other].note for other in ("ann", "cleo", "dan"))
    monkeypatch.undo()
    for graded in grade_assignment(course, "hw", force=True):
        alone, before = graded.entry, entries[graded.entry.student]
        if alone.student != "ben":
            assert (alone.cells, alone.note) == (before.cells, before.note)
