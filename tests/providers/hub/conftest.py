"""One Hub for all tests of a process, with alice's server running."""

from __future__ import annotations

import pytest
from support.hub import jupyterhub


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    with jupyterhub(tmp_path_factory.mktemp("hub")) as running:
        for name in ("alice", "bob", "carol"):
            running.add_user(name)
        running.start("alice")
        yield running


@pytest.fixture(scope="session")
def guest(hub):
    """Give bob's browser, signed in at the Hub."""
    with hub.signed_in("bob") as browser:
        yield browser


@pytest.fixture(scope="session")
def alices_token(hub):
    """Give the token of alice's server, as its process and kernels have it."""
    return hub.server_token("alice")
