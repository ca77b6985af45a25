"""Graders of one group replace each other's graded folders, and add to them."""

import os
import tempfile
from pathlib import Path

import pytest
from nbformat import v4

from rainfall_kit.grading.record.autograded_folder import write_autograded

GROUP, GRADERS = 3000, (3001, 3002, 3001)


NOTEBOOK = v4.new_notebook()


def write_as(user, folder, word):
    """Write a graded submission as one user of the group: the exit status of the process."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(GROUP)
            os.setuid(user)
            files = {"data/a.txt": word.encode()}
            write_autograded(folder, {"hw": NOTEBOOK}, files, permissions=0o664, group_shared=True)
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.skipif(os.geteuid() != 0, reason="nobody but root can be two graders")
def test_graders_of_a_group_replace_each_others_folders():
    with tempfile.TemporaryDirectory() as course:  # pytest's own folders are closed to others
        os.chown(course, GRADERS[0], GROUP)
        Path(course).chmod(0o2775)
        folder = Path(course, "autograded", "ann", "hw")
        v4.writes_json(NOTEBOOK)  # what it imports, others may not be able to read
        for turn, user in enumerate(GRADERS):
            assert write_as(user, folder, str(turn)) == 0
        assert (folder / "data/a.txt").read_text() == "2"
        assert [place.name for place in folder.parent.iterdir()] == ["hw"]
        assert write_as(GRADERS[1], Path(course, "autograded", "ben", "hw"), "") == 0
