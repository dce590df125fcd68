"""A JupyterLab of its own for the tests of guests, and guests made without the front doors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from support.host import NOTEBOOK, Guest, Host
from support.servers import World, jupyter_server


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """JupyterLab with a few files."""
    home = tmp_path_factory.mktemp("host")
    world, root = World(home), home / "files"
    (root / "pub").mkdir(parents=True)
    (root / "priv").mkdir()
    (home / "outside.txt").write_text("outside")
    for path in ("pub/own.ipynb", "pub/other.ipynb", "priv/secret.ipynb", "top.ipynb"):
        (root / path).write_text(json.dumps(NOTEBOOK))
    (root / "priv" / "secret.txt").write_text("the secret text")
    (root / "escape").symlink_to(home)
    with jupyter_server(world, root, app="lab") as server:
        found = Host.of(server, home)
        yield found
        found.store.close()


@pytest.fixture
def make_guest(host: Host) -> Iterator[Callable[..., Guest]]:
    """Make guests whose clients are closed at the end."""
    made: list[Guest] = []

    def make(*args, **kwargs) -> Guest:
        made.append(host.guest(*args, **kwargs))
        return made[-1]

    yield make
    for guest in made:
        guest.client.close()
