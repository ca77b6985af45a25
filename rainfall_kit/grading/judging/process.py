"""Judging process: a fork that judges one ask after another, within limits on CPU time and memory.

What it judges is student code's word. Whatever that makes of it, nothing but this process ends, and
the next one begins with what the grader had imported.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from dataclasses import replace
from multiprocessing import Pipe
from typing import TYPE_CHECKING

from rainfall_kit.checks.bare_fork import fork
from rainfall_kit.grading.judging.values import judge_values
from rainfall_kit.grading.limited_process import (
    ended_at_limit,
    enter_limits,
    leave_out_of_memory,
    limit_cpu,
)
from rainfall_kit.records.outcomes import CheckResult

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection
    from typing import NoReturn

    from rainfall_kit.checks.observations import Case
    from rainfall_kit.grading.sandbox.job import Ask


class JudgingEnded(Exception):
    """The process has ended.

    Attributes:
        at_limit: whether at a limit of its own; else something outside has ended it.
    """

    def __init__(self, *, at_limit: bool) -> None:
        super().__init__(at_limit)
        self.at_limit = at_limit


class JudgingProcess:
    """One process that judges, a fork of this one."""

    def __init__(self) -> None:
        self._connection, theirs = Pipe()
        self._pid = fork()
        if self._pid == 0:
            _serve(theirs)
        theirs.close()

    def judge(
        self,
        ask: Ask,
        cases: tuple[Case, ...],
        texts: Sequence[str],
        *,
        examples: bool,
        explain: bool,
        seconds: float,
    ) -> tuple[CheckResult, float]:
        """Judge as `judge_values` does.

        Args:
            ask: as of `judge_values`, as are the four that follow.
            cases: what the function was called with.
            texts: the observations.
            examples: whether their words may be told.
            explain: whether to look for what a mistake is.
            seconds: of CPU time that it may take.

        Returns:
            The result, and the CPU seconds that it took.

        Raises:
            JudgingEnded: the process ended before it answered.
            RuntimeError: judging raised something.
        """
        try:
            asked = replace(ask, given=(), cases=())  # only the sandbox reads these
            self._connection.send((asked, cases, tuple(texts), examples, explain, seconds))
            result, problem, used = json.loads(self._connection.recv_bytes())
        except (EOFError, OSError):
            raise JudgingEnded(at_limit=ended_at_limit(self.close())) from None
        except BaseException:  # what it sends now would be taken for the next answer
            self.close()
            raise
        if problem:
            raise RuntimeError(problem)
        return CheckResult.from_json(result), used

    def close(self) -> int | None:
        """End it: how it ended, as `os.waitstatus_to_exitcode` tells, or None if somebody has waited before."""
        if self._connection.closed:  # its number may be another process's by now
            return None
        self._connection.close()
        with contextlib.suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return None


def _serve(connection: Connection) -> NoReturn:
    """Judge until the other end is closed."""
    try:
        enter_limits(connection.fileno())
        _answer(connection)
    finally:
        os._exit(0)  # past every handler, which belong to the process that was copied


def _answer(connection: Connection) -> None:
    import torch

    torch.set_num_threads(1)  # CPU time is then that of the one thread
    with contextlib.suppress(EOFError, OSError):
        while True:
            *asked, examples, explain, seconds = connection.recv()
            result, problem, began = "", "", time.process_time()
            limit_cpu(seconds)
            try:
                result = judge_values(*asked, examples=examples, explain=explain).to_json()
            except MemoryError:
                leave_out_of_memory()
            except Exception as error:  # noqa: BLE001  the grader raises it
                problem = f"{type(error).__name__}: {error}"
            limit_cpu(0)
            used = time.process_time() - began
            connection.send_bytes(json.dumps([result, problem, used]).encode())
