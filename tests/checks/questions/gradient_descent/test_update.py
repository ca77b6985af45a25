"""update is judged by a move of lr times the gradient, element by element, against it."""

import numpy as np
from expected import expected_in, near


def test_each_expected_number_moved_against_its_own_gradient():
    for (x, w, b, lr), wanted in expected_in("update", "inputs", "w", "b", "lr"):
        for name, before, turn in (("w", w, len(x)), ("b", b, len(x) + 1)):
            signs = np.array([1 if (place + turn) % 2 == 0 else -1 for place in range(before.size)])
            slope = before / 4 + 2 * signs.reshape(before.shape)
            near(wanted[f"{name} after the update"], before - lr * slope)
            assert wanted[f"{name}.requires_grad"] and wanted[f"{name}.is_leaf"]
