"""Magics ``%gd_check`` and ``%gd_hint``, and the hint behind a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument
from IPython.display import display

from rainfall_kit.errors import OptionError, RainfallError
from rainfall_kit.notebook.magics.notebook_file import asked_in_the_file
from rainfall_kit.notebook.magics.options import (
    check_name,
    late_magic_arguments,
    parse_options,
    show_help,
    whole_seed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

    from rainfall_kit.notebook.magics.hints import Hints
    from rainfall_kit.records.outcomes import CheckResult


def _question_names() -> Iterable[str]:
    from rainfall_kit.checks.questions.registry import QUESTIONS, open_questions_here

    open_questions_here()
    return QUESTIONS


def _misconception_ids() -> Iterable[str]:
    from rainfall_kit.checks.questions.registry import CATALOGUE, open_questions_here

    open_questions_here()
    return (entry.id for entry in CATALOGUE)


def _hint_words() -> Iterable[str]:
    return (*_misconception_ids(), *_question_names())


@magics_class
class GDCheckMagics(Magics):
    """Checks of the student's functions, and hints on what went wrong."""

    shell: InteractiveShell  # a registered magic always has one

    # For completion, which offers these behind a magic, and for the extension, which connects the events.
    words: ClassVar[dict[str, Callable[[], Iterable[str]]]] = {
        "gd_check": _question_names,
        "gd_hint": _hint_words,
    }
    listens: ClassVar[tuple[tuple[str, str], ...]] = (("post_run_cell", "after_cell"),)

    _hints: Hints | None = None
    _last: Any = None

    def __init__(self, shell: InteractiveShell | None = None) -> None:
        super().__init__(shell)
        self._shown: dict[str, CheckResult] = {}  # what has been read of each answer

    @no_var_expand
    @line_magic
    @late_magic_arguments
    @argument(
        "question",
        nargs="*",
        help="what to check, such as mse; without one, every question that this notebook answers, or, where "
        "its file has tests, those that it tests",
    )
    @argument(
        "--answer", metavar="NAME", help="what your function is called, if not as the question"
    )
    @argument("--seed", metavar="N", default="0", help="another seed tries it on other tables")
    @argument(
        "--notebook",
        metavar="FILE",
        help="the notebook's file, where it is not found: without a question, the check ends with what "
        "a grader will see of it",
    )
    @argument("-o", "--output", metavar="NAME", help="keep the result under this name")
    @argument("-q", "--quiet", action="store_true", help="show nothing")
    @argument("-h", "--help", action="store_true", help="show this text and do nothing")
    def gd_check(self, line: str) -> CheckResult | None:
        """Check your functions, such as mse, and say what is wrong with them.

        %gd_check mse tries your mse on tables of many shapes. Your names stay as they are. %gd_check
        without a name checks all and ends with what a grader will see of the notebook's file, as it was
        saved last: what is missing, still to be written, in no cell, too large, or not run in order.
        """
        args = parse_options(self.gd_check, line.rstrip("; "))
        if args.help:
            show_help(self.gd_check)
            return None
        seed = whole_seed(args.seed, self.shell.user_ns)
        for option, name in (("--answer", args.answer), ("--output", args.output)):
            if name is not None:
                check_name(option, name)
        if args.answer is not None and len(args.question) != 1:
            raise UsageError("--answer goes with one question. Try: %gd_check mse --answer my_mse")
        if args.answer is not None and args.answer not in self.shell.user_ns:
            raise UsageError(
                f"there is nothing called {args.answer} here. "
                f"Try: %gd_check {args.question[0]} --answer NAME, with the name of your function"
            )
        if args.notebook is not None and args.question:
            raise UsageError("--notebook goes without a question. Try: %gd_check --notebook FILE")
        # Each question once, however often it was typed; without one, all that have an answer here.
        try:
            results = [
                self._check(question, args.answer or question, seed)
                for question in dict.fromkeys(args.question) or self._answered(args.notebook)
            ]
        except RuntimeError as problem:
            self._tell_that_answers_are_gone(problem)
            return None
        self._last = tuple(results)
        kept = results[0] if len(results) == 1 else tuple(results)
        if args.output is not None:
            self.shell.user_ns[args.output] = kept
        if args.quiet or line.rstrip().endswith(";"):
            return None
        self._note_shown(*results)
        looks = not args.question and (args.notebook is not None or self._is_in_a_notebook)
        if len(results) == 1 and not looks:
            return results[0]
        for result in results:
            display(result)
        if looks:
            # imports the reports, which loading the extension can do without
            from rainfall_kit.notebook.magics.notebook_file import before_handing_in

            display(before_handing_in(self.shell.user_ns, args.notebook))
        return None

    @no_var_expand
    @line_magic
    @late_magic_arguments
    @argument(
        "about",
        nargs="*",
        help="a mistake's id, such as RK016, or a question, such as mse; without one, what the last "
        "check, step or error was about",
    )
    @argument("-h", "--help", action="store_true", help="show this text and do nothing")
    def gd_hint(self, line: str) -> None:
        """Tell a little more about a mistake each time: where to look, then closer, then why.

        %gd_hint RK016 never gives the solution, nor does %gd_hint mse.
        """
        args = parse_options(self.gd_hint, line.rstrip("; "))
        if args.help:
            show_help(self.gd_hint)
            return
        try:
            hints = [*self._hints_on(args.about)] if args.about else [*self._hints_on_last()]
        except RuntimeError as problem:
            self._tell_that_answers_are_gone(problem)
            return
        for hint in hints:
            display(hint)

    def after_cell(self, result: ExecutionResult | None) -> None:
        """Remember what a cell showed, and put a hint behind an error that is known."""
        if result is None:  # IPython itself failed before there was one
            return
        from rainfall_kit.notebook.magics.hints import hint_behind, is_worth_a_hint, seen_in

        if is_worth_a_hint(result.result):
            self._last = result.result
            self._told.on_screen(*seen_in(result.result))
        problem = result.error_in_exec or result.error_before_exec
        if problem is None or isinstance(problem, UsageError | KeyboardInterrupt):
            return
        if is_worth_a_hint(problem):
            self._last = problem
            self._told.on_screen(*seen_in(problem))
        elif not isinstance(problem, RainfallError):  # these say themselves what to type
            self._last = problem
        hint = hint_behind(problem, self.shell.user_ns)
        if hint is not None:
            display(hint)

    @property
    def _is_in_a_notebook(self) -> bool:
        """False in a terminal, and where notebooks are graded."""
        # what stands for a kernel there has no connection
        return getattr(getattr(self.shell, "kernel", None), "session", None) is not None

    @property
    def _told(self) -> Hints:
        from rainfall_kit.notebook.magics.hints import Hints

        self._hints = self._hints or Hints()
        return self._hints

    def _tell_that_answers_are_gone(self, problem: RuntimeError) -> None:
        from rainfall_kit.notebook.magics.hints import in_place_of_answers

        display(in_place_of_answers(problem))

    def _note_shown(self, *results: CheckResult) -> None:
        for result in results:
            self._shown[result.question] = result
            self._told.on_screen(*result.misconceptions)

    def _hints_on(self, words: list[str]) -> Iterator[Any]:
        """Hints on mistakes by their ids, and on the answers to questions by their names."""
        from rainfall_kit.checks.questions.registry import find_misconception

        questions = [*_question_names()]
        unknown = [word for word in words if word not in questions]
        try:
            ids = {word: find_misconception(word).id for word in unknown}
        except OptionError as problem:
            raise UsageError(f"{problem}, or a question: %gd_hint {questions[0]}") from None
        for word in dict.fromkeys(ids.get(word, word) for word in words):
            yield from self._on_answer(word) if word in questions else [self._told.next_for(word)]

    def _on_answer(self, question: str) -> Iterator[Any]:
        """The check's own report, unless it has been read already; then one hint more."""
        shown = self._shown.get(question)
        # an answer that was checked under another name
        is_elsewhere = shown is not None and question not in self.shell.user_ns
        result = shown if is_elsewhere else self._check(question, question, 0)
        assert result is not None
        self._last = (result,)
        if str(result) != str(shown) and result.outcome in ("wrong", "could not run"):
            self._note_shown(result)
            yield result
        else:
            yield from self._on_result(result)

    def _on_result(self, result: CheckResult) -> Iterator[Any]:
        from rainfall_kit.notebook.magics.hints import hint_on

        nothing_wrong = hint_on(result)
        if nothing_wrong is not None:
            yield nothing_wrong
        elif result.misconceptions:
            yield from map(self._told.next_for, result.misconceptions)
        else:
            yield self._told.next_unnamed(result)

    def _hints_on_last(self) -> Iterator[Any]:
        """Hints on what was shown last: never none where something was wrong."""
        from rainfall_kit.errors import CheckFailed
        from rainfall_kit.notebook.magics.hints import (
            hint_on_error,
            hint_on_run,
            hint_while_graded,
            result_behind,
            seen_in,
        )
        from rainfall_kit.records.outcomes import CheckResult

        graded = hint_while_graded()
        if graded is not None:
            yield graded
            return
        last = self._last
        if isinstance(last, CheckFailed):
            last = result_behind(last) or last
        if last is None:
            raise UsageError(
                "no check, step or error came before, so there is nothing yet to give a hint on. "
                "Try: %gd_check mse, or the id of a mistake: %gd_hint RK016"
            )
        results = last if isinstance(last, tuple) else (last,)
        if isinstance(results[0], CheckResult):
            for result in [part for part in results if part.outcome != "right"] or results:
                yield from self._on_result(result)
        elif seen_in(last):
            yield from map(self._told.next_for, seen_in(last))
        else:
            is_error = isinstance(last, BaseException)
            yield hint_on_error(last, self.shell.user_ns) if is_error else hint_on_run()

    def _check(self, question: str, name: str, seed: int) -> CheckResult:
        from rainfall_kit.checks.checking import check

        try:
            return check(question, self.shell.user_ns.get(name), seed=seed)
        except OptionError as problem:
            raise UsageError(str(problem)) from None

    def _answered(self, file: str | None) -> list[str]:
        """The questions that the notebook has a function of its own for.

        Where its file tests some of them, only these: others may be handed in with it, in a form of theirs.
        """
        names, questions = self.shell.user_ns, list(_question_names())
        found = [name for name in questions if name in names and not _is_the_kits(names[name])]
        if not found:
            raise UsageError(
                f"there is nothing to check yet; the questions are {', '.join(questions)}. "
                f"Define one of these functions, then type: %gd_check {questions[0]}"
            )
        looks = file is not None or self._is_in_a_notebook
        asked = asked_in_the_file(names, file) if looks else frozenset()
        return [name for name in found if name in asked] or found


def _is_the_kits(thing: Any) -> bool:
    """True for the kit's own functions, which a notebook imports without having answered anything."""
    return str(getattr(thing, "__module__", "")).startswith("rainfall_kit.")
