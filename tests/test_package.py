"""The package as a whole: what loads when, what imports what, and the house rules."""

import ast
import dataclasses
import inspect
import json
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rainfall_kit
from rainfall_kit.figures.run_figure import run_figure
from rainfall_kit.lesson.orchard import CROPS, INPUT_NAMES
from rainfall_kit.lesson.reference import train
from rainfall_kit.quadratic.run_data import RunData

ROOT = Path(__file__).parents[1]
HEAVY = {"torch", "nbformat", "nbgrader", "nbconvert", "matplotlib", "ipywidgets", "anywidget"}


def loaded_by(code):
    """The top-level packages that a fresh Python has loaded after `code`."""
    code += "\nimport sys; print(sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1].replace("'", '"')))


def test_importing_the_kit_loads_nothing_heavy():
    assert not loaded_by("import rainfall_kit") & (HEAVY | {"numpy", "IPython"})


def test_loading_the_extension_loads_nothing_heavy():
    code = """
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.instance().run_line_magic("load_ext", "rainfall_kit")
"""
    assert not loaded_by(code) & HEAVY


def test_the_commands_help_loads_nothing_heavy():
    code = """
from click.testing import CliRunner
from rainfall_kit.cli import rainfall
assert CliRunner().invoke(rainfall, ["--help"]).exit_code == 0
"""
    assert not loaded_by(code) & HEAVY


@pytest.mark.parametrize("name", rainfall_kit.__all__)
def test_every_public_name_is_there_with_a_docstring(name):
    assert getattr(rainfall_kit, name).__doc__
    assert name in dir(rainfall_kit)


def front_door():
    """Every function of the kit's own ``__all__``, and every method of its classes."""
    for name in rainfall_kit.__all__:
        thing = getattr(rainfall_kit, name)
        if not inspect.isclass(thing):
            yield pytest.param(thing, id=name)
            continue
        for method, value in inspect.getmembers(thing, inspect.isroutine):
            is_plain = inspect.isfunction(value) or inspect.ismethod(value)
            if is_plain and not method.startswith("_"):
                yield pytest.param(value, id=f"{name}.{method}")


@pytest.mark.parametrize("function", [*front_door()])
def test_everything_at_the_front_door_has_an_example_of_its_own_that_runs(function):
    assert ">>> " in inspect.getdoc(function)
    assert "+SKIP" not in inspect.getdoc(function)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'gradients'"):
        rainfall_kit.gradients  # noqa: B018  # looking it up is the test


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"], ["lint-imports"]],
    ids=" ".join,
)
def test_the_house_rules_hold(command):
    tool = Path(sys.executable).parent / command[0]
    env = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        [tool, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False, env=env
    )
    assert done.returncode == 0, done.stdout + done.stderr


def docstrings():
    for path in sorted(Path(rainfall_kit.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield path.name, getattr(node, "name", ""), ast.get_docstring(node) or ""


def test_docstrings_begin_with_the_term_that_one_searches_for():
    riddles = [found for found in docstrings() if re.match("(What|Which|Whether) ", found[2])]
    assert riddles == []


def test_assignments_are_committed_without_outputs_and_with_their_kernel():
    notebooks = sorted((ROOT / "assignments" / "source").glob("*/*.ipynb"))
    assert notebooks
    for path in notebooks:
        notebook = json.loads(path.read_text())
        assert notebook["metadata"]["kernelspec"]["name"] == "python3"
        for cell in notebook["cells"]:
            assert cell["id"]
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None


def test_the_readmes_picture_is_what_the_kit_draws():
    orchard = rainfall_kit.load_orchard()
    run = train(*orchard.tensors(), *rainfall_kit.init_params(0), lr=1e-5, epochs=100)
    bowl = rainfall_kit.Bowl.from_data(orchard.inputs, orchard.targets)
    run = dataclasses.replace(
        run, quadratic=bowl.record(), input_names=INPUT_NAMES, crop_names=CROPS
    )
    words, places = split_numbers((ROOT / ".readme" / "gd_step.svg").read_text())
    words_now, places_now = split_numbers(run_figure(RunData(run)) + "\n")
    assert words == words_now
    assert places == pytest.approx(places_now, abs=0.2)  # rounding differs between processors


def split_numbers(svg):
    parts = re.split(r"(-?\d+\.?\d*)", svg)
    return parts[::2], [float(number) for number in parts[1::2]]


def dotted_names():
    """Every name that the course's files, README or the guide for contributors gives in full."""
    course = "assignments/nbgrader_config.py", "assignments/GUIDE.md"
    for place in (*course, "README.md", ".github/CONTRIBUTING.md"):
        for name in re.findall(r"\brainfall_kit(?:\.\w+)+", (ROOT / place).read_text("utf-8")):
            yield pytest.param(name, id=f"{place}: {name}")


@pytest.mark.parametrize("name", [*dotted_names()])
def test_a_name_that_a_reader_is_given_in_full_is_there(name):
    assert pkgutil.resolve_name(name)


def paths():
    """Every path of the package that README or the guide for contributors names."""
    for place in ("README.md", ".github/CONTRIBUTING.md"):
        text = (ROOT / place).read_text("utf-8")
        for path in re.findall(r"`((?:rainfall_kit|tests|assignments|[a-z_]+)/[\w/.]*)`", text):
            yield pytest.param(path, id=f"{place}: {path}")


@pytest.mark.parametrize("path", [*paths()])
def test_a_place_that_a_reader_is_sent_to_is_there(path):
    assert (ROOT / path).exists() or (ROOT / "rainfall_kit" / path).exists()


# What is tested across modules, and so stands under a name that says it.
ACROSS = {
    "checks/answer_corpus",
    "checks/blank_notebook",
    "checks/hostile_answers",
    "checks/mistakes",
    "checks/properties",
    "checks/right_answers",
    "checks/wrong_answers",
    "commands/commands",  # one course goes through them all
    "contracts",
    "grading/careless_runner",
    "grading/course_round_trip",
    "grading/every_assignment",
    "grading/formgrader",
    "grading/guide",
    "grading/hostile_submissions",
    "grading/hub",
    "grading/older_metadata",
    "grading/record/postgresql",
    "grading/sandbox/attacks",
    "grading/sandbox/imports",
    "grading/other_languages",
    "grading/settings",
    "grading/watching/command",  # commands/watch, with the courses of grading
    "notebook/kernel",
    "package",
    "safety_claims",
}


def test_tests_mirror_the_tree():
    tests = {
        path.relative_to(ROOT / "tests").with_name(path.stem.removeprefix("test_")).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if path.parent.name != "browser"
    }
    modules = {
        path.relative_to(ROOT / "rainfall_kit").with_suffix("").as_posix()
        for path in (ROOT / "rainfall_kit").rglob("*.py")
    }
    assert tests - modules == ACROSS
    # After a change in any other module one runs the tests of its folder, or of the one above.
    tested = {Path(test).parent for test in tests}
    for module in modules - tests:
        assert {Path(module).parent, Path(module).parent.parent} & tested, module
