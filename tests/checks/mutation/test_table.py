"""The table of mutants is fresh, small, and leads to programs that are wrong and do what it says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rainfall_kit.checks.mutation.table import (
    PATH,
    call_digest_of,
    candidates,
    form_of,
    fresh_questions,
    own_questions,
    rows_of,
    sum_of,
    table_cases,
)
from rainfall_kit.checks.observations import Value
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question


def test_the_table_was_made_of_the_operators_and_questions_as_they_are():
    stale = own_questions().keys() - {*fresh_questions()}
    assert not stale, "python -m rainfall_kit.checks.mutation.build_table"


def test_a_change_of_how_an_answer_is_called_makes_rows_stale(monkeypatch):
    train, gd_step = find_question("train"), find_question("gd_step")
    before = call_digest_of(train), call_digest_of(gd_step)
    assert call_digest_of(replace(train, call=gd_step.call)) == before[1]
    # a function and a number that the two calls name
    monkeypatch.setitem(train.call.__globals__, "_as_number", float)
    monkeypatch.setitem(gd_step.call.__globals__, "_STEPS", 4)
    assert call_digest_of(train) != before[0]
    assert call_digest_of(gd_step) != before[1]
    assert not {"train", "gd_step"} & {*fresh_questions()}


def test_the_table_is_small():
    assert PATH.stat().st_size < 1_000_000


def test_every_question_of_the_package_has_rows_unless_it_gives_no_programs():
    for name, question in own_questions().items():
        rows = rows_of(question)
        assert rows is not None
        assert bool(len(rows.which)) == bool(question.other_programs), name


@pytest.mark.parametrize("name", [name for name, q in QUESTIONS.items() if q.other_programs])
def test_a_mutant_is_found_by_what_it_gives(name):
    question, rows = find_question(name), rows_of(find_question(name))
    torch.manual_seed(0)  # for those that draw
    for row in range(0, len(rows.which), len(rows.which) // 7 + 1):
        assert _is_found(question, rows.which[row])


def _is_found(question, row):
    from rainfall_kit.checks.mutation.table import _mutant

    source, changes = _mutant(question, row.tolist())
    seen = {case: question.run(source, case).values for case in table_cases(question)}
    found = candidates(question, seen)[len(changes) - 1]
    return source in [text for text, _ in found]


@pytest.mark.parametrize("name", [name for name, q in QUESTIONS.items() if q.other_programs])
def test_a_right_answer_is_no_mutant(name):
    question = find_question(name)
    seen = {case: question.expected(case).values for case in question.draw(0)}
    for source, _ in (mutant for group in candidates(question, seen) for mutant in group):
        # right in the small examples, and in no others
        cases = question.draw(0)
        assert any(question.judge(case, question.run(source, case)) for case in cases), source


def test_without_the_file_nothing_is_found(monkeypatch, tmp_path):
    from rainfall_kit.checks.mutation import table

    monkeypatch.setattr(table, "PATH", tmp_path / "none.npz")
    rows_of.cache_clear()
    question = find_question("mse")
    assert candidates(question, {}) == ([], [])
    rows_of.cache_clear()


def test_the_sum_tells_values_apart_and_forgives_rounding():
    def total(*numbers):
        return sum_of([Value(name="w", kind="tensor", shape=(len(numbers),), numbers=numbers)])

    (one, error), (near, _), (other, _) = total(1, 2), total(1 + 1e-7, 2), total(2, 1)
    assert abs(one - near) < error < abs(one - other)
    assert np.isfinite(total(np.nan, 1)[0])
    assert form_of([Value(name="w")]) != form_of([Value(name="b")])
