from __future__ import annotations

import asyncio

import pytest

from nb_presign.errors import UnreachableError
from nb_presign.offload import Offload
from nb_presign.own_server import OwnServer
from nb_presign.providers.base import ServerAddress
from nb_presign.secret import Secret

HERE = ServerAddress("", "http://localhost:8888/", Secret("canary"))
MOVED = ServerAddress("", "http://localhost:8889/", Secret("canary"))


class Api:
    """Answers, or does not; counts how often it was asked."""

    def __init__(self, address=None):
        self.address = address
        self.alive = True
        self.asked = 0
        self.closed = 0

    async def server(self):
        self.asked += 1
        if not self.alive:
            raise UnreachableError("No.")

    async def aclose(self):
        self.closed += 1


class Machine:
    """Where servers come and go."""

    def __init__(self):
        self.address = HERE
        self.opened = []

    def locate(self):
        return self.address

    def connect(self, address):
        self.opened.append(Api(address))
        return self.opened[-1]


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def instead():
    return Api()


@pytest.fixture
def own(machine, instead):
    offload = Offload(1)
    yield OwnServer(machine.locate, machine.connect, offload, instead=instead)
    offload.close()


def find(own):
    return asyncio.run(own.find())


def test_one_connection_and_one_question_are_enough(own, machine):
    found = [find(own) for _ in range(3)]
    (api,) = machine.opened
    assert found == [api] * 3
    assert api.asked == 1


def test_without_a_server_another_api_stands_in(own, machine, instead):
    machine.address = None
    assert find(own) is instead
    assert machine.opened == []


def test_a_server_that_does_not_answer_is_passed_over_until_it_does(own, machine, instead):
    found = find(own)
    found.alive = False
    assert find(own) is found, "whoever asked it finds out"
    own.doubt()
    assert find(own) is instead
    found.alive = True
    assert find(own) is found
    assert len(machine.opened) == 1


def test_a_server_that_moved_is_followed(own, machine):
    find(own)
    machine.address = MOVED
    assert find(own).address == MOVED
    machine.address = HERE
    assert find(own) is machine.opened[0]


def test_closing_closes_everything(own, machine, instead):
    find(own)
    machine.address = MOVED
    find(own)
    asyncio.run(own.aclose())
    assert [api.closed for api in (*machine.opened, instead)] == [1, 1, 1]
