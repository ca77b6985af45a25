"""Course's own questions given out: beside a released notebook, what its visible tests need, and no program."""

from __future__ import annotations

import ast
import dataclasses
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.facts.probes import probes
from rainfall_kit.checks.mutation.catalogue_programs import doubles
from rainfall_kit.checks.questions.question import seeds_of
from rainfall_kit.checks.questions.registry import (
    CATALOGUE,
    FOLDER,
    QUESTIONS,
    added_question_files,
    mild_programs,
    wrong_programs,
)
from rainfall_kit.checks.questions.released import Draw, ReleasedQuestion, Seen
from rainfall_kit.errors import CourseError, RecordError
from rainfall_kit.grading.sandbox.allow_list.redact_answers import redact_question

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbformat import NotebookNode

    from rainfall_kit.checks.observations import Case, Observation
    from rainfall_kit.checks.questions.question import Question


def release_questions(nb: NotebookNode, folder: Path) -> None:
    """Write what the tests in sight need of the course's own questions, a file for each.

    Args:
        nb: the notebook as it is given out.
        folder: where it is given out.

    Raises:
        CourseError: a question calls answers with the help of its own right program.
    """
    sources = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    for path, question in questions_in_sight(nb).items():
        place = folder / FOLDER / f"{question.name}.json"
        seeds = {0, *_seeds(question.name, sources)}
        with suppress(OSError, RecordError):  # another notebook of the assignment asks it, too
            seeds |= {*ReleasedQuestion.from_json(place.read_text(encoding="utf-8")).seeds}
        module = redact_question(path.read_text(encoding="utf-8"), question)
        _refuse_answers(path, module, question)
        place.parent.mkdir(parents=True, exist_ok=True)
        text = released(question, module, sorted(seeds)).to_json()
        place.write_text(f"{text}\n", encoding="utf-8")


def questions_in_sight(nb: NotebookNode) -> dict[Path, Question]:
    """The course's own questions that a notebook's code names, and those that these build on; by their files."""
    sources = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    words = {word for source in sources for word in re.findall(r"\w+", source)}
    left, asked = [name for name in QUESTIONS if name in words], set[str]()
    while left:
        name = left.pop()
        if name not in asked:
            asked.add(name)
            left += QUESTIONS[name].builds_on
    return {path: one for path, one in added_question_files().items() if one.name in asked}


def _seeds(name: str, sources: list[str]) -> Iterator[int]:
    """The seeds of the calls that ask this question."""
    for source in sources:
        lines = [line for line in source.splitlines() if not line.startswith(("%", "!"))]
        with suppress(SyntaxError, ValueError):
            for node in ast.walk(ast.parse("\n".join(lines))):
                if isinstance(node, ast.Call) and node.args:
                    first, options = node.args[0], {word.arg: word.value for word in node.keywords}
                    if (
                        isinstance(first, ast.Constant)
                        and first.value == name
                        and "seed" in options
                    ):
                        yield from seeds_of(ast.literal_eval(options["seed"]))


def _refuse_answers(path: Path, module: str, question: Question) -> None:
    programs = [question.program, *question.other_programs]
    programs += [text for entry in question.mistakes for text in wrong_programs(entry)]
    for node in ast.walk(ast.parse(module)):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        holds = is_text and any(program.strip() in node.value for program in programs)  # type: ignore[attr-defined]
        if holds or (isinstance(node, ast.FunctionDef) and node.name == question.name):
            raise CourseError(
                f"{path} calls answers with the help of its own right {question.name}, which students "
                "would be given. Try: work out in draw what call needs, and hand it over in the cases"
            )


def released(question: Question, module: str, seeds: list[int]) -> ReleasedQuestion:
    """A question as students get it.

    Args:
        question: a course's own.
        module: its redacted text.
        seeds: of the tests in sight.
    """
    drawn = {seed: question.draw(seed) for seed in seeds}
    cases = tuple(dict.fromkeys(case for one in drawn.values() for case in one))
    probed = [probe for one in drawn.values() for probe in probes(question, one)]
    every = tuple(dict.fromkeys([*cases, *probed]))
    places = {case: place for place, case in enumerate(every)}
    programs = [Seen(mistake="", mild=False, seen=_seen(question, question.program, every))]
    for entry in CATALOGUE:
        ways = {
            False: wrong_programs(entry, question.name),
            True: mild_programs(entry, question.name),
        }
        programs += [
            Seen(mistake=entry.id, mild=mild, seen=_seen(question, text, cases))
            for mild, texts in ways.items()
            for text in texts
        ]
    programs += [
        Seen(
            mistake=" ".join(entry.id for entry in two),
            mild=False,
            seen=_seen(question, text, cases),
        )
        for text, two in doubles(question)
    ]
    return ReleasedQuestion(
        module=module,
        builds_on=question.builds_on,
        cases=every,
        draws=tuple(
            Draw(seed=seed, places=tuple(places[case] for case in one))
            for seed, one in drawn.items()
        ),
        programs=tuple(programs),
    )


def _seen(question: Question, program: str, cases: tuple[Case, ...]) -> tuple[Observation, ...]:
    seen = [question.run(program, case) for case in cases]
    # a place is a line of the program
    return tuple(
        dataclasses.replace(one, failure=one.failure and dataclasses.replace(one.failure, where=""))
        for one in seen
    )
