"""A question can be asked about an orchard if it is about inputs and targets."""

import dataclasses

import pytest

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.questions.own_data import own_case, refuse_all_but_a_number
from rainfall_kit.checks.questions.question import Recorded
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.errors import OptionError
from rainfall_kit.lesson.own_orchard import orchard_of


def test_it_is_the_orchard_of_that_seed():
    case = own_case(find_question("largest_stable_lr"), 7)
    inputs, targets = case.arrays("inputs", "targets")
    assert inputs.tolist() == orchard_of(7).inputs.tolist()
    assert targets.tolist() == orchard_of(7).targets.tolist()
    assert not case.public  # a public one's right numbers are told


@pytest.mark.parametrize("name", ["mse", "train", "gradients", "init_params"])
def test_a_question_about_anything_else_is_refused_in_words(name):
    told = rf"^{name} is asked about \w.*, which an orchard does not have. Try: "
    with pytest.raises(OptionError, match=told):
        own_case(find_question(name), 7)


@pytest.mark.parametrize("name", ["choose_lr", "least_squares", "standardise", "to_tensors"])
def test_a_question_with_another_answer_than_one_number_is_refused_in_words(name):
    question = find_question(name)
    told = f"^what {name} gives is not one number, .* Try: "
    with pytest.raises(OptionError, match=told):
        refuse_all_but_a_number(question, own_case(question, 7))
    with pytest.raises(OptionError, match=told):
        check(name, lambda: 1.0, own_orchard=True)


def test_what_was_given_out_without_a_right_program_is_refused():
    question = dataclasses.replace(
        find_question("baseline_loss"), recorded=Recorded(seen={}, wrong={}, mild={})
    )
    with pytest.raises(OptionError, match="was given out without its right program"):
        own_case(question, 7)
