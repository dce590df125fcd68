"""A server with every kind of socket, the same without a guard, and guests for both."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.everything import EVERYTHING, everything_server
from support.host import Guest, Host
from support.kinds import KINDS, Kind, language_servers
from support.servers import RunningServer, World

SUPPORT = Path(__file__).parents[2] / "support"


@contextmanager
def sockets_server(home: Path, **config: Any) -> Iterator[RunningServer]:
    """Run everything, with a language server that tells and documents that are saved soon."""
    options = {
        "LanguageServerManager": {"language_servers": language_servers(home, EVERYTHING)},
        "YDocExtension": {"document_save_delay": 0.1},
        **config,
    }
    paths = [str(SUPPORT), os.environ.get("PYTHONPATH", "")]
    env = {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with everything_server(World(home), home / "files", env=env, **options) as server:
        yield server


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The server with guests."""
    home = tmp_path_factory.mktemp("house")
    with sockets_server(home) as server:
        found = Host.of(server, home)
        yield found
        found.store.close()


@pytest.fixture
def let_in(house: Host) -> Iterator[Callable[..., Guest]]:
    """Let guests in, whose clients are closed at the end."""
    made: list[Guest] = []

    def make(*args: Any, **kwargs: Any) -> Guest:
        made.append(house.guest(*args, **kwargs))
        return made[-1]

    yield make
    for guest in made:
        guest.client.close()


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name.replace(" ", "-"))
def kind(request: pytest.FixtureRequest, house: Host) -> Iterator[Kind]:
    """One kind of socket after the other."""
    found = request.param(house.server, house.server.root.parent)
    found.prepare()
    yield found
    found.clean()


@pytest.fixture(scope="session")
def naive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The same server, which ends guests by closing their sockets."""
    extensions = {"nb_presign": False, "naive_endings": True}
    options = {
        "identity_provider_class": "naive_endings.EndingGuests",
        "jpserver_extensions": extensions,
    }
    with sockets_server(tmp_path_factory.mktemp("naive"), ServerApp=options) as server:
        yield server
