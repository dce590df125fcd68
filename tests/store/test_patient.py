"""Connections that give up: by a clock of the test's, however busy this machine is."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from typing import Any

import psycopg
import pytest
from support.wire import Wire

from nb_presign.store.patient import NoAnswerError, PatientConnection

#: Seconds that pass between two looks at the clock.
STEP = 0.5


@pytest.fixture
def clock() -> Iterator[count[float]]:
    return count(0, STEP)


@pytest.fixture
def kind(clock) -> type[PatientConnection]:
    made = PatientConnection.with_limits(patience=2, to_connect=1.5)
    made.monotonic = staticmethod(lambda: next(clock))
    return made


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of somebody who listens and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def looks(clock: count[float]) -> float:
    """Tell how often the clock was asked."""
    return next(clock) / STEP


def test_nobody_connects_for_longer_than_that(kind, clock, silent):
    with pytest.raises(psycopg.OperationalError, match="no answer in time"):
        kind.connect(host="127.0.0.1", port=silent, connect_timeout=60)
    # At the beginning, and until more than a second and a half have passed.
    assert looks(clock) == 5


def test_each_of_several_hosts_has_its_time(kind, clock, silent):
    with pytest.raises(psycopg.OperationalError, match="no answer in time"):
        kind.connect(host="127.0.0.1,127.0.0.1", port=silent, connect_timeout=60)
    assert looks(clock) == 10


class TestAnswers:
    @pytest.fixture
    def wire(self, postgres_cluster) -> Iterator[Wire]:
        with closing(Wire(postgres_cluster.port)) as wire:
            yield wire

    @pytest.fixture
    def connection(self, kind, postgres_cluster, wire) -> Iterator[psycopg.Connection[Any]]:
        kind.to_connect = float("inf")
        with kind.connect(
            host="127.0.0.1",
            port=wire.port,
            user="presign",
            password=postgres_cluster.password,
            dbname="postgres",
            autocommit=True,
        ) as made:
            yield made

    def test_who_gets_none_in_time_hangs_up(self, connection, wire, clock):
        wire.lose()
        before = looks(clock)
        with pytest.raises(NoAnswerError):
            connection.execute("SELECT 1")
        assert looks(clock) - before - 1 == 6
        assert connection.closed

    def test_one_that_is_on_its_way_is_waited_for(self, connection):
        connection.patience = 60
        assert connection.execute("SELECT 1 FROM pg_sleep(0.3)").fetchone() == (1,)
        assert not connection.closed
