"""Three rows lead the weights where their bowl's closed form says; what these leave of the others is expected."""

import numpy as np
import pytest
from expected import expected_in

from rainfall_kit.quadratic.bowl import Bowl


def test_what_is_expected_is_what_the_bowl_of_three_rows_leaves_of_the_others():
    for (inputs, targets), wanted in expected_in("held_out_loss", "inputs", "targets"):
        start = np.zeros((targets.shape[1], inputs.shape[1])), np.zeros(targets.shape[1])
        w, b = Bowl.from_data(inputs[:3], targets[:3]).after(*start, 1e-5, 100)
        loss = ((inputs[3:] @ w.T + b - targets[3:]) ** 2).mean()
        assert wanted["the held-out loss"] == pytest.approx(loss, rel=1e-6)
