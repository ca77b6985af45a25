"""The checks are tested by the mistakes: each loses its points and gets its own name."""

import functools
import itertools
import re

import pytest
from answer_corpus import corpus

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.diagnosis.diagnose import cases_between, diagnose
from rainfall_kit.checks.diagnosis.torch_errors import hint_for
from rainfall_kit.checks.harness.call import call
from rainfall_kit.checks.harness.observing import observe
from rainfall_kit.checks.mutation_report import try_mistakes
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.programs import build, edited
from rainfall_kit.checks.questions.registry import (
    CATALOGUE,
    QUESTIONS,
    find_misconception,
    find_question,
    mild_programs,
    wrong_programs,
)
from rainfall_kit.checks.questions.tensors.model import MODEL

DRAWS = 8  # of each of hundreds of mistakes

MISTAKEN = corpus("mistaken_answers")
# The catalogue's own wrong programs: most entries have several.
WRONG_PROGRAMS = [
    pytest.param(entry, text, id=f"{entry.id}-{number}")
    for entry in CATALOGUE
    for number, text in enumerate(wrong_programs(entry), 1)
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_mistake_loses_and_gets_its_own_name_on_many_draws(question):
    for row in try_mistakes(question, range(1000, 1000 + DRAWS)):
        assert row.draws == (DRAWS // 4 if row.mild else DRAWS)
        assert row.as_it_should, (row.entry.id, row.lost, row.named_as)


@pytest.mark.parametrize(("entry", "source"), WRONG_PROGRAMS)
def test_every_mistake_is_named_by_a_check(entry, source):
    # with the model and the loss of its own program, where the mistake may stand
    result = check(entry.question, build(source, entry.question), seed=11, given=())
    assert result.outcome in ("wrong", "could not run")
    assert result.misconceptions == (entry.id,)
    assert result.hint == entry.hint


@functools.cache
def cases_of_a_grader(question):
    return find_question(question).cases((51, 52, 53))


@pytest.mark.parametrize(("entry", "source"), WRONG_PROGRAMS)
def test_what_a_grader_asks_tells_the_mistakes_apart(entry, source):
    """Where student code has ended nothing more can be drawn, so the cases of three seeds must do."""
    asked, cases = find_question(entry.question), cases_of_a_grader(entry.question)
    seen = observe(asked, build(source, entry.question), cases, seconds=60)
    assert diagnose(asked, cases[: len(seen)], seen) == ((entry,),)
    assert cases_between(asked, cases[: len(seen)], seen, seed=53) == ()


@pytest.mark.parametrize(
    ("entry", "question", "source"),
    [
        pytest.param(entry, question, text, id=f"{entry.id}-{question}-{number}")
        for entry in CATALOGUE
        for question in QUESTIONS
        # in a function that another one calls, it is noted at that function
        if entry.question not in find_question(question).builds_on
        for number, text in enumerate(mild_programs(entry, question), 1)
    ],
)
def test_a_mild_way_stays_right_and_is_noted(entry, question, source):
    result = check(question, build(source, question), seed=11)
    assert (result.outcome, result.notes) == ("right", (entry.id,))
    assert f"{entry.name} ({entry.id})" in result.message


@pytest.mark.parametrize("answer", MISTAKEN, ids=lambda answer: answer.test_id)
def test_a_mistake_in_code_of_its_own_is_named_too(answer):
    function = build(f"{MODEL}\n{MSE}\n{answer.source}", answer.question)
    result = check(answer.question, function, seed=2)
    assert result.outcome in ("wrong", "could not run")
    assert answer.mistakes
    assert set(result.misconceptions) == set(answer.mistakes)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_mistakes_of_its_own_and_many_answers_to_be_tried_on(question):
    # what only gets a note is no mistake that costs points
    assert sum(bool(entry.wrong) for entry in find_question(question).mistakes) >= 8
    for answers in ("right_answers", "wrong_answers"):
        assert sum(answer.question == question for answer in corpus(answers)) >= 20


def test_each_entry_can_be_found_in_an_answer_or_in_a_run():
    assert len({entry.id for entry in CATALOGUE}) == len(CATALOGUE) > 150
    told_by_runs_alone = {entry.id for entry in CATALOGUE if not (entry.wrong or entry.mild)}
    assert told_by_runs_alone == {"RK108"}


def test_an_id_can_be_typed_in_small_letters():
    assert find_misconception("rk016").id == "RK016"


def test_every_entry_speaks_calmly_and_hints_grow():
    for entry in CATALOGUE:
        words = f"{entry.name} {entry.hint} {entry.more} {entry.why}"
        assert not re.search(r"!|obviously|\bjust\b|\bscalar|\bbroadcast", words.lower()), entry.id
        assert len(entry.hint) < len(entry.more)
        assert entry.seen and entry.why
        assert all(text.endswith((".", "?")) for text in (entry.hint, entry.more, entry.why))


def test_no_hint_holds_the_fix():
    for entry in CATALOGUE:
        for edits in entry.wrong + entry.mild:
            for right, _ in edits:
                fix = right.strip()
                if len(fix) > 8:
                    assert fix not in entry.hint + entry.more, (entry.id, fix)


def test_every_wrong_program_is_python_in_every_question():
    for entry in CATALOGUE:
        for question in QUESTIONS:
            for source in (*wrong_programs(entry, question), *mild_programs(entry, question)):
                assert callable(build(source, question))


def silent_pairs():
    for question in QUESTIONS:
        silent = [
            (entry, texts)
            for entry in CATALOGUE
            if entry.kind == "silent" and (texts := wrong_programs(entry, question))
        ]
        for (one, texts), (other, _) in itertools.combinations(silent, 2):
            both = (edited(text, edits) for text in texts for edits in other.wrong)
            yield from ((question, one.id, other.id, text) for text in both if text is not None)


def test_every_pair_of_silent_mistakes_loses():
    pairs = list(silent_pairs())
    assert len(pairs) > 150
    # those that are not watched first: they take a third of the time
    cases = {
        name: sorted(question.draw(5), key=lambda case: case.public)
        for name, question in QUESTIONS.items()
    }
    right = []
    for question, one, other, text in pairs:
        asked, answer = find_question(question), build(text, question)
        for case in cases[question]:
            seen = call(asked, answer, case)
            if seen.failure is not None or asked.judge(case, seen) is not None:
                break
        else:
            right.append((question, one, other))
    # half of the loss, followed twice in each step, is the loss: nothing is wrong with the result;
    # and a sum divided by a sum is a mean divided by a mean
    assert set(right) == {
        # half of the curvature, and half of its limit, is the limit
        ("largest_stable_lr", "RK337", "RK342"),
        ("gradients", "RK019", "RK201"),
        ("gd_step", "RK019", "RK201"),
        ("share_explained", "RK273", "RK274"),
    }


@pytest.mark.parametrize(("entry", "source"), WRONG_PROGRAMS)
def test_every_error_of_the_catalogue_has_a_hint(entry, source):
    question = find_question(entry.question)
    for case in question.cases(0)[:4]:
        failure = call(question, build(source, entry.question), case).failure
        if failure is not None:
            assert hint_for(RuntimeError(failure.message)), failure


def test_there_are_mistaken_answers_of_many_kinds():
    assert len(MISTAKEN) >= 56
