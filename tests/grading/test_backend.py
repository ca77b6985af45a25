"""A fork server that was started early is used where it fits, and ended where it does not."""

from contextlib import ExitStack, closing

import pytest
from added_question import SQUARE

from rainfall_kit.checks.questions.registry import question_folder
from rainfall_kit.grading.backend import LocalBackend
from rainfall_kit.grading.engine import open_grading
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.sandbox.fork_server import ForkServer
from rainfall_kit.grading.sandbox.job import Job, JobCell, Result


@pytest.mark.parametrize("why_not", ["", "it hides another folder", "a question came later"])
def test_one_fork_server_runs_the_jobs_whether_the_early_one_fits_or_not(short, tmp_path, why_not):
    course, fits = short.copy(tmp_path), not why_not
    early = ForkServer("none", hidden=(tmp_path if "folder" in why_not else course,))
    with ExitStack() as stack:
        if "question" in why_not:
            (tmp_path / "questions").mkdir()
            (tmp_path / "questions" / "square.py").write_text(SQUARE)
            stack.enter_context(question_folder(tmp_path / "questions"))
        grading = stack.enter_context(open_grading(open_course(course), "hw"))
        backend = LocalBackend(isolation="none", fork_server=early)
        with closing(grading.start(backend, 1)) as runner:
            job = Job(id="x", folder="hw", cells=(JobCell(number=0, source="print(1)"),))
            result = Result.from_json(runner.submit(job.to_json().encode()).result().decode())
            assert '"1\\n"' in result.cells[0].outputs
            assert (early._process.poll() is None) == fits
    assert early._process.poll() is not None
