from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from contracts.store import ALICE
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, text
from sqlalchemy.dialects import sqlite
from support.clock import FakeClock
from support.values import a_link, a_redemption, an_access_key

from nb_presign.errors import StoreError
from nb_presign.model import ACCESS_KEY, Actor, Narrowing, Permission, Scope
from nb_presign.store.engine import Database
from nb_presign.store.schema import STEPS, Instant, metadata, migrate
from nb_presign.store.sql import SqlStore

TODAY = 1 + len(STEPS)
#: A store as the first version made it, written by hand: with a link, a guest and what happened.
VERSION_1 = """
CREATE TABLE meta (name VARCHAR(20) NOT NULL, value BIGINT NOT NULL, PRIMARY KEY (name));
CREATE TABLE links (
    id VARCHAR(64) NOT NULL, family VARCHAR(64) NOT NULL, target TEXT NOT NULL,
    created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, session_seconds INTEGER NOT NULL,
    scope VARCHAR(20) NOT NULL, max_uses INTEGER, uses INTEGER NOT NULL, allowed_ips JSON NOT NULL,
    note TEXT NOT NULL, minted_by TEXT NOT NULL, revoked_at BIGINT, audience VARCHAR(64) NOT NULL,
    narrowed_path TEXT, narrowed_kernel TEXT NOT NULL, narrowed_session TEXT NOT NULL,
    interactive BOOLEAN NOT NULL, PRIMARY KEY (id)
);
CREATE INDEX links_expires_at ON links (expires_at);
CREATE INDEX links_family ON links (family);
CREATE TABLE audit (
    id INTEGER NOT NULL, at BIGINT NOT NULL, event VARCHAR(40) NOT NULL,
    link_id VARCHAR(64) NOT NULL, session_id VARCHAR(64) NOT NULL, actor TEXT NOT NULL,
    address TEXT NOT NULL, PRIMARY KEY (id)
);
CREATE TABLE sessions (
    id VARCHAR(64) NOT NULL, link_id VARCHAR(64) NOT NULL, family VARCHAR(64) NOT NULL,
    target TEXT NOT NULL, scope VARCHAR(20) NOT NULL, audience VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, ended_at BIGINT,
    narrowed_path TEXT, narrowed_kernel TEXT NOT NULL, narrowed_session TEXT NOT NULL,
    allowed_ips JSON NOT NULL, address TEXT NOT NULL, note TEXT NOT NULL,
    cookie_hash BLOB NOT NULL, nonce_hash BLOB NOT NULL, PRIMARY KEY (id),
    FOREIGN KEY (link_id) REFERENCES links (id)
);
CREATE INDEX sessions_family ON sessions (family);
CREATE UNIQUE INDEX sessions_nonce ON sessions (link_id, nonce_hash);
CREATE INDEX sessions_expires_at ON sessions (expires_at);
CREATE UNIQUE INDEX sessions_cookie ON sessions (cookie_hash);
INSERT INTO meta VALUES ('schema', 1), ('revision', 7);
INSERT INTO links VALUES (
    'lnk_1', 'lnk_1', 'jupyter:b/lab/tree/a.ipynb', 1893553445000000, 1893553745000000, 1800,
    'execute', 3, 1, '["10.0.0.0/8"]', 'for Bob', 'owner:alice', NULL, 'srv_0123456789abcdef',
    'a.ipynb', 'k', 's', 0
);
INSERT INTO sessions VALUES (
    'ses_1', 'lnk_1', 'lnk_1', 'jupyter:b/lab/tree/a.ipynb', 'execute', 'srv_0123456789abcdef',
    1893553450000000, 1893555250000000, NULL, 'a.ipynb', 'k', 's', '["10.0.0.0/8"]', '10.0.0.1',
    'for Bob', zeroblob(32), zeroblob(32)
);
INSERT INTO audit VALUES (1, 1893553445000000, 'link.minted', 'lnk_1', '', 'owner:alice', '');
"""


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
        assert version(path) == TODAY

    def test_a_store_that_takes_anothers_place_has_another_revision(self, tmp_path, clock):
        stores = [SqlStore(f"sqlite:///{tmp_path / name}.sqlite", clock) for name in "abc"]
        assert len({store.revision() for store in stores}) == 3
        for store in stores:
            store.close()

    def test_what_is_there_is_left_alone(self, path, clock):
        first = SqlStore(f"sqlite:///{path}", clock)
        link = first.add_link(a_link(clock.now()), ALICE)
        first.revoke(link.id, now=clock.now(), actor=ALICE)
        before = first.link(link.id), first.revision(), first.audit()
        first.close()
        second = SqlStore(f"sqlite:///{path}", clock)
        assert (second.link(link.id), second.revision(), second.audit()) == before
        second.close()

    def test_a_store_of_the_first_version_goes_on_with_all_it_has(self, path):
        with closing(sqlite3.connect(path)) as first:
            first.executescript(VERSION_1)
        clock = FakeClock(datetime(2030, 1, 2, 3, 4, 15, tzinfo=timezone.utc))
        store = SqlStore(f"sqlite:///{path}", clock)
        link, session = store.link("lnk_1"), store.session_by_cookie(bytes(32))
        assert (link.scope, link.uses, link.max_uses, link.note) == (Scope.EXECUTE, 1, 3, "for Bob")
        assert link.created_at == clock.now() - timedelta(seconds=10)
        assert (link.bind_ip, link.permission, session.permission) == (False, None, None)
        assert (session.id, session.narrowing) == ("ses_1", Narrowing("a.ipynb", "k", "s"))
        assert (store.revision(), len(store.audit())) == (7, 1)
        assert store.redeem(a_redemption(link, clock.now(), address="10.0.0.2"))
        store.revoke(link.id, now=clock.now(), actor=ALICE)
        assert store.session("ses_1").ended_at == clock.now()
        store.close()
        assert version(path) == TODAY

    def test_a_store_of_the_fourth_version_takes_access_keys(self, path):
        with closing(sqlite3.connect(path)) as first:
            first.executescript(VERSION_1)
        # Not by the database itself, whose first transaction would take all steps.
        engine = create_engine(f"sqlite:///{path}")
        with engine.begin() as tx:
            migrate(tx, STEPS[:3])
        engine.dispose()
        assert version(path) == 4
        clock = FakeClock(datetime(2030, 1, 2, 3, 4, 15, tzinfo=timezone.utc))
        store = SqlStore(f"sqlite:///{path}", clock)
        key = an_access_key(clock.now())
        store.add_access_key(key, "sealed", ALICE)
        by = Actor(key.id, ACCESS_KEY)
        held = Permission(key.policy, "athena:CreatePresignedNotebookUrl")
        minted = store.add_link(a_link(clock.now(), minted_by=str(by), permission=held), by)
        assert store.link(minted.id).permission == held
        over = store.revoke_access_key(key.id, now=clock.now(), actor=ALICE)
        assert [link.id for link in over.links] == [minted.id]
        assert store.link("lnk_1").revoked_at is None
        store.close()
        assert version(path) == TODAY

    def test_the_steps_lead_to_what_is_made_today(self, path, tmp_path):
        with closing(sqlite3.connect(path)) as first:
            first.executescript(VERSION_1)
        new = tmp_path / "new.sqlite"
        for where in (path, new):
            database = Database(f"sqlite:///{where}")
            with database.reading():
                pass
            database.close()
        assert self.shape(path) == self.shape(new)
        assert set(self.shape(new)) == set(metadata.tables)

    def shape(self, path: Path) -> dict[str, set[tuple[str, str, int]]]:
        """Read the columns of each table (name, type, not null), in whatever order."""
        with closing(sqlite3.connect(path)) as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
            return {
                name: {row[1:4] for row in connection.execute(f"PRAGMA table_info({name})")}
                for name in names
                if name in metadata.tables
            } | {"meta": set(connection.execute("SELECT name FROM meta"))}

    def test_an_older_store_takes_each_missing_step_once(self, database, path):
        def add_colour(tx):
            tx.execute(text("ALTER TABLE links ADD COLUMN colour TEXT"))

        def add_size(tx):
            tx.execute(text("ALTER TABLE links ADD COLUMN size TEXT"))

        for further in ((), (add_colour,), (add_colour, add_size), (add_colour, add_size)):
            with database.writing() as tx:
                migrate(tx, (*STEPS, *further))
        with database.reading() as tx:
            columns = [row.name for row in tx.exec_driver_sql("PRAGMA table_info(links)")]
        assert columns[-2:] == ["colour", "size"]
        assert version(path) == TODAY + 2

    def test_a_step_that_fails_leaves_the_store_as_it_was(self, database, path):
        def fail_halfway(tx):
            tx.execute(text("ALTER TABLE links ADD COLUMN colour TEXT"))
            tx.execute(text("nonsense"))

        with pytest.raises(StoreError), database.writing() as tx:
            migrate(tx, (*STEPS, fail_halfway))
        with database.reading() as tx:
            columns = [row.name for row in tx.exec_driver_sql("PRAGMA table_info(links)")]
        assert "colour" not in columns
        assert version(path) == TODAY

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
            "access key",
            "with an access key",
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
            "access key": lambda: store.access_key("NBPK0"),
            "with an access key": lambda: store.add_link(
                a_link(clock.now(), minted_by=f"{ACCESS_KEY}:NBPK0"), ALICE
            ),
        }
        found = self.plans(store, calls[name])
        store.close()
        assert any(plan.startswith("SEARCH") for plan in found)
        assert [plan for plan in found if plan.startswith("SCAN")] == []
