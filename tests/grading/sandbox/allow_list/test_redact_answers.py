"""A redacted kit calls answers as the whole one does, and holds no answer of its own."""

import json
import re
import shutil
import subprocess
import sys

import pytest

from rainfall_kit import installation
from rainfall_kit.checks.harness.observing import observe
from rainfall_kit.checks.observations import Observation, agree
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import CATALOGUE, QUESTIONS
from rainfall_kit.grading.sandbox.allow_list.redact_answers import redact, redacted_files

# Lines that anybody writes, and that say nothing.
PLAIN = re.compile(r"def |return w, b$|return \w+$|losses = \[\]|[wb]\.requires_grad_\(\)$")
_PIPE_BYTES = 64 << 10

OBSERVES = """
import json, sys
from rainfall_kit.checks.harness.observing import observe
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import CATALOGUE, QUESTIONS
seen = {}
for name, text in json.load(sys.stdin).items():
    question = QUESTIONS[name]
    observed = observe(question, build(text, name), question.draw(5), seconds=60)
    seen[name] = [one.to_json() for one in observed]
edits = [(entry.wrong, entry.mild) for entry in CATALOGUE]
print(json.dumps([seen, edits, [question.program for question in QUESTIONS.values()]]))
"""


@pytest.fixture(scope="module")
def redacted():
    return {path: text.decode() for path, text in redacted_files().items()}


@pytest.fixture(scope="module")
def inside(redacted, tmp_path_factory):
    """A copy of the kit in which the redacted texts stand, and what answers give in it."""
    folder = tmp_path_factory.mktemp("inside") / "rainfall_kit"
    shutil.copytree(installation.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in redacted.items():
        (folder / path.removeprefix(f"{installation.FOLDER}/")).write_text(text)
    answers = {name: question.program for name, question in QUESTIONS.items()}
    done = subprocess.run(
        [sys.executable, "-P", "-c", OBSERVES],
        input=json.dumps(answers),
        env={"PYTHONPATH": str(folder.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return folder, *json.loads(done.stdout)


def test_answers_are_called_as_by_the_whole_kit(inside):
    _, seen, _, _ = inside
    for name, question in QUESTIONS.items():
        answer, cases = build(question.program, name), question.draw(5)[:1]
        inside_it = map(Observation.from_json, seen[name])
        for one, other in zip(inside_it, observe(question, answer, cases), strict=True):
            assert (one.signs, one.failure) == (other.signs, other.failure), name
            # the last digit of least squares depends on where in memory the numbers lie
            for got, want in zip(one.values, other.values, strict=True):
                assert got.name == want.name
                assert agree(got, want, cases[0].dtype), (name, got, want)


def test_no_program_is_left_and_of_mistakes_their_words_alone(inside):
    folder, _, edits, programs = inside
    assert edits == [[[], []]] * len(CATALOGUE)  # as a report of a run needs them
    assert set(programs) == {""}
    texts = [path.read_text() for path in (folder / "checks" / "questions").rglob("*.py")]
    texts.append((folder / "lesson" / "reference.py").read_text())
    # what %gd_hint tells anybody
    told = [word for entry in CATALOGUE for word in (entry.hint, entry.more, entry.why, entry.seen)]
    for question in QUESTIONS.values():
        programs = "\n".join((question.program, *question.other_programs))
        for line in (line.partition("  #")[0].strip() for line in programs.splitlines()):
            if line and not PLAIN.match(line) and not any(line in word for word in told):
                assert not any(line in text for text in texts), line


def test_every_question_file_is_redacted_and_fits_into_a_pipe(redacted):
    there = {path.rsplit("/", 1)[-1].removesuffix(".py") for path in redacted}
    assert QUESTIONS.keys() | {"reference"} <= there
    assert all(len(text.encode()) < _PIPE_BYTES for text in redacted.values())
    assert not any("default_rng" in text for text in redacted.values())


def test_a_function_that_is_kept_stays_and_another_only_raises():
    text = redact("def f():\n    return 1\ndef g():\n    return 2", frozenset({"f"}))
    names = {}
    exec(text, names)
    assert names["f"]() == 1
    with pytest.raises(RuntimeError, match="not here while notebooks are graded"):
        names["g"](1, x=2)
