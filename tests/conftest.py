"""What holds for all tests."""

import gc

import pytest


def pytest_collection_finish():
    """Let no later collection look through what stays: IPython's reset asks for one in each test."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def run(capfd):
    """Run the command in this process: its exit status, stdout and stderr."""
    from rainfall_kit.cli import main

    def run_main(*args):
        with pytest.raises(SystemExit) as end:
            main([str(arg) for arg in args])
        said = capfd.readouterr()
        return end.value.code or 0, said.out, said.err

    return run_main
