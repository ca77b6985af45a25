"""Benchmark of grading a class, beside stock nbgrader: python tests/benchmarks/bench_grading.py.

Student code runs in the sandbox. Stock nbgrader grades the first of the same submissions in the same run.
"""

import argparse
import contextlib
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from rainfall_kit.course.assignments import DEFAULT as ASSIGNMENT
from rainfall_kit.course.bundled_course import copy_course
from rainfall_kit.course.simulated_class import hand_in, make_class
from rainfall_kit.grading import engine
from rainfall_kit.grading.prepare import job_builder
from rainfall_kit.grading.record import gradebook, recorder
from rainfall_kit.grading.record.journal import Journal
from rainfall_kit.grading.sandbox.isolation import choose_isolation

STOCK = "c = get_config()\nc.CourseDirectory.course_id = 'rainfall'\nc.Execute.timeout = 60\n"
NBGRADER = [sys.executable, "-m", "nbgrader"]
RAINFALL = [sys.executable, "-c", "from rainfall_kit.cli import main; main()"]


def run(words, course):
    """Seconds in all, seconds to the first graded notebook, and MiB of the largest process."""
    graded = course / "autograded"
    shutil.rmtree(graded, ignore_errors=True)
    began, first = time.time(), None
    process = subprocess.Popen(
        words, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    ended = 0
    while not ended:
        time.sleep(0.01)
        if first is None and next(graded.rglob("*.ipynb"), None):
            first = time.time() - began
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    assert status == 0, words
    return time.time() - began, first, usage.ru_maxrss / 1024


def make_course(folder, students):
    copy_course(folder)
    run([*NBGRADER, "generate_assignment", ASSIGNMENT], folder)
    for student in make_class(students):
        hand_in(student, folder)
    return folder


def grade(course, jobs):
    """The same of one grading, and seconds of students' CPU."""
    words = [*RAINFALL, "grade", ASSIGNMENT, "--force", "--no-progress", "--jobs", str(jobs)]
    figures = run(words, course)
    entries = Journal(course, ASSIGNMENT).entries.values()
    return *figures, sum(entry.cpu_seconds for entry in entries)


def stock(master, students):
    """The same of stock nbgrader, for the first submissions of the class."""
    course = Path(shutil.copytree(master, master.with_name("stock")))
    (course / "nbgrader_config.py").write_text(STOCK)
    for folder in sorted((course / "submitted").iterdir())[students:]:
        shutil.rmtree(folder)
    return run([*NBGRADER, "autograde", ASSIGNMENT], course)


@contextlib.contextmanager
def phases_timed(spent):
    """Add up the seconds that this process spends in each phase."""
    places = [
        (job_builder.JobBuilder, "build", "prepare"),
        (recorder, "score_notebook", "judge"),
        (recorder, "write_autograded", "write the notebook"),
        (gradebook.AssignmentGradebook, "write", "write the gradebook"),
    ]
    kept = [getattr(place, name) for place, name, _ in places]
    for (place, name, phase), function in zip(places, kept, strict=True):
        setattr(place, name, functools.partialmethod(timed, function, phase, spent)
                if isinstance(place, type) else functools.partial(timed, None, function, phase, spent))  # fmt: skip
    yield
    for (place, name, _), function in zip(places, kept, strict=True):
        setattr(place, name, function)


def timed(owner, function, phase, spent, *arguments, **options):
    began = time.process_time()
    try:
        return function(*([owner] if owner is not None else []), *arguments, **options)
    finally:
        spent[phase] += time.process_time() - began


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--class-sizes", type=int, nargs="+", default=[10, 100, 1000])
    options.add_argument("--stock", type=int, default=6, help="submissions that stock grades")
    chosen = options.parse_args()
    print(f"isolation: {choose_isolation(None)}, {len(os.sched_getaffinity(0))} processors")
    with tempfile.TemporaryDirectory(prefix="rainfall-bench-") as place:
        largest = make_course(Path(place, "course"), max(chosen.class_sizes))
        total, _, _ = stock(largest, chosen.stock)
        stock_seconds = total / chosen.stock
        print(f"stock nbgrader: {1 / stock_seconds:6.2f} a second ({stock_seconds:.2f} s each)")
        for size in chosen.class_sizes:
            course = Path(shutil.copytree(largest, Path(place, f"course-{size}")))
            for folder in sorted((course / "submitted").iterdir())[size:]:
                shutil.rmtree(folder)
            for jobs in (1, 2):
                total, first, most, cpu = grade(course, jobs)
                print(
                    f"{size:5} submissions, {jobs} at a time: {size / total:6.2f} a second, "
                    f"{stock_seconds * size / total:6.1f} x stock, first after {first:4.1f} s, "
                    f"{1e3 * cpu / size:5.0f} ms of students' CPU each, "
                    f"at most {most:.0f} MiB in a process"
                )
        spent = defaultdict(float)
        size = chosen.class_sizes[0]
        with phases_timed(spent):
            engine.grade_assignment(Path(place, f"course-{size}"), ASSIGNMENT, force=True)
        told = ", ".join(f"{phase} {1e3 * took / size:.1f} ms" for phase, took in spent.items())
        print(f"on the trusted side, for each submission: {told}")


if __name__ == "__main__":
    main()
