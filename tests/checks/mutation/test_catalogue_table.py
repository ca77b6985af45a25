"""The table of the catalogue's programs is fresh and small, and rules nothing out that was seen."""

import pytest

from rainfall_kit.checks.mutation import catalogue_table
from rainfall_kit.checks.mutation.catalogue_programs import doubles, singles
from rainfall_kit.checks.mutation.catalogue_table import (
    PATH,
    key_of,
    known_programs,
    may_give,
    table_cases,
)
from rainfall_kit.checks.mutation.table import own_questions
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question


def sources_of(question):
    return [source for programs in (singles(question), doubles(question)) for source, _ in programs]


def test_the_table_was_made_of_the_mistakes_and_cases_as_they_are():
    stale = [
        name
        for name, question in own_questions().items()
        if (known := known_programs(question)) is None
        or {*known.keys.tolist()} != {*map(key_of, sources_of(question))}
    ]
    assert not stale, "python -m rainfall_kit.checks.mutation.build_table"


def test_the_table_is_small():
    assert PATH.stat().st_size < 500_000


@pytest.mark.parametrize("name", [*QUESTIONS])
def test_a_program_is_not_ruled_out_by_what_it_gives_itself(name):
    question = find_question(name)
    sources = sources_of(question)
    for source in sources[:: len(sources) // 6 + 1]:
        seen = {case: question.run(source, case) for case in table_cases(question)}
        assert source in may_give(question, sources, seen)


def test_most_programs_are_ruled_out_without_being_run():
    question = find_question("gd_step")
    programs = sources_of(question)
    seen = {case: question.run(programs[-1], case) for case in table_cases(question)}
    assert len(may_give(question, programs, seen)) < len(programs) / 10


def test_what_the_table_does_not_know_is_not_ruled_out(monkeypatch, tmp_path):
    question = find_question("mse")
    wrong = "def mse(preds, targets): return 2 * (preds - targets).sum()"
    seen = {case: question.expected(case) for case in question.draw(0)}
    assert may_give(question, [wrong], seen) == [wrong]
    monkeypatch.setattr(catalogue_table, "PATH", tmp_path / "none.npz")
    known_programs.cache_clear()
    assert may_give(question, sources_of(question), seen) == sources_of(question)
    known_programs.cache_clear()
