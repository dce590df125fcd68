"""The store on a real PostgreSQL: the contract, and what only a shared database can do."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from contracts.store import ALICE, StoreContract
from sqlalchemy import make_url
from support.clock import FakeClock
from support.postgres import Cluster, DatabaseClock, a_database, empty
from support.values import SERVER, a_link, a_redemption, an_access_key
from support.wire import Wire

from nb_presign.clock import SteadyClock, SystemClock
from nb_presign.errors import LinkRevokedError, LinkUsedUpError, PresignError, StoreError
from nb_presign.model import ACCESS_KEY, Actor
from nb_presign.store.postgres import PostgresBackend
from nb_presign.store.sql import SqlStore

#: Makes two transactions meet: seconds that one which must wait is given to show that it does.
WAITS = 0.15


@pytest.fixture(scope="module")
def database(postgres_cluster: Cluster) -> Iterator[str]:
    with a_database(postgres_cluster) as name:
        yield name


@pytest.fixture(scope="module")
def line(postgres_cluster, database) -> Iterator[psycopg.Connection[Any]]:
    """A connection beside the store's."""
    with postgres_cluster.connect(database) as connection:
        yield connection


@pytest.fixture
def clock(line) -> DatabaseClock:
    empty(line)
    return DatabaseClock(line)


@pytest.fixture
def url(postgres_cluster, database) -> str:
    return postgres_cluster.url(database, options=DatabaseClock.OPTIONS)


@pytest.fixture
def open_store(url) -> Iterator[Callable[..., SqlStore]]:
    stores = []

    def start(clock: FakeClock, url: str = url) -> SqlStore:
        stores.append(SqlStore(url, clock))
        return stores[-1]

    yield start
    for store in stores:
        store.close()


@pytest.fixture
def store(open_store, clock) -> SqlStore:
    return open_store(clock)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


class TestSqlStoreOnPostgres(StoreContract):
    def at(self, clock, moment: datetime) -> datetime:
        clock.suspend((moment - clock.now()).total_seconds())
        return moment

    def let_pass(self, store, clock, moment: datetime) -> None:
        seconds = (moment - clock.now()).total_seconds()
        clock.suspend(seconds)
        store.witness(moment)
        clock.set_back(seconds)


class TestTime:
    """The database's clock decides, whatever the servers' clocks say."""

    @pytest.mark.parametrize("hours", [-1, 1])
    def test_a_server_with_a_wrong_clock_goes_by_the_databases(self, open_store, clock, hours):
        wrong = open_store(FakeClock(clock.now() + timedelta(hours=hours)))
        assert wrong.now() == clock.now()
        assert wrong._clock.now() == clock.now()

    @pytest.mark.parametrize("hours", [-1, 1])
    def test_it_changes_nothing_for_the_others(self, store, open_store, clock, hours):
        link = store.add_link(a_link(clock.now(), max_uses=2), ALICE)
        off = clock.now() + timedelta(hours=hours)
        session = open_store(FakeClock(off)).redeem(a_redemption(link, off))
        assert session.created_at == clock.now()
        open_store(FakeClock(off)).witness(off)
        assert store.now() == clock.now()
        assert store.redeem(a_redemption(link, clock.now())).created_at == clock.now()

    def test_a_database_whose_clock_is_set_back_goes_on_from_what_it_kept(
        self, store, open_store, clock
    ):
        link = store.add_link(a_link(clock.now()), ALICE)
        clock.tick(200)
        store.redeem(a_redemption(link, clock.now()))
        clock.tick(100)
        store.close()  # keeps the time
        clock.set_back(250)
        other = open_store(clock)
        with pytest.raises(PresignError, match="expired"):
            other.redeem(a_redemption(link, clock.now()))

    def test_the_time_is_kept_now_and_then_and_not_by_each(self, store, line, clock):
        def kept() -> int:
            return line.execute("SELECT value FROM meta WHERE name = 'time'").fetchone()[0]

        store.add_link(a_link(clock.now()), ALICE)
        first = kept()
        clock.tick(0.9)
        store.add_link(a_link(clock.now()), ALICE)
        assert kept() == first
        clock.tick(0.1)
        store.add_link(a_link(clock.now()), ALICE)
        assert kept() == first + 1_000_000

    def test_who_keeps_the_time_makes_nobody_wait(self, store, postgres_cluster, database, clock):
        with postgres_cluster.connect(database) as other, other.transaction():
            other.execute("SELECT * FROM meta WHERE name = 'time' FOR UPDATE")
            clock.tick(10)
            began = time.monotonic()
            store.add_link(a_link(clock.now()), ALICE)
            assert time.monotonic() - began < 1


class TestFollowing:
    """What a process's clock does with what the database says."""

    @pytest.fixture
    def steady(self):
        return SteadyClock(FakeClock())

    def test_at_first_it_may_go_back(self, steady):
        earlier = steady.now() - timedelta(hours=1)
        steady.follow(earlier)
        assert steady.now() == earlier

    def test_from_then_on_it_stands_still_instead(self, steady):
        shared = steady.now()
        steady.follow(shared)
        steady.follow(shared - timedelta(seconds=2))
        assert steady.now() == shared
        steady._clock.tick(3)
        assert steady.now() == shared + timedelta(seconds=1)

    def test_what_was_set_back_is_not_believed(self, steady):
        shared = steady.now()
        steady.follow(shared)
        steady.follow(shared - timedelta(hours=1))
        steady._clock.tick(3)
        assert steady.now() == shared + timedelta(seconds=3)

    def test_the_machines_own_clock_no_longer_counts(self, steady):
        shared = steady.now()
        steady.follow(shared)
        steady._clock.suspend(3600)
        assert steady.now() == shared


class TestTransactions:
    """What SQLite has by letting one write at a time."""

    @pytest.fixture
    def held(self, postgres_cluster, database):
        with postgres_cluster.connect(database) as other:
            yield other

    def waits(self, doing) -> bool:
        done, _ = wait([doing], WAITS)
        return not done

    @pytest.fixture
    def late(self, open_store, clock):
        """A server that revokes, and whose clock is behind."""
        return open_store(FakeClock(clock.now() - timedelta(seconds=5)))

    @pytest.mark.parametrize("ending", ["link", "access key"])
    def test_a_successor_that_is_being_kept_is_revoked_with_its_family(
        self, store, late, held, threads, clock, ending
    ):
        link, revoke = self.revocation(store, late, clock, ending)
        successor = a_link(clock.now(), family=link.id)
        with held.transaction():
            # As `add_link` does for its owner, up to its commit.
            held.execute("SELECT 1 FROM links WHERE family = %s FOR SHARE", (link.id,))
            held.execute(
                "INSERT INTO links SELECT (jsonb_populate_record(links, jsonb_build_object('id', "
                "%s::text, 'minted_by', 'owner:alice'))).* FROM links WHERE id = %s",
                (successor.id, link.id),
            )
            revoking = threads.submit(revoke)
            assert self.waits(revoking)
        revoking.result(5)
        assert store.link(link.id).revoked_at is not None
        assert store.link(successor.id).revoked_at is not None

    def revocation(self, store, late, clock, ending):
        """Make a link, and what revokes it at the other server."""
        key = an_access_key(clock.now())
        store.add_access_key(key, "sealed", ALICE)
        minter = Actor(key.id, ACCESS_KEY)
        link = store.add_link(a_link(clock.now(), minted_by=str(minter)), minter)
        call, which = {
            "link": (late.revoke, link.id),
            "access key": (late.revoke_access_key, key.id),
        }[ending]
        return link, partial(call, which, now=late._clock.now(), actor=ALICE)

    def test_a_successor_waits_for_a_revocation(self, store, held, threads, clock):
        first = store.add_link(a_link(clock.now()), ALICE)
        with held.transaction():
            held.execute("UPDATE links SET revoked_at = 1 WHERE id = %s", (first.id,))
            adding = threads.submit(store.add_link, a_link(clock.now(), family=first.id), ALICE)
            assert self.waits(adding)
        with pytest.raises(LinkRevokedError):
            adding.result(5)

    @pytest.mark.parametrize("ending", ["link", "access key"])
    def test_a_session_that_is_being_begun_is_ended_with_what_it_comes_from(
        self, store, late, held, threads, clock, ending
    ):
        link, revoke = self.revocation(store, late, clock, ending)
        other = store.redeem(a_redemption(link, clock.now()))
        with held.transaction():
            # As `redeem` does, up to its commit.
            held.execute("SELECT 1 FROM links WHERE id = %s FOR UPDATE", (link.id,))
            held.execute(
                "INSERT INTO sessions SELECT (jsonb_populate_record(sessions, jsonb_build_object("
                "'id', 'ses_new', 'cookie_hash', '\\x00', 'nonce_hash', '\\x00'))).* FROM sessions "
                "WHERE id = %s",
                (other.id,),
            )
            revoking = threads.submit(revoke)
            assert self.waits(revoking)
        revoking.result(5)
        assert store.session("ses_new").ended_at is not None

    def test_a_revocation_of_a_key_waits_for_what_is_minted_with_it(
        self, store, held, threads, clock
    ):
        key = an_access_key(clock.now())
        store.add_access_key(key, "sealed", ALICE)
        minter = Actor(key.id, ACCESS_KEY)
        first = store.add_link(a_link(clock.now(), minted_by=str(minter)), minter)
        with held.transaction():
            # As `add_link` does, up to its commit.
            held.execute("SELECT 1 FROM access_keys WHERE id = %s FOR SHARE", (key.id,))
            held.execute(
                "INSERT INTO links SELECT (jsonb_populate_record(links, jsonb_build_object('id', "
                "'lnk_new', 'family', 'lnk_new'))).* FROM links WHERE id = %s",
                (first.id,),
            )
            revoking = threads.submit(store.revoke_access_key, key.id, now=clock.now(), actor=ALICE)
            assert self.waits(revoking)
        assert {link.id for link in revoking.result(5).links} == {first.id, "lnk_new"}
        assert store.link("lnk_new").revoked_at is not None

    def test_what_expires_while_it_waits_is_expired(self, store, held, threads, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        with held.transaction():
            held.execute("SELECT 1 FROM links WHERE id = %s FOR UPDATE", (link.id,))
            redeeming = threads.submit(store.redeem, a_redemption(link, clock.now()))
            assert self.waits(redeeming)
            clock.suspend(300)
        with pytest.raises(PresignError, match="expired"):
            redeeming.result(5)

    def test_the_revision_grows_in_the_order_of_the_endings(self, store, held, threads, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        session = store.redeem(a_redemption(link, clock.now()))
        with held.transaction():
            held.execute("UPDATE meta SET value = value + 1 WHERE name = 'revision'")
            ending = threads.submit(store.end_session, session.id, now=clock.now(), actor=ALICE)
            assert self.waits(ending)
        before = held.execute("SELECT value FROM meta WHERE name = 'revision'").fetchone()[0]
        ending.result(5)
        assert store.revision() in (before, before + 1)
        assert store.session(session.id).ended_at is not None

    def test_a_purge_leaves_what_is_held_for_later(self, store, held, clock):
        links = [store.add_link(a_link(clock.now()), ALICE) for _ in range(3)]
        clock.tick(301)
        with held.transaction():
            held.execute("SELECT 1 FROM links WHERE id = %s FOR UPDATE", (links[0].id,))
            assert store.purge(before=clock.now()) == 2
        assert store.purge(before=clock.now()) == 1

    def test_all_endings_at_once_block_nobody(self, store, open_store, threads, clock):
        made = [store.add_link(a_link(clock.now()), ALICE) for _ in range(12)]
        for link in made:
            for _ in range(3):
                store.redeem(a_redemption(link, clock.now()))
        other, now = open_store(clock), clock.now()
        done = [
            threads.submit(s.revoke, x.id, now=now, actor=ALICE)
            for s, links in ((store, made), (other, reversed(made)))
            for x in links
        ]
        done += [
            threads.submit(s.end_sessions, audience=SERVER, now=now, actor=ALICE)
            for s in (store, other)
        ]
        for each in done:
            each.result(20)
        assert not [s for s in store.sessions(since=now) if s.ended_at is None]


class TestListening:
    def test_another_servers_revocation_is_heard_of(self, store, open_store, clock):
        store.revision()
        heard = threading.Event()
        store.listen(heard.set)
        assert heard.wait(5)  # it listens
        heard.clear()
        other = open_store(clock)
        link = other.add_link(a_link(clock.now()), ALICE)
        other.redeem(a_redemption(link, clock.now()))
        assert not heard.wait(WAITS)
        other.revoke(link.id, now=clock.now(), actor=ALICE)
        assert heard.wait(5)

    def test_a_lost_connection_is_made_again(self, store, line):
        store.revision()
        heard = threading.Event()
        store.listen(heard.set)
        assert heard.wait(5)
        heard.clear()
        found = line.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        ).fetchall()
        assert found
        assert heard.wait(5)  # something may have been missed

    def test_closing_ends_it(self, store):
        store.revision()
        heard = threading.Event()
        store.listen(heard.set)
        assert heard.wait(5)
        thread = store._database._listener._thread
        store.close()
        thread.join(5)
        assert not thread.is_alive()


class TestAfterFaults:
    """What a store finds once its database is back: by its own attempts, not by a clock."""

    @pytest.fixture
    def wire(self, postgres_cluster) -> Iterator[Wire]:
        with closing(Wire(postgres_cluster.port)) as wire:
            yield wire

    @pytest.fixture
    def behind(self, wire, url, postgres_cluster, open_store, clock):
        """A store that reaches its database by the wire, and has two connections."""
        store = open_store(clock, url.replace(f":{postgres_cluster.port}/", f":{wire.port}/"))
        with store._database.writing():
            store.revision()
        return store

    def test_one_attempt_finds_out_for_all_connections_that_were_forgotten(self, behind, wire):
        made = wire.made
        wire.forget()
        with behind._database.writing():
            assert behind.revision()
        assert wire.made - made == 2

    def test_nothing_is_left_of_packets_that_were_lost(self, behind, wire, threads):
        made = wire.made
        wire.lose()
        asking = threads.submit(behind.revision)
        assert not wait([asking], WAITS).done
        wire.mend()
        assert asking.result(20) == behind.revision()
        # Whether the one that waited was given up meanwhile is a matter of how long that took.
        assert wire.made - made <= 1

    def test_postgresql_lets_go_of_who_is_gone_within_half_a_minute(self, store):
        names = ("idle", "interval", "count")
        with store._database.writing() as tx:
            idle, interval, tries = (
                int(tx.exec_driver_sql(f"SHOW tcp_keepalives_{name}").scalar()) for name in names
            )
        assert idle + interval * tries <= 30

    def test_locks_of_who_is_gone_last_no_longer_than_a_statement(
        self, postgres_cluster, database, open_store, line, clock
    ):
        store = open_store(clock, postgres_cluster.url(database, statement_timeout="1000"))
        lock, got = "SELECT name FROM meta FOR UPDATE", []

        def say_nothing_for_long() -> None:
            with store._database.writing() as tx:
                tx.exec_driver_sql(lock)
                got.extend(line.execute(lock).fetchall())
                tx.exec_driver_sql("SELECT 1")

        with pytest.raises(StoreError, match="within a transaction") as refused:
            say_nothing_for_long()
        assert "?statement_timeout=" in refused.value.hint
        assert got

    def test_a_migration_has_more_time_for_everything(self, store):
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        database = store._database

        def shown(tx) -> set[str]:
            return {tx.exec_driver_sql(f"SHOW {name}").scalar() for name in names}

        with database.writing() as tx:
            usual = shown(tx)
            with database._backend.migrating(tx):
                assert shown(tx) == {"2min"}
            assert shown(tx) == usual


class TestBehindAPooler:
    """`?pooler=1`: nothing is kept from one transaction to the next."""

    @pytest.fixture
    def pooled(self, postgres_cluster, database, open_store, clock):
        limits = {"pooler": "1", "statement_timeout": "7000", "lock_timeout": "6000"}
        return open_store(clock, postgres_cluster.url(database, **limits))

    def shown(self, tx, *names: str) -> list[str]:
        return [tx.exec_driver_sql(f"SHOW {name}").scalar() for name in names]

    def test_limits_hold_for_one_transaction(self, pooled):
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        with pooled._database.writing() as tx:
            assert self.shown(tx, *names) == ["7s", "6s", "7s"]
        with pooled._database.reading() as tx:
            assert self.shown(tx, *names) == ["0", "0", "0"]

    def test_commits_are_on_disk_all_the_same(self, postgres_cluster, postgres):
        with postgres_cluster.connect() as admin:
            admin.execute(f"ALTER DATABASE {postgres} SET synchronous_commit = off")
        with closing(SqlStore(postgres_cluster.url(postgres, pooler="1"), SystemClock())) as store:
            for _ in range(2):
                with store._database.writing() as tx:
                    assert self.shown(tx, "synchronous_commit") == ["on"]
            with store._database.reading() as tx:
                assert self.shown(tx, "synchronous_commit") == ["off"]

    def test_nothing_is_prepared(self, pooled):
        for _ in range(10):
            pooled.revision()
            pooled.now()
        with pooled._database.reading() as tx:
            assert tx.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar() == 0

    def test_nobody_listens(self, pooled):
        pooled.revision()
        pooled.listen(pytest.fail)
        assert pooled._database._listener is None

    def test_it_works(self, pooled, clock):
        link = pooled.add_link(a_link(clock.now(), max_uses=1), ALICE)
        session = pooled.redeem(a_redemption(link, clock.now()))
        before = pooled.revision()
        pooled.revoke(link.id, now=clock.now(), actor=ALICE)
        assert pooled.revision() > before
        assert pooled.session(session.id).ended_at is not None

    @pytest.mark.parametrize(
        "error",
        [
            # PgBouncer's words, and what becomes of a prepared statement that is elsewhere.
            psycopg.OperationalError(
                "connection failed: FATAL:  unsupported startup parameter: options"
            ),
            psycopg.errors.InvalidSqlStatementName(),
            psycopg.errors.DuplicatePreparedStatement(),
        ],
    )
    def test_who_has_not_said_so_is_told_to(self, error):
        reason, hint = PostgresBackend(make_url("postgresql://h/d")).explain(error)
        assert "pooler" in reason
        assert "?pooler=1" in hint


class TestTrouble:
    @pytest.mark.parametrize(
        ("change", "says", "mends"),
        [
            (("/{database}", "/nope"), "no such database", "createdb"),
            ((":{password}@", ":s3cr3t@"), "let this user in", "pgpass"),
            (("//presign:", "//nobody:"), "let this user in", "pgpass"),
            ((":{port}/", ":1/"), "cannot be reached", "pg_isready"),
            (("postgresql+psycopg:", "postgresql+asyncpg:"), "psycopg 3 only", "+psycopg://"),
            (("{database}", "{database}?pool_size=x"), "pool_size", "pool_size=2"),
            (("postgresql+psycopg:", "mysql:"), "no URL", "sqlite:////"),
        ],
    )
    def test_it_says_what_is_wrong_and_no_secret(
        self, postgres_cluster, database, open_store, clock, change, says, mends
    ):
        facts = {
            "database": database,
            "password": postgres_cluster.password,
            "port": postgres_cluster.port,
        }
        before, after = (part.format(**facts) for part in change)
        url = postgres_cluster.url(database, usual=True)
        assert before in url
        store = open_store(clock, url.replace(before, after, 1))
        with pytest.raises(StoreError, match=says) as refused:
            store.revision()
        assert mends in refused.value.hint
        shown = f"{refused.value} {refused.value.fields} {refused.value.hint}"
        assert postgres_cluster.password not in shown
        assert "s3cr3t" not in shown
        assert refused.value.__context__ is None or refused.value.__suppress_context__

    def test_a_user_who_may_not_make_tables(
        self, postgres_cluster, postgres, line, open_store, clock
    ):
        line.execute("DROP ROLE IF EXISTS poor")
        line.execute("CREATE ROLE poor LOGIN PASSWORD 'p'")
        with postgres_cluster.connect(postgres) as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        url = postgres_cluster.url(postgres).replace(
            f"presign:{postgres_cluster.password}@", "poor:p@"
        )
        with pytest.raises(StoreError, match="may not") as refused:
            open_store(clock, url).revision()
        assert "GRANT" in refused.value.hint

    def test_without_a_driver(self, tmp_path):
        (tmp_path / "psycopg.py").write_text("raise ModuleNotFoundError('psycopg')")
        code = (
            f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
            "from nb_presign.clock import SystemClock\n"
            "from nb_presign.errors import StoreError\n"
            "from nb_presign.store.sql import SqlStore\n"
            "try: SqlStore('postgresql://u:s3cr3t@h/d', SystemClock()).revision()\n"
            "except StoreError as error: print(error.hint)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout == "Run: pip install 'nb_presign[postgres]'\n"

    def test_a_link_that_another_transaction_holds_is_not_waited_for_long(
        self, postgres_cluster, database, open_store, clock
    ):
        store = open_store(
            clock,
            postgres_cluster.url(database, options=DatabaseClock.OPTIONS, lock_timeout="100"),
        )
        link = store.add_link(a_link(clock.now(), max_uses=1), ALICE)
        with postgres_cluster.connect(database) as held, held.transaction():
            held.execute("SELECT 1 FROM links FOR UPDATE")
            with pytest.raises(StoreError, match="held on for too long"):
                store.redeem(a_redemption(link, clock.now()))
        store.redeem(a_redemption(link, clock.now()))
        with pytest.raises(LinkUsedUpError):
            store.redeem(a_redemption(link, clock.now()))

    def test_too_many_at_once(self, postgres_cluster, database, open_store, clock):
        limits = {"pool_size": "1", "max_overflow": "0", "pool_timeout": "0"}
        store = open_store(clock, postgres_cluster.url(database, **limits))
        with store._database.writing(), pytest.raises(StoreError, match="too many") as refused:
            store.revision()
        assert "pool_size" in refused.value.hint
        assert store.revision()

    def test_commits_are_on_disk_whatever_the_database_is_set_to(self, postgres_cluster, postgres):
        with postgres_cluster.connect() as admin:
            admin.execute(f"ALTER DATABASE {postgres} SET synchronous_commit = off")
        store = SqlStore(postgres_cluster.url(postgres), SystemClock())
        with store._database.writing() as tx:
            assert tx.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        store.close()
