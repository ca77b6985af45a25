"""A question of a course's own, as a file."""

SQUARE = '''
"""Question square: a number times itself."""

import numpy as np

from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.question import Question

PROGRAM = """\\
def square(x):
    return x * x
"""


def draw(seed):
    rng = np.random.default_rng([seed, 100])
    shown = case_of("2 numbers", "float32", public=True, x=[3, 5])
    return shown, *(case_of(f"{n} numbers", "float64", x=rng.normal(size=n)) for n in (2, 3, 5))


def call(answer, case, trace):
    (x,) = case.tensors("x")
    trace.value("the square", answer(x))


QUESTION = Question(
    name="square", asks="square(x) gives x times x", program=PROGRAM, draw=draw, call=call
)
'''
