"""nbgrader's own command grades with the engine."""

import subprocess
import sys

from rainfall_kit.grading.record.gradebook import read_grades


def test_nbgraders_own_command_uses_the_engine(course, rainfall_grade):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(
            "c.Autograde.exporter_class = 'rainfall_kit.grading.exporter.EngineExporter'\n"
        )
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", "hw"],
        cwd=course, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {grade.student: grade.score for grade in read_grades(course, "hw")} == {
        "ann": 7,
        "ben": 0,
        "cleo": 7,
    }
    assert "3 unchanged" in rainfall_grade(course).stdout
