"""Questions: what to draw, how to call an answer, and how to judge what it gave.

The three parts stand alone. `draw` and `judge` never see the answer, and `call` gives plain records,
so a grader can keep the first two outside the process that runs student code.

    >>> question = find_question("mse")
    >>> cases = question.draw(seed=0)
    >>> seen = [question.call(lambda preds, targets: (preds - targets).sum(), case) for case in cases]
    >>> question.judge(cases[0], seen[0]).about
    'the loss'
"""

from __future__ import annotations

import dis
import functools
import linecache
import os
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.harness.process_state import Fence, fenced, names_kept, switches_kept
from rainfall_kit.checks.harness.reference_calls import reference_calls_seen
from rainfall_kit.checks.harness.time_limit import OutOfTime
from rainfall_kit.checks.observations import Case, Failure, Observation, Value, agree
from rainfall_kit.checks.questions import cases, data_cases, data_plays, plays
from rainfall_kit.checks.questions.programs import PROGRAMS, build
from rainfall_kit.checks.tracing.trace import Answer, Trace
from rainfall_kit.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

# One, or several.
Seed = int | tuple[int, ...]

# The sign of an answer that leaves its work to the kit.
OWN_CALL = "calls the kit's own"

_KIT = f"{Path(__file__).parents[2]}{os.sep}"

# What the body of a function that holds nothing but a docstring, `pass` or `...` compiles to.
_IDLE = {"RESUME", "NOP", "CACHE", "POP_TOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}


def seeds_of(seed: Seed) -> tuple[int, ...]:
    """The seeds, whether one or several were given.

    Example:
        >>> seeds_of(3), seeds_of((1, 2))
        ((3,), (1, 2))
    """
    return (seed,) if isinstance(seed, int) else seed


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The first thing that is not as it should be.

    Attributes:
        case: the case that it was seen in.
        about: the name of the value.
        got: what the answer gave; None when it gave nothing of that name.
        want: what a right answer gives.
    """

    case: Case
    about: str
    got: Value | None
    want: Value


@dataclass(frozen=True, kw_only=True)
class Question:
    """One gradable thing.

    Attributes:
        name: of the function that is asked for.
        asks: what the function takes and gives, for messages.
        draw: from a seed to the cases, the public ones first.
        play: calls an answer on a case and notes what it gives.
    """

    name: str
    asks: str
    draw: Callable[[int], tuple[Case, ...]]
    play: Callable[[Answer, Case, Trace], None]

    def cases(self, seed: Seed) -> tuple[Case, ...]:
        """The cases of one seed, or of several: each case is then drawn from one of them, in turn.

        Raises:
            OptionError: there is no seed.

        Example:
            >>> question = find_question("mse")
            >>> one, other, both = question.cases(1), question.cases(2), question.cases((1, 2))
            >>> both[-2:] == (one[-2], other[-1])
            True
        """
        draws = [_drawn(self.name, each) for each in seeds_of(seed)]
        if not draws:
            raise OptionError("no seed was given. Try: seed=1, or several, as in seed=(1, 2)")
        return tuple(row[place % len(row)] for place, row in enumerate(zip(*draws, strict=True)))

    def call(
        self,
        answer: Any,
        case: Case,
        *,
        seconds: float = 1.0,
        patience: Callable[[], object] | None = None,
        put_back: Callable[[], None] | None = None,
        watching: bool = True,
    ) -> Observation:
        """Call the answer on one case; this is the only part that runs student code.

        Args:
            answer: the student's function.
            case: what to call it with.
            seconds: the time limit.
            patience: called each time that the limit is put off, because an import is under way.
            put_back: for many calls in a row, what `guard.state_now` gave before the first.
            watching: whether to see calls of the kit's own functions, which takes a fifth of the time.

        Example:
            >>> question = find_question("mse")
            >>> question.call(lambda preds, targets: None, question.draw(0)[0]).values[0].kind
            'nothing'
        """
        notes, failure = Trace(listening=case.public), None
        own_calls, called = reference_calls_seen(self.name, answer) if watching else ([], answer)
        with names_kept(answer), fenced(seconds, patience, put_back=put_back) as fence:
            try:
                self.play(called, case, notes)
            except BaseException as error:  # student code raises anything
                if _is_a_stop(error):
                    raise
                failure = failure_of(error)
        if fence.too_long:
            failure = Failure(kind="too long")
        for name in own_calls[:1]:
            notes.word(OWN_CALL, name)
        return _observed(notes, failure, fence)

    def expected(self, case: Case) -> Observation:
        """What a right answer gives on this case; the kit's own program needs no fence.

        Example:
            >>> question = find_question("mse")
            >>> question.expected(question.draw(0)[0]).values[0].numbers
            (9.0,)
        """
        notes = Trace(listening=case.public)
        with switches_kept():
            self.play(build(PROGRAMS[self.name], self.name), case, notes)
        return _observed(notes, None, Fence())

    def judge(self, case: Case, seen: Observation) -> Finding | None:
        """Compare what was seen with what a right answer gives; None when all of it agrees.

        Example:
            >>> question = find_question("mse")
            >>> case = question.draw(0)[0]
            >>> question.judge(case, question.expected(case)) is None
            True
        """
        got = {value.name: value for value in seen.values}
        for want in expected_of(self.name, case).values:
            value = got.get(want.name)
            if value is None or not agree(value, want, case.dtype):
                return Finding(case=case, about=want.name, got=value, want=want)
        return None


QUESTIONS = {
    question.name: question
    for question in (
        Question(
            name="to_tensors",
            asks="to_tensors(inputs, targets) makes float32 tensors of two NumPy arrays",
            draw=data_cases.draw_tables,
            play=data_plays.play_to_tensors,
        ),
        Question(
            name="in_celsius",
            asks="in_celsius(temps) gives an array of temperatures in °F as a float32 tensor in °C, "
            "and leaves the array as it was",
            draw=data_cases.draw_temps,
            play=data_plays.play_in_celsius,
        ),
        Question(
            name="standardise",
            asks="standardise(inputs) gives a new tensor whose columns have mean 0 and standard "
            "deviation 1",
            draw=data_cases.draw_inputs,
            play=data_plays.play_standardise,
        ),
        Question(
            name="init_params",
            asks="init_params() gives random w (2, 3) and b (2,), watched by autograd",
            draw=data_cases.draw_nothing,
            play=data_plays.play_init_params,
        ),
        Question(
            name="model",
            asks="model(x, w, b) gives the predictions, one row for each row of x",
            draw=cases.draw_weights,
            play=plays.play_model,
        ),
        Question(
            name="mse",
            asks="mse(preds, targets) gives the mean squared error, a tensor of shape ()",
            draw=cases.draw_preds,
            play=plays.play_mse,
        ),
        Question(
            name="gradients",
            asks="gradients(inputs, targets, w, b) gives the slopes of the loss for w and for b",
            draw=cases.draw_steps,
            play=plays.play_gradients,
        ),
        Question(
            name="update",
            asks="update(w, b, lr) moves w and b one step against w.grad and b.grad",
            draw=cases.draw_steps,
            play=plays.play_update,
        ),
        Question(
            name="zero_grads",
            asks="zero_grads(w, b) resets the gradients of w and b",
            draw=cases.draw_steps,
            play=plays.play_zero_grads,
        ),
        Question(
            name="gd_step",
            asks="gd_step(inputs, targets, w, b, lr) takes one step and gives w and b",
            draw=cases.draw_walks,
            play=plays.play_gd_step,
        ),
        Question(
            name="train",
            asks="train(inputs, targets, w, b, lr, epochs) gives w, b and the loss before each step",
            draw=cases.draw_runs,
            play=plays.play_train,
        ),
        Question(
            name="is_gradient",
            asks="is_gradient(inputs, targets, w, b, grad_w, grad_b) says whether grad_w and grad_b "
            "are the slopes of the loss at w and b",
            draw=data_cases.draw_slopes,
            play=data_plays.play_is_gradient,
        ),
        Question(
            name="choose_lr",
            asks="choose_lr(inputs, targets) gives an lr with which the loss of this table falls",
            draw=data_cases.draw_scaled,
            play=data_plays.play_choose_lr,
        ),
        Question(
            name="has_diverged",
            asks="has_diverged(losses) says whether the last loss is above the first, or no number",
            draw=data_cases.draw_losses,
            play=data_plays.play_has_diverged,
        ),
        Question(
            name="has_converged",
            asks="has_converged(losses, floor) says whether the last loss is at most 1 % above the "
            "floor, the smallest loss that any weights reach",
            draw=data_cases.draw_curves,
            play=data_plays.play_has_converged,
        ),
    )
}


def find_question(name: str) -> Question:
    """The question of that name.

    Raises:
        OptionError: there is none; the message lists those that are.

    Example:
        >>> find_question("train").name
        'train'
    """
    if name not in QUESTIONS:
        raise OptionError(
            f"there is no question {name!r}; there is {', '.join(QUESTIONS)}. Try: %gd_check mse"
        )
    return QUESTIONS[name]


def does_nothing(answer: Any) -> bool:
    """Whether the body of a function is still empty: a docstring, `pass`, `...` or `return None`.

    Example:
        >>> def mse(preds, targets):
        ...     '''Still to be written.'''
        >>> does_nothing(mse), does_nothing(print)
        (True, False)
    """
    if not isinstance(answer, FunctionType | MethodType):
        return False
    # The first instruction that does something ends the search.
    return all(map(_is_idle, dis.get_instructions(answer)))


def _is_idle(step: dis.Instruction) -> bool:
    gives = step.opname in ("LOAD_CONST", "RETURN_CONST")
    return step.opname in _IDLE and (not gives or step.argval is None or step.argval is ...)


def _observed(notes: Trace, failure: Failure | None, fence: Fence) -> Observation:
    notes.sign("printed", bool(fence.printed))
    notes.word("warned", fence.warned[0][:40] if fence.warned else "")
    return Observation(values=tuple(notes.values), signs=tuple(notes.signs), failure=failure)


@functools.lru_cache(maxsize=100)
def _drawn(name: str, seed: int) -> tuple[Case, ...]:
    """A notebook checks with the same seed again and again."""
    return QUESTIONS[name].draw(seed)


@functools.lru_cache(maxsize=5_000)
def expected_of(name: str, case: Case) -> Observation:
    """What a right answer to that question gives on this case; asked for once."""
    return QUESTIONS[name].expected(case)


def failure_of(error: BaseException) -> Failure:
    """An exception of a student's code as plain data."""
    frame, last, own = error.__traceback__, _last(error.__traceback__), None
    while frame is not None:
        if _is_students(frame.tb_frame.f_code.co_filename):
            own = frame
        frame = frame.tb_next
    message = _first_line(error)
    if isinstance(error, NotImplementedError) and last is not None and _says_raise(last):
        return Failure(kind="stub", message=message, where=last.tb_frame.f_code.co_name)
    return Failure(kind=type(error).__name__, message=message, where=_place(own))


def _first_line(error: BaseException) -> str:
    try:
        line = (str(error).splitlines() or [""])[0]
        return line if len(line) <= 300 else f"{line[:300].rsplit(' ', 1)[0]} ..."
    except Exception:  # noqa: BLE001  a student's own exception may fail at that too
        return ""


def _last(frame: TracebackType | None) -> TracebackType | None:
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return frame


def _is_a_stop(error: BaseException) -> bool:
    """Whether an error comes from the time limit or the keyboard, and not from the answer."""
    if isinstance(error, KeyboardInterrupt):
        last = _last(error.__traceback__)
        return last is None or not _says_raise(last)
    return isinstance(error, OutOfTime)


def _says_raise(frame: TracebackType) -> bool:
    """Whether the error comes from a `raise` statement; torch raises NotImplementedError too."""
    return frame.tb_frame.f_code.co_code[frame.tb_lasti] == dis.opmap["RAISE_VARARGS"]


def _is_students(filename: str) -> bool:
    return not (filename.startswith(_KIT) or "site-packages" in filename)


def _place(frame: TracebackType | None) -> str:
    if frame is None:
        return ""
    code = frame.tb_frame.f_code
    line = linecache.getline(code.co_filename, frame.tb_lineno).strip()
    return f"line {frame.tb_lineno} of {code.co_name}" + (f": {line}" if line else "")
