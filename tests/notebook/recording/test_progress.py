"""The progress line; what a front end is sent is tested in a real kernel, in test_kernel.py."""

from rainfall_kit.notebook.recording.progress import Progress


def test_a_run_that_is_over_at_once_has_no_line(capsys):
    progress = Progress(3, in_notebook=False)
    for done in (1, 2, 3):
        progress.update(done)
    progress.finish(3)
    assert capsys.readouterr().out == ""
