"""Servers that things are done to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faults.patient import Patient
from faults.troubles import unprivileged
from support.servers import World, jupyter_server


@pytest.fixture(scope="session")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    """A server that permissions apply to, whoever runs the tests."""
    home = tmp_path_factory.mktemp("patient")
    python = unprivileged(home)
    with jupyter_server(World(home), home / "files", python=python) as server:
        found = Patient(server, home)
        found.kernel.prepare()
        yield found
        found.close()
