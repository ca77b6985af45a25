"""A course that is watched, with nbgrader's real exchange and feedback; only running cells is left out."""

import contextlib
import dataclasses
import shutil
from pathlib import Path

from made_class import MOST, NAME, entry, make_course, notebook
from nbformat import writes
from nbgrader.api import Gradebook
from nbgrader.utils import notebook_hash, parse_utc

from rainfall_kit.grading.record.journal import Graded
from rainfall_kit.grading.watching.watch import Watch

NOON = 1_796_040_000.0  # 30 November 2026, 12:00 UTC
STUDENTS = ("ann", "[b]en", "cleo", "dora")
CONFIG = """
c.CourseDirectory.course_id = "course"
c.Exchange.root = {exchange!r}
c.GenerateFeedback.exporter_class = "rainfall_kit.grading.feedback.page.FeedbackPage"
c.LocalTime.zone = "Europe/Berlin"
"""


def new_course(folder):
    return make_course(folder / "course", dict.fromkeys(STUDENTS, MOST))


class Class:
    """A course, its exchange, and the clock on its wall.

    Args:
        folder: an empty one.
        master: a course of `new_course`, which is copied; a configuration and nothing else if left out.
    """

    def __init__(self, folder, master=None):
        self.course = folder / "course"
        if master:
            shutil.copytree(master, self.course)
        else:
            self.course.mkdir()
            (self.course / "nbgrader_config.py").write_text("c = get_config()\n")
        self.exchange = folder / "exchange" / "course"
        (self.exchange / "inbound").mkdir(parents=True)
        with (self.course / "nbgrader_config.py").open("a") as config:
            config.write(CONFIG.format(exchange=str(folder / "exchange")))
        self.now, self.graded, self.told = NOON, [], []
        self.engine = Engine(self)

    def watch(self, **options):
        return Watch(
            self.course, NAME, engine=self.engine, clock=self.clock, on_event=self.told.append,
            **{"most": 2, "waiting_minutes": 10, **options},
        )  # fmt: skip

    def clock(self):
        return self.now

    def hand_in(self, student, *, whole=True):
        """What nbgrader's submit leaves in the exchange; half of it where it is still at work."""
        self.now += 1
        time = f"2026-11-30 {self._time()}.000000 UTC"
        folder = self.exchange / "inbound" / f"{student}+{NAME}+{time}+x{len(self.told)}"
        folder.mkdir()
        (folder / f"{NAME}.ipynb").write_text(writes(notebook()))
        if whole:
            self.end(folder)
        return folder

    def _time(self):
        minutes, seconds = divmod(int(self.now - NOON), 60)
        return f"{12 + minutes // 60}:{minutes % 60:02}:{seconds:02}"

    def end(self, folder):
        (folder / "timestamp.txt").write_text(folder.name.split("+")[2])
        (folder / "submission_secret.txt").write_text(f"secret of {folder.name}")

    def feedback(self, submission):
        """The page that its student fetches, or None."""
        secret = (submission / "submission_secret.txt").read_text()
        page = self.exchange / "feedback" / f"{notebook_hash(secret=secret, notebook_id=NAME)}.html"
        return page.read_text() if page.exists() else None


class Engine:
    """Stands where the engine does, and runs nothing: what was handed in is graded as it is."""

    def __init__(self, of_class):
        self.of_class, self.journal = of_class, {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    @contextlib.contextmanager
    def session(self):
        yield self, None

    def find_grade(self, student, folder):
        return self.journal.get((student, (folder / "timestamp.txt").read_text()))

    def run(self, submissions, _):
        for one in submissions:
            if one is not None:
                yield self._grade(*one)

    def _grade(self, student, folder):
        course = self.of_class.course
        graded = course / "autograded" / student / NAME
        if graded.exists():
            shutil.rmtree(graded)
        shutil.copytree(folder, graded)
        time = (folder / "timestamp.txt").read_text()
        with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
            gradebook.update_or_create_submission(NAME, student, timestamp=parse_utc(time))
        self.of_class.graded.append((student, time.split()[1][:8]))
        made = Graded(entry(student, [("test-mse", 1.0, "right", [], "")]))
        self.journal[student, time] = dataclasses.replace(made, skipped=True)
        return made


def submitted_time(course, student):
    return Path(course, "submitted", student, NAME, "timestamp.txt").read_text().split()[1][:8]
