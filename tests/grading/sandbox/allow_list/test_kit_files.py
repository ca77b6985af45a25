"""Whatever student code can read or call of the kit, no text and no function of it passes a question."""

import ast
import base64
import json
import marshal
import os
import shutil
import subprocess
import sys
import venv
import zlib
from importlib.util import cache_from_source
from pathlib import Path

import answers_in_sight
import pytest
from added_question import SQUARE
from answers_in_sight import (
    PLANTED,
    found_by,
    job_that_reads,
    telling_lines,
    texts_of_the_kit,
)

from rainfall_kit import installation
from rainfall_kit.checks.harness.observing import observe
from rainfall_kit.checks.observations import Observation
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import QUESTIONS, question_folder
from rainfall_kit.checks.verdict import conclude
from rainfall_kit.grading.sandbox import bubblewrap
from rainfall_kit.grading.sandbox.allow_list.kit_files import kit_files
from rainfall_kit.grading.sandbox.dask_runner import DaskRunner
from rainfall_kit.grading.sandbox.fork_server import ForkServer
from rainfall_kit.grading.sandbox.job import Job, JobCell, Limits, Result
from rainfall_kit.grading.sandbox.run_job import run_job

# Calls every function and method of the kit that is in memory as an answer to every question, with the
# watch blinded, each in a process of its own; and says what it gave, where that has a right answer's form.
CALLS_ALL = """
import base64, gc, json, os, resource, signal, sys, types, zlib
from rainfall_kit.checks.observations import Case
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.checks.harness.observing import observe
from rainfall_kit.grading.sandbox.inside.huge_pages import use_huge_pages
import rainfall_kit
for name in rainfall_kit._HOMES:
    getattr(rainfall_kit, name)
cases = {name: tuple(map(Case.from_json, texts)) for name, texts in json.loads(@cases@).items()}
forms = json.loads(@forms@)
use_huge_pages()  # or a fork takes 10 ms
gc.unfreeze()
found = {id(f): f for f in gc.get_objects() if isinstance(f, types.FunctionType)
         and f.__code__.co_filename.startswith(os.path.dirname(rainfall_kit.__file__))}
names = list({f"{f.__module__}.{f.__qualname__}": f for f in found.values()}.items())
told_before = set()
def takes(f, question):
    given = find_question(question).asks.partition("(")[2].partition(")")[0].count(",") + 1
    code = f.__code__
    return code.co_flags & 4 or code.co_argcount - len(f.__defaults__ or ()) <= given <= code.co_argcount
for name, f in names:
    reading, writing = os.pipe()
    if os.fork() == 0:
        signal.alarm(5)
        resource.setrlimit(resource.RLIMIT_CPU, (3, 3))  # one of them fights with the time limit for ever
        for question, of_it in cases.items():
            if not takes(f, question):
                continue
            def answer(*given):
                sys.setprofile(None)
                return f(*given)
            try:
                first = observe(find_question(question), answer, of_it[:1], seconds=0.5)
                if [[value.name, [*value.shape]] for value in first[0].values] == forms[question]:
                    seen = observe(find_question(question), answer, of_it, seconds=0.5)
                    told = json.dumps([question, [one.to_json() for one in seen]])
                    # there is room for a megabyte of output, and far more is told
                    os.write(writing, base64.b64encode(zlib.compress(told.encode())) + bytes([10]))
            except BaseException:
                pass
        os._exit(0)
    os.close(writing)
    for line in open(reading):
        if line not in told_before:  # hundreds of functions give the same nothing
            told_before.add(line)
            print("GAVE", name, line, end="")
    os.wait()
print("called", len(names))
"""


def outputs(server, source):
    cells = (JobCell(number=0, source="import torch"), JobCell(number=1, source=source))
    limits = Limits(
        cell_seconds=300, wall_seconds=400, cpu_seconds=300, processes=64, output_kib=4096
    )
    job = Job(id="a", folder="hw", cells=cells, limits=limits)
    result = Result.from_json(run_job(job.to_json().encode(), server).decode())
    shown = json.loads(result.cells[1].outputs)
    return "".join(output.get("text", str(output.get("traceback", ""))) for output in shown)


@pytest.fixture(scope="module")
def server():
    with ForkServer("namespaces") as server:
        server.wait_until_ready()
        yield server


def right_form(question, cases):
    """The names and shapes of what a right answer gives."""
    (seen,) = observe(question, build(question.program, question.name), cases)
    return [(value.name, value.shape) for value in seen.values]


def test_no_function_of_the_kit_passes_a_question(server):
    cases = {name: question.draw(3) for name, question in QUESTIONS.items()}
    texts = json.dumps({name: [case.to_json() for case in of] for name, of in cases.items()})
    forms = json.dumps({name: right_form(QUESTIONS[name], of[:1]) for name, of in cases.items()})
    source = CALLS_ALL.replace("@cases@", repr(texts)).replace("@forms@", repr(forms))
    text = outputs(server, source)
    lines = [line.removeprefix("GAVE ") for line in text.splitlines() if line.startswith("GAVE ")]
    called = next(line for line in text.splitlines() if line.startswith("called "))
    assert int(called.split()[1]) > 200
    passed = []
    for line in lines:
        name, _, told = line.partition(" ")
        question, seen = json.loads(zlib.decompress(base64.b64decode(told)))
        observed = tuple(map(Observation.from_json, seen))
        result = conclude(QUESTIONS[question], cases[question][: len(observed)], observed)
        if result.outcome == "right":
            passed.append((name, question))
    # Every notebook may begin with the lesson's start; where that is what is asked, the watch alone stands.
    assert passed in ([], [("rainfall_kit.lesson.reference.init_params", "init_params")])


@pytest.fixture(scope="module")
def read_at_hand(server):
    return found_by(run_job(job_that_reads(), server))


def planted():
    return Path(bubblewrap.scratch(), "hw", PLANTED)


def test_no_file_that_can_be_read_holds_an_answer(read_at_hand):
    found, _, files = read_at_hand
    assert telling_lines().keys() >= {"model", "mse", "gd_step", "train"}
    assert found == {planted()}
    assert files > 1000


def environment(folder, **variables):
    """An environment of Python that sees a user's own packages; its program, and how to run it."""
    venv.create(folder, system_site_packages=True, symlinks=True)
    inherited = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    return folder / "bin" / "python", {**inherited, **variables}


def pip_install(*words, env):
    words = ["install", "-q", "--no-deps", "--no-index", "--disable-pip-version-check", *words]
    subprocess.run([sys.executable, "-m", "pip", *words], env=env, check=True)


@pytest.fixture
def installed_from_the_wheel(tmp_path, wheel):
    """The kit beside nothing else; all other packages are the user's own."""
    python, env = environment(tmp_path / "env", PYTHONUSERBASE=sys.prefix)
    pip_install("--prefix", tmp_path / "env", "--ignore-installed", wheel, env=env)
    return python, env, tmp_path / "env"


@pytest.fixture
def installed_for_the_user(tmp_path, wheel):
    """The kit alone among the user's own packages."""
    python, env = environment(tmp_path / "env", PYTHONUSERBASE=str(tmp_path / "user"))
    shutil.rmtree(tmp_path / "env" / "lib")
    (tmp_path / "env" / "lib").symlink_to(Path(sys.prefix, "lib"))
    pip_install("--prefix", tmp_path / "user", "--ignore-installed", wheel, env=env)
    (site,) = (tmp_path / "user").glob("lib/python*/site-packages")
    return python, {**env, "PYTHONPATH": str(site)}, tmp_path / "user"


@pytest.mark.parametrize("how", ["from_the_wheel", "for_the_user"])
def test_no_file_holds_an_answer_however_the_kit_is_installed(how, read_at_hand, request):
    python, env, prefix = request.getfixturevalue(f"installed_{how}")
    (site,) = prefix.glob("lib/python*/site-packages")
    (site / "notes.txt").write_text(QUESTIONS["mse"].program)
    done = subprocess.run(
        [python, "-P", answers_in_sight.__file__],
        env=env,
        input=json.dumps(read_at_hand[1]),
        text=True,
        capture_output=True,
        check=True,
    )
    kit, texts, found, _ = json.loads(done.stdout)
    assert Path(kit).parent == site
    assert texts == texts_of_the_kit()  # so what its functions give is what they give here
    assert {path.name for path in map(Path, found)} == {"notes.txt", PLANTED}


def test_no_file_that_a_dask_worker_shows_holds_an_answer(read_at_hand, cluster):
    cluster.add_worker()
    runner = DaskRunner(cluster.address, "namespaces")
    try:
        found, _, _ = found_by(runner.submit(job_that_reads(read_at_hand[1])).result(timeout=300))
    finally:
        runner.close()
    assert found == {planted()}


def test_what_mutants_give_stays_outside():
    """The table says what wrong answers give, so it says much of what right ones do."""
    modules = (".py", f".{sys.implementation.cache_tag}.pyc")
    assert not [path for path in kit_files() if "mutation" in path or not path.endswith(modules)]


def test_no_function_written_in_a_file_of_the_kit_passes_a_question():
    wanted = [f"def {name}(" for name in QUESTIONS]
    modules = {path: text for path, text in kit_files().items() if path.endswith(".py")}
    for path, content in modules.items():
        text = content.decode()
        for constant in ast.walk(ast.parse(text)):
            value = getattr(constant, "value", None)
            if isinstance(value, str):
                assert not any(word in value for word in wanted if word != "def step("), path


def test_question_folders_come_and_go(tmp_path):
    own = kit_files()
    (tmp_path / "square.py").write_text(SQUARE)
    with question_folder(tmp_path):
        assert kit_files().keys() - own.keys() == {"/etc/rainfall_questions/0/square.py"}
    assert kit_files() == own


@pytest.mark.parametrize("name", ["gradient", "after", "path", "losses"])
def test_what_computes_a_gradient_is_drawn_outside(server, name):
    source = (
        f"from rainfall_kit import Bowl\nBowl.from_data([[1.0]], [[1.0]]).{name}([[0.0]], [0.0])"
    )
    assert "not here while notebooks are graded" in outputs(server, source)


def test_a_shown_run_leaves_nothing_but_its_report(server):
    source = """\
%load_ext rainfall_kit
inputs, targets = torch.ones(2, 3), torch.ones(2, 2)
w, b = torch.zeros(2, 3, requires_grad=True), torch.zeros(2, requires_grad=True)
body = "((inputs @ w.t() + b - targets) ** 2).mean().backward()\\nw.data -= lr * w.grad"
get_ipython().run_cell_magic("gd_step", "--lr 0.1", body)"""
    assert outputs(server, source) == ""


def test_an_allow_list_holds_whatever_lies_in_the_kits_folder(server):
    text = outputs(
        server,
        "import os, rainfall_kit\nfolder = os.path.dirname(rainfall_kit.__file__)\n"
        "print(sorted(os.path.join(r, f) for r, _, fs in os.walk(folder) for f in fs))",
    )
    assert ast.literal_eval(text) == sorted(
        path for path in kit_files() if path.startswith(str(installation.FOLDER))
    )


@pytest.mark.parametrize(
    "place",
    [
        "lib/python3.11/site-packages",
        "lib/python3/dist-packages",
        "lib/python3.12/site-packages",
        "site-packages",
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "rainfall_kit",
        "rainfall_kit-0.1.0.dist-info",
        "__editable___rainfall_kit_0_1_0_finder.py",
        "rainfall-kit.egg-link",
        "Rainfall_Kit.egg-info",
    ],
)
def test_every_trace_of_an_installation_is_covered(tmp_path, place, name):
    left = tmp_path / place / name
    left.mkdir(parents=True)
    other = tmp_path / place / "numpy"
    other.mkdir()
    # Python's own folders, and one that another language's kernel lives in
    for seen in ((str(tmp_path / "lib"), str(tmp_path)), (str(tmp_path),)):
        assert left in bubblewrap._found_kits(seen)
        assert other not in bubblewrap._found_kits(seen)


def test_bytecode_is_that_of_the_texts_beside_it():
    files = kit_files()
    modules = [path for path in files if path.endswith(".py")]
    for path in modules:
        made = files[cache_from_source(path)]
        assert marshal.loads(made[16:]) == compile(files[path], path, "exec", dont_inherit=True)
    assert len(files) == 2 * len(modules)
