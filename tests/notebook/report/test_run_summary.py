"""What a report says first: the loss before and after, and what is out of the ordinary."""

import dataclasses
import math


def test_says_the_loss_before_and_after_and_how_much_lower(lesson_run, both):
    for words in both(lesson_run()):
        assert "The loss went from 33060.8 to 23432.5: 29.1 % lower." in words


def test_an_lr_that_is_too_large_is_said_beside_the_limit(lesson_run, both):
    for words in both(lesson_run(100, lr=1.2e-4)):
        assert "The loss grew." in words
        assert "lr 1.2e-4 is above 1.117e-4" in words
    for words in both(lesson_run(100, lr=1e-3)):
        assert "no longer a number after 14 steps" in words


def test_an_lr_that_was_found_is_said_to_be_found(lesson_run, with_steps, both):
    for words in both(with_steps(lesson_run(3), lr=None)):
        assert "The lr is not known; 1e-5 fits the moves best." in words


def test_what_the_losses_are_easily_taken_for_is_told(lesson_run, both):
    told = "Easily misread: a flat-looking curve is taken for the lowest point (RK107)."
    for shown in both(lesson_run(epochs=100)):
        assert told in shown
    for shown in both(lesson_run(epochs=4)):
        assert "Easily misread" not in shown


def test_a_run_that_stopped_says_why(lesson_run, both):
    for words in both(dataclasses.replace(lesson_run(2), stopped="interrupted <here>")):
        assert "Stopped early: interrupted <here>." in words


def test_a_loss_that_is_not_known_is_not_called_lost(lesson_run, with_steps, both):
    run = dataclasses.replace(lesson_run(2), quadratic=None, final_loss=math.nan)
    for words in both(with_steps(run, loss=math.nan)):
        assert "The loss is not known" in words
        assert "no longer a number" not in words
        assert "not compared with lr·gradient: the inputs and targets were not at hand" in words
