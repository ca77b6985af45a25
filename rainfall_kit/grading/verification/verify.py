"""Verification of an assignment: a copy of it is generated, and made-up submissions to it are graded."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from jupyter_client.kernelspec import KernelSpecManager

from rainfall_kit.checks.questions.registry import FOLDER, added_question_files
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.backend import LocalBackend
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.prepare.course import open_course, source_folder
from rainfall_kit.grading.prepare.course_preprocessors import answer_delimiters
from rainfall_kit.grading.prepare.kernel import find_kernel
from rainfall_kit.grading.prepare.own_orchards import calls_for_one, key_of
from rainfall_kit.grading.prepare.released_questions import questions_in_sight
from rainfall_kit.grading.stock_grading import nbgrader_environment
from rainfall_kit.grading.verification.attempts import (
    AGAIN,
    BLANK,
    ELSEWHERE,
    SOLUTION,
    Attempt,
    is_in_python,
    make_attempts,
)
from rainfall_kit.grading.verification.finding import Finding
from rainfall_kit.grading.verification.grade_checks import (
    asking_cells,
    check_blank,
    check_changes,
    check_mistakes,
    check_solution,
    check_steadiness,
    check_time,
    has_judges,
    left_unchecked,
    steady_points,
)
from rainfall_kit.grading.verification.notebook_checks import (
    check_points,
    check_released,
    check_source,
    read_texts,
)
from rainfall_kit.lesson.own_orchard import FILE as ORCHARD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from nbformat import NotebookNode

    from rainfall_kit.grading.record.journal import Graded
    from rainfall_kit.grading.sandbox.isolation import Isolation

# The kinds of values that are compared, and not only their type.
_COMPARED = ("tensor", "array", "number", "one number", "truth", "text", "nothing")
# For all known mistakes and changes: where a solution never ends, they do not either.
_MOST_SECONDS = 300
_EXPORTER = "rainfall_kit.grading.record.changed_cells.ChangedCellsExporter"


def assignments_of(course: Path) -> list[str]:
    """The names of a course's assignments: the folders of its source that have notebooks.

    Raises:
        CourseError: the course is not there, or has none.
    """
    folders = open_course(course)
    place = source_folder(folders, "*").parent
    found = sorted({path.parent.name for path in place.glob("*/*.ipynb")})
    if not found:
        raise CourseError(f"there is no assignment in {place}. Try: rainfall course FOLDER")
    return found


def verify(
    course: Path,
    assignment: str,
    *,
    isolation: Isolation = "namespaces",
    jobs: int = 1,
    on_graded: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[Finding]:
    """Look for what is wrong with an assignment; the course itself stays as it is.

    Args:
        course: the folder in which nbgrader is started.
        assignment: the assignment's name.
        isolation: what stands around the code that is run.
        jobs: how many attempts to run at a time.
        on_graded: called after each attempt, with how many are graded and how many there are.

    Returns:
        What was found: nothing where all is well and nothing was skipped.

    Raises:
        CourseError: the course cannot be read, or has no such assignment.
    """
    folders = open_course(course)
    source = source_folder(folders, assignment)
    try:
        notebooks = _read(source)
    except (ValueError, AttributeError) as problem:
        return [Finding(level="wrong", text=f"a notebook in {source} cannot be read: {problem}")]
    if not notebooks:
        raise CourseError(
            f"there is no notebook in {source}. Try one of: {', '.join(assignments_of(course))}"
        )
    delimiters = answer_delimiters(folders)
    found = [one for name, nb in notebooks.items() for one in check_source(nb, name, delimiters)]
    found += [*check_points(notebooks.values()), *_of_kernels(notebooks)]
    with tempfile.TemporaryDirectory(prefix="rainfall-verify-") as place:
        copy = _copy_course(course, assignment, Path(place, "course"))
        failure = _generate(copy, assignment)
        if failure:
            told = f"nbgrader generate_assignment {assignment} fails: {failure}"
            untried = "nothing was graded, and what students get was not read"
            return [
                *found,
                Finding(level="wrong", text=told),
                Finding(level="skipped", text=untried),
            ]
        folders = open_course(copy)
        given_out = Path(folders.format_path(folders.release_directory, ".", assignment))
        released = _read(given_out)
        found += [*_of_questions(released, given_out), *_of_own_questions()]
        found += _of_orchards(released, given_out, key_of(folders.config, assignment))
        texts = read_texts(given_out)
        for name, nb in released.items():
            if name in notebooks:
                found += check_released(notebooks[name], nb, name, delimiters, texts)
        try:
            for name, nb in notebooks.items():
                find_kernel(name, nb.metadata.get("kernelspec", {}), folders.config)
        except CourseError as problem:
            return [*found, Finding(level="skipped", text=f"nothing was graded: {problem}")]
        attempts = make_attempts(notebooks, released)
        done = itertools.count(1)

        def grade(some: Sequence[Attempt]) -> dict[str, Graded]:
            for attempt in some:
                _hand_in(copy, assignment, attempt)
            graded = grade_assignment(
                copy, assignment, students=tuple(one.student for one in some), jobs=jobs,
                backend=LocalBackend(isolation=isolation), trial=False,
                on_graded=lambda _: on_graded(next(done), len(attempts)),
            )  # fmt: skip
            return {one.entry.student: one for one in graded}

        unchanged = [one for one in attempts if not one.mistakes and not one.changed]
        first = [one for one in unchanged if one.student not in ELSEWHERE]
        later = [one for one in unchanged if one.student in ELSEWHERE]
        start = time.monotonic()
        graded = grade(first)
        each = (time.monotonic() - start) / len(first)
        steady = steady_points(
            graded[SOLUTION].entry, [graded[name].entry for name in AGAIN if name in graded]
        )
        others = [one for one in attempts if one.mistakes or has_judges(one, steady)]
        tried, left_out = _in_time(others, each)
        graded |= grade([*later, *tried])
        again = [graded[name].entry for name in AGAIN]
        steady = steady_points(graded[SOLUTION].entry, again)
    entries = {student: one.entry for student, one in graded.items()}
    solution = graded[SOLUTION]
    found += check_solution(solution, released)
    found += check_time(solution)
    found += check_steadiness(entries[SOLUTION], again)
    found += check_blank(entries[BLANK])
    found += check_mistakes(tried, entries, asking_cells(notebooks))
    found += [*check_changes(tried, entries, steady), *left_out]
    return [*found, *left_unchecked(entries[SOLUTION], notebooks, tried, steady)]


def _in_time(attempts: Sequence[Attempt], each: float) -> tuple[list[Attempt], list[Finding]]:
    """As many attempts, spread over all, as there is time for where each takes so many seconds."""
    room = max(int(_MOST_SECONDS / each), 1)
    if len(attempts) <= room:
        return list(attempts), []
    tried = [attempts[place * len(attempts) // room] for place in range(room)]
    told = (
        f"{len(attempts) - room} of {len(attempts)} known mistakes and changes of the solution, as each takes "
        f"{each:.0f} s"
    )
    return tried, [Finding(level="skipped", text=told)]


def _read(folder: Path) -> dict[str, NotebookNode]:
    return {path.stem: nbformat.read(path, as_version=4) for path in sorted(folder.glob("*.ipynb"))}


def _copy_course(course: Path, assignment: str, copy: Path) -> Path:
    """The course with this assignment alone, whose configuration leads nowhere else."""
    copy.mkdir()
    for path in course.iterdir():
        if path.is_file() and path.suffix in (".py", ".ipynb"):  # the configuration, a header
            shutil.copyfile(path, copy / path.name)
    own = f"c.CourseDirectory.root = {str(copy)!r}\nc.CourseDirectory.db_url = 'sqlite:///{copy}/gradebook.db'\n"
    with (copy / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write(f"\nc = get_config()\n{own}")
    folders = open_course(course)
    if (Path(folders.root) / FOLDER).is_dir():
        shutil.copytree(Path(folders.root) / FOLDER, copy / FOLDER)
    shutil.copytree(
        source_folder(folders, assignment), source_folder(open_course(copy), assignment)
    )
    return copy


def _generate(copy: Path, assignment: str) -> str:
    """Generate the assignment as students get it; what went wrong, or the empty text."""
    done = subprocess.run(  # noqa: S603  every word of it is the kit's own, or a folder's name
        [sys.executable, "-m", "nbgrader", "generate_assignment", assignment],
        cwd=copy, env=nbgrader_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
    )  # fmt: skip
    if not done.returncode:
        return ""
    errors = [line for line in done.stdout.splitlines() if "Error" in line]
    # what nbgrader logs itself may have several lines
    said = errors[-1] if errors else done.stdout.rpartition(" | ERROR] ")[2]
    return " ".join(said.split()) or "it said nothing"


def _hand_in(copy: Path, assignment: str, attempt: Attempt) -> None:
    folders = open_course(copy)
    place = Path(folders.format_path(folders.submitted_directory, attempt.student, assignment))
    place.mkdir(parents=True)
    for name, nb in attempt.notebooks.items():
        nbformat.write(nb, place / f"{name}.ipynb")


def _of_kernels(notebooks: Mapping[str, NotebookNode]) -> Iterator[Finding]:
    """The notebooks for which Jupyter would ask students for a kernel."""
    known = KernelSpecManager().find_kernel_specs()
    for name, nb in notebooks.items():
        kernel = nb.metadata.get("kernelspec", {}).get("name", "")
        if is_in_python(nb) and kernel not in known:
            told = f"the kernel {kernel!r}, which is not installed here" if kernel else "no kernel"
            text = (
                f"{name}: it names {told}, so that Jupyter may ask students for one. Try: python3"
            )
            yield Finding(level="odd", text=text)


def _of_questions(released: Mapping[str, NotebookNode], place: Path) -> Iterator[Finding]:
    """The course's own questions that students are asked and would not know."""
    asked = {
        question.name for nb in released.values() for question in questions_in_sight(nb).values()
    }
    for name in sorted(asked):
        if not (place / FOLDER / f"{name}.json").is_file():
            yield Finding(
                level="wrong",
                text=f"{name} is not given out, so no student's notebook knows it. Try, in nbgrader_config.py: "
                f'c.GenerateAssignment.exporter_class = "{_EXPORTER}"',
            )


def _of_own_questions() -> Iterator[Finding]:
    """Findings on what questions of the course note and what holds no number: nobody knows more of a list, say."""
    for path, question in added_question_files().items():
        case = question.draw(0)[0]
        for value in question.expected(case).values:
            if value.kind not in _COMPARED:
                yield Finding(
                    level="wrong",
                    text=f"{FOLDER}/{path.name}: of {value.name!r}, which is a {value.kind}, the type alone is "
                    "compared. Try: note each thing in it, by trace.value or trace.text",
                )


def _of_orchards(released: Mapping[str, NotebookNode], place: Path, key: str) -> Iterator[Finding]:
    """Orchards of everybody's own that the configuration asks for, and that nobody would get."""
    if key and any(map(calls_for_one, released.values())) and not (place / ORCHARD).is_file():
        yield Finding(
            level="wrong",
            text="c.OwnOrchards.key changes nothing: its file is not given out. Try, in nbgrader_config.py: "
            f'c.GenerateAssignment.exporter_class = "{_EXPORTER}"',
        )
