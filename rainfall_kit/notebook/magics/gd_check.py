"""Magics ``%gd_check`` and ``%gd_hint``, and the hint behind a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments
from IPython.display import display

from rainfall_kit.errors import OptionError
from rainfall_kit.notebook.magics.options import check_name, parse_options, show_help, whole_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

    from rainfall_kit.notebook.magics.hints import Hints
    from rainfall_kit.records.outcomes import CheckResult


def _question_names() -> Iterable[str]:
    from rainfall_kit.checks.questions.registry import QUESTIONS

    return QUESTIONS


def _misconception_ids() -> Iterable[str]:
    from rainfall_kit.checks.questions.registry import CATALOGUE

    return (entry.id for entry in CATALOGUE)


@magics_class
class GDCheckMagics(Magics):
    """Checks of the student's functions, and hints on what went wrong."""

    shell: InteractiveShell  # a registered magic always has one

    # For completion, which offers these behind a magic, and for the extension, which connects the events.
    words: ClassVar[dict[str, Callable[[], Iterable[str]]]] = {
        "gd_check": _question_names,
        "gd_hint": _misconception_ids,
    }
    listens: ClassVar[tuple[tuple[str, str], ...]] = (("post_run_cell", "after_cell"),)

    _hints: Hints | None = None
    _last: Any = None

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument(
        "question",
        nargs="*",
        help="what to check, such as mse; without one, every question that this notebook answers",
    )
    @argument(
        "--answer", metavar="NAME", help="what your function is called, if not as the question"
    )
    @argument("--seed", metavar="N", default="0", help="another seed tries it on other tables")
    @argument("-o", "--output", metavar="NAME", help="keep the result under this name")
    @argument("-q", "--quiet", action="store_true", help="show nothing")
    @argument("-h", "--help", action="store_true", help="show this text and do nothing")
    def gd_check(self, line: str) -> CheckResult | None:
        """Check your functions, such as mse, and say what is wrong with them.

        %gd_check mse tries your mse on tables of many shapes. Your names stay as they are.
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
        # Each question once, however often it was typed; without one, all that have an answer here.
        results = [
            self._check(question, args.answer or question, seed)
            for question in dict.fromkeys(args.question) or self._answered()
        ]
        self._last = tuple(results)
        kept = results[0] if len(results) == 1 else tuple(results)
        if args.output is not None:
            self.shell.user_ns[args.output] = kept
        if args.quiet or line.rstrip().endswith(";"):
            return None
        if len(results) == 1:
            return results[0]
        for result in results:
            display(result)
        return None

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument(
        "misconception",
        nargs="*",
        help="its id, such as RK016; without one, what the last check, step or error was about",
    )
    @argument("-h", "--help", action="store_true", help="show this text and do nothing")
    def gd_hint(self, line: str) -> None:
        """Tell a little more about a mistake each time: where to look, then closer, then why.

        %gd_hint RK016 never gives the solution.
        """
        args = parse_options(self.gd_hint, line.rstrip("; "))
        if args.help:
            show_help(self.gd_hint)
            return
        from rainfall_kit.checks.questions.registry import find_misconception
        from rainfall_kit.notebook.magics.hints import Hints, seen_in

        ids = args.misconception or seen_in(self._last)
        if not ids:
            raise UsageError(
                "nothing has gone wrong that a hint is known for. "
                "Try: %gd_check mse, or the id of a mistake: %gd_hint RK016"
            )
        self._hints = self._hints or Hints()
        try:
            known = dict.fromkeys(find_misconception(id_).id for id_ in ids)
        except OptionError as problem:
            raise UsageError(str(problem)) from None
        for id_ in known:
            display(self._hints.next_for(id_))

    def after_cell(self, result: ExecutionResult | None) -> None:
        """Remember what a cell showed, and put a hint behind an error that PyTorch is known for."""
        if result is None:  # IPython itself failed before there was one
            return
        from rainfall_kit.notebook.magics.hints import hint_behind, is_worth_a_hint

        if is_worth_a_hint(result.result):
            self._last = result.result
        if result.error_in_exec is not None:
            hint = hint_behind(result.error_in_exec)
            if is_worth_a_hint(result.error_in_exec):
                self._last = result.error_in_exec
            if hint is not None:
                display(hint)

    def _check(self, question: str, name: str, seed: int) -> CheckResult:
        from rainfall_kit.checks.checking import check

        try:
            return check(question, self.shell.user_ns.get(name), seed=seed)
        except OptionError as problem:
            raise UsageError(str(problem)) from None

    def _answered(self) -> list[str]:
        """The questions that the notebook has a function of its own for."""
        names, questions = self.shell.user_ns, list(_question_names())
        found = [name for name in questions if name in names and not _is_the_kits(names[name])]
        if not found:
            raise UsageError(
                f"there is nothing to check yet; the questions are {', '.join(questions)}. "
                f"Define one of these functions, then type: %gd_check {questions[0]}"
            )
        return found


def _is_the_kits(thing: Any) -> bool:
    """True for the kit's own functions, which a notebook imports without having answered anything."""
    return str(getattr(thing, "__module__", "")).startswith("rainfall_kit.")
