"""Released question: what a visible test needs of a course's own question, given out without any program.

In the place of the right program stands what it gave on the inputs of the visible tests, and in the place of
the programs of mistakes what these gave. How an answer is called is there as the instructor wrote it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from rainfall_kit.checks.observations import Case, Observation
from rainfall_kit.checks.questions.question import Question, Recorded
from rainfall_kit.records.json_record import Record

RIGHT = "right"
# What the text of such a file begins with, whatever else lies in its folder.
BEGINS = '{"record": "ReleasedQuestion"'


@dataclass(frozen=True, kw_only=True)
class Draw(Record):
    """The cases of one seed, as places in the list of all cases."""

    is_row = True

    seed: int
    places: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Seen(Record):
    """Results of one program.

    Attributes:
        mistake: the id of the mistake in it, or those of two with a space between; empty for the right one.
        mild: whether it is right all the same.
        seen: one observation for each of the first cases.
    """

    is_row = True

    mistake: str
    mild: bool
    seen: tuple[Observation, ...]


@dataclass(frozen=True, kw_only=True)
class ReleasedQuestion(Record):
    """A question as students get it.

    Attributes:
        module: the text of its file, with how an answer is called and the words of mistakes alone.
        builds_on: as of the question.
        cases: those of the draws, then those that show what a wrong answer reacts to.
        draws: one for each seed of a visible test.
        programs: what came of each, the right one first.
    """

    module: str
    builds_on: tuple[str, ...]
    cases: tuple[Case, ...]
    draws: tuple[Draw, ...]
    programs: tuple[Seen, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Those that it was given out for."""
        return tuple(draw.seed for draw in self.draws)

    def question(self) -> Question:
        """The question. Its module is run, as what an instructor has given out is run anyway."""
        names: dict[str, Any] = {}
        exec(compile(self.module, "<a question of the course>", "exec"), names)  # noqa: S102
        plain: Question = names["QUESTION"]
        drawn = {draw.seed: tuple(self.cases[i] for i in draw.places) for draw in self.draws}
        return dataclasses.replace(
            plain,
            program=RIGHT,
            draw=lambda seed: drawn.get(seed, ()),
            builds_on=self.builds_on,
            recorded=self._recorded(),
        )

    def _recorded(self) -> Recorded:
        seen: dict[tuple[str, Case], Observation] = {}
        wrong: dict[str, tuple[str, ...]] = {}
        mild: dict[str, tuple[str, ...]] = {}
        both: dict[tuple[str, ...], str] = {}
        for number, program in enumerate(self.programs):
            name = f"{program.mistake} {number}" if program.mistake else RIGHT
            # of a mistake nothing is known on the cases behind those of the draws
            pairs = zip(self.cases, program.seen, strict=False)
            seen |= {(name, case): one for case, one in pairs}
            ids = tuple(program.mistake.split())
            if len(ids) == 2:
                both[ids] = name
            elif ids:
                ways = mild if program.mild else wrong
                ways[program.mistake] = (*ways.get(program.mistake, ()), name)
        return Recorded(seen=seen, wrong=wrong, mild=mild, both=both)
