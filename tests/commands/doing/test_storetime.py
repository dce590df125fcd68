"""Whose clock is judged: this machine's by a store of its own, nobody's by one that is shared."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest
from support.clock import FakeClock

from nb_presign.clock import SystemClock
from nb_presign.commands.doing.storetime import compare
from nb_presign.store.sql import SqlStore

BEHIND = timedelta(hours=2)


@pytest.fixture
def urls(tmp_path, postgres_cluster, postgres):
    return {
        "SQLite": f"sqlite:///{tmp_path / 'store.sqlite'}",
        "PostgreSQL": postgres_cluster.url(postgres),
    }


@pytest.mark.parametrize(("kind", "said"), [("SQLite", ["clock"]), ("PostgreSQL", [])])
def test_a_clock_that_is_behind_matters_where_the_store_goes_by_it(urls, kind, said):
    now = SystemClock().now()
    with closing(SqlStore(urls[kind], FakeClock(now))) as store:
        store.witness(store.now())
    assert [finding.name for finding in compare(urls[kind], FakeClock(now - BEHIND))] == said
