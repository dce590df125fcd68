"""Many links and sessions: every statement goes by an index, and purging goes in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from contracts.store import ALICE
from sqlalchemy import Engine, event
from support.postgres import Cluster, a_database
from support.values import SERVER, a_link, a_redemption, an_access_key

from nb_presign.clock import SystemClock
from nb_presign.store.sql import SqlStore

#: Of a month: some are live, most are over. The long form is what a busy year of servers has.
FEW, MANY = (20_000, 2_000), (1_000_000, 100_000)
MONTH = 30 * 86_400
_FILL = """
INSERT INTO links (id, family, target, created_at, expires_at, session_seconds, scope, max_uses,
    uses, allowed_ips, note, minted_by, audience, narrowed_kernel, narrowed_session, interactive)
SELECT 'lnk_' || n, 'lnk_' || n - n % 4, 'jupyter:b/lab/tree/a.ipynb', at, at + 300000000, 1800,
    'read', 1, 0, '[]', '', 'owner:alice', 'srv_' || n % 50, '', '', false
FROM (SELECT n, ({now} - {month}::bigint * 1000000 * ({links} - n) / {links}) AS at
      FROM generate_series(1, {links}) AS n) AS numbers;
INSERT INTO sessions (id, link_id, family, target, scope, audience, created_at, expires_at,
    narrowed_kernel, narrowed_session, allowed_ips, address, note, cookie_hash, nonce_hash)
SELECT 'ses_' || id, id, family, target, scope, audience, created_at, created_at + 43200000000,
    '', '', '[]', '192.0.2.7', '', sha256(('c' || id)::bytea), sha256(('n' || id)::bytea)
FROM (SELECT * FROM links ORDER BY id LIMIT {sessions}) AS used;
INSERT INTO audit (at, event, link_id, session_id, actor, address)
SELECT created_at, 'link.minted', id, '', 'owner:alice', '' FROM links ORDER BY created_at;
ANALYZE;
"""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(FEW, id="few"),
        pytest.param(MANY, id="many", marks=[pytest.mark.faults, pytest.mark.timeout(1200)]),
    ],
)
def store(request, postgres_cluster: Cluster) -> Iterator[SqlStore]:
    links, sessions = request.param
    with a_database(postgres_cluster) as name:
        now = int(time.time() * 1_000_000)
        with postgres_cluster.connect(name) as connection:
            fill = _FILL.format(now=now, month=MONTH, links=links, sessions=sessions)
            for statement in fill.split(";\n")[:-1]:
                connection.execute(statement)
        # Small tables are read from one end to the other, and rightly, unless that is forbidden.
        options = "-cenable_seqscan=off" if request.param == FEW else ""
        store = SqlStore(postgres_cluster.url(name, options=options), SystemClock())
        store.revision()
        yield store
        store.close()


def plans(call: Callable[[], object]) -> list[str]:
    """Do something, and have PostgreSQL say how it goes about each statement of it."""
    found: list[str] = []

    def explain(_, cursor, statement, parameters, *__):
        if statement.split()[0] in {"SELECT", "UPDATE", "DELETE"}:
            with cursor.connection.cursor() as beside:
                beside.execute(f"EXPLAIN {statement}", parameters)
                found.append("\n".join(row[0] for row in beside.fetchall()))

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        call()
    finally:
        event.remove(Engine, "before_cursor_execute", explain)
    return found


def calls(store: SqlStore) -> dict[str, Callable[[], object]]:
    now = store.now()
    link = store.add_link(a_link(now), ALICE)
    attempt = a_redemption(link, now)
    session = store.redeem(attempt)
    month = timedelta(days=29)
    key = an_access_key(now)
    store.add_access_key(key, "sealed", ALICE)
    return {
        "link": lambda: store.link(link.id),
        "redeem": lambda: store.redeem(a_redemption(link, now)),
        "successor": lambda: store.add_link(a_link(now, family=link.id), ALICE),
        "by cookie": lambda: store.session_by_cookie(attempt.cookie_hash),
        "session": lambda: store.session(session.id),
        "links": lambda: store.links(since=now - timedelta(days=1)),
        "sessions": lambda: store.sessions(since=now, audience=SERVER),
        "all sessions": lambda: store.sessions(since=now),
        "end": lambda: store.end_session(session.id, now=now, actor=ALICE),
        "end all": lambda: store.end_sessions(audience=SERVER, now=now, actor=ALICE),
        "revoke": lambda: store.revoke(link.id, now=now, actor=ALICE),
        "revoke key": lambda: store.revoke_access_key(key.id, now=now, actor=ALICE),
        "audit": store.audit,
        "purge": lambda: store.purge(before=now - month),
        "purge audit": lambda: store.purge_audit(before=now - month),
    }


def test_every_statement_goes_by_an_index(store):
    for name, call in calls(store).items():
        found = plans(call)
        assert found, name
        # `meta` has three rows.
        scans = [
            p for p in found for t in ("links", "sessions", "audit") if f"Seq Scan on {t}" in p
        ]
        assert scans == [], (name, scans)


def test_none_takes_long(store):
    longest = {}
    for name, call in calls(store).items():
        began = time.monotonic()
        call()
        longest[name] = time.monotonic() - began
    print({name: f"{seconds * 1000:.1f} ms" for name, seconds in longest.items()})  # noqa: T201
    assert max(longest.values()) < 2, longest


def test_purging_takes_a_batch_at_a_time(store):
    before = store.now() - timedelta(days=20)
    assert store.purge(before=before, limit=100) == 200  # of sessions, and of links
    assert store.purge_audit(before=before, limit=100) == 100
    batches = 0
    while (gone := store.purge(before=before, limit=500)) and batches < 20:
        assert gone <= 1000
        batches += 1
    assert batches
