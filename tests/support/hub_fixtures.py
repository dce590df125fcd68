"""Fixtures for every test: `hub` is a real one, with alice's server running."""

from __future__ import annotations

import pytest

# Starting it takes its time, and so does what it is started with: for tests that ask for them.


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    """Run a Hub with alice, bob and carol."""
    from support.front_ends import front_end_config  # noqa: PLC0415
    from support.hub import jupyterhub  # noqa: PLC0415

    home = tmp_path_factory.mktemp("hub")
    with jupyterhub(home, server=front_end_config(home)) as running:
        for name in ("alice", "bob", "carol"):
            running.add_user(name)
        running.start("alice")
        yield running


@pytest.fixture(scope="session")
def bob(hub):
    """Give bob's browser, signed in at the Hub."""
    with hub.signed_in("bob") as browser:
        yield browser


@pytest.fixture(scope="session")
def alices_token(hub):
    """Give the token of alice's server, as its process and kernels have it."""
    return hub.server_token("alice")
