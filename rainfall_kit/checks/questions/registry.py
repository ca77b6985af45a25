"""Registry of questions: every question file of the package, and of the folders that a course adds.

A question file holds one `QUESTION`. The package is walked, so no list names it; a folder is added with
`question_folder` or `add_question_folder`. A course's own stand in its folder `questions`: `open_course_questions`
knows them, and what lies beside a notebook that was given out.

    >>> find_question("train").name
    'train'
    >>> find_misconception("rk064").question
    'update'
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import re
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING

from rainfall_kit.checks import questions
from rainfall_kit.checks.questions.programs import edited
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.questions.released import BEGINS, ReleasedQuestion
from rainfall_kit.errors import CourseError, OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, ValuesView

    from rainfall_kit.checks.questions.misconception import Misconception
    from rainfall_kit.checks.questions.programs import Edits

# These stay the same objects whatever is added, so whoever has imported one sees it all.
QUESTIONS: dict[str, Question] = {}
_MISCONCEPTIONS: dict[str, Misconception] = {}
CATALOGUE: ValuesView[Misconception] = _MISCONCEPTIONS.values()

# The files of each folder that was added, and the question that each of them holds.
_ADDED: dict[Path, dict[Path, Question]] = {}

# The folder of a course, or beside a notebook, where one is open: its files as they were when they were read.
_OPEN: dict[Path, tuple[tuple[str, int, int], ...]] = {}

# The name of a course's folder of questions, and of the one beside a notebook that was given out.
FOLDER = "questions"

_ID = re.compile("[A-Z0-9]+")


def find_question(name: str) -> Question:
    """The question of that name.

    Raises:
        OptionError: there is none; the message lists those that are.
    """
    if name not in QUESTIONS:
        raise OptionError(
            f"there is no question {name!r}; there is {', '.join(QUESTIONS)}. Try: %gd_check mse"
        )
    return QUESTIONS[name]


def find_misconception(id: str) -> Misconception:  # noqa: A002  it is the entry's own word
    """The entry of that id, in capital or in small letters.

    Raises:
        OptionError: there is none.
    """
    entry = _MISCONCEPTIONS.get(id.upper())
    if entry is None:
        raise OptionError(f"there is no misconception {id!r}. Try: %gd_hint {min(_MISCONCEPTIONS)}")
    return entry


def wrong_programs(entry: Misconception, question: str | None = None) -> tuple[str, ...]:
    """The wrong programs of a mistake for a question, its own unless told otherwise; none where no edit fits.

    Example:
        >>> one_epoch_too_few = find_misconception("RK105")
        >>> "range(epochs - 1)" in wrong_programs(one_epoch_too_few)[0], wrong_programs(one_epoch_too_few, "mse")
        (True, ())
    """
    asked = find_question(question or entry.question)
    if asked.recorded is not None:
        return asked.recorded.wrong.get(entry.id, ())
    return _programs_with(entry.wrong, asked)


def mild_programs(entry: Misconception, question: str) -> tuple[str, ...]:
    """The programs of a question that are right all the same, and hear the entry's note.

    Example:
        >>> through_data = find_misconception("RK073")
        >>> wrong_programs(through_data), len(mild_programs(through_data, "update"))
        ((), 2)
    """
    asked = find_question(question)
    if asked.recorded is not None:
        return asked.recorded.mild.get(entry.id, ())
    return _programs_with(entry.mild, asked)


def _programs_with(ways: tuple[Edits, ...], question: Question) -> tuple[str, ...]:
    texts = (edited(question.program, edits) for edits in ways)
    return tuple(text for text in texts if text is not None)


def question_folders() -> tuple[Path, ...]:
    """The folders that were added, in the order in which they were."""
    return tuple(_ADDED)


def question_files() -> dict[Path, Question]:
    """Every file that holds a question, in the package and in the folders that were added."""
    own = {Path(module.__file__ or ""): question for module, question in _own_questions()}
    return own | added_question_files()


def added_question_files() -> dict[Path, Question]:
    """The files of the folders that were added."""
    return {path: question for added in _ADDED.values() for path, question in added.items()}


@contextlib.contextmanager
def question_folder(folder: Path) -> Iterator[tuple[Question, ...]]:
    """Know the questions of a folder meanwhile.

    Yields:
        Its questions.

    Raises:
        CourseError: as of `add_question_folder`.
    """
    place = folder.resolve()
    known = place in _ADDED
    try:
        yield add_question_folder(folder)
    finally:
        if not known:
            _ADDED.pop(place, None)
            _rebuild()


def add_question_folder(folder: Path) -> tuple[Question, ...]:
    """Know the questions of a folder from now on, in check, grading and all else.

    The files run as they are, so the folder is one that you trust: yours, or your course's.

    Args:
        folder: each ``.py`` file in it holds one `QUESTION`; those that begin with ``_`` are left out.

    Raises:
        CourseError: a file does not run, holds no question, or uses a name or an id that is taken;
            the message names the file. Nothing is added then.
    """
    place = folder.resolve()
    if place not in _ADDED:
        paths = _question_paths(place)
        if not paths:
            raise CourseError(
                f"there is no question file in {folder}. Try: a file such as mse.py there"
            )
        _add(place, paths, _question_in)
    return tuple(_ADDED[place].values())


def open_course_questions(course: Path) -> None:
    """Know the questions of a course's own folder, as they are now, and those of no other course.

    Args:
        course: the folder of the course, which may have a folder ``questions``.

    Raises:
        CourseError: as of `add_question_folder`.
    """
    place = (course / FOLDER).resolve()
    _open(place, _question_paths(place), _question_in)


def find_question_here(name: str) -> Question:
    """The question of that name, as a notebook's kernel knows it, in the folder of the notebook.

    Raises:
        OptionError: there is none.
        CourseError: a question of the course's own cannot be read.
    """
    if name not in QUESTIONS or QUESTIONS[name] in added_question_files().values():
        open_questions_here()
    return find_question(name)


def open_questions_here() -> None:
    """Know the questions of the course that this folder is in, or those that were given out into it.

    Raises:
        CourseError: one of them cannot be read.
    """
    try:
        here = Path.cwd()
    except OSError:  # it was removed
        return
    for folder in (here, *here.parents):
        if (folder / "nbgrader_config.py").is_file() and _question_paths(folder / FOLDER):
            open_course_questions(folder)
            return
    place = here / FOLDER
    known = QUESTIONS.keys() - {
        question.name for course in _OPEN for question in _ADDED[course].values()
    }
    paths = sorted(path for path in place.glob("*.json") if path.stem not in known)
    _open(place, [path for path in paths if _is_released(path)], _released)


def _question_paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))


def _is_released(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(BEGINS)) == BEGINS.encode()


def _released(path: Path) -> Question:
    try:
        return ReleasedQuestion.from_json(path.read_text(encoding="utf-8")).question()
    except Exception as problem:  # a text that was changed may do anything
        raise CourseError(
            f"{path} cannot be read: {problem}. Try: fetch the assignment once more"
        ) from problem


def _open(place: Path, paths: list[Path], read: Callable[[Path], Question]) -> None:
    """Let the files of one folder stand in the place of those of the folder that was open before."""
    if place in _ADDED and place not in _OPEN:  # somebody has added it, and keeps it
        return
    stats = [path.stat() for path in paths]
    stamp = tuple(
        (path.name, stat.st_mtime_ns, stat.st_size) for path, stat in zip(paths, stats, strict=True)
    )
    if ({place: stamp} if paths else {}) == _OPEN:
        return
    for before in _OPEN:
        del _ADDED[before]
    _OPEN.clear()
    _rebuild()
    if paths:
        _add(place, paths, read)
        _OPEN[place] = stamp


def _add(place: Path, paths: list[Path], read: Callable[[Path], Question]) -> None:
    found: dict[Path, Question] = {}
    for path in paths:
        question = read(path)
        _refuse_taken(path, question, [*found.values()])
        found[path] = question
    names = {*QUESTIONS, *(question.name for question in found.values())}
    for path, question in found.items():
        missing = [name for name in question.builds_on if name not in names]
        if missing:
            raise CourseError(
                f"{path} builds on {missing[0]!r}, which is no question. Try one of: {', '.join(names)}"
            )
    _ADDED[place] = found
    _rebuild()


def _question_in(path: Path) -> Question:
    """The question of a file outside the package."""
    name = f"rainfall_question_{path.stem}"
    module = types.ModuleType(name)
    module.__file__ = str(path)
    # dataclasses and pickle look a class's module up by its name
    sys.modules[name] = module
    try:
        # not imported: bytecode of a text that is a second old would be taken for the text's
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)  # noqa: S102
    except Exception as error:
        del sys.modules[name]
        raise CourseError(
            f"{path} does not run: {type(error).__name__}: {error}. Look at: {path.name}"
        ) from error
    question = getattr(module, "QUESTION", None)
    if not isinstance(question, Question):
        raise CourseError(
            f"{path} holds no question. Try: QUESTION = Question(name=..., ...) at its end"
        )
    return question


def _refuse_taken(path: Path, question: Question, found: list[Question]) -> None:
    """Refuse a second question of one name, a second mistake of one id, and a mistake of another question."""
    names = {*QUESTIONS, *(other.name for other in found)}
    ids = {*_MISCONCEPTIONS, *(entry.id for other in found for entry in other.mistakes)}
    if question.name in names:
        raise CourseError(f"{path} asks {question.name!r}, which is taken. Try: another name")
    for entry in question.mistakes:
        if entry.id in ids:
            raise CourseError(f"{path} uses {entry.id}, which is taken. Try: another id")
        if not _ID.fullmatch(entry.id):
            raise CourseError(
                f"{path} calls a mistake {entry.id!r}; an id has capital letters and digits. Try: SM001"
            )
        if entry.question != question.name:
            raise CourseError(
                f"{path} asks {question.name!r}, and its mistake {entry.id} says question="
                f"{entry.question!r}. Try: question={question.name!r}"
            )


def _rebuild() -> None:
    """Fill the mappings anew: questions in the lesson's order, mistakes in that of their ids."""
    found = sorted(question_files().values(), key=lambda question: (question.order, question.name))
    QUESTIONS.clear()
    QUESTIONS.update((question.name, question) for question in found)
    entries = {entry.id: entry for question in found for entry in question.mistakes}
    _MISCONCEPTIONS.clear()
    _MISCONCEPTIONS.update(sorted(entries.items()))


def _own_questions() -> Iterator[tuple[types.ModuleType, Question]]:
    for found in pkgutil.walk_packages(questions.__path__, f"{questions.__name__}."):
        if not found.ispkg and found.name != __name__:  # this very module is still being read
            module = importlib.import_module(found.name)
            if hasattr(module, "QUESTION"):
                yield module, module.QUESTION


_rebuild()
