"""A hundred steps lead where the bowl's closed form says, and an answer in float32 is near enough."""

import numpy as np
import pytest
import torch
from expected import expected_in

from rainfall_kit.checks.observations import Value, agree
from rainfall_kit.checks.questions.own_data import own_case
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.lesson.own_orchard import orchard_of
from rainfall_kit.quadratic.bowl import Bowl


def test_what_is_expected_is_the_bowls_loss_after_100_epochs():
    for (inputs, targets), wanted in expected_in("trained_loss", "inputs", "targets"):
        loss = closed_form(inputs, targets, inputs, targets)
        np.testing.assert_allclose(wanted["the loss after 100 epochs"], loss, rtol=1e-6)


def test_what_is_expected_of_held_out_rows_is_the_loss_of_where_the_bowl_leads():
    for (inputs, targets), wanted in expected_in("held_out_loss", "inputs", "targets"):
        loss = closed_form(inputs[:3], targets[:3], inputs[3:], targets[3:])
        np.testing.assert_allclose(wanted["the held-out loss"], loss, rtol=1e-6)


def closed_form(inputs, targets, other_inputs, other_targets):
    """The loss on other rows after 100 epochs on these, from zero."""
    bowl = Bowl.from_data(inputs, targets)
    zero_w = np.zeros((targets.shape[1], inputs.shape[1]))
    w, b = bowl.position(zero_w, np.zeros(targets.shape[1]), lr=1e-5, epoch=100)
    return ((other_inputs @ np.transpose(w) + b - other_targets) ** 2).mean()
