"""A class of twelve that several ways to grade must bring to the same gradebook."""

import time

from rainfall_kit.grading.record.gradebook import read_grades

EXPECTED = {f"s{number:02}": 7.0 if number % 3 else 0.0 for number in range(12)}


def hand_in_twelve(hw, folder):
    """A course in which every third of twelve students handed in a wrong answer."""
    course = hw.copy(folder)
    for number in range(12):
        hw.hand_in(course, f"s{number:02}", hw.right if number % 3 else hw.wrong)
    return course


def scores(course):
    return {grade.student: grade.score for grade in read_grades(course, "hw")}


def wait_until(true, seconds=300):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
