"""Judge of a class: asks the judging process, and remembers what it said, as many answers agree."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from rainfall_kit.grading.judging.process import JudgingEnded, JudgingProcess
from rainfall_kit.grading.judging.values import judge_values
from rainfall_kit.grading.limited_process import can_fork
from rainfall_kit.grading.sandbox.job import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.checks.observations import Case
    from rainfall_kit.grading.sandbox.job import Ask
    from rainfall_kit.records.outcomes import CheckResult

# What was ended is begun once more: by something outside, or at a limit, then without explaining.
_TRIES = 2
# This part of a submission's time is kept for its points: what a mistake is takes most of the time to find.
_FOR_POINTS = 0.3


class NotJudged(Exception):
    """An ask was not judged.

    Attributes:
        kind: one of `FAILURES`.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Judge:
    """Judges values as `judge_values` does, outside of this process, and the same ones once.

    Args:
        seconds: of CPU time for each submission.
        most_remembered: how many results it keeps.
    """

    def __init__(
        self, seconds: float = Limits.judging_seconds, most_remembered: int = 4096
    ) -> None:
        self._seconds = seconds
        self._most = most_remembered
        self._results: dict[tuple[str, str, tuple[str, ...], bytes, bool], CheckResult] = {}
        self._process: JudgingProcess | None = None
        self.begin_submission()

    def start(self) -> None:
        """Start the process ahead of the first ask: it imports torch, which takes a second."""
        if self._process is None and can_fork():
            self._process = JudgingProcess()

    def begin_submission(self) -> None:
        """Take what is asked from now on as another submission's, which has all of its time left."""
        self._left = self._seconds
        self._explains = True

    def __call__(
        self, ask: Ask, cases: tuple[Case, ...], texts: Sequence[str], *, examples: bool
    ) -> CheckResult:
        """Judge, or remember: the arguments are those of `judge_values`.

        Raises:
            NotJudged: it took too much time or memory, or the process that judges was ended.
        """
        key = ask.question, ask.name, ask.cases, _digest(texts), examples
        if key not in self._results:
            if len(self._results) >= self._most:
                self._results.clear()
            result = self._judge(ask, cases, texts, examples=examples)
            if not self._explains:
                return result
            self._results[key] = result
        return self._results[key]

    def _judge(
        self, ask: Ask, cases: tuple[Case, ...], texts: Sequence[str], *, examples: bool
    ) -> CheckResult:
        if not can_fork():
            return judge_values(ask, cases, texts, examples=examples)
        kept = _FOR_POINTS * self._seconds
        for _ in range(_TRIES):
            self._explains &= self._left > kept
            if self._left <= 0:
                raise NotJudged("JudgingLimitError")
            self.start()
            assert self._process is not None
            try:
                result, used = self._process.judge(
                    *(ask, cases, texts),
                    examples=examples,
                    explain=self._explains,
                    seconds=self._left - kept if self._explains else self._left,
                )
            except JudgingEnded as ended:
                import torch  # noqa: F401  once for all that may follow, and here

                self._process = None
                if ended.at_limit:
                    self._left = kept if self._explains else 0.0
            else:
                self._left -= used
                return result
        raise NotJudged("JudgingLimitError" if self._left <= 0 else "JudgingEndedError")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.close()
            self._process = None


def _digest(texts: Sequence[str]) -> bytes:
    """Differs with any of the texts; kept in their place, since they may be long."""
    digest = hashlib.sha256()
    for text in texts:
        content = text.encode("utf-8", errors="surrogatepass")
        # with its length, or ("ab", "c") would be the same as ("a", "bc")
        digest.update(b"%d:%b" % (len(content), content))
    return digest.digest()
