"""The fork server of tests that run jobs themselves."""

import pytest
from shared_server import SharedServer


@pytest.fixture(scope="module")
def server(warm_server):
    """A fork server with namespaces, of which only the start is another's."""
    with SharedServer(warm_server._control.fileno(), warm_server.made_for) as server:
        server.wait_until_ready()
        yield server
