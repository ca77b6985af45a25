"""What holds for all tests."""

import gc


def pytest_collection_finish():
    """Let no later collection look through what stays: IPython's reset asks for one in each test."""
    gc.collect()
    gc.freeze()
