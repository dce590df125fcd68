from __future__ import annotations

import pytest
from support.clock import FakeClock
from support.presign_api import MemoryApi

from nb_presign.commands.connections import Connections


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def api(clock):
    return MemoryApi(clock)


@pytest.fixture
def connections(api):
    async def connect(server):
        api.calls.append(f"connect {server}".strip())
        return api

    return Connections(connect)
