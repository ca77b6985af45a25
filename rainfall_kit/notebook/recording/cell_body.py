"""Body of a ``%%gd_step`` cell: compiled once, run any number of times, tracebacks of its own lines."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, Any

from rainfall_kit.errors import BodySyntaxError, RainfallError
from rainfall_kit.notebook.recording.statements import looking, with_looks

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, TracebackType

    from IPython.core.interactiveshell import InteractiveShell


class Body:
    """The student's lines, ready to run in the student's names.

    ``!`` and ``%`` lines work as in any cell. Tracebacks show the lines with their numbers in the
    cell and no frame of the kit's or of IPython's.

    Args:
        shell: the running IPython.
        text: the cell without its first line.

    Attributes:
        is_empty: whether there is no line to run.
        awaits: whether one of the lines, outside of functions, is an ``await``: then they cannot be run.
        code: the lines, compiled.

    Raises:
        BodySyntaxError: the lines are not Python.

    Example:
        >>> from IPython.core.interactiveshell import InteractiveShell
        >>> shell = InteractiveShell.instance()
        >>> body = Body(shell, "count = 1 + globals().get('count', 0)")
        >>> body.run(), body.run(), shell.user_ns["count"]
        (None, None, 2)
    """

    def __init__(self, shell: InteractiveShell, text: str) -> None:
        self._shell = shell
        # IPython drops empty lines at the top, and the cell's first line is the magic's:
        # put as many back, so that line 4 of the cell is line 4 of the traceback.
        lines_above = 1 + len(text) - len(text.lstrip("\n"))
        try:
            source = "\n" * lines_above + shell.transform_cell(text)
            number = shell.displayhook.prompt_count  # of the cell that runs, in old and new IPython
            self._name = shell.compile.cache(source, number, raw_code=source)
            with shell.builtin_trap:  # IPython's transformers may ask for get_ipython()
                tree = shell.transform_ast(shell.compile.ast_parse(source, self._name))
            self.is_empty = not tree.body
            # Without the flag an await would be called a syntax error, which in a cell it is not.
            with shell.compile.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
                plain: Any = tree
                self.code: CodeType = shell.compile(plain, self._name, "exec")
                watched: Any = with_looks(tree)
                self._watched: CodeType = shell.compile(watched, self._name, "exec")
        except (SyntaxError, ValueError, OverflowError) as problem:  # what compile() raises
            raise BodySyntaxError(_drawn_syntax_error(shell, problem)) from problem
        self.awaits = bool(self.code.co_flags & inspect.CO_COROUTINE)

    def mentions(self, name: str) -> bool:
        """True if a name stands anywhere in the lines, functions and comprehensions included.

        Example:
            >>> from IPython.core.interactiveshell import InteractiveShell
            >>> body = Body(InteractiveShell.instance(), "w = [lr for _ in range(2)]")
            >>> body.mentions("lr"), body.mentions("epochs")
            (True, False)
        """
        return name in _names(self.code)

    def run(self, look: Callable[[bool], None] | None = None) -> None:
        """Run the lines once, in the student's names.

        Args:
            look: is called behind each statement; see `with_looks`.

        Raises:
            BaseException: whatever the lines raise, arranged so that IPython shows them only.
        """
        try:
            if look is None:
                exec(self.code, self._shell.user_global_ns, self._shell.user_ns)  # noqa: S102  # the cell
            else:
                with looking(look):
                    exec(self._watched, self._shell.user_global_ns, self._shell.user_ns)  # noqa: S102
        except BaseException as problem:
            self._show_only_the_lines(problem)
            raise

    def _show_only_the_lines(self, problem: BaseException) -> None:
        """Give the error the method that IPython asks how to draw it, if the lines appear in it."""
        if isinstance(problem, RainfallError):
            return  # it shows itself, as one line
        inner = problem.__traceback__
        while inner and inner.tb_frame.f_code.co_filename != self._name:
            inner = inner.tb_next
        if inner is not None:
            draw_as(self._shell, problem, inner)


def draw_as(shell: InteractiveShell, problem: BaseException, frames: TracebackType | None) -> None:
    """Make IPython draw an error with these frames and no others.

    Example:
        >>> from IPython.core.interactiveshell import InteractiveShell
        >>> problem = ValueError("no")
        >>> draw_as(InteractiveShell.instance(), problem, None)
        >>> "no" in problem._render_traceback_()[-1]
        True
    """

    def drawn() -> list[str]:
        del problem._render_traceback_  # type: ignore[attr-defined]  # later showings are others'
        return list(
            shell.InteractiveTB.structured_traceback(type(problem), problem, frames, tb_offset=0)
        )

    problem._render_traceback_ = drawn  # type: ignore[attr-defined]


def _drawn_syntax_error(shell: InteractiveShell, problem: Exception) -> str:
    lines = shell.SyntaxTB.structured_traceback(type(problem), problem, None)
    return "".join(lines).rstrip()


def _names(code: CodeType) -> set[str]:
    inner = (constant for constant in code.co_consts if hasattr(constant, "co_names"))
    return {*code.co_names, *code.co_varnames}.union(*map(_names, inner))
