"""The store on a real PostgreSQL: the contract, and what only a shared database can do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from contracts.store import StoreContract
from support.postgres import Cluster, DatabaseClock

from nb_presign.store.sql import SqlStore


@pytest.fixture
def clock(postgres_cluster: Cluster, postgres: str) -> Iterator[DatabaseClock]:
    with postgres_cluster.connect(postgres) as connection:
        yield DatabaseClock(connection)


@pytest.fixture
def url(postgres_cluster: Cluster, postgres: str) -> str:
    return postgres_cluster.url(postgres, options=DatabaseClock.OPTIONS)


@pytest.fixture
def store(url: str, clock: DatabaseClock) -> Iterator[SqlStore]:
    store = SqlStore(url, clock)
    yield store
    store.close()


class TestSqlStoreOnPostgres(StoreContract):
    def at(self, clock, moment: datetime) -> datetime:
        """Let it be that time in the database: what a server says does not count."""
        clock.suspend((moment - clock.now()).total_seconds())
        return moment

    def let_pass(self, store, clock, moment: datetime) -> None:
        seconds = (moment - clock.now()).total_seconds()
        clock.suspend(seconds)
        store.witness(moment)
        clock.set_back(seconds)
