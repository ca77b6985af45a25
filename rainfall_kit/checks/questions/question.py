"""Question: what is asked, the right program, how cases are drawn, how an answer is called.

A question is data and pure functions. `draw` and `judge` never see an answer; `call` says how an answer
is called and what is noted, and whoever calls one in safety (`checks.harness`) hands it the answer. So a
grader can keep drawing and judging outside the process that runs student code.

    >>> from rainfall_kit.checks.questions.registry import find_question
    >>> question = find_question("mse")
    >>> case = question.draw(seed=0)[0]
    >>> wrong = question.program.replace(".sum()", ".sum() / 2")
    >>> question.judge(case, question.run(wrong, case)).about
    'the loss'
"""

from __future__ import annotations

import dataclasses
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rainfall_kit.checks.observations import Case, Observation, Value, agree
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.tracing.output import output_caught
from rainfall_kit.checks.tracing.torch_state import switches_kept
from rainfall_kit.checks.tracing.trace import Answer, Trace
from rainfall_kit.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rainfall_kit.checks.questions.misconception import Misconception

# One, or several.
Seed = int | tuple[int, ...]

# What is added later, as by a course, stands behind the lesson's own questions.
LAST = 1_000


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


@dataclass(frozen=True, kw_only=True, eq=False)
class Recorded:
    """Results of programs that are not here: of a course's question that was given out without them.

    Attributes:
        seen: by program and case; a program is a name here, and no text.
        wrong: by the id of a mistake, the programs with it.
        mild: the same of those that are right all the same.
        both: by the ids of two mistakes at once, a program with both.
    """

    seen: Mapping[tuple[str, Case], Observation]
    wrong: Mapping[str, tuple[str, ...]]
    mild: Mapping[str, tuple[str, ...]]
    both: Mapping[tuple[str, ...], str] = dataclasses.field(default_factory=dict)


# eq=False: a question is equal to itself alone, so caches by question never mix two of one name.
@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """One gradable thing.

    Attributes:
        name: of the function that is asked for.
        asks: what the function takes and gives, for messages.
        program: the text of a right answer, as it could stand in a student's cell.
        draw: from a seed to the cases, the public ones first.
        call: how an answer is called on a case, and what of it is noted in the trace.
        mistakes: the known mistakes that belong to it.
        builds_on: the questions whose functions an answer may call. Right ones stand in their place while
            it is judged: a mistake in them is told there, and costs nothing here.
        order: its place among the questions, as the lesson comes to them.
        other_programs: right answers in other styles, each line with a comment that says what it is for,
            as "the move of w": mutation operators are applied to these.
        drawn_for_report: on how many drawn cases the mutation report tries each mistake, beside the
            public ones. Where a yes or no is all that comes back, a few do not tell two apart.
        recorded: what came of its programs, where these are not here; None where they are.
    """

    name: str
    asks: str
    program: str
    draw: Callable[[int], tuple[Case, ...]]
    call: Callable[[Answer, Case, Trace], None]
    mistakes: tuple[Misconception, ...] = ()
    builds_on: tuple[str, ...] = ()
    order: int = LAST
    other_programs: tuple[str, ...] = ()
    drawn_for_report: int = 2
    recorded: Recorded | None = None

    @property
    def argument_names(self) -> tuple[str, ...]:
        """The names of what an answer is given, or of what an orchard has, as `asks` writes the call down.

        Example:
            >>> from rainfall_kit.checks.questions.registry import find_question
            >>> find_question("mse").argument_names
            ('preds', 'targets')
        """
        found = re.match(r"\w+\(([^)]*)\)", self.asks)
        return tuple(re.split(r",\s*", found[1])) if found else ()

    def cases(self, seed: Seed) -> tuple[Case, ...]:
        """The cases of one seed, or of several: each case is then drawn from one of them, in turn.

        Raises:
            OptionError: there is no seed, or one that nothing was given out for.

        Example:
            >>> from rainfall_kit.checks.questions.registry import find_question
            >>> question = find_question("mse")
            >>> one, other, both = question.cases(1), question.cases(2), question.cases((1, 2))
            >>> both[-2:] == (one[-2], other[-1])
            True
        """
        draws = [_drawn(self, number) for number in seeds_of(seed)]
        if not draws:
            raise OptionError("no seed was given. Try: seed=1, or several, as in seed=(1, 2)")
        if not all(draws):
            raise OptionError(
                f"{self.name} was given out with the inputs of its visible tests alone, and without "
                f"those of seed {seed}. Try: no seed"
            )
        return tuple(row[place % len(row)] for place, row in enumerate(zip(*draws, strict=True)))

    def run(self, source: str, case: Case) -> Observation:
        """Values, signs and failure of one of the kit's own programs, right or wrong, on a case.

        What is seen is what `checks.harness` sees of the same function. No limit holds it: every program
        of the kit ends by itself. Where programs are not here, it is what was seen of them before.

        Example:
            >>> from rainfall_kit.checks.questions.registry import find_question
            >>> question = find_question("mse")
            >>> question.run(question.program, question.draw(0)[0]).values[0].numbers
            (9.0,)
        """
        if self.recorded is not None:
            return self.recorded.seen[source, case]
        trace, failure = Trace(listening=case.public), None
        with switches_kept(), output_caught() as output:
            try:
                self.call(trace.followed(build(source, self.name)), case, trace)
            except Exception as error:  # noqa: BLE001  wrong programs raise anything
                failure = trace.failure_of(error)
        return trace.observation(failure, output)

    def expected(self, case: Case) -> Observation:
        """Values and signs of a right answer on this case; found once.

        Example:
            >>> from rainfall_kit.checks.questions.registry import find_question
            >>> question = find_question("mse")
            >>> question.expected(question.draw(0)[0]).values[0].numbers
            (9.0,)
        """
        return _expected(self, case)

    def knows(self, case: Case) -> bool:
        """True if it can be told what a right answer gives on this case."""
        return self.recorded is None or (self.program, case) in self.recorded.seen

    def without_arguments(self) -> Question:
        """The question as it is asked of an answer that takes nothing, about the student's own orchard."""

        def call(answer: Answer, case: Case, trace: Trace) -> None:
            self.call(lambda *_given, **_named: answer(), case, trace)

        return dataclasses.replace(self, call=call)

    def judge(self, case: Case, seen: Observation) -> Finding | None:
        """Compare what was seen with what a right answer gives; None when all of it agrees.

        Example:
            >>> from rainfall_kit.checks.questions.registry import find_question
            >>> question = find_question("mse")
            >>> case = question.draw(0)[0]
            >>> question.judge(case, question.expected(case)) is None
            True
        """
        got = {value.name: value for value in seen.values}
        for want in self.expected(case).values:
            value = got.get(want.name)
            if value is None or not agree(value, want, case.dtype):
                return Finding(case=case, about=want.name, got=value, want=want)
        return None


@functools.lru_cache(maxsize=100)
def _drawn(question: Question, seed: int) -> tuple[Case, ...]:
    """A notebook checks with the same seed again and again."""
    return question.draw(seed)


@functools.lru_cache(maxsize=5_000)
def _expected(question: Question, case: Case) -> Observation:
    return question.run(question.program, case)
