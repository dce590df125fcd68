"""One stage behind the gate, with a guest of every kind, and one without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from containment.cases import GUESTS, narrowing
from containment.stage import Stage, a_bare_stage, a_stage
from support.host import Host

NAIVE = Path(__file__).parents[1] / "support"


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Set the stage on a server as people run it."""
    with a_stage(tmp_path_factory.mktemp("stage")) as found:
        yield found


@pytest.fixture(scope="session")
def cookies(stage: Stage) -> Iterator[dict[str, str]]:
    """Let a guest of every kind in, and one more who can be ended; their cookies."""
    host = Host.of(stage.server, stage.home)
    found = {}
    for name, (scope, narrowed) in GUESTS.items():
        guest = host.guest(scope, narrowing=narrowing(narrowed, stage.names))
        found[name] = guest.headers["Cookie"]
        guest.client.close()
    victim = host.guest()
    victim.client.close()
    stage.names |= {"link": victim.link.id, "guest": victim.session.id}
    yield found
    host.store.close()


UNGUARDED = {
    "identity_provider_class": "naive_guests.NaiveGuests",
    "jpserver_extensions": {"nb_presign": False},
}


@pytest.fixture
def unguarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Set the same stage on a server that lets guests in without a gate."""
    home = tmp_path_factory.mktemp("unguarded")
    with a_stage(home, env={"PYTHONPATH": str(NAIVE)}, ServerApp=UNGUARDED) as found:
        yield found


@pytest.fixture
def unguarded_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Let guests in likewise to the same files, on a server with nothing else."""
    home = tmp_path_factory.mktemp("unguarded-files")
    with a_bare_stage(home, env={"PYTHONPATH": str(NAIVE)}, ServerApp=UNGUARDED) as found:
        yield found
