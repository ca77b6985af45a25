"""The course, as nbgrader and its formgrader read it. Start both in this folder."""

from pathlib import Path

c = get_config()  # noqa: F821  # traitlets gives it to every configuration file

c.CourseDirectory.course_id = "rainfall"
# This folder, whatever root your own settings give to another course.
c.CourseDirectory.root = str(Path(__file__).resolve().parent)

# `nbgrader autograde` and formgrader's button grade as `rainfall grade` does: students' code runs
# in a sandbox, and what nbgrader would drop from the class is graded, too.
c.Autograde.exporter_class = "rainfall_kit.grading.exporter.EngineExporter"

# Feedback pages begin with what each question earned and why, and keep hidden tests out.
c.GenerateFeedback.exporter_class = "rainfall_kit.grading.feedback.page.FeedbackPage"

# No script of a student's runs in formgrader's pages of submissions.
c.HTMLExporter.preprocessors = ["rainfall_kit.grading.plugins.feedback.FormgraderStyle"]

# What visible tests need of your own questions (see GUIDE.md) goes out with the notebooks. And tests may
# come and go after submissions were graded, which nbgrader refuses: grade again then.
c.GenerateAssignment.exporter_class = (
    "rainfall_kit.grading.record.changed_cells.ChangedCellsExporter"
)

# Each day that has begun after the due date takes a tenth of the score. The due date is set with
# nbgrader db assignment add gradient_descent --duedate="2027-01-31 18:00 UTC"
c.AssignLatePenalties.plugin_class = "rainfall_kit.grading.plugins.late_penalty.DailyPenalty"
c.DailyPenalty.share = 0.1
# The largest share that being late costs, however late.
c.DailyPenalty.most_share = 1.0
# Minutes after the due date that cost nothing; past them, it counts whole.
c.DailyPenalty.grace_minutes = 0.0
# By student, the hours by which every due date is later for them, such as {"misty": 48}.
c.DailyPenalty.extra_hours = {}

# Times in feedback pages are in this machine's time zone, unless one is named, such as Europe/Berlin.
c.LocalTime.zone = ""

# Seconds that one cell may take.
c.Execute.timeout = 30

# `rainfall watch` grades so many submissions of each student, 0 for any number, so many minutes apart.
c.WatchLimits.tries = 5
c.WatchLimits.waiting_minutes = 10.0
