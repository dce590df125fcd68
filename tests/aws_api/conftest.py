"""A desk without a server: real models, service and store; operations of its own."""

from __future__ import annotations

import logging

import pytest
from support.aws_desk import LIST, MINT, START, Keys, World, mint
from support.clock import FakeClock
from support.providers import FakeProvider
from support.values import SERVER

from nb_presign.aws_api.call import Operation
from nb_presign.aws_api.desk import Desk
from nb_presign.aws_api.failures import Failures
from nb_presign.aws_api.lookups import Lookups
from nb_presign.aws_api.models import Models
from nb_presign.aws_api.pace import Pace
from nb_presign.aws_api.telling import Teller
from nb_presign.model import Actor, ServerInfo
from nb_presign.offload import Offload
from nb_presign.providers.registry import ProviderRegistry
from nb_presign.service import PresignService
from nb_presign.store.memory import MemoryStore


@pytest.fixture(scope="session")
def models():
    """Load once what every test of the protocol needs."""
    loaded = Models(
        {"sagemaker": [MINT, LIST, START], "athena": ["CreatePresignedNotebookUrl", "ListSessions"]}
    )
    loaded.load()
    return loaded


@pytest.fixture
def world(models, caplog):
    caplog.set_level(logging.DEBUG)
    clock, keys, offload = FakeClock(), Keys(), Offload(1)
    store = MemoryStore(clock)
    doing = {MINT: mint}
    later, told = [], []

    def operation(service, name):
        async def perform(call):
            return await doing[name](call) if name in doing else {}

        return Operation(service=service, name=name, perform=perform)

    desk = Desk(
        keys=Lookups(keys, clock),
        operations={
            "sagemaker": {name: operation("sagemaker", name) for name in (MINT, LIST, START)},
            "athena": {
                name: operation("athena", name)
                for name in ("CreatePresignedNotebookUrl", "ListSessions")
            },
        },
        models=models,
        service=PresignService(
            info=ServerInfo(name="a", id=SERVER, version="0", self_hosted=True),
            registry=ProviderRegistry.of([FakeProvider()]),
            store=store,
            offload=offload,
            clock=clock,
            actor=Actor("alice", "local"),
        ),
        redeemer=None,
        local=None,
        offload=offload,
        clock=clock,
        failures=Failures(clock, later=lambda *when: later.append(when)),
        pace=Pace(clock),
        teller=Teller(told.append, clock),
        region="us-east-1",
    )
    yield World(desk, clock, keys, store, doing, later=later, told=told)
    offload.close()
    store.close()
