from __future__ import annotations

import asyncio

import pytest
from support.clock import FakeClock
from support.presign_api import MemoryApi

from nb_presign.commands.connections import Connections
from nb_presign.commands.verbs import run
from nb_presign.commands.words.parser import parse, split


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


@pytest.fixture
def do(connections, clock):
    """Do what a line says, against memory."""

    def do(line):
        return asyncio.run(run(parse(split(line)), connections, clock=clock))

    return do
