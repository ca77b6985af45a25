"""Every question: what goes in and comes out is plain data, and the kit's own programs run as answers do."""

import dataclasses

import pytest

from rainfall_kit.checks.harness.call import call
from rainfall_kit.checks.observations import Case, Observation
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import (
    CATALOGUE,
    QUESTIONS,
    mild_programs,
    wrong_programs,
)
from rainfall_kit.checks.tracing.trace import OF_NOTEBOOK, UNUSED


def test_cases_and_observations_travel_as_text():
    for question in QUESTIONS.values():
        case = question.draw(4)[-1]
        seen = question.expected(case)
        assert Case.from_json(case.to_json()) == case
        assert Observation.from_json(seen.to_json()) == seen


def of_every_question():
    for question in QUESTIONS.values():
        sources = [text for entry in CATALOGUE for text in wrong_programs(entry, question.name)]
        mild = [text for entry in CATALOGUE for text in mild_programs(entry, question.name)]
        yield question, [question.program, *sources, *mild]


@pytest.mark.parametrize(("question", "sources"), list(of_every_question()), ids=QUESTIONS)
def test_a_program_of_the_kits_gives_what_it_gives_as_an_answer(question, sources):
    """Values, signs and failures, or a mistake would be compared with something else."""
    cases = question.draw(3)
    for source in sources:
        for case in (cases[0], cases[-1]):
            seen = call(question, build(source, question.name), case, seconds=60)
            # what a function reads is seen of an answer alone, and is no sign of a known mistake
            signs = [sign for sign in seen.signs if sign.name not in (OF_NOTEBOOK, UNUSED)]
            seen = dataclasses.replace(seen, signs=tuple(signs))
            assert question.run(source, case).to_json() == seen.to_json(), source


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_every_question_begins_with_a_case_that_everybody_may_see(question):
    cases = question.draw(7)
    assert cases[0].public
    assert [case.public for case in cases] == sorted((case.public for case in cases), reverse=True)
    assert question.draw(7) == cases
