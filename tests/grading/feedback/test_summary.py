"""A student is told of each question what came of it; what nobody has read yet is no zero."""

from datetime import UTC, datetime, timedelta

import pytest
from made_class import DUE, MOST, NAME, notebook
from nbformat import v4
from traitlets.config import Config

from rainfall_kit.checks.questions.registry import find_misconception
from rainfall_kit.grading.feedback.page import render
from rainfall_kit.grading.feedback.summary import summarise
from rainfall_kit.grading.local_time import course_zone
from rainfall_kit.grading.plugins.late_penalty import DailyPenalty
from rainfall_kit.grading.record.grade_tables import CellRow, SubmissionRow
from rainfall_kit.grading.record.tries import Tries, Try
from rainfall_kit.grading.results.notebook_questions import questions_of
from rainfall_kit.records.outcomes import CheckResult

WRONG = CheckResult(
    question="mse", outcome="wrong", message="mse is not right yet.", hint="Should it double?",
    misconceptions=("RK016",),
)  # fmt: skip
ALL = {name: (most, None) for name, most in MOST.items()}


def submission(points, *, comments=None, penalty=0.0, timestamp=None):
    """Grades of these points by the autograder and by a person."""
    cells = {
        (NAME, name): CellRow(
            notebook=NAME, name=name, most=MOST[name], auto=auto, manual=manual, extra=0.0,
            unread=auto is None and manual is None,
        )
        for name, (auto, manual) in points.items()
    }  # fmt: skip
    return SubmissionRow(
        student="ann", timestamp=timestamp, due=DUE, penalties={NAME: penalty}, cells=cells,
        comments={(NAME, name): words for name, words in (comments or {}).items()},
    )  # fmt: skip


def told(grades, outputs=None, untouched=(), *, zone=UTC, tries=None, late_rule=None, notes=()):
    nb = notebook()
    nb.metadata["rainfall_kit"] = {"notes": [*notes]}
    for cell in nb.cells:
        if cell.id in (outputs or {}):
            cell.outputs = outputs[cell.id]
    return summarise(
        nb, questions_of(nb, NAME), grades, untouched=untouched, hidden=["test-mse-hidden"],
        zone=zone, tries=tries, late_rule=late_rule,
    )  # fmt: skip


def failed(result=WRONG):
    line = f"{result.outcome}, 0 of 1 points\n"
    return [
        v4.new_output("stream", name="stdout", text=line),
        v4.new_output("error", ename="CheckFailed", evalue=str(result), traceback=[]),
    ]


def test_everything_right_has_nothing_to_unfold():
    summary = told(submission(ALL))
    assert [(one.state, one.message, one.hints) for one in summary.questions] == [
        ("right", "", ())
    ] * 3
    assert (summary.total, summary.most, summary.waiting) == (10, 10, 0)


def test_a_known_mistake_comes_with_all_its_stages():
    grades = submission({**ALL, "test-mse": (0.0, None), "test-mse-hidden": (0.0, None)})
    first, *others = told(
        grades, dict.fromkeys(["test-mse", "test-mse-hidden"], failed())
    ).questions
    entry = find_misconception("RK016")
    assert (first.state, first.points, first.most) == ("wrong", 0, 3)
    assert first.message == WRONG.message
    assert [text for _, text in first.hints[0].stages] == [entry.hint, entry.more, entry.why]
    assert {one.state for one in others} == {"right"}


def test_what_only_a_hidden_test_saw_is_said_to_be_so():
    grades = submission({**ALL, "test-mse-hidden": (0.0, None)})
    question = told(grades, {"test-mse-hidden": failed()}).questions[0]
    assert question.message.startswith("What you can test passes, and a test that you do not see")
    assert (question.state, question.points) == ("wrong", 1)


CASES = {  # the written answer: points by the autograder and by a person; how it comes out
    "waits for a reader": ((None, None), "not read yet", 4),
    "read, with some points": ((None, 2.5), "read", 0),
    "read, with all": ((None, 4.0), "right", 0),
    "read, with none": ((None, 0.0), "read", 0),
    "left empty": ((0.0, None), "not tried", 0),
}


@pytest.mark.parametrize("name", CASES)
def test_an_answer_in_words(name):
    points, state, waiting = CASES[name]
    summary = told(submission({**ALL, "words": points}))
    assert (summary.questions[2].state, summary.waiting) == (state, waiting)
    page = render(summary, "T")
    assert ("That is no zero" in page) == (name == "waits for a reader")
    assert ("0 of 4 points" in page) == (name in ("read, with none", "left empty"))


def test_points_that_a_person_changed_are_not_called_wrong():
    grades = submission({**ALL, "test-rmse": (0.0, 2.0)}, comments={"rmse": "Nearly."})
    question = told(grades).questions[1]
    assert (question.state, question.points, question.comments) == ("read", 2, ("Nearly.",))


def test_an_answer_as_it_was_given_out_is_not_tried_even_where_an_assert_stopped():
    stopped = [v4.new_output("error", ename="NotImplementedError", evalue="", traceback=[])]
    grades = submission({**ALL, "test-rmse": (0.0, None)})
    untouched = told(grades, {"test-rmse": stopped}, ["rmse"]).questions[1]
    assert (untouched.state, untouched.message) == ("not tried", "Nothing was written here.")
    assert told(grades, {"test-rmse": stopped}).questions[1].state == "wrong"


def test_part_of_the_points_is_told_as_such():
    assert told(submission({**ALL, "test-rmse": (1.5, None)})).questions[1].state == "partly right"


def test_lateness_is_explained():
    late = DUE + timedelta(days=1, hours=1, minutes=5)
    page = render(told(submission(ALL, penalty=2.0, timestamp=late)), "T")
    assert "handed in more than 1 day 1 hour after it was due (31 January 2027, 18:00 UTC)" in page
    assert "Your answers earned 10 points." in page
    assert "<strong>8</strong> of 10 points</p>" in page
    page = render(told(submission(ALL, timestamp=late)), "T")
    assert "nothing is taken off for that" in page
    in_time = render(told(submission(ALL, timestamp=datetime(2027, 1, 1))), "T")
    assert "due" not in in_time


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("Europe/Berlin", "31 January 2027, 19:00 CET"),
        ("Asia/Kathmandu", "31 January 2027, 23:45 UTC+05:45"),
        ("Pacific/Auckland", "1 February 2027, 07:00 NZDT"),
        ("", datetime(2027, 1, 31, 18, tzinfo=UTC).astimezone().strftime("%d %B %Y, %H:%M")),
    ],
)
def test_the_due_date_is_told_in_the_courses_time_and_costs_what_it_did(zone, due):
    late = submission(ALL, penalty=2.0, timestamp=DUE + timedelta(hours=1))
    config = Config({"LocalTime": {"zone": zone}} if zone else {})
    summary = told(late, zone=course_zone(config))
    assert summary.due.startswith(due)
    assert (summary.late, summary.total) == ("1 hour", 8)


TRY = Try(submission="a", handed_in=DUE.replace(tzinfo=UTC).timestamp(), allowed=0.0, graded=0.0)


@pytest.mark.parametrize(
    ("limits", "done", "timestamp", "expected"),
    [
        ((3, 0), 1, DUE, "Try 1 of 3, handed in on 31 January 2027, 18:00 UTC."),
        ((0, 0), 4, None, "Try 4, handed in on 31 January 2027, 18:00 UTC."),
        ((3, 90), 2, DUE, ("Try 2 of 3, handed in on 31 January 2027, 18:00 UTC. What you hand in next is graded "
                          "from 1 January 1970, 01:30 UTC on.")),
        ((2, 90), 2, DUE, ("Try 2 of 2, handed in on 31 January 2027, 18:00 UTC. It was the last: what you hand "
                          "in after it is kept, and not graded by itself.")),
        ((3, 0), 1, DUE + timedelta(hours=1), ""),  # another submission than the one that was watched
        ((3, 0), 0, DUE, ""),
    ],
)  # fmt: skip
def test_a_page_of_a_watched_assignment_tells_which_try_it_is(
    tmp_path, limits, done, timestamp, expected
):
    tries = Tries(tmp_path, NAME)
    tries.set_limits(*limits)
    for _ in range(done):
        tries.add("ann", TRY)
    summary = told(submission(ALL, timestamp=timestamp), tries=tries)
    assert summary.tries == expected
    assert (f"<li>{expected}</li>" in render(summary, "T")) == bool(expected)


def test_what_students_and_teachers_wrote_is_shown_as_data():
    bad = "<script>x()</script>"
    grades = submission({**ALL, "test-mse": (0.0, None)}, comments={"words": bad})
    result = CheckResult(question="mse", outcome="wrong", message=bad, hint=bad)
    page = render(told(grades, {"test-mse": failed(result)}), bad)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 4


def test_an_answer_whose_cell_itself_ended_with_an_error_is_told_that_first():
    grades = submission({**ALL, "test-mse": (0.0, None)})
    error = v4.new_output("error", ename="SyntaxError", evalue="expected ':' (289.py, line 1)")
    question = told(grades, {"test-mse": failed(), "mse": [error]}).questions[0]
    assert question.message == (
        "Your cell itself ended with an error: SyntaxError: expected ':' (line 1). mse is not right yet."
    )
    assert told(submission(ALL), {"mse": [error]}).questions[0].message == ""


def test_a_formula_in_a_comment_is_one():
    grades = submission(ALL, comments={"words": "$w_1 <b> w_2$, for 5$ or $6"})
    page = render(told(grades), "")
    assert '<span class="math">\\(w_1 &lt;b&gt; w_2\\)</span>, for 5$ or $6' in page


def test_no_mistake_of_another_version_of_the_kit_breaks_the_page():
    result = CheckResult(
        question="mse", outcome="wrong", message="m", misconceptions=("RK9999",), hint="h"
    )
    grades = submission({**ALL, "test-mse": (0.0, None)})
    assert told(grades, {"test-mse": failed(result)}).questions[0].hints[0].stages == (
        ("Hint", "h"),
    )


def test_the_rule_for_lateness_is_told_where_the_penalty_follows_from_it():
    rule = DailyPenalty(share=0.2)
    for penalty, words in ((4.0, "20 % for each day that has begun"), (3.0, "")):
        late = submission(ALL, penalty=penalty, timestamp=DUE + timedelta(hours=30))
        summary = told(late, late_rule=rule)
        assert summary.rule == words
        assert ("taken off (20 % for each day that has begun), which" in render(summary, "")) == (
            words != ""
        )


def test_what_is_special_about_what_was_handed_in_stands_at_the_top():
    page = render(told(submission(ALL), notes=["not a notebook", "<b>"]), "")
    assert "About what you handed in: not a notebook; &lt;b&gt;." in page
