"""A hundred steps from zero lead where the bowl's closed form says."""

import numpy as np
import pytest
from expected import expected_in

from rainfall_kit.quadratic.bowl import Bowl


def test_what_is_expected_is_the_bowls_loss_after_100_epochs():
    for (inputs, targets), wanted in expected_in("trained_loss", "inputs", "targets"):
        bowl = Bowl.from_data(inputs, targets)
        start = np.zeros((targets.shape[1], inputs.shape[1])), np.zeros(targets.shape[1])
        loss = bowl.loss(*bowl.after(*start, 1e-5, 100))
        assert wanted["the loss after 100 epochs"] == pytest.approx(loss, rel=1e-6)
