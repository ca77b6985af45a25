"""Benchmark of a check with the full catalogue: python tests/benchmarks/bench_checks.py.

Cold is the first check of a question in a process that has torch loaded: the wrong programs have not
been run on these inputs yet. Warm is a later one on the same inputs.
"""

import statistics
import time

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.diagnosis import diagnose, mutants
from rainfall_kit.checks.questions import question as questions
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import (
    CATALOGUE,
    QUESTIONS,
    find_question,
    wrong_programs,
)

SEEDS = range(100, 105)


def milliseconds(question, answer, seed):
    began = time.perf_counter()
    check(question, answer, seed=seed)
    return 1000 * (time.perf_counter() - began)


def forget():
    questions._expected.cache_clear()
    diagnose.seen_of.cache_clear()
    mutants._kept.clear()


def measure(question, sources):
    """Milliseconds, cold and warm, of a check of each source with each seed."""
    cold, warm = [], []
    for source in sources:
        answer = build(source, question)
        for seed in SEEDS:
            forget()
            cold.append(milliseconds(question, answer, seed))
            warm.append(milliseconds(question, answer, seed))
    return cold, warm


def show(label, times):
    cells = [f"{statistics.median(column):7.0f} {max(column):7.0f}" for column in times]
    print(f"{label:30}", *cells)


def main():
    for question in QUESTIONS:  # torch's own first calls are not what is measured
        check(question, build(find_question(question).program, question))
    print(f"{'ms':30}{'cold':>8} {'worst':>7}{'warm':>8} {'worst':>7}")
    for question in QUESTIONS:
        wrong = [text for entry in CATALOGUE for text in wrong_programs(entry, question)]
        show(f"{question}, right", measure(question, [find_question(question).program]))
        show(f"{question}, a known mistake", measure(question, wrong[:: max(1, len(wrong) // 8)]))
        show(f"{question}, an unknown one", measure(question, [unknown(question)]))


def unknown(question):
    """A wrong answer that no entry explains: the right one, and its first number a little off."""
    return f"""{find_question(question).program}
right = {question}

def off(thing):
    if isinstance(thing, (tuple, list)):
        return [off(thing[0]), *thing[1:]]
    return thing * 1.01 + 0.01 if isinstance(thing, torch.Tensor) and thing.is_leaf else None

def {question}(*given):
    return off(right(*given))
"""


if __name__ == "__main__":
    main()
