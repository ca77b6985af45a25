"""Changes of an instructor's solution, whatever stands in its cell."""

import ast

import pytest

from rainfall_kit.grading.verification.solution_mutants import MOST, mutants_of

MEAN = '''# what is asked for
def mean(xs):
    """The mean; é is no ASCII."""
    ### BEGIN SOLUTION
    total = 0  # so far
    for x in xs:
        total += x
    if not xs:
        return "é"
    return (total
            / len(xs))
    ### END SOLUTION
'''
# What stands in the cell, and some of what is changed there; nothing where nothing can be.
CELLS = {
    "a function": (
        MEAN,
        [
            "line 7: `total -= x` instead of `total += x`",
            "line 7: `pass` instead of `total += x`",
            "line 8: `if xs:` instead of `if not xs:`",
            "line 10: `return total` instead of `return total / len(xs)`",
        ],
    ),
    "values": ("lr = 0.1\nb = 2 - lr", ["line 2: `b = 2 + lr` instead of `b = 2 - lr`"]),
    "a method": (
        "class Sum:\n\n    def of(self, a):\n        return a + self.b",
        ["line 4: `return a - self.b` instead of `return a + self.b`"],
    ),
    "a lesson's magic": ("%time x = 1 + 1", []),
    "another language": ("x <- c(1, 2) |> sum()", []),
    "letters of its own": ("maß = 1 + 2", []),
    "nothing but words": ('"""To be done."""', []),
    "nothing": ("", []),
}


@pytest.mark.parametrize("name", CELLS)
def test_what_is_changed(name):
    source, some = CELLS[name]
    mutants = mutants_of(source)
    assert {*some} <= {one.change for one in mutants}
    assert bool(mutants) == bool(some)


@pytest.mark.parametrize("name", CELLS)
def test_each_change_is_another_program(name):
    source, _ = CELLS[name]
    texts = [ast.unparse(ast.parse(one.source)) for one in mutants_of(source)]
    assert len({*texts}) == len(texts) <= MOST
    if texts:
        assert ast.unparse(ast.parse(source)) not in texts


def test_the_text_but_for_its_change_is_the_same():
    (found,) = (one for one in mutants_of(MEAN) if "total -= x" in one.change)
    expected = MEAN.replace("+=", "-=").replace('    """The mean; é is no ASCII."""\n', "")
    assert ast.dump(ast.parse(found.source)) == ast.dump(ast.parse(expected))


def test_of_many_changes_those_are_made_that_reach_all_kinds_and_lines():
    lines = "".join(f"    x = x + {i}\n    if x > {i}:\n        x = -x\n" for i in range(20))
    mutants = mutants_of(f"def f(x):\n{lines}    return x")
    assert len(mutants) == MOST
    changes = " ".join(one.change for one in mutants)
    assert all(part in changes for part in ("- ", "<", "`x = x`", "pass"))
    numbers = [int(one.change.split(":")[0].split()[-1]) for one in mutants]
    assert min(numbers) < 20
    assert max(numbers) > 40


def test_a_loop_that_could_be_endless_stays_as_it_is():
    loop = "while i < 3:\n    i += 1"
    mutants = mutants_of(f"i = 0\n{loop}\ndone = i * 2")
    assert mutants
    assert all(loop in one.source for one in mutants)


def test_what_only_a_tensor_has_is_put_where_there_are_tensors():
    source = "def f(a, b):\n    return abs(a - b)"
    assert any(".sort()" in one.source for one in mutants_of(source))
    assert not any("." in one.source for one in mutants_of(source, with_torch=False))


def test_another_order_of_functions_is_no_change():
    source = "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2"
    assert mutants_of(source)
    assert not any("def" in one.change and "put in" in one.change for one in mutants_of(source))
