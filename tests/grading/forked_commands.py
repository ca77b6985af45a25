"""Runs commands of nbgrader and of the kit, each in a fork of this process, which has imported both.

To import them takes seconds, and tests call many. A line of JSON comes for each command, and a line
with its exit status goes back.
"""

import json
import os
import signal
import sys
from pathlib import Path
from unittest.mock import patch

import torch  # noqa: F401  # where grades are given, right answers are computed with it
from made_class import alembic_version
from nbgrader.apps import NbGraderApp
from shared_server import sharing

from rainfall_kit.cli import main
from rainfall_kit.grading import dry_run, engine, exporter, report  # noqa: F401

LONGEST_SECONDS = 600
PROGRAMS = {"nbgrader": NbGraderApp.launch_instance, "rainfall": main}


def run(program, arguments, folder, environment, out, err):
    """Run a command and end this process, with what it says in two files, or in one."""
    signal.alarm(LONGEST_SECONDS)
    os.environ.update(environment)
    os.chdir(folder)
    writing = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, out, writing), (2, err, writing)):
        os.dup2(os.open(path, flags), number)
    sys.exit(PROGRAMS[program](arguments))


def serve(control, hidden_folder):
    """Run what comes; grading uses the fork server of that control socket."""
    with (
        sharing(control, hidden_folder),
        patch("nbgrader.api.get_alembic_version", alembic_version),
    ):
        for line in sys.stdin:
            if os.fork() == 0:
                run(**json.loads(line))
            print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
