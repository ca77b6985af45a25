"""One Jupyter server and one browser for all tests here."""

import live_jupyter
import pytest
from playwright.sync_api import sync_playwright


def pytest_addoption(parser):
    parser.addoption(
        "--every-assignment", action="store_true", help="walk all assignments, not one of them"
    )


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = live_jupyter.Server(tmp_path_factory.mktemp("jupyter"))
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=live_jupyter.CHROMIUM, args=live_jupyter.QUIET
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def open_notebook(server, browser):
    """Opens notebooks, and closes their pages with the module: they move on their own, and cost time."""
    opened = []

    def open_one(*of, **how):
        opened.append(live_jupyter.open_notebook(server, browser, *of, **how))
        return opened[-1]

    yield open_one
    for notebook in opened:
        notebook.page.context.close()
