"""How fast a class is graded, beside stock nbgrader: python tests/benchmarks/bench_grading.py.

All walls are up. Stock nbgrader grades the first of the same submissions in the same run.
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

from rainfall_kit.course.bundle import copy_course
from rainfall_kit.course.classroom import ASSIGNMENT, hand_in, make_class
from rainfall_kit.grading import engine, prepare
from rainfall_kit.grading.isolation import choose

STOCK = "c = get_config()\nc.CourseDirectory.course_id = 'rainfall'\nc.Execute.timeout = 60\n"
# Runs in a process of its own, so that time and memory are those of one grading from its start.
GRADE = """
import resource, sys, time
from pathlib import Path
began = float(sys.argv[1])
from rainfall_kit.grading.engine import grade_assignment
first = []
graded = grade_assignment(
    Path(sys.argv[2]), sys.argv[3], jobs=int(sys.argv[4]), force=True,
    on_graded=lambda _: first or first.append(time.time() - began),
)
cpu = sum(each.entry.cpu_seconds for each in graded)
peaks = [resource.getrusage(who).ru_maxrss / 1024
         for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(time.time() - began, first[0], cpu, *peaks)
"""


def nbgrader(course, *words):
    subprocess.run([sys.executable, "-m", "nbgrader", *words], cwd=course, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip


def make_course(folder, students):
    copy_course(folder)
    nbgrader(folder, "generate_assignment", ASSIGNMENT)
    for student in make_class(students):
        hand_in(student, folder)
    return folder


def grade(course, jobs):
    """Seconds in all, seconds to the first grade, CPU seconds of students' code, MiB on both sides."""
    words = [sys.executable, "-c", GRADE, str(time.time()), course, ASSIGNMENT, str(jobs)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def stock_seconds(master, students):
    """How long stock nbgrader takes for the first submissions of the class."""
    course = Path(shutil.copytree(master, master.with_name("stock")))
    (course / "nbgrader_config.py").write_text(STOCK)
    for folder in sorted((course / "submitted").iterdir())[students:]:
        shutil.rmtree(folder)
    began = time.time()
    nbgrader(course, "autograde", ASSIGNMENT)
    return time.time() - began


@contextlib.contextmanager
def phases_timed(spent):
    """Add up the seconds that this process spends in each phase."""
    places = [
        (prepare.Preparation, "papers", "prepare"),
        (engine, "mark", "judge"),
        (engine, "write_graded", "write the notebook"),
        (engine.Book, "write", "write the gradebook"),
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
    print(f"isolation: {choose(None)}, {len(os.sched_getaffinity(0))} processors")
    with tempfile.TemporaryDirectory(prefix="rainfall-bench-") as place:
        largest = make_course(Path(place, "course"), max(chosen.class_sizes))
        stock = stock_seconds(largest, chosen.stock) / chosen.stock
        print(f"stock nbgrader: {1 / stock:6.2f} a second ({stock:.2f} s each)")
        for size in chosen.class_sizes:
            course = Path(shutil.copytree(largest, Path(place, f"course-{size}")))
            for folder in sorted((course / "submitted").iterdir())[size:]:
                shutil.rmtree(folder)
            for jobs in (1, 2):
                total, first, cpu, trusted, walled = grade(course, jobs)
                print(
                    f"{size:5} submissions, {jobs} at a time: {size / total:6.2f} a second, "
                    f"{stock * size / total:6.1f} x stock, first after {first:4.1f} s, "
                    f"{1e3 * cpu / size:5.0f} ms of students' CPU each, "
                    f"at most {trusted:.0f} MiB outside and {walled:.0f} in a process inside"
                )
        spent = defaultdict(float)
        size = chosen.class_sizes[0]
        with phases_timed(spent):
            engine.grade_assignment(Path(place, f"course-{size}"), ASSIGNMENT, force=True)
        told = ", ".join(f"{phase} {1e3 * each / size:.1f} ms" for phase, each in spent.items())
        print(f"on the trusted side, for each submission: {told}")


if __name__ == "__main__":
    main()
