"""Stores that were damaged before a server starts, and damage anywhere."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from faults import troubles
from faults.patient import Minted, Patient
from support.servers import World, jupyter_server
from support.values import SERVER, a_link, a_redemption

from nb_presign.access.entry.cookie import GuestCookie
from nb_presign.clock import SystemClock
from nb_presign.errors import PresignError
from nb_presign.model import Actor
from nb_presign.redemption import cookie_hash
from nb_presign.settings import default_server_name, server_identity
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.token import TokenSigner
from nb_presign.store.sql import SqlStore

LONG = pytest.mark.faults


def newer(store: Path) -> None:
    with closing(sqlite3.connect(store)) as opened:
        opened.execute("UPDATE meta SET value = 1000 WHERE name = 'schema'")
        opened.commit()


def nonsense(store: Path) -> None:
    troubles.overwrite(store, start=0)


def nonsense_after_the_header(store: Path) -> None:
    troubles.overwrite(store, start=100)


STARTS = [
    newer,
    *(pytest.param(damage, marks=LONG) for damage in (nonsense, nonsense_after_the_header)),
]


@pytest.mark.parametrize("damage", STARTS)
def test_a_server_that_starts_on_a_store_it_cannot_read_has_no_guests(tmp_path, damage):
    root = tmp_path / "files"
    store = tmp_path / "data" / "nb_presign" / "store.sqlite"
    link, cookie = known_to_the_store(store, root)
    damage(store)
    content = store.read_bytes()
    with jupyter_server(World(tmp_path), root) as server:
        answer = Patient(server, tmp_path).redeem(link)
        assert answer.status_code == 503, answer.text
        assert not answer.cookies
        with server.stranger(headers=cookie) as guest, server.owner() as owner:
            assert guest.get("api/contents").status_code == 403
            assert owner.get("api/contents").status_code == 200
            assert owner.put("api/contents/a.txt", json=_FILE).status_code == 201
            minted = owner.post("nb-presign/api/links", json={"target": "jupyter:."})
            assert minted.status_code == 503, minted.text
        assert "Traceback" not in server.logged()
    # Left for its owner to mend: a new one would have forgotten what was revoked. (In the header
    # stands how it is written, which is set at each start.)
    assert store.read_bytes()[100:] == content[100:]


def known_to_the_store(store: Path, root: Path):
    """Make the store and keys of a server, with a link and with a guest's session."""
    audience = server_identity(default_server_name(str(root)), str(root), configured=False)
    clock, cookie = SystemClock(), "c" * 43
    made = SqlStore(f"sqlite:///{store}", clock)
    link, other = (
        made.add_link(a_link(clock.now(), audience=audience), Actor("owner")) for _ in range(2)
    )
    made.redeem(a_redemption(other, clock.now(), cookie_hash=cookie_hash(cookie)))
    made.close()
    token = TokenSigner(KeyRing(store.with_name("keys.json"))).sign(link).reveal()
    with closing(sqlite3.connect(store)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")
    return Minted(link.id, token), {"Cookie": f"{GuestCookie(audience).name}={cookie}"}


_FILE = {"type": "file", "format": "text", "content": "owner"}


@pytest.mark.parametrize("rounds", [30, pytest.param(1000, marks=LONG)])
def test_damage_anywhere_raises_nothing_but_our_errors(tmp_path, rounds):
    """Whatever byte is hit: callers that know our errors know all that can happen."""
    clock = SystemClock()
    sound = tmp_path / "sound.sqlite"
    store = SqlStore(f"sqlite:///{sound}", clock)
    link = store.add_link(a_link(clock.now()), Actor("owner"))
    session = store.redeem(a_redemption(link, clock.now()))
    store.close()
    with closing(sqlite3.connect(sound)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")
    content = sound.read_bytes()
    noticed = 0
    for number in range(rounds):
        path = tmp_path / f"{number}.sqlite"
        path.write_bytes(_hit(content))
        damaged = SqlStore(f"sqlite:///{path}", clock, busy_seconds=0.1)
        acts = (
            damaged.revision,
            lambda at=damaged: at.redeem(a_redemption(link, clock.now())),
            lambda at=damaged: at.session(session.id),
            lambda at=damaged: at.sessions(since=session.created_at, audience=SERVER),
            lambda at=damaged: at.revoke(link.id, now=clock.now(), actor=Actor("owner")),
            damaged.audit,
        )
        for act in acts:
            noticed += is_noticed(act)
        damaged.close()
        for left in tmp_path.glob(f"{number}.sqlite*"):
            left.unlink()
    assert noticed > rounds / 10


def is_noticed(act) -> bool:
    try:
        act()
    except PresignError:
        return True
    return False


def _hit(content: bytes) -> bytes:
    """Overwrite a few bytes somewhere, or many."""
    size = random.choice((1, 1, 4, 64, 4096))  # noqa: S311  # any damage will do
    start = random.randrange(len(content))  # noqa: S311
    hit = os.urandom(min(size, len(content) - start))
    return content[:start] + hit + content[start + len(hit) :]
