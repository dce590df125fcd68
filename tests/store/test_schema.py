from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from contracts.store import ALICE
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.dialects import sqlite
from support.clock import FakeClock
from support.values import a_link, a_redemption

from nb_presign.errors import StoreError
from nb_presign.store.engine import Database
from nb_presign.store.schema import Instant, migrate
from nb_presign.store.sql import SqlStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def database(path):
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()[0]


@given(st.datetimes(timezones=st.just(timezone.utc)), st.integers(-12, 14))
def test_instants_come_back_in_utc(moment: datetime, hours: int):
    column = Instant()
    dialect = sqlite.dialect()
    try:
        elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
    except OverflowError:
        elsewhere = moment
    kept = column.process_bind_param(elsewhere, dialect)
    assert isinstance(kept, int)
    assert column.process_result_value(kept, dialect) == moment
    assert column.process_result_value(kept, dialect).tzinfo is timezone.utc


class TestMigration:
    def test_a_new_store_has_todays_version(self, database, path):
        with database.reading():
            pass
        assert version(path) == 1

    def test_what_is_there_is_left_alone(self, path, clock):
        first = SqlStore(f"sqlite:///{path}", clock)
        link = first.add_link(a_link(clock.now()), ALICE)
        first.revoke(link.id, now=clock.now(), actor=ALICE)
        before = first.link(link.id), first.revision(), first.audit()
        first.close()
        second = SqlStore(f"sqlite:///{path}", clock)
        assert (second.link(link.id), second.revision(), second.audit()) == before
        second.close()

    def test_an_older_store_takes_each_missing_step_once(self, database, path):
        def add_colour(tx):
            tx.execute(text("ALTER TABLE links ADD COLUMN colour TEXT"))

        def add_size(tx):
            tx.execute(text("ALTER TABLE links ADD COLUMN size TEXT"))

        for steps in ((), (add_colour,), (add_colour, add_size), (add_colour, add_size)):
            with database.writing() as tx:
                migrate(tx, steps)
        with database.reading() as tx:
            columns = [row.name for row in tx.exec_driver_sql("PRAGMA table_info(links)")]
        assert columns[-2:] == ["colour", "size"]
        assert version(path) == 3

    def test_a_step_that_fails_leaves_the_store_as_it_was(self, database, path):
        def fail_halfway(tx):
            tx.execute(text("ALTER TABLE links ADD COLUMN colour TEXT"))
            tx.execute(text("nonsense"))

        with pytest.raises(StoreError), database.writing() as tx:
            migrate(tx, (fail_halfway,))
        with database.reading() as tx:
            columns = [row.name for row in tx.exec_driver_sql("PRAGMA table_info(links)")]
        assert "colour" not in columns
        assert version(path) == 1

    def test_a_newer_store_is_refused_and_left_alone(self, path, clock):
        store = SqlStore(f"sqlite:///{path}", clock)
        link = store.add_link(a_link(clock.now()), ALICE)
        store.close()
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE meta SET value = 99 WHERE name = 'schema'")
        newer = SqlStore(f"sqlite:///{path}", clock)
        for _ in range(2):
            with pytest.raises(StoreError, match="version 99") as refused:
                newer.link(link.id)
            assert "pip install -U" in refused.value.hint
        newer.close()
        assert version(path) == 99


class TestPlans:
    """Every look-up that a guest's request or an owner's click makes goes by an index."""

    def plans(self, store: SqlStore, call) -> list[str]:
        found: list[str] = []
        with store._database.reading() as tx:
            engine = tx.engine

        def explain(_, cursor, statement, parameters, *__):
            verb = statement.split()[0]
            if verb in {"SELECT", "UPDATE", "DELETE"}:
                raw = cursor.connection.cursor()
                raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                found.extend(row[3] for row in raw.fetchall())

        event.listen(engine, "before_cursor_execute", explain)
        try:
            call()
        finally:
            event.remove(engine, "before_cursor_execute", explain)
        return found

    @pytest.mark.parametrize(
        "name",
        [
            "link",
            "redeem",
            "revoke",
            "end",
            "by cookie",
            "session",
            "links",
            "sessions",
            "successor",
        ],
    )
    def test_no_full_scan(self, name, path):
        clock = FakeClock()
        store = SqlStore(f"sqlite:///{path}", clock)
        link = store.add_link(a_link(clock.now()), ALICE)
        attempt = a_redemption(link, clock.now())
        calls = {
            "link": lambda: store.link(link.id),
            "redeem": lambda: store.redeem(attempt),
            "revoke": lambda: store.revoke(link.id, now=clock.now(), actor=ALICE),
            "end": lambda: store.end_session("ses_0", now=clock.now(), actor=ALICE),
            "by cookie": lambda: store.session_by_cookie(attempt.cookie_hash),
            "session": lambda: store.session("ses_0"),
            "links": lambda: store.links(since=clock.now()),
            "sessions": lambda: store.sessions(since=clock.now()),
            "successor": lambda: store.add_link(a_link(clock.now(), family=link.id), ALICE),
        }
        found = self.plans(store, calls[name])
        store.close()
        assert any(plan.startswith("SEARCH") for plan in found)
        assert [plan for plan in found if plan.startswith("SCAN")] == []
