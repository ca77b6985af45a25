"""The magic ``%gd_explore NAME``: an explorer, opened on the names of the notebook."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any

from IPython.core.completer import SimpleCompletion, SimpleMatcherResult, context_matcher
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from rainfall_kit.errors import RainfallError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from IPython.core.completer import CompletionContext
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["EXPLORERS", "ExploreMagics", "complete_explorers"]

# Each explorer, and the module that it waits in.
EXPLORERS = {
    "learning_rate": "learning_rate",
    "weights": "weights",
    "step_by_step": "step_by_step",
    "bowl": "shape",
    "compare": "compare",
}
_TYPED = re.compile(r"\s*%gd_explore\s(?:.*\s)?(\S*)$")


@magics_class
class ExploreMagics(Magics):
    """The magic ``%gd_explore``."""

    shell: InteractiveShell  # a registered magic always has one

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("name", nargs="?", help=f"which one: {', '.join(EXPLORERS)}")
    @argument(
        "runs",
        nargs="*",
        help="names of runs that %%%%gd_step -o kept; compare takes several, the others one",
    )
    @argument("--lr", metavar="LR", help="where the slider of lr starts")
    @argument(
        "--predict", action="store_true", help="ask what you expect before the picture is shown"
    )
    @argument("-o", "--output", metavar="NAME", help="keep the explorer under this name")
    @argument("-h", "--help", action="store_true", help="show this text and do nothing")
    def gd_explore(self, line: str) -> Any:
        """Open an explorer: a picture that answers to sliders at once.

        It opens on a run, or on your own inputs, targets, w and b where they have those names, and
        on the lesson's otherwise. compare without names takes all runs that you kept.
        """
        args = parse_argstring(self.gd_explore, line.rstrip("; "))
        if args.help:
            print(self.gd_explore.parser.format_help().removeprefix("::").strip("\n"))  # noqa: T201
            return None
        if args.name not in EXPLORERS:
            what = "which explorer?" if args.name is None else f"no explorer {args.name!r}."
            raise UsageError(f"{what} There are {', '.join(EXPLORERS)}. Try: %gd_explore weights")
        if args.output is not None and not args.output.isidentifier():
            raise UsageError(f"--output must be a name, got {args.output!r}. Try: --output mine")
        try:
            explorer = self._open(args)
        except RainfallError as problem:
            raise UsageError(str(problem)) from None
        if args.output is not None:
            self.shell.user_ns[args.output] = explorer
        return explorer

    def _open(self, args: argparse.Namespace) -> Any:
        runs = {name: self._run(name) for name in args.runs}
        options: dict[str, Any] = {"predict": args.predict}
        if args.lr is not None:
            options["lr"] = self._lr(args)
        if args.name == "compare":
            return _explore("compare")(**(runs or self._all_runs()), **options)
        if len(runs) > 1:
            raise UsageError(f"{args.name} opens on one run. Try: %gd_explore compare")
        (run,) = runs.values() or (None,)
        return _explore(args.name)(run, **self._own_names(run), **options)

    def _run(self, name: str) -> Any:
        from rainfall_kit.records import Run

        run = self.shell.user_ns.get(name)
        if not isinstance(run, Run):
            raise UsageError(f"{name} is not a run. Try: %%gd_step --epochs 100 -o {name}")
        return run

    def _all_runs(self) -> dict[str, Any]:
        """The runs under their names, the latest four; a run under two names counts once."""
        from rainfall_kit.records import Run

        found: dict[int, tuple[str, Any]] = {}
        for name, value in self.shell.user_ns.items():
            if isinstance(value, Run) and len(value) and not name.startswith("_"):
                found.setdefault(id(value), (name, value))
        return dict(list(found.values())[-4:])

    def _own_names(self, run: Any) -> dict[str, Any]:
        """The notebook's own data and parameters, each pair where both are there and fit."""
        from rainfall_kit.bowl import Bowl

        names = self.shell.user_ns
        own: dict[str, Any] = {}
        if _are_there(names, "inputs", "targets"):
            bowl = Bowl.from_data(names["inputs"], names["targets"])
            if run is None or bowl.record() == run.quadratic:
                own |= {"inputs": names["inputs"], "targets": names["targets"]}
        if run is None and _are_there(names, "w", "b"):
            own |= {"w": names["w"], "b": names["b"]}
        return own

    def _lr(self, args: argparse.Namespace) -> Any:
        if args.name in ("bowl", "compare"):
            raise UsageError(f"{args.name} has no --lr. Try: %gd_explore {args.name}")
        given = self.shell.user_ns.get(args.lr, args.lr)
        try:
            return float(given)
        except (TypeError, ValueError):
            raise UsageError(f"--lr must be a number, got {args.lr}. Try: --lr 1e-5") from None


def _are_there(names: dict[str, Any], *wanted: str) -> bool:
    return all(hasattr(names.get(name), "shape") for name in wanted)


def _explore(name: str) -> Callable[..., Any]:
    home = importlib.import_module(f"rainfall_kit.notebook.explorers.{EXPLORERS[name]}")
    function: Callable[..., Any] = getattr(home, f"explore_{name}")
    return function


@context_matcher()  # type: ignore[untyped-decorator]  # IPython's has no annotations
def complete_explorers(context: CompletionContext) -> SimpleMatcherResult:
    """IPython's matcher for names and options behind ``%gd_explore``.

    Args:
        context: what was typed, and where the cursor stands.
    """
    line = context.full_text.splitlines()[context.cursor_line][: context.cursor_position]
    found = _TYPED.match(line)
    if found is None:
        return SimpleMatcherResult(completions=[])
    typed = found.group(1)
    names = [] if len(line.split()) > (2 if typed else 1) else list(EXPLORERS)
    options = ["--lr", "--predict", "--output", "--help"] if typed.startswith("-") else []
    return SimpleMatcherResult(
        completions=[
            SimpleCompletion(each, type="option")
            for each in (*names, *options)
            if each.startswith(typed)
        ],
        matched_fragment=typed,
        suppress=bool(typed.startswith("-") or names),
    )
