from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace

import pytest
from support.clock import FakeClock
from support.values import SERVER, a_link

from nb_presign.errors import (
    LinkExpiredError,
    LinkNotFoundError,
    LinkRevokedError,
    LinkUsedUpError,
    NotAllowedError,
    StoreError,
)
from nb_presign.model import Actor, Target
from nb_presign.offload import Offload
from nb_presign.redemption import Redeemer, cookie_hash
from nb_presign.secret import Secret
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.token import TokenSigner
from nb_presign.store.sql import SqlStore

ALICE = Actor("alice")
NONCE, OTHER_NONCE = "n" * 22, "o" * 22
HERE = "192.0.2.7"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def events():
    return []


@pytest.fixture
def redeemer(tmp_path, clock, events):
    offload = Offload()
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", clock)
    yield Redeemer(
        signer=TokenSigner(KeyRing(tmp_path / "keys.json")),
        store=store,
        offload=offload,
        clock=clock,
        audience=SERVER,
        emit=events.append,
    )
    store.close()
    offload.close()


def minted(redeemer, **facts):
    """Keep a link and return it with its token."""
    link = redeemer.store.add_link(a_link(redeemer.clock.now(), **facts), ALICE)
    return link, redeemer.signer.sign(link)


def redeem(redeemer, token, nonce=NONCE, address=HERE):
    return asyncio.run(redeemer.redeem(token, nonce, address))


def unchanged(redeemer, link):
    assert redeemer.store.link(link.id).uses == 0
    assert redeemer.store.sessions(since=link.created_at) == ()
    assert [row.event for row in redeemer.store.audit()] == ["link.minted"]


def test_a_token_becomes_a_session_and_its_cookie(redeemer, events):
    link, token = minted(redeemer, target=Target("jupyter", "b", "lab/tree/a ü?#.ipynb"))
    redeemed = redeem(redeemer, token)
    assert redeemed.session.link_id == link.id
    assert redeemed.session.address == HERE
    assert redeemed.location == "lab/tree/a%20%C3%BC%3F%23.ipynb"
    found = redeemer.store.session_by_cookie(cookie_hash(redeemed.cookie.reveal()))
    assert found == redeemed.session
    (event,) = events
    assert (event.event, event.link_id, event.session_id, event.address) == (
        "link.redeemed",
        link.id,
        redeemed.session.id,
        HERE,
    )


def test_a_cookie_has_256_bits_and_only_its_hash_is_kept(redeemer, tmp_path):
    _, token = minted(redeemer)
    cookie = redeem(redeemer, token).cookie.reveal()
    assert len(cookie) == 43
    assert cookie_hash(cookie) == hashlib.sha256(cookie.encode()).digest()
    redeemer.store.close()
    files = b"".join(f.read_bytes() for f in tmp_path.iterdir())
    assert cookie.encode() not in files
    assert NONCE.encode() not in files
    assert token.reveal().encode() not in files


def test_a_lost_answer_is_repeated_and_not_paid_for_twice(redeemer, clock):
    link, token = minted(redeemer, max_uses=1)
    first = redeem(redeemer, token)
    clock.tick(29)
    assert redeem(redeemer, token) == first
    assert redeemer.store.link(link.id).uses == 1
    with pytest.raises(LinkUsedUpError):
        redeem(redeemer, token, OTHER_NONCE)


def test_another_nonce_is_another_session(redeemer):
    _, token = minted(redeemer)
    one, two = redeem(redeemer, token), redeem(redeemer, token, OTHER_NONCE)
    assert one.session.id != two.session.id
    assert one.cookie != two.cookie


def test_a_forged_token_leaves_no_trace(redeemer, events):
    link, token = minted(redeemer)
    forged = Secret(token.reveal()[:-1] + ("A" if token.reveal()[-1] != "A" else "E"))
    with pytest.raises(LinkNotFoundError):
        redeem(redeemer, forged)
    unchanged(redeemer, link)
    assert events == []


def test_a_forged_token_needs_no_store(redeemer, tmp_path, clock):
    (tmp_path / "file").write_text("")
    away = SqlStore(f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}", clock)
    with pytest.raises(LinkNotFoundError):
        redeem(replace(redeemer, store=away), Secret("nbp1.x.y"))
    _, token = minted(redeemer)
    with pytest.raises(StoreError):
        redeem(replace(redeemer, store=away), token)


@pytest.mark.parametrize("interactive", [False, True])
def test_an_authentic_token_for_another_server_is_not_found(redeemer, events, interactive):
    link, token = minted(redeemer, audience="srv_2", interactive=interactive)
    with pytest.raises(LinkNotFoundError):
        redeem(redeemer, token)
    unchanged(redeemer, link)
    assert [(e.event, e.reason) for e in events] == [("link.refused", "link-not-found")]


def test_a_token_without_its_link_is_not_found(redeemer):
    with pytest.raises(LinkNotFoundError):
        redeem(redeemer, redeemer.signer.sign(a_link(redeemer.clock.now())))


def test_equal_to_expiry_is_expired(redeemer, clock, events):
    link, token = minted(redeemer)
    clock.tick(300)
    with pytest.raises(LinkExpiredError):
        redeem(redeemer, token)
    unchanged(redeemer, link)
    assert [(e.event, e.reason, e.address) for e in events] == [
        ("link.refused", "link-expired", HERE)
    ]


def test_a_revoked_link_stays_revoked_when_the_clock_is_set_back(redeemer, clock):
    link, token = minted(redeemer)
    redeemer.store.revoke(link.id, now=clock.now(), actor=ALICE)
    clock.set_back(1000)
    with pytest.raises(LinkRevokedError):
        redeem(redeemer, token)


@pytest.mark.parametrize("address", ["198.51.100.1", "", "unix", "::ffff:198.51.100.1", "192.0.2"])
def test_another_address_is_refused(redeemer, events, address):
    link, token = minted(redeemer, allowed_ips=("192.0.2.0/24",))
    with pytest.raises(NotAllowedError):
        redeem(redeemer, token, address=address)
    unchanged(redeemer, link)
    assert events[0].reason == "not-allowed"


@pytest.mark.parametrize("address", [HERE, "::ffff:192.0.2.7"])
def test_an_allowed_address_is_let_in(redeemer, address):
    _, token = minted(redeemer, allowed_ips=("192.0.2.0/24",))
    assert redeem(redeemer, token, address=address)


class TestLookingUp:
    """The owner follows a link of their own and pays nothing."""

    def test_nothing_is_used(self, redeemer):
        link, token = minted(redeemer, max_uses=1)
        assert asyncio.run(redeemer.look_up(token)) == link
        unchanged(redeemer, link)

    def test_what_is_over_is_refused(self, redeemer, clock):
        link, token = minted(redeemer)
        redeemer.store.revoke(link.id, now=clock.now(), actor=ALICE)
        with pytest.raises(LinkRevokedError):
            asyncio.run(redeemer.look_up(token))
        clock.tick(300)
        with pytest.raises(LinkExpiredError):
            asyncio.run(redeemer.look_up(token))
        with pytest.raises(LinkNotFoundError):
            asyncio.run(redeemer.look_up(Secret("nbp1.x.y")))
