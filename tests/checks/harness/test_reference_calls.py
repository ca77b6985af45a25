"""Calls of the kit's own functions by an answer are noticed, whatever they are called by."""

import contextlib
import importlib
import inspect
import pkgutil
from types import FunctionType

import pytest

import rainfall_kit
from rainfall_kit import installation
from rainfall_kit.checks.checking import check
from rainfall_kit.checks.harness.reference_calls import makes_answers
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question
from rainfall_kit.lesson import reference


@pytest.mark.parametrize(
    "source",
    [
        "from rainfall_kit.lesson.reference import mse\n",
        "from rainfall_kit.lesson import reference\ndef mse(p, t):\n    return reference.mse(p, t)\n",
        "from functools import partial\nfrom rainfall_kit.lesson import reference\nmse = partial(reference.mse)\n",
        "from rainfall_kit.lesson import reference\nmse = lambda p, t: 1.0 * reference.mse(p, t)\n",
        "from rainfall_kit.lesson.reference import mse as m\ndef mse(p, t):\n    return m(preds=p, targets=t)\n",
        (
            "from rainfall_kit.lesson import reference\ndef mse(p, t):\n"
            "    return reference.mse(p, t) if len(p) > 3 else ((p - t) ** 2).mean()\n"
        ),
        (
            "from concurrent.futures import ThreadPoolExecutor\nfrom rainfall_kit.lesson import reference\n"
            "def mse(p, t):\n"
            "    with ThreadPoolExecutor() as pool:\n"
            "        return pool.submit(reference.mse, p, t).result()\n"
        ),
    ],
    ids=[
        "imported",
        "called",
        "partial",
        "in-a-lambda",
        "under-another-name",
        "for-long-inputs-alone",
        "in-a-thread",
    ],
)
def test_an_answer_that_leaves_its_work_to_the_kit_is_noticed(source):
    result = check("mse", build(source, "mse"))
    assert result.outcome == "wrong"
    assert result.message.startswith("mse calls the kit's own mse.")


def test_the_kits_functions_are_noticed_in_the_parts_of_an_answer_too():

    answer = build(find_question("gd_step").program, "gd_step")
    answer.__globals__.update(mse=reference.mse)
    result = check("gd_step", answer, given=())
    assert result.outcome == "wrong"
    assert result.message.startswith("gd_step calls the kit's own mse.")
    assert check("gd_step", answer).outcome == "right"  # a right mse stands in for it


def test_a_start_from_the_kit_is_no_answer_of_the_kits():
    source = (
        "from rainfall_kit import init_params\n"
        "def choose_lr(inputs, targets):\n"
        "    init_params()\n"
        "    return 0.5 * targets.numel() / (inputs.pow(2).sum().item() + len(inputs))\n"
    )
    assert check("choose_lr", build(source, "choose_lr")).outcome == "right"


def test_a_step_of_the_kits_is_no_step_of_the_students():
    source = (
        "from rainfall_kit.lesson import reference\n"
        "def gd_step(inputs, targets, w, b, lr):\n"
        "    reference.gd_step(inputs, targets, w, b, lr=lr)\n    return w, b\n"
    )
    result = check("gd_step", build(source, "gd_step"))
    assert result.outcome == "wrong"
    assert result.message.startswith("gd_step calls the kit's own gd_step.")


# --- whatever can be called is noticed, or makes no answer

# Why a module makes no answer; of the rest every function is noticed.
FREE = {
    "rainfall_kit": "it imports what is asked of it",
    "rainfall_kit.installation": "two constants",
    "rainfall_kit.errors": "errors, and how they look",
    "rainfall_kit.records": "they hold what somebody has computed",
    "rainfall_kit.lesson.arrays": "it turns what is given into arrays, and refuses what is no table",
    "rainfall_kit.lesson.devices": "names of devices and dtypes",
    "rainfall_kit.lesson.orchard": "the table, and reading one",
    "rainfall_kit.lesson.own_orchard": "the table of one student",
    "rainfall_kit.checks.observations": "it holds what an answer was called with and what it gave",
    "rainfall_kit.checks.tracing": "hooks and notes around the call",
    "rainfall_kit.checks.harness.time_limit": "the alarm that rings while an answer runs",
    "rainfall_kit.checks.harness.reference_calls": "it looks on",
}
# What a free module has that one question asks for, and what another has that no question does.
ONLY_IN = {
    "rainfall_kit.lesson.orchard.Orchard.tensors": "to_tensors",
    "rainfall_kit.checks.observations.Case.tensors": "to_tensors",
    "rainfall_kit.lesson.reference.init_params": "init_params",
    "rainfall_kit.checks.harness.calling_conditions.refuse_breakpoint": "",
    "rainfall_kit.checks.harness.calling_conditions.refuse_input": "",
}


def modules():
    for found in pkgutil.walk_packages(rainfall_kit.__path__, "rainfall_kit."):
        yield importlib.import_module(found.name)
    yield rainfall_kit


def functions_of(thing):
    """The plain functions behind a function, a method of any kind, a property or a magic."""
    for attribute in ("fget", "func", "__func__"):  # a property, a cached one, a class method
        if isinstance(getattr(thing, attribute, None), FunctionType):
            thing = getattr(thing, attribute)
    with contextlib.suppress(ValueError):
        thing = inspect.unwrap(thing)
    if isinstance(thing, FunctionType):
        yield thing


def callables():
    """Every function, method and property that a module of the kit defines, public or not."""
    found = {}
    for module in modules():
        inside = list(vars(module).values())
        for cls in inside:
            if isinstance(cls, type) and cls.__module__ == module.__name__:
                inside.extend(vars(cls).values())
        for thing in inside:
            for function in functions_of(thing):
                if function.__code__.co_filename.startswith(str(installation.FOLDER)):
                    found[f"{function.__module__}.{function.__qualname__}"] = function
    return found


def is_free(name):
    return any(
        name.startswith(f"{module}.")
        and (module != "rainfall_kit" or name.count(".") == 1)  # the front door's own
        for module in FREE
    )


def test_every_function_of_the_kit_is_noticed_or_makes_no_answer_for_a_reason():
    found = callables()
    assert len(found) > 900
    assert ONLY_IN.keys() <= found.keys()
    for name, function in found.items():
        noticed = {question for question in QUESTIONS if makes_answers(function.__code__, question)}
        if name in ONLY_IN:
            assert noticed == {ONLY_IN[name]} - {""}, name
        elif is_free(name):
            assert noticed == set(), name
        else:
            assert noticed == QUESTIONS.keys(), name


USES = {
    "the curvature's limit": (
        "choose_lr",
        """
from rainfall_kit.quadratic.hessian import HessianSpectrum
def choose_lr(inputs, targets):
    a = np.column_stack([inputs.numpy(), np.ones(len(inputs))]).astype(float)
    curvature = HessianSpectrum(np.linalg.qr(a)[1], rows=len(a), n_crops=targets.shape[1])
    return 0.5 * curvature.largest_stable_lr
""",
        "HessianSpectrum",
    ),
    "the limit of a curvature that was made before": (
        "has_converged",
        """
from rainfall_kit.quadratic.hessian import HessianSpectrum
curvature = HessianSpectrum(np.eye(3), rows=3, n_crops=1)
def has_converged(losses, floor):
    return losses[-1] <= 1.01 * floor and curvature.largest_stable_lr > 0
""",
        "largest_stable_lr",
    ),
    "the bowl's gradient": (
        "gradients",
        """
from rainfall_kit import Bowl
def gradients(inputs, targets, w, b):
    slopes = Bowl.from_data(inputs, targets).gradient(w.detach(), b.detach())
    return tuple(torch.tensor(slope, dtype=w.dtype) for slope in slopes)
""",
        "from_data",
    ),
    "the bowl's means": (
        "standardise",
        """
from rainfall_kit import Bowl
def standardise(inputs):
    bowl = Bowl.from_data(inputs, inputs[:, :1])
    return ((inputs - torch.tensor(bowl.means)) / torch.tensor(bowl.stds)).to(inputs.dtype)
""",
        "from_data",
    ),
    "the bowl's limit": (
        "largest_stable_lr",
        """
from rainfall_kit import Bowl
def largest_stable_lr(inputs, targets):
    return Bowl.from_data(inputs, targets).largest_stable_lr
""",
        "from_data",
    ),
    "the bowl's lowest point": (
        "least_squares",
        """
from rainfall_kit import Bowl
def least_squares(inputs, targets):
    return tuple(torch.tensor(part, dtype=inputs.dtype) for part in Bowl.from_data(inputs, targets).minimum)
""",
        "from_data",
    ),
    "the bowl's gradient for one by hand": (
        "gradients_by_hand",
        """
from rainfall_kit import Bowl
def gradients_by_hand(inputs, targets, w, b):
    slopes = Bowl.from_data(inputs, targets).gradient(w.detach(), b.detach())
    return tuple(torch.tensor(slope, dtype=w.dtype) for slope in slopes)
""",
        "from_data",
    ),
    "the bowl's shrinkage": (
        "distance_after",
        """
from rainfall_kit.quadratic.convergence import shrinkage
def distance_after(distance, lr, curvature, epochs):
    return distance * float(shrinkage(np.asarray(lr), np.array([curvature]), epochs)[0])
""",
        "shrinkage",
    ),
    "a generator over the reference": (
        "gradients",
        """
from rainfall_kit.lesson import reference
def gradients(*given):
    yield from reference.gradients(*given)
""",
        "gradients",
    ),
    "a map over the reference": (
        "gradients",
        """
import itertools
from rainfall_kit.lesson import reference
def gradients(*given):
    return map(lambda slope: slope, itertools.chain.from_iterable(map(reference.gradients, *([x] for x in given))))
""",
        "gradients",
    ),
    "the table's own tensors": (
        "to_tensors",
        """
from rainfall_kit.checks.observations import Case, read
def to_tensors(inputs, targets):
    given = read("inputs", inputs * 1.0), read("targets", targets * 1.0)
    return tuple(Case(label="", dtype="float32", given=given).tensors("inputs", "targets"))
""",
        "tensors",
    ),
    "a right program of the registry": (
        "mse",
        """
def mse(preds, targets):
    from rainfall_kit.checks.questions.registry import find_question
    from rainfall_kit.checks.questions.programs import build
    return build(find_question("mse").program, "mse")(preds, targets)
""",
        "find_question",
    ),
    "right functions of the harness": (
        "mse",
        """
from rainfall_kit.checks.harness.given_functions import right_functions
def mse(preds, targets):
    return right_functions(("mse",))["mse"](preds, targets)
""",
        "right_functions",
    ),
}


@pytest.mark.parametrize(("question", "source", "name"), USES.values(), ids=USES)
def test_answers_that_work_by_the_kit_are_noticed(question, source, name):
    result = check(question, build(source, question))
    assert result.outcome == "wrong"
    assert result.message.startswith(f"{question} calls the kit's own {name}.")


def test_a_function_of_the_kits_is_no_answer_though_nobody_else_calls_it():
    result = check("mse", reference.mse)
    assert result.message.startswith("mse calls the kit's own mse.")


MAKE_NO_ANSWER = {
    "reads the table": "from rainfall_kit import load_orchard\n{head}    load_orchard().tensors()\n{body}",
    "imports inside": "{head}    import rainfall_kit\n    rainfall_kit.make_orchard\n{body}",
    "prints and warns": "{head}    import warnings\n    print('x')\n    warnings.warn('y')\n{body}",
    "asks for input": "{head}    try: input()\n    except EOFError: pass\n{body}",
    "prints a record": (
        "from rainfall_kit.records.run import Run\n"
        "{head}    Run(steps=(), final_loss=1.0).to_json()\n{body}"
    ),
}


@pytest.mark.parametrize("source", MAKE_NO_ANSWER.values(), ids=MAKE_NO_ANSWER)
def test_what_makes_no_answer_may_be_called(source):
    head, body = find_question("gd_step").program.split("def gd_step")[1].split("\n", 1)
    head = f"def gd_step{head}\n"
    above = find_question("gd_step").program.split("def gd_step")[0]
    answer = build(above + source.format(head=head, body=body), "gd_step")
    assert check("gd_step", answer).outcome == "right"


def test_a_start_is_noticed_where_it_is_what_was_asked_for():
    source = (
        "from rainfall_kit import init_params as start\ndef init_params():\n    return start(1)"
    )
    message = check("init_params", build(source, "init_params")).message
    assert message.startswith("init_params calls the kit's own init_params.")
