"""A mistake that a sign contradicts is no candidate, even where it gives the same numbers."""

import pytest
import torch
from answer_corpus import corpus

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.diagnosis.contradictions import ruled_out
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import (
    CATALOGUE,
    QUESTIONS,
    find_question,
    mild_programs,
    wrong_programs,
)
from rainfall_kit.checks.questions.tensors.model import MODEL

# What torch loads at the first backward from a table takes seconds, which no answer here is to spend.
torch.ones(2, requires_grad=True).mul(1).backward(torch.ones(2))

# What gives the numbers of a known mistake for another reason, and that no entry describes.
UNNAMED = {
    ("gd_step", "lr times the number of elements"),
    ("gd_step", "lr times the number of crops"),
    ("gd_step", "half of lr"),
    ("gd_step", "backward from a table with ones"),
    ("gradients", "backward from a table with ones"),
    ("gradients", "half of each gradient"),
    ("gradients", "gradients written out, without the 2"),
    ("train", "resets in odd epochs"),
    ("train", "resets every third time"),
    ("gd_step", "lr times the number of rows"),
    ("gd_step", "twice lr by autograd.grad"),
}
ANSWERS = [
    answer for answer in corpus("wrong_answers") if (answer.question, answer.name) in UNNAMED
]


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.test_id)
def test_the_numbers_of_a_mistake_alone_make_no_name(answer):
    result = check(answer.question, build(f"{MODEL}\n{MSE}\n{answer.source}", answer.question))
    assert (result.outcome, result.misconceptions) == ("wrong", ())


def test_every_answer_of_the_list_is_in_the_corpus():
    assert {(answer.question, answer.name) for answer in ANSWERS} == UNNAMED


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_program_of_the_kit_contradicts_itself(question):
    asked = find_question(question)
    for case in [case for case in asked.draw(0) if case.public]:
        for entry in CATALOGUE:
            for text in (*wrong_programs(entry, question), *mild_programs(entry, question)):
                seen = asked.run(text, case)
                assert not ruled_out(seen, seen), (entry.id, case.label)


def test_a_loss_mistake_is_none_where_backward_starts_at_the_right_loss():
    asked = find_question("gd_step")
    summed = asked.program.replace(" / diff.numel()", "")
    longer = asked.program.replace("lr *", "targets.numel() * lr *")
    case = asked.draw(0)[2]
    one, other = asked.run(summed, case), asked.run(longer, case)
    assert [v.numbers for v in one.values] == [v.numbers for v in other.values]
    assert ruled_out(one, other)
    assert not ruled_out(one, other, numbers=False)
