"""Numbers that the assignments print and tell, worked out from the table with NumPy alone."""

import functools
import re

import numpy as np

INPUTS = np.array([[73, 67, 43], [91, 88, 64], [87, 134, 58], [102, 43, 37], [69, 96, 70]], float)
TARGETS = np.array([[56, 70], [81, 101], [119, 133], [22, 37], [103, 119]], float)
# The start of seed 0, as it has been published with the lesson.
START_W = np.array([[1.5410, -0.2934, -2.1788], [0.5684, -1.0845, -1.3986]])
START_B = np.array([0.4033, 0.8380])
# The same with all digits that float32 has.
EXACT_W = np.array(
    [[1.5409960746765137, -0.293428897857666, -2.1787893772125244],
     [0.5684312582015991, -1.0845223665237427, -1.3985954523086548]]
)  # fmt: skip
EXACT_B = np.array([0.40334683656692505, 0.8380263447761536])
SIXTH = np.array([80, 80, 50, 1])
KANTO, JOHTO = INPUTS[:2]


def predict(w, b):
    return INPUTS @ w.T + b


def mse(preds):
    return ((preds - TARGETS) ** 2).sum() / 10


def gradient(w, b):
    """By hand: 2/10 of the errors times what they were multiplied with."""
    errors = predict(w, b) - TARGETS
    return 2 / 10 * errors.T @ INPUTS, 2 / 10 * errors.sum(axis=0)


@functools.cache
def trained(epochs=100, lr=1e-5):
    """Predictions after so many steps."""
    w, b = EXACT_W.copy(), EXACT_B.copy()
    for _ in range(epochs):
        slope_w, slope_b = gradient(w, b)
        w, b = w - lr * slope_w, b - lr * slope_b
    return predict(w, b)


@functools.cache
def best():
    """The weights and offsets of least squares, (4, 2): a column for each crop."""
    return np.linalg.lstsq(np.column_stack([INPUTS, np.ones(5)]), TARGETS, rcond=None)[0]


def best_preds():
    return np.column_stack([INPUTS, np.ones(5)]) @ best()


def curvatures(inputs):
    """The curvatures of the loss, the largest first, and the directions as rows."""
    a = np.column_stack([inputs, np.ones(5)])
    found, columns = np.linalg.eigh(2 / 10 * a.T @ a)
    return found[::-1], columns.T[::-1]


def nudged(by):
    """The loss when w[0, 0] is larger by so much."""
    w = EXACT_W.copy()
    w[0, 0] += by
    return mse(predict(w, EXACT_B))


MEANS = TARGETS.mean(axis=0)
BASELINE = mse(np.broadcast_to(MEANS, TARGETS.shape))
START = predict(EXACT_W, EXACT_B)
OWN = [*INPUTS.flat, *TARGETS.flat]  # as long as nobody has one of their own
ANY = None  # a number that is drawn, or all rounding


def row_of(loss):
    return [loss, loss**0.5, 1 - loss / BASELINE]


def beside(preds):
    return [number for rows in zip(preds, TARGETS, strict=True) for row in rows for number in row]


def printed(name):
    """What each cell of an assignment prints, number by number; for the assignments that have it here."""
    slopes_w, slopes_b = gradient(EXACT_W, EXACT_B)
    return {
        "tensors": {
            "table": [5, 3, 5, 2],
            "dtypes": [],
            "sharing": [73 - 32, 91 - 32, 87 - 32, 73, 91, 87],
            "randomness": [*[ANY] * 4, *START_W[0, :2], *START_W[0, :2]],
            "tensors": [5, 3, 2, 3, 2],
            "by-hand": [EXACT_W[0] @ KANTO + EXACT_B[0]],
            "at-once": [*START.flat, START[0, 0]],
            "do-not-fit": [5, 2],
            "best": [*beside(best_preds()), *(SIXTH @ best())],
            "one-more": [1, best()[1, 0], 1, best()[0, 0]],
            "own-table": OWN,
        },
        "loss": {
            "look-at-errors": [*(START - TARGETS).flat],
            "three-ways": [0, 5, 25, 20 / 4, 20 / 4, 20**2 / 4],
            "look-at-mse": [mse(START)],
            "look-at-training": [
                mse(trained()),
                100 * (1 - mse(trained()) / mse(START)),
                mse(trained()) ** 0.5,
            ],
            "look-at-baseline": [BASELINE, mse(trained())],
            "four-models": [
                *row_of(mse(START)),
                *row_of(BASELINE),
                *(100, *row_of(mse(trained()))),  # its name has a number
                *row_of(mse(best_preds())),
            ],
            "own-table": OWN,
        },
        "gradients": {
            "given": [*START_W.flat, *START_B, mse(START)],
            "nudge-one": [mse(START), nudged(0.1), (nudged(0.1) - mse(START)) / 0.1],
            # from a nudge of 0.01 on, float32 leaves rounding
            "sizes": [
                number
                for nudge in (1, 0.1, 0.01, 1e-3, 1e-4, 1e-5)
                for number in (nudge, slopes_w[0, 0] if nudge > 0.01 else ANY)
            ],
            "compare-two": [*slopes_w[0], *slopes_w[0]],
            "own-table": OWN,
            "three-ways": [],
        },
        "gradient_descent": {
            "table": [5, 3, 5, 2],
            "start": [*START_W.flat, *START_B],
            "look-at-preds": [*START.flat, *TARGETS.flat],
            "look-at-loss": [mse(START)],
            "look-at-grads": [*slopes_w.flat, *slopes_b],
            "nudge": [slopes_w[0, 0] / 1000, ANY],
            "look-at-reset": [*(2 * slopes_w).flat, *[0] * 6],
            "hundred-epochs": [mse(START), mse(trained()), *beside(trained())],
            "own-table": OWN,
        },
        "learning_rate": {
            "hundred-epochs": [
                *(mse(START), 90, mse(trained(90)), 100, mse(trained()), BASELINE),
            ],
            "has-it": [100, mse(trained()), 10_000, mse(trained(10_000))],
            "directions": [
                number
                for curvature, direction in zip(*curvatures(INPUTS), strict=True)
                for number in (curvature, *(100 * direction**2))
            ],
            "foresee": [
                number
                for curvature in curvatures(INPUTS)[0]
                for number in (curvature, *[(1 - 1e-5 * curvature) ** 100] * 2)
            ],
            "standardised-run": [
                2 / curvatures(INPUTS)[0][0],
                2 / curvatures((INPUTS - INPUTS.mean(axis=0)) / INPUTS.std(axis=0, ddof=1))[0][0],
                *(100, mse(best_preds()), *MEANS, *MEANS),
            ],
            "raw-again": [*best()[:-1].T.flat, *best()[-1], mse(best_preds())],
            "best-of-all": [*best()[:-1].T.flat, *best()[-1], mse(best_preds())],
            "own-table": OWN,
            "both-sides": [0.99, 1.01],
        },
        "pytorch": {
            "two-starts": [
                *(max(np.abs(START_W).max(), np.abs(START_B).max()), ANY),
                *(mse(START), 100, mse(trained())),
                *(ANY, 100, ANY),  # the numbers that a layer draws for itself
            ],
            "same-start": [3, 2, mse(START)],
            "look-at-batches": [ANY] * 2 * (3 + 2 * 5),
            "one-number": [2 * 4, 4 - 0.1 * 2 * 4],
            "same-way": [mse(START), mse(trained())] * 2,
            "orchard": [300, 3, 300, 2],
            "look-at-split": [300 - 60, 60],
            "all-together": [number for epochs in (0, 1, 4, 15) for number in (epochs, ANY, ANY)],
            "how-close": [*(-0.4, 0.85, 0.7, -0.3, 0.8, 0.9), *(-2, -3), *[ANY] * 8],
            "own-table": OWN,
            "device": [ANY],
        },
    }.get(name, {})


def told(name):
    """What the text cells of an assignment say in numbers: cell by cell, as it must stand there."""
    apples, oranges = SIXTH @ best()
    rain, heat, damp = best()[1, 0], best()[0, 0], best()[2, 0]
    fallen = 1 - mse(trained()) / mse(START)
    minus = str.maketrans("-", "−")
    between = JOHTO - KANTO
    (steep, *_, flat), _ = curvatures(INPUTS)
    assert round(steep / flat / 1e6) == 2
    assert rain * between[1] + damp * between[2] > -heat * between[0]  # what the marking says
    return {
        "tensors": {
            "about-sixth": [f"about {apples:.0f} tons of apples and {oranges:.0f} tons of oranges"],
            "part-10": [
                f"is {rain:.3f}",
                f"is {heat:.3f}".translate(minus),
                f"Johto is {between[0]:.0f} °F warmer",
                f"{TARGETS[1, 0] - TARGETS[0, 0]:.0f} tons more apples",
            ],
            "written-answer": [
                f"by {rain:.3f} tons",
                f"{between[1]:.0f} mm more rain",
                f"{INPUTS[1, 2]:.0f} % humidity where Kanto has {INPUTS[0, 2]:.0f} %",
                f"about {1.8 * heat:.2f} tons".translate(minus),
            ],
        },
        "loss": {
            "title": [f"{mse(START):,.0f}".replace(",", " "), f"it is {mse(trained()):.0f}."],
            "opinion": [f"by {fallen:.0%}".replace("%", " %"), f"{mse(trained()) ** 0.5:.0f} tons"],
            "part-6": [f"{MEANS[0]:.1f} tons of apples and {MEANS[1]:.0f} tons of oranges"],
            "surprise": [f"fallen by {fallen:.0%}".replace("%", " %")],
            "written-answer": [
                f"{mse(trained()) ** 0.5:.0f} tons, because",
                f"{BASELINE**0.5:.0f} tons of always saying the mean",
                f"{1 - mse(trained()) / BASELINE:.2f}".translate(minus),
            ],
        },
        "gradients": {
            "title": [f"squared error is {mse(START):.0f}"],
            "about-sizes": [f"it is {gradient(EXACT_W, EXACT_B)[0][0, 0]:.3f}".translate(minus)],
            "about-rounding": [
                (
                    f"Near {mse(START):.0f}, the next number that it can hold is "
                    f"{np.spacing(np.float32(mse(START))):.3f} away"
                )
            ],
        },
        "gradient_descent": {
            "part-10": [f"from about {mse(START):.0f} to about {mse(trained()):.0f}"],
            "next": [
                f"from {mse(START):.0f} to {mse(trained()):.0f}",
                f"is {mse(best_preds()):.2f}",
            ],
            "part-12": [  # the gradient of a sum over ten is ten times that of a mean
                f"squared error of {mse(trained(lr=1e-4)):.0f}. Yours end with {mse(trained()):.0f}"
            ],
        },
        "learning_rate": {
            "title": [
                f"by {fallen:.0%}".replace("%", " %"),
                f"*{np.log(0.5) / np.log1p(-1e-5 * flat) / 1e6:.1f} million* more steps",
            ],
            "part-4": [f"here it is {mse(best_preds()):.4f}"],
            "try-it": [f"of curvature {steep:.0f}"],
            "part-9": [
                f"{2 / steep:.1e}".replace("e-0", "e-"),
                f"would allow {2 / flat:.0f}. They are two million times apart",
            ],
            "written-answer": [f"curvature, {flat:.3f}"],
        },
        "pytorch": {
            "title": [f"loss from {mse(START):.0f} down to {mse(trained()):.0f}"],
            "part-11": [f"your own start at {mse(trained()):.0f}"],
        },
    }.get(name, {})


_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?")


def numbers_in(text):
    """Each number of a printed text, with half the step of its last digit."""
    for match in _NUMBER.finditer(text):
        mantissa, _, power = match[0].partition("e")
        digits = len(mantissa.partition(".")[2])
        yield float(match[0]), 0.5 * 10.0 ** (int(power or 0) - digits)


def agrees(text, wanted):
    """Whether a printed text has these numbers, as far as its digits go and float32 carries."""
    seen = [*numbers_in(text)]
    return len(seen) == len(wanted) and all(
        want is ANY or abs(number - want) <= 1.01 * half + 2e-5 * abs(want)
        for (number, half), want in zip(seen, wanted, strict=True)
    )
