"""A background loop whose time is a FakeClock's, run on the test's own thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.live_world import World


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()
