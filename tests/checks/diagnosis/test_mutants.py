"""Programs are held against what was seen: all cases count, in any order, and few runs are enough."""

import pytest
from answer_corpus import corpus

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.diagnosis import diagnose, mutants
from rainfall_kit.checks.diagnosis.mutants import Agreement
from rainfall_kit.checks.mutation.catalogue_programs import singles
from rainfall_kit.checks.observations import agree
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import find_question


@pytest.fixture
def runs(monkeypatch):
    """The programs that are run, with their cases, from now on; nothing is known of them yet."""
    mutants._kept.clear()
    diagnose.seen_of.cache_clear()
    noted, run = [], mutants._run

    def noting(question, source, case, seen):
        noted.append((source, case))
        return run(question, source, case, seen)

    monkeypatch.setattr(mutants, "_run", noting)
    return noted


def same(question, source, case, seen):
    theirs = question.run(source, case)
    if theirs.failure is not None or len(theirs.values) != len(seen.values):
        return False
    pairs = zip(theirs.values, seen.values, strict=True)
    return all(one.name == other.name and agree(one, other, case.dtype) for one, other in pairs)


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("turned_round", [False, True])
def test_what_agrees_does_so_on_every_case_whatever_their_order(turned_round):
    question = find_question("mse")
    cases = question.draw(0)[:: -1 if turned_round else 1]
    mine = "def mse(preds, targets): return (preds - targets).abs().mean()"
    pairs = [(case, question.run(mine, case)) for case in cases]
    programs = [source for source, (entry,) in singles(question) if entry.kind == "silent"]
    agreement = Agreement(question, pairs)
    assert [source for source in programs if agreement.holds_for(source)] == [
        source
        for source in programs
        if all(same(question, source, case, seen) for case, seen in pairs)
    ]


def test_the_case_that_ruled_one_program_out_is_the_first_for_the_next(runs):
    question = find_question("mse")
    cases = question.draw(0)[:6]
    # right but for the last case, which tells it from each of these right ones
    pairs = [(case, question.expected(case)) for case in cases[:-1]]
    pairs.append((cases[-1], question.run("def mse(p, t): return (p - t).sum()", cases[-1])))
    agreement = Agreement(question, pairs)
    programs = [f"{question.program}\n# {number}" for number in range(5)]
    assert not any(map(agreement.holds_for, programs))
    assert len(runs) == len(cases) + len(programs) - 1


def test_what_is_known_to_differ_is_not_run_again(runs):
    question = find_question("mse")
    first, second = question.draw(0)[:2]
    wrong = question.program.replace(".sum()", ".sum() * 2")
    assert not Agreement(question, [(second, question.expected(second))]).holds_for(wrong)
    pairs = [(case, question.expected(case)) for case in (first, second)]
    assert not Agreement(question, pairs).holds_for(wrong)
    assert runs == [(wrong, second)]


# Answers for which thousands of programs were run, and how many may be.
FEW_RUNS = {
    "train: resets every third time": 400,
    "gd_step: lr times the number of crops": 150,
    "mse: cast to float32": 500,
}


@pytest.mark.parametrize("answer", FEW_RUNS)
def test_few_programs_are_run_for_an_answer_that_needs_many(answer, runs):
    question, _, name = answer.partition(": ")
    (source,) = (
        one.source
        for one in corpus("wrong_answers")
        if (one.question, one.name) == (question, name)
    )
    whole = f"{find_question('gd_step').program}\n{source}"
    assert "with one change" in check(question, build(whole, question)).message
    assert len(runs) <= FEW_RUNS[answer]
