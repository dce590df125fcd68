from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from contracts.store import ALICE, StoreContract, everything
from support.clock import FakeClock
from support.values import a_link, a_redemption

from nb_presign.clock import SystemClock
from nb_presign.errors import LinkExpiredError, StoreError
from nb_presign.store.sql import SqlStore

TESTS = Path(__file__).parents[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "nb_presign" / "store.sqlite"


@pytest.fixture
def store(path: Path, clock: FakeClock) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{path}", clock, busy_seconds=0.05)
    yield store
    store.close()


class TestSqlStoreOnSqlite(StoreContract):
    pass


class TestOpening:
    def test_making_one_touches_nothing(self, store, path):
        assert not path.parent.exists()
        assert store.links(since=FakeClock().now()) == ()
        assert path.exists()

    def test_nobody_else_can_read_it(self, store, path, clock):
        store.add_link(a_link(clock.now()), ALICE)
        modes = {f.name: stat.S_IMODE(f.stat().st_mode) for f in path.parent.iterdir()}
        assert set(modes) == {"store.sqlite", "store.sqlite-wal", "store.sqlite-shm"}
        assert set(modes.values()) == {0o600}
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_its_connections_are_set_for_safety(self, store):
        with store._database.reading() as tx:
            found = {
                name: tx.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        assert found == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "busy_timeout": 50,
        }

    def test_servers_share_it(self, store, path, clock):
        other = SqlStore(f"sqlite:///{path}", clock)
        link = store.add_link(a_link(clock.now()), ALICE)
        assert other.link(link.id) == link
        revision = store.revision()
        other.revoke(link.id, now=clock.now(), actor=ALICE)
        assert store.revision() > revision
        other.close()

    @pytest.mark.parametrize(
        "url",
        [
            "sqlite://",
            "sqlite:///:memory:",
            "sqlite:///file:x?mode=memory&uri=true",
            "no url:s3cr3t",
            "nodialect://user:s3cr3t@host/db",
        ],
    )
    def test_an_unusable_url_is_refused_when_it_is_used(self, url, clock):
        store = SqlStore(url, clock)
        with pytest.raises(StoreError) as refused:
            store.revision()
        assert "s3cr3t" not in str(refused.value)
        assert refused.value.hint


class TestTime:
    """What another process goes by, that is started after the clock was set back."""

    @pytest.fixture
    def later(self, path, clock):
        stores = []

        def start(seconds):
            earlier = FakeClock(clock.now() - timedelta(seconds=seconds))
            stores.append(SqlStore(f"sqlite:///{path}", earlier, busy_seconds=0.05))
            return stores[-1]

        yield start
        for store in stores:
            store.close()

    def test_closing_keeps_the_time(self, store, clock, later):
        store.add_link(a_link(clock.now()), ALICE)
        clock.tick(1000)
        store.close()
        assert later(2000).now() == clock.now()

    def test_closing_a_store_that_nobody_has_used_makes_none(self, store, path):
        store.close()
        assert not path.exists()

    def test_a_caller_who_knows_of_a_later_time_is_believed(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        later = clock.now() + timedelta(seconds=9)
        assert store.redeem(a_redemption(link, later)).created_at == later

    def test_what_cannot_be_kept_stops_no_closing(self, store, path, clock):
        store.revision()
        shutil.rmtree(path.parent)
        clock.tick(10)
        store.close()
        assert not path.exists()

    def test_a_look_at_the_revision_tells_the_time_too(self, store, clock, later):
        other = later(2000)
        other.revision()
        clock.tick(60)
        store.witness(clock.now())
        other.revision()
        assert other._clock.now() == clock.now()

    def test_a_crash_brings_nothing_back_that_was_refused(self, store, clock, later):
        link = store.add_link(a_link(clock.now()), ALICE)
        clock.tick(300)
        store.witness(link.expires_at)
        store._database.close()  # nothing is kept on the way out
        other = later(299)
        attempt = a_redemption(link, other.now())
        with pytest.raises(LinkExpiredError):
            other.redeem(attempt)

    def test_it_is_kept_once_and_not_each_time(self, store, path, clock):
        store.witness(clock.now())
        before = path.with_name("store.sqlite-wal").read_bytes()
        for seconds in range(100):
            store.witness(clock.now() - timedelta(seconds=seconds))
        assert path.with_name("store.sqlite-wal").read_bytes() == before

    def test_where_there_is_nothing_to_forget_nothing_is_written(self, store, path, clock):
        store.add_link(a_link(clock.now()), ALICE)
        before = path.with_name("store.sqlite-wal").read_bytes()
        assert store.purge(before=clock.now()) == store.purge_audit(before=clock.now()) == 0
        assert path.with_name("store.sqlite-wal").read_bytes() == before


class TestTrouble:
    """`StoreError` says so, and nothing is needed once the cause is gone."""

    @pytest.fixture
    def link(self, store, clock):
        return store.add_link(a_link(clock.now(), note="s3cr3t"), ALICE)

    def assert_unavailable(self, store, link, clock):
        calls = [
            lambda: store.link(link.id),
            lambda: store.redeem(a_redemption(link, clock.now())),
            lambda: store.revoke(link.id, now=clock.now(), actor=ALICE),
            lambda: store.add_link(replace(link, id="lnk_x", family="lnk_x"), ALICE),
        ]
        for call in calls:
            with pytest.raises(StoreError) as failure:
                call()
            shown = f"{failure.value} {failure.value.fields}"
            for word in ("SELECT", "INSERT", "UPDATE", "s3cr3t", "sqlite://"):
                assert word not in shown
            assert failure.value.__suppress_context__

    def test_locked(self, store, path, link, clock):
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="locked"):
                store.redeem(a_redemption(link, clock.now()))
            assert store.link(link.id) == link  # reading goes on
        assert store.redeem(a_redemption(link, clock.now()))

    def test_deleted(self, store, path, link, clock):
        store.close()
        shutil.move(path.parent, path.parent.with_name("away"))
        self.assert_unavailable(store, link, clock)
        path.parent.mkdir()
        self.assert_unavailable(store, link, clock)
        assert list(path.parent.iterdir()) == []  # an empty store would have forgotten revocations
        path.parent.rmdir()
        shutil.move(path.parent.with_name("away"), path.parent)
        assert store.link(link.id) == link

    def test_deleted_while_connected(self, store, path, link, clock):
        for file in path.parent.iterdir():
            file.unlink()
        self.assert_unavailable(store, link, clock)

    def test_replaced_while_connected(self, store, path, link, clock):
        for file in path.parent.iterdir():
            file.unlink()
        other = SqlStore(f"sqlite:///{path}", clock)
        fresh = other.add_link(a_link(clock.now()), ALICE)
        assert store.link(fresh.id) == fresh
        assert store.link(link.id) is None
        other.close()

    def test_corrupt(self, store, path, link, clock):
        store.close()
        good = path.read_bytes()
        path.write_bytes(os.urandom(len(good)))
        self.assert_unavailable(store, link, clock)
        path.write_bytes(good)
        assert store.link(link.id) == link

    def test_a_row_that_makes_no_sense(self, store, path, link):
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("UPDATE links SET target = 'jupyter:b/../c'")
        with pytest.raises(StoreError):
            store.link(link.id)
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("UPDATE links SET target = 'jupyter:b', expires_at = 1 << 62")
        with pytest.raises(StoreError):
            store.link(link.id)

    def test_full(self, store, link, clock):
        store.close()
        # The engine's own connection, so that the limit holds for what comes next.
        with store._database.reading() as tx:
            pages = tx.exec_driver_sql("PRAGMA page_count").scalar()
            tx.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        before = everything(store)
        failure = None
        while failure is None:
            before = everything(store)
            try:
                store.redeem(a_redemption(link, clock.now()))
            except StoreError as error:
                failure = error
        assert "full" in failure.message
        assert everything(store) == before

    def test_not_a_file(self, tmp_path, clock):
        (tmp_path / "store.sqlite").mkdir()
        with pytest.raises(StoreError):
            SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", clock).revision()

    def test_no_place_for_a_directory(self, tmp_path, clock):
        (tmp_path / "data").write_text("a file")
        with pytest.raises(StoreError):
            SqlStore(f"sqlite:///{tmp_path / 'data' / 'store.sqlite'}", clock).revision()


class TestProcesses:
    def start(self, how: str, path: Path, link_id: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, TESTS / "store" / "racer.py", how, f"sqlite:///{path}", link_id],
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def test_sixteen_racers_get_one_session(self, path):
        clock = SystemClock()
        store = SqlStore(f"sqlite:///{path}", clock)
        link = store.add_link(a_link(clock.now(), max_uses=1), ALICE)
        processes = [self.start("race", path, link.id) for _ in range(2)]
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        got = [line for process in processes for line in process.communicate()[0].split()]
        assert len(got) == 16
        assert sum(line.startswith("ses_") for line in got) == 1
        assert got.count("link-used-up") == 15
        assert [s.id for s in store.sessions(since=clock.now())] == [
            line for line in got if line.startswith("ses_")
        ]
        assert store.link(link.id).uses == 1
        assert [row.event for row in store.audit()] == ["link.redeemed", "link.minted"]
        store.close()

    def test_two_processes_that_start_at_once_make_one_store(self, path):
        processes = [self.start("race", path, "lnk_0") for _ in range(3)]
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.communicate("go\n")[0].split() == ["link-not-found"] * 8
        assert {f.name for f in path.parent.iterdir()} == {"store.sqlite"}

    def test_a_kill_loses_nothing_that_was_acknowledged(self, path):
        clock = SystemClock()
        store = SqlStore(f"sqlite:///{path}", clock)
        link = store.add_link(a_link(clock.now()), ALICE)
        acknowledged = set()
        for lines in (1, 7, 20):
            process = self.start("loop", path, link.id)
            acknowledged |= {process.stdout.readline().strip() for _ in range(lines)}
            process.kill()
            acknowledged |= {
                line for line in process.communicate()[0].split("\n")[:-1] if len(line) == 20
            }
        kept = store.sessions(since=clock.now() - timedelta(days=1), limit=100_000)
        assert acknowledged <= {session.id for session in kept}
        assert store.link(link.id).uses == len(kept)
        redeemed = [row for row in store.audit(limit=100_000) if row.event == "link.redeemed"]
        assert len(redeemed) == len(kept)
        store.close()
