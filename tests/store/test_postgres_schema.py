"""The tables on PostgreSQL: made once by whoever comes first, brought up to date, and indexed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest
from contracts.store import ALICE
from sqlalchemy import inspect
from store.test_schema import VERSION_1
from support.clock import FakeClock
from support.postgres import Cluster
from support.values import a_redemption

from nb_presign.clock import SystemClock
from nb_presign.model import Narrowing, Scope
from nb_presign.store.schema import STEPS, metadata
from nb_presign.store.sql import SqlStore

TESTS = Path(__file__).parents[1]
TODAY = 1 + len(STEPS)
STARTERS = 8
#: What SQLite says differently.
IN_POSTGRES = {
    r"\bBLOB\b": "BYTEA",
    r"zeroblob\(32\)": "decode(repeat('00', 32), 'hex')",
    r"'s', 0\n": "'s', false\n",
    r"id INTEGER NOT NULL": "id BIGSERIAL NOT NULL",
    r"INSERT INTO audit VALUES \(1,": "INSERT INTO audit VALUES (nextval('audit_id_seq'),",
}


def version_1() -> str:
    """Write the first version's store in PostgreSQL's words; sessions come after links."""
    script = VERSION_1
    for before, after in IN_POSTGRES.items():
        script, found = re.subn(before, after, script)
        assert found
    return script


@contextmanager
def an_empty_database(cluster: Cluster, name: str) -> Iterator[str]:
    with cluster.connect() as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield cluster.url(name)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def new(postgres_cluster):
    with an_empty_database(postgres_cluster, "new") as url:
        yield url


@pytest.fixture
def old(postgres_cluster):
    with an_empty_database(postgres_cluster, "old") as url:
        with postgres_cluster.connect("old") as connection:
            connection.execute(version_1())
        yield url


@pytest.fixture(scope="module")
def starters():
    with subprocess.Popen(
        [sys.executable, "-m", "store.starters", str(STARTERS)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.stdin.close()


def start_at_once(process, url: str) -> list[str]:
    process.stdin.write(f"{url}\n")
    process.stdin.flush()
    return list(iter(lambda: process.stdout.readline().strip(), "over"))


class Shape(dict):
    """Tables with their columns and indexes, in whatever order."""

    def __init__(self, url: str) -> None:
        store = SqlStore(url, SystemClock())
        store.revision()
        with store._database.reading() as tx:
            found = inspect(tx)
            for table in found.get_table_names():
                columns = {
                    (c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)
                }
                indexes = {
                    (i["name"], tuple(i["column_names"]), i["unique"])
                    for i in found.get_indexes(table)
                }
                self[table] = columns, indexes
        store.close()


def version(url: str) -> int:
    store = SqlStore(url, SystemClock())
    with store._database.reading() as tx:
        found = tx.exec_driver_sql("SELECT value FROM meta WHERE name = 'schema'").scalar()
    store.close()
    return found


@pytest.mark.parametrize("kind", ["new", "old"])
def test_servers_that_start_at_once_make_one_store(kind, starters, request):
    url = request.getfixturevalue(kind)
    said = start_at_once(starters, url)
    assert len(said) == STARTERS
    assert len(set(said)) == 1, said
    assert said[0].isdecimal(), said[0]
    assert version(url) == TODAY


def test_a_store_of_the_first_version_goes_on_with_all_it_has(old):
    clock = FakeClock(datetime(2024, 1, 1, tzinfo=timezone.utc))
    store = SqlStore(old, clock)
    link, session = store.link("lnk_1"), store.session_by_cookie(bytes(32))
    assert (link.scope, link.uses, link.max_uses, link.note) == (Scope.EXECUTE, 1, 3, "for Bob")
    assert link.bind_ip is False
    assert (session.id, session.narrowing) == ("ses_1", Narrowing("a.ipynb", "k", "s"))
    assert (store.revision(), len(store.audit())) == (7, 1)
    assert store.redeem(a_redemption(link, clock.now(), address="10.0.0.2"))
    assert store.revoke(link.id, now=clock.now(), actor=ALICE).revoked_at == store.audit()[0].at
    store.close()


def test_the_steps_lead_to_what_is_made_today(new, old):
    today = Shape(new)
    assert Shape(old) == today
    assert set(today) == set(metadata.tables)
